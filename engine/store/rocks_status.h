// RocksDB's errors as ours. Private to engine/store.
#pragma once

#include <rocksdb/status.h>
#include <string_view>

#include "engine/base/status.h"

namespace silverback {

/// OK for OK. Corruption becomes DataLoss (its text names the file), a full disk ResourceExhausted,
/// what passes by itself Unavailable, an absent row NotFound, everything else Internal; `what`
/// stands before RocksDB's text.
Status FromRocks(const rocksdb::Status& status, std::string_view what);

inline rocksdb::Slice ToSlice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
inline std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

}  // namespace silverback
