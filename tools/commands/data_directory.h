// A data directory opened to be looked at, without a database over it: nothing is replayed, nothing on disk changes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/store/store.h"
#include "tools/commands/scratch_folder.h"

namespace silverback {

class DataDirectory {
 public:
  /// Locks `path`. FailedPrecondition that names the ways out if somebody holds it; with `snapshot`, if that is a server, its admin
  /// endpoint takes a snapshot instead, which is removed with this object. The store is opened too; what hinders that is kept for
  /// `store()`.
  static StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path, bool snapshot);

  /// Of the directory that is looked at, which may be a snapshot.
  const std::string& path() const { return path_; }
  bool is_snapshot() const { return snapshot_.has_value(); }
  /// The error if it could not be opened.
  StatusOr<Store*> store() const;

 private:
  explicit DataDirectory(std::string path) : path_(std::move(path)) {}
  Status TakeSnapshot(const std::string& url);

  std::string path_;
  std::optional<ScratchFolder> snapshot_;  // outlives what is open in it
  std::unique_ptr<FileLock> lock_;
  StatusOr<std::unique_ptr<Store>> store_ = absl::UnknownError("not opened");
};

}  // namespace silverback
