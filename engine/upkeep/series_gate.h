// Keeps the removal of series apart from commits that rely on their ids.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <shared_mutex>

namespace silverback {

/// Commits enter together, a removal alone. A removal that waits holds back the commits after it (a
/// plain shared mutex lets readers starve the writer).
class SeriesGate {
 public:
  /// Held by a commit from the moment it resolves ids until the head has its samples.
  std::shared_lock<std::shared_mutex> Enter() {
    const std::lock_guard queue(queue_);
    return std::shared_lock(gate_);
  }

  /// Held while series are checked to be unused and removed.
  std::unique_lock<std::shared_mutex> Close() {
    const std::lock_guard queue(queue_);
    return std::unique_lock(gate_);
  }

  /// How often series were removed: ids that were looked up before, outside of the gate, may be
  /// gone.
  uint64_t removals() const { return removals_.load(std::memory_order_acquire); }
  /// REQUIRES: the gate is closed by the caller.
  void CountRemoval() { removals_.fetch_add(1, std::memory_order_release); }

 private:
  std::mutex queue_;
  std::shared_mutex gate_;
  std::atomic<uint64_t> removals_{0};
};

}  // namespace silverback
