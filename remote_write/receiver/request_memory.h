// What a request is taken apart in, kept for the next one.
#pragma once

#include <cstddef>

#include "remote_write/wire/snappy_block.h"
#include "remote_write/wire/write_request_v2.h"

namespace silverback {

struct RequestMemory {
  wire::Buffer message;     // decompressed; the request borrows from it
  wire::WriteRequestV2 v2;  // of 1.0 as well, which is its `request` alone

  void Clear() { v2.Clear(); }
  size_t memory_bytes() const {
    return message.capacity() + v2.request.memory_bytes() +
           v2.metadata_series.capacity() * sizeof(v2.metadata_series[0]);
  }
};

}  // namespace silverback
