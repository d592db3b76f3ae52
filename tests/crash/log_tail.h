// Damage to the write-ahead log of a killed server, as a dying machine does it.
#pragma once

#include <random>
#include <string>

#include "engine/base/status.h"

namespace silverback {

enum class TailDamage : uint8_t {
  kNone,
  kCut,      // the file ends right behind the last record written, or a little later
  kGarbage,  // bytes that make no record stand behind the last record
  kGarbled,  // some bytes of what was written are changed: what they held may be lost, but must be reported
};

/// Applies `damage` to the newest segment under `directory`. Says what it did.
StatusOr<std::string> DamageLogTail(const std::string& directory, TailDamage damage,
                                    std::mt19937_64* random);

}  // namespace silverback
