// RocksDB's file system over a disk that is full on demand. In a header, so that only tests that link RocksDB see it.
#pragma once

#include <atomic>
#include <memory>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <string>
#include <utility>

#include "engine/store/store.h"
#include "tests/support/temporary_directory.h"

namespace silverback {

class FullFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FullFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<bool>* full)
      : FSWritableFileOwnerWrapper(std::move(file)), full_(full) {}
  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (*full_) return rocksdb::IOStatus::NoSpace("No space left on device");
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*info*/,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }

 private:
  const std::atomic<bool>* full_;
};

/// Takes nothing while `*full`, which must outlive it. Safe from any thread.
class FullFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FullFileSystem(const std::atomic<bool>* full)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), full_(full) {}
  const char* Name() const override { return "FullFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    if (*full_) return rocksdb::IOStatus::NoSpace("No space left on device");
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<FullFile>(std::move(file), full_);
    return status;
  }

 private:
  const std::atomic<bool>* full_;
};

/// A folder for a store, on a disk that is full while `full` is true. Must outlive the store.
struct FillableDisk {
  TemporaryDirectory directory;
  std::atomic<bool> full{false};
  const std::unique_ptr<rocksdb::Env> env =
      rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(&full));

  StoreOptions Options() const {
    StoreOptions options;
    options.path = directory.File("db");
    options.env = env.get();
    return options;
  }
};

}  // namespace silverback
