#include "engine/upkeep/snapshot.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

namespace silverback {
namespace {

constexpr size_t kCopyBytes = size_t{1} << 20;

Status CopyFile(FileSystem* file_system, const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> source, file_system->OpenForRead(from));
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> copy,
                   file_system->OpenForWrite(to, WriteMode::kCreateNew));
  std::vector<char> buffer(kCopyBytes);
  for (uint64_t offset = 0; offset < source->size();) {
    ASSIGN_OR_RETURN(const size_t bytes, source->ReadAt(offset, buffer.size(), buffer.data()));
    if (bytes == 0) break;  // the segment was ended, and cut to its length, meanwhile
    RETURN_IF_ERROR(copy->Append({buffer.data(), bytes}));
    offset += bytes;
  }
  RETURN_IF_ERROR(copy->Sync());
  return copy->Close();
}

Status CopyLog(LiveEngine* engine, const std::string& target, const ProgressFunction& progress) {
  FileSystem* const file_system = engine->file_system;
  const std::string source = JoinPath(engine->path, "wal");
  RETURN_IF_ERROR(file_system->CreateDirectories(target));
  // Not all files of the folder: some wait to be segments again, and may become it at any time.
  const std::vector<std::string> names = engine->log->SegmentNames();
  for (size_t i = 0; i < names.size(); ++i) {
    if (progress) progress("log", i, names.size());
    RETURN_IF_ERROR(CopyFile(file_system, JoinPath(source, names[i]), JoinPath(target, names[i])));
    engine->Step("snapshot: log segment copied");
  }
  if (progress) progress("log", names.size(), names.size());
  return file_system->SyncDirectory(target);
}

/// Removes `directory` with everything in it, as far as it can be removed.
Status RemoveTree(FileSystem* file_system, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system->List(directory));
  std::error_code ignored;
  for (const std::string& name : names) {
    const std::string path = JoinPath(directory, name);
    RETURN_IF_ERROR(std::filesystem::is_directory(path, ignored) ? RemoveTree(file_system, path)
                                                                 : file_system->Remove(path));
  }
  return file_system->RemoveDirectory(directory);
}

/// Everything into `partial`, which is then `target`.
Status CopyAll(LiveEngine* engine, const std::string& partial, const std::string& target,
               const ProgressFunction& progress) {
  FileSystem* const file_system = engine->file_system;
  RETURN_IF_ERROR(file_system->CreateDirectories(partial));
  // Everything that was acknowledged so far lies in the files that are copied below.
  RETURN_IF_ERROR(engine->log->Sync());
  if (progress) progress("store", 0, 1);
  RETURN_IF_ERROR(engine->substrate->store->Checkpoint(JoinPath(partial, "store")));
  if (progress) progress("store", 1, 1);
  engine->Step("snapshot: store copied");
  RETURN_IF_ERROR(CopyLog(engine, JoinPath(partial, "wal"), progress));
  RETURN_IF_ERROR(file_system->SyncDirectory(partial));
  return file_system->Rename(partial, target);
}

}  // namespace

Status CopyDatabase(LiveEngine* engine, const std::string& target,
                    const ProgressFunction& progress) {
  FileSystem* const file_system = engine->file_system;
  if (file_system->Exists(target)) {
    return Error(absl::StatusCode::kAlreadyExists, "{} exists; name a directory that does not",
                 target);
  }
  const std::string partial = target + ".partial";
  std::error_code error;
  std::filesystem::remove_all(partial, error);
  if (error) return StatusFromErrno(error.value(), "remove", partial);
  if (const Status copied = CopyAll(engine, partial, target, progress); !copied.ok()) {
    // Should that fail too: the first error says more, and the next copy removes the rest.
    RemoveTree(file_system, partial).IgnoreError();
    return copied;
  }
  return file_system->SyncDirectory(DirectoryOf(target));
}

}  // namespace silverback
