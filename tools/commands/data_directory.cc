#include "tools/commands/data_directory.h"

#include "engine/base/clock.h"
#include "tools/commands/admin_target.h"
#include "tools/commands/server_file.h"

namespace silverback {

StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path,
                                                             bool snapshot) {
  FileSystem* const file_system = FileSystem::Posix();
  if (!file_system->Exists(JoinPath(path, "store"))) {
    return Error(absl::StatusCode::kNotFound, "{} holds no database", path);
  }
  std::unique_ptr<DataDirectory> directory(new DataDirectory(path));
  StatusOr<std::unique_ptr<FileLock>> lock = file_system->Lock(JoinPath(path, "LOCK"));
  if (absl::IsFailedPrecondition(lock.status())) {
    const std::optional<std::string> url = ReadServerFile(path);
    if (!snapshot || !url) {
      return Error(
          absl::StatusCode::kFailedPrecondition,
          "{} is in use by {}: stop it, look at a snapshot of it (--snapshot, which needs a "
          "server with --web.enable-admin-api), or restore a backup elsewhere and look at that",
          path, url ? "the server at " + *url : "another process");
    }
    RETURN_IF_ERROR(directory->TakeSnapshot(*url));
    lock = file_system->Lock(JoinPath(directory->path_, "LOCK"));
  }
  ASSIGN_OR_RETURN(directory->lock_, std::move(lock));
  StoreOptions options;
  options.path = JoinPath(directory->path_, "store");
  options.read_only = true;
  options.create_if_missing = false;
  directory->store_ = Store::Open(options);
  return directory;
}

Status DataDirectory::TakeSnapshot(const std::string& url) {
  AdminArguments arguments;
  arguments.url = url;
  ASSIGN_OR_RETURN(const auto target, OpenAdminTarget(arguments, /*read_only=*/true));
  ASSIGN_OR_RETURN(const std::string scratch, target->ScratchDirectory());
  snapshot_.emplace(JoinPath(scratch, fmt::format("inspect-{}", WallClockMs())));
  RETURN_IF_ERROR(FileSystem::Posix()->CreateDirectories(scratch));
  path_ = snapshot_->path();
  return target->Snapshot(path_, {});
}

StatusOr<Store*> DataDirectory::store() const {
  RETURN_IF_ERROR(store_.status());
  return store_->get();
}

}  // namespace silverback
