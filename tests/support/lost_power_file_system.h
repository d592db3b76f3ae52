// A file system whose power can be cut at a chosen operation, and which then holds what was synced and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "tests/support/forwarding_file_system.h"
#include "tests/support/power_loss.h"

namespace silverback {

/// Where the power can be cut: just before such an operation takes effect.
enum class PowerPoint {
  kCreate,
  kPreallocate,
  kWrite,
  kTruncate,
  kSync,
  kSyncDirectory,
  kRename,
  kRemove,
};
inline constexpr std::array<PowerPoint, 8> kPowerPoints = {
    PowerPoint::kCreate, PowerPoint::kPreallocate,   PowerPoint::kWrite,  PowerPoint::kTruncate,
    PowerPoint::kSync,   PowerPoint::kSyncDirectory, PowerPoint::kRename, PowerPoint::kRemove};
std::string_view PowerPointName(PowerPoint point);

/// Writes to the real disk below. Syncs are noted, not done. Safe from any thread.
class LostPowerFileSystem : public ForwardingFileSystem {
 public:
  /// `graveyard`: see PowerLoss.
  explicit LostPowerFileSystem(std::string graveyard) : loss_(std::move(graveyard)) {}

  /// The power goes at the `nth` (1 is the first) operation of this kind from now on: it fails and so does everything
  /// after it, until `Restore`.
  void CutAt(PowerPoint point, uint64_t nth);
  /// The power goes now.
  void Cut();
  bool has_power() const;

  /// Operations of this kind so far.
  uint64_t count(PowerPoint point) const;

  /// The power comes back: drops what was not synced (with `random`: some of it, PowerLoss::DropSome). Files that are
  /// still open stay dead.
  Status Restore(std::mt19937_64* random = nullptr);

  StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path,
                                                       WriteMode mode) override;
  StatusOr<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& directory) override;

 private:
  friend class LostPowerWritableFile;

  /// OK if the power is on, and still is when this operation begins.
  Status Pass(PowerPoint point);
  /// The number of times that the power came back: a file opened in an earlier age is dead.
  uint64_t age() const;

  PowerLoss loss_;
  mutable std::mutex mutex_;
  bool power_ = true;
  uint64_t age_ = 0;
  std::array<uint64_t, kPowerPoints.size()> counts_{};
  std::optional<std::pair<PowerPoint, uint64_t>> cut_;  // at which count
};

}  // namespace silverback
