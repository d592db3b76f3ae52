// Passes everything on to another file system: the base of those that misbehave on purpose.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/file_system.h"

namespace silverback {

class ForwardingWritableFile : public WritableFile {
 public:
  ForwardingWritableFile(std::unique_ptr<WritableFile> base, uint64_t append_offset)
      : WritableFile(append_offset), base_(std::move(base)) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    return base_->WriteAt(offset, bytes);
  }
  Status Preallocate(uint64_t bytes) override { return base_->Preallocate(bytes); }
  Status Truncate(uint64_t bytes) override { return base_->Truncate(bytes); }
  Status Sync() override { return base_->Sync(); }
  Status Close() override { return base_->Close(); }

 protected:
  WritableFile* base() { return base_.get(); }

 private:
  std::unique_ptr<WritableFile> base_;
};

class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(FileSystem* base = FileSystem::Posix()) : base_(base) {}

  StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path,
                                                       WriteMode mode) override {
    return base_->OpenForWrite(path, mode);
  }
  StatusOr<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) override {
    return base_->OpenForRead(path);
  }
  StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    return base_->List(directory);
  }
  StatusOr<uint64_t> FileSize(const std::string& path) override { return base_->FileSize(path); }
  bool Exists(const std::string& path) override { return base_->Exists(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    return base_->Rename(from, to);
  }
  Status Remove(const std::string& path) override { return base_->Remove(path); }
  Status CreateDirectories(const std::string& path) override {
    return base_->CreateDirectories(path);
  }
  Status RemoveDirectory(const std::string& path) override { return base_->RemoveDirectory(path); }
  Status SyncDirectory(const std::string& directory) override {
    return base_->SyncDirectory(directory);
  }
  StatusOr<uint64_t> FreeBytes(const std::string& path) override { return base_->FreeBytes(path); }
  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return base_->Lock(path);
  }

 protected:
  FileSystem* base() { return base_; }

 private:
  FileSystem* base_;
};

}  // namespace silverback
