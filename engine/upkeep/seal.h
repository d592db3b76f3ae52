// Seal: a frozen head generation becomes parts.
#pragma once

#include <functional>
#include <vector>

#include "engine/base/status.h"
#include "engine/head/generation.h"
#include "engine/store/store.h"

namespace silverback {

struct SealOptions {
  /// Asked before the first byte of a part and now and then (`NewPart::admit`).
  std::function<Status(uint64_t bytes_written)> admit;
};

/// Encodes a frozen generation: one part for each month and kind (in order, late), none if it is
/// empty. The parts are complete on disk, but not part of the database before `Store::Commit`.
/// Series by series: the memory it takes is that of one series' samples. Holds no lock for longer
/// than it takes to copy a series' chunk references.
StatusOr<std::vector<FinishedPart>> EncodeGeneration(const Generation& generation, Store* store,
                                                     const SealOptions& options);

}  // namespace silverback
