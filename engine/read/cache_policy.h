// What of the blocks that are read stays in the store's block cache.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/types.h"
#include "engine/read/engine_state.h"

namespace silverback {

/// About how many bytes the blocks of `series` series in `range` have, if every part holds them all and they are as large as
/// others.
uint64_t EstimateBytes(std::span<const PartRef> parts, uint64_t series, TimeRange range);

/// Whether a read of so many bytes fills a cache of `cache_bytes`. One that takes up more than half of it would drive out what
/// panels of hours and days find there, and pay for new memory: a scan of 340 MB took 0.19 instead of 0.63 seconds of the kernel's
/// time when it passed a cache of 512 MiB by, and the process 180 instead of 562 MB. The system's page cache still has it.
bool FillsCache(uint64_t bytes, uint64_t cache_bytes);

}  // namespace silverback
