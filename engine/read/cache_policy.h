// What of the blocks that are read enters the store's block cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>

#include "engine/base/types.h"
#include "engine/read/engine_state.h"

namespace silverback {

/// About how many bytes the blocks of `series` series in `range` have, if every part holds them all and they are as large as
/// others.
uint64_t EstimateBytes(std::span<const PartRef> parts, uint64_t series, TimeRange range);

/// About how many bytes those blocks take when they are opened, each as a whole: at least one of each series in each part.
uint64_t EstimateOpenedBytes(std::span<const PartRef> parts, uint64_t series, TimeRange range);

/// Lets large reads fill the cache when they come again, and not before: most come once, and the memory for them costs more than
/// they do. A scan of 340 MB took 0.19 instead of 0.63 seconds of the kernel's time when it passed a cache of 512 MiB by, and the
/// process 180 instead of 562 MB; the system's page cache has it all the same. (docs/decisions/0004-rocksdb-families.md)
///
/// Thread-safe.
class CachePolicy {
 public:
  explicit CachePolicy(uint64_t cache_bytes) : cache_bytes_(cache_bytes) {}

  /// Whether a read of about so many bytes is to fill the cache. Up to a sixteenth of the cache: yes. More than three quarters: no,
  /// it would drive itself out. Between them: if `identity`, a number that the same read has again, is among those of the last
  /// reads of that size; it is now.
  bool Fills(uint64_t bytes, uint64_t identity);

 private:
  static constexpr size_t kRemembered = 64;

  const uint64_t cache_bytes_;
  std::mutex mutex_;
  std::array<uint64_t, kRemembered> recent_{};  // a ring
  size_t next_ = 0;
};

}  // namespace silverback
