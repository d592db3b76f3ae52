// RocksDB's file system over one whose power can be cut (power_loss.h): at a cut every later change fails, as in a process that is
// gone, and `Drop` then takes back what was not synced.
//
// In a header, so that only tests that link RocksDB see it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <string>
#include <utility>

#include "engine/base/file_system.h"
#include "tests/support/power_loss.h"

namespace silverback {

/// Counts changes (writes, syncs, names) and lets none through after the cut. Safe from any thread.
class PowerSwitch {
 public:
  explicit PowerSwitch(std::string graveyard) : loss_(std::move(graveyard)) {}

  /// The change number `operation`, counted from 1, and all after it fail.
  void CutAt(uint64_t operation) { cut_at_ = operation; }
  void CutNow() { off_ = true; }
  bool off() const { return off_; }
  uint64_t operations() const { return operations_; }

  /// Takes back what was not synced; some of it where `random` is given. REQUIRES: the database is closed.
  Status Drop(std::mt19937_64* random) {
    off_ = true;
    return random == nullptr ? loss_.Drop() : loss_.DropSome(random);
  }

  /// Makes one change, unless the power is off.
  template <typename Change>
  rocksdb::IOStatus Do(const Change& change) {
    const std::lock_guard lock(mutex_);
    if (++operations_ >= cut_at_) off_ = true;
    if (off_) return rocksdb::IOStatus::IOError("the power is off");
    return change(&loss_);
  }

  /// The same for changes of a silverback::FileSystem.
  template <typename Change>
  Status DoOurs(const Change& change) {
    const std::lock_guard lock(mutex_);
    if (++operations_ >= cut_at_) off_ = true;
    if (off_) return Error(absl::StatusCode::kInternal, "the power is off");
    return change(&loss_);
  }

  static rocksdb::IOStatus From(const Status& status) {
    return status.ok() ? rocksdb::IOStatus::OK()
                       : rocksdb::IOStatus::IOError(std::string(MessageOf(status)));
  }

 private:
  PowerLoss loss_;
  std::mutex mutex_;
  std::atomic<uint64_t> operations_{0};
  std::atomic<uint64_t> cut_at_{~uint64_t{0}};
  std::atomic<bool> off_{false};
};

class LostPowerWritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LostPowerWritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
                        PowerSwitch* power)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), power_(power) {}

  using FSWritableFileOwnerWrapper::Append;
  using FSWritableFileOwnerWrapper::PositionedAppend;

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss* loss) {
      const Status noted =
          loss->BeforeWrite(path_, target()->GetFileSize(options, debug), data.size());
      return noted.ok() ? target()->Append(data, options, debug) : PowerSwitch::From(noted);
    });
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*info*/,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset,
                                     const rocksdb::IOOptions& options,
                                     rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss* loss) {
      const Status noted = loss->BeforeWrite(path_, offset, data.size());
      return noted.ok() ? target()->PositionedAppend(data, offset, options, debug)
                        : PowerSwitch::From(noted);
    });
  }
  rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset,
                                     const rocksdb::IOOptions& options,
                                     const rocksdb::DataVerificationInfo& /*info*/,
                                     rocksdb::IODebugContext* debug) override {
    return PositionedAppend(data, offset, options, debug);
  }
  rocksdb::IOStatus Truncate(uint64_t size, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss* loss) {
      const Status noted = loss->BeforeTruncate(path_, size);
      return noted.ok() ? target()->Truncate(size, options, debug) : PowerSwitch::From(noted);
    });
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss* loss) {
      const rocksdb::IOStatus status = target()->Sync(options, debug);
      if (status.ok()) loss->Synced(path_);
      return status;
    });
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }
  // Starts writing back, promises nothing.
  rocksdb::IOStatus RangeSync(uint64_t, uint64_t, const rocksdb::IOOptions&,
                              rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }

 private:
  const std::string path_;
  PowerSwitch* power_;
};

class LostPowerDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  LostPowerDirectory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string path,
                     PowerSwitch* power)
      : FSDirectoryWrapper(std::move(directory)), path_(std::move(path)), power_(power) {}

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return power_->Do([&](PowerLoss* loss) {
      loss->DirectorySynced(path_);
      return rocksdb::IOStatus::OK();
    });
  }
  rocksdb::IOStatus FsyncWithDirOptions(const rocksdb::IOOptions& options,
                                        rocksdb::IODebugContext* debug,
                                        const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  const std::string path_;
  PowerSwitch* power_;
};

class LostPowerFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit LostPowerFileSystem(PowerSwitch* power)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), power_(power) {}
  const char* Name() const override { return "LostPowerFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss* loss) {
      // A file that is written anew is another file: the old one can come back.
      if (silverback::FileSystem::Posix()->Exists(path)) {
        const Status removed = loss->Remove(path);
        if (!removed.ok()) return PowerSwitch::From(removed);
      }
      std::unique_ptr<rocksdb::FSWritableFile> file;
      const rocksdb::IOStatus status = target()->NewWritableFile(path, options, &file, debug);
      if (!status.ok()) return status;
      loss->Created(path);
      *result = std::make_unique<LostPowerWritableFile>(std::move(file), path, power_);
      return status;
    });
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss*) {
      std::unique_ptr<rocksdb::FSWritableFile> file;
      const rocksdb::IOStatus status = target()->ReopenWritableFile(path, options, &file, debug);
      if (!status.ok()) return status;
      *result = std::make_unique<LostPowerWritableFile>(std::move(file), path, power_);
      return status;
    });
  }
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    const rocksdb::IOStatus status = target()->NewDirectory(path, options, &directory, debug);
    if (!status.ok()) return status;
    *result = std::make_unique<LostPowerDirectory>(std::move(directory), path, power_);
    return status;
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override {
    return power_->Do([&](PowerLoss* loss) {
      if (!silverback::FileSystem::Posix()->Exists(path))
        return rocksdb::IOStatus::PathNotFound(path);
      return PowerSwitch::From(loss->Remove(path));
    });
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return power_->Do([&](PowerLoss* loss) {
      if (!silverback::FileSystem::Posix()->Exists(from))
        return rocksdb::IOStatus::PathNotFound(from);
      return PowerSwitch::From(loss->Rename(from, to));
    });
  }
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    return power_->Do([&](PowerLoss* loss) {
      const rocksdb::IOStatus status = target()->LinkFile(from, to, options, debug);
      if (status.ok()) loss->Created(to);
      return status;
    });
  }

 private:
  PowerSwitch* power_;
};

}  // namespace silverback
