// The seal from end to end: roll the log, freeze the head, encode, switch, forget the log.
#pragma once

#include <mutex>

#include "engine/base/status.h"
#include "engine/upkeep/live_engine.h"

namespace silverback {

/// Safe for concurrent use; seals are done one after the other.
class Sealer {
 public:
  explicit Sealer(LiveEngine* engine) : engine_(engine) {}

  /// When it returns OK, everything that was acknowledged before the call lies in parts, and the
  /// log no longer has it. After an error (a full disk, say) nothing is lost: the frozen generation
  /// is read from memory, the log keeps its records, and the next call tries again.
  Status Seal();

  /// While it is held no seal runs, and no log segment goes.
  std::unique_lock<std::mutex> Pause() { return std::unique_lock(mutex_); }

 private:
  Status SealFrozen();
  Status SealGeneration(const std::shared_ptr<Generation>& generation);
  /// Freezes the active generation if anything was logged since it began.
  Status RollAndFreeze();
  Status Admit(uint64_t bytes_written) const;

  LiveEngine* const engine_;
  std::mutex mutex_;
};

/// Before this time, series that nobody knows anything of count as late in a new generation.
TimestampMs LateFloor(const EngineState& state, int64_t seal_window_ms);

}  // namespace silverback
