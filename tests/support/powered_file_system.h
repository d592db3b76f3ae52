// A file system that shares its power switch with RocksDB's (rocksdb_power_loss.h): for tests of a whole database.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/forwarding_file_system.h"
#include "tests/support/rocksdb_power_loss.h"

namespace silverback {

class PoweredWritableFile final : public ForwardingWritableFile {
 public:
  PoweredWritableFile(std::unique_ptr<WritableFile> base, uint64_t append_offset, std::string path,
                      PowerSwitch* power)
      : ForwardingWritableFile(std::move(base), append_offset),
        path_(std::move(path)),
        power_(power) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    return power_->DoOurs([&](PowerLoss* loss) -> Status {
      RETURN_IF_ERROR(loss->BeforeWrite(path_, offset, bytes.size()));
      return base()->WriteAt(offset, bytes);
    });
  }
  Status Preallocate(uint64_t bytes) override {
    return power_->DoOurs([&](PowerLoss* loss) -> Status {
      RETURN_IF_ERROR(loss->BeforeWrite(path_, bytes, 0));
      return base()->Preallocate(bytes);
    });
  }
  Status Truncate(uint64_t bytes) override {
    return power_->DoOurs([&](PowerLoss* loss) -> Status {
      RETURN_IF_ERROR(loss->BeforeTruncate(path_, bytes));
      return base()->Truncate(bytes);
    });
  }
  /// Noted, not done.
  Status Sync() override {
    return power_->DoOurs([&](PowerLoss* loss) {
      loss->Synced(path_);
      return absl::OkStatus();
    });
  }

 private:
  const std::string path_;
  PowerSwitch* const power_;
};

class PoweredFileSystem final : public ForwardingFileSystem {
 public:
  /// What is about to be done to a name.
  enum class NameChange { kCreate, kRename, kRemove };
  /// Called before each change of a name (the new one of a rename), while the switch is free. May be empty.
  using Observer = std::function<void(NameChange change, const std::string& path)>;

  explicit PoweredFileSystem(PowerSwitch* power, Observer observer = {})
      : power_(power), observer_(std::move(observer)) {}

  StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path,
                                                       WriteMode mode) override {
    const bool existed = base()->Exists(path);
    if (!existed) Tell(NameChange::kCreate, path);
    std::unique_ptr<WritableFile> file;
    const Status opened = power_->DoOurs([&](PowerLoss* loss) -> Status {
      if (existed && mode == WriteMode::kTruncate) RETURN_IF_ERROR(loss->BeforeTruncate(path, 0));
      ASSIGN_OR_RETURN(file, base()->OpenForWrite(path, mode));
      if (!existed) loss->Created(path);
      return absl::OkStatus();
    });
    RETURN_IF_ERROR(opened);
    ASSIGN_OR_RETURN(const uint64_t size, base()->FileSize(path));
    return std::make_unique<PoweredWritableFile>(std::move(file), size, path, power_);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    Tell(NameChange::kRename, to);
    return power_->DoOurs([&](PowerLoss* loss) { return loss->Rename(from, to); });
  }
  Status Remove(const std::string& path) override {
    Tell(NameChange::kRemove, path);
    return power_->DoOurs([&](PowerLoss* loss) { return loss->Remove(path); });
  }
  /// Not taken back by a cut: for directories that are of no use afterwards.
  Status RemoveDirectory(const std::string& path) override {
    return power_->DoOurs([&](PowerLoss*) { return base()->RemoveDirectory(path); });
  }
  Status SyncDirectory(const std::string& directory) override {
    return power_->DoOurs([&](PowerLoss* loss) {
      loss->DirectorySynced(directory);
      return absl::OkStatus();
    });
  }

 private:
  void Tell(NameChange change, const std::string& path) const {
    if (observer_) observer_(change, path);
  }

  PowerSwitch* const power_;
  const Observer observer_;
};

}  // namespace silverback
