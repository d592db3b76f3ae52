// What a remote_read request asks for, read from a view and written as its answer.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/read/read_view.h"
#include "query/remote_read/wire.h"

namespace silverback::remote_read {

struct ReadLimits {
  uint64_t max_samples =
      50'000'000;  // of an answer of type SAMPLES; --storage.remote.read-sample-limit, 0: none
  uint64_t max_bytes = uint64_t{1} << 30;    // of the same before compression; --query.max-memory
  size_t max_frame_bytes = size_t{1} << 20;  // about; --storage.remote.read-max-bytes-in-frame
};

/// The whole answer, compressed. ResourceExhausted, naming the limit, when it is too large; Cancelled.
StatusOr<std::string> ReadSamples(const ReadView& view, const ReadRequest& request,
                                  const ReadLimits& limits, const std::atomic<bool>* cancelled);

/// Passes the answer on frame by frame, series of a query in order of labels; `write` says false when nobody reads any more.
/// Memory: the encoded chunks of a few series.
Status StreamChunks(const ReadView& view, const ReadRequest& request, const ReadLimits& limits,
                    const std::atomic<bool>* cancelled,
                    const std::function<bool(std::string_view)>& write);

}  // namespace silverback::remote_read
