#include "engine/backup/repository.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <random>
#include <set>

namespace silverback {
namespace {

constexpr std::string_view kMarker = "silverback-backup";
constexpr std::string_view kMarkerText = "silverback backup repository, format 1\n";
constexpr std::string_view kManifestSuffix = ".manifest";
constexpr uint64_t kMaxManifestBytes = uint64_t{256} << 20;
constexpr size_t kChunkBytes = size_t{1} << 20;

/// Reads `path` from front to end, handing over a piece at a time.
Status ForEachPiece(FileSystem* file_system, const std::string& path,
                    const std::function<Status(std::string_view)>& take) {
  ASSIGN_OR_RETURN(const auto file, file_system->OpenForRead(path));
  std::string buffer(kChunkBytes, '\0');
  for (uint64_t offset = 0; offset < file->size();) {
    ASSIGN_OR_RETURN(const size_t read, file->ReadAt(offset, buffer.size(), buffer.data()));
    if (read == 0) return DataLoss("{} became shorter while it was read", path);
    RETURN_IF_ERROR(take(std::string_view(buffer).substr(0, read)));
    offset += read;
  }
  return absl::OkStatus();
}

/// Copies `from` to `to` and syncs it; DataLoss if what was read is not what `wanted` says.
Status CopyChecked(FileSystem* file_system, const std::string& from, const std::string& to,
                   const BackupFile& wanted) {
  ASSIGN_OR_RETURN(const auto out, file_system->OpenForWrite(to, WriteMode::kTruncate));
  Hash128Stream hash;
  uint64_t bytes = 0;
  RETURN_IF_ERROR(ForEachPiece(file_system, from, [&](std::string_view piece) {
    hash.Update(piece);
    bytes += piece.size();
    return out->Append(piece);
  }));
  if (bytes != wanted.bytes || !(hash.Finish() == wanted.hash)) {
    return DataLoss("{} is damaged: {} bytes instead of {}, or another content", from, bytes,
                    wanted.bytes);
  }
  RETURN_IF_ERROR(out->Sync());
  return out->Close();
}

/// Every regular file under `directory`, relative, sorted.
StatusOr<std::vector<std::string>> FilesUnder(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(directory, error);
  for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    if (it->is_regular_file())
      paths.push_back(std::filesystem::relative(it->path(), directory).generic_string());
  }
  if (error) return Error(absl::StatusCode::kInternal, "list {}: {}", directory, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Whether the folder holds nothing, or what a creation that was interrupted leaves.
StatusOr<bool> IsFresh(FileSystem* file_system, const std::string& path) {
  ASSIGN_OR_RETURN(const auto names, file_system->List(path));
  for (const std::string& name : names) {
    if (name == std::string(kMarker) + ".tmp") continue;
    if (name != "files" && name != "backups") return false;
    ASSIGN_OR_RETURN(const auto inside, file_system->List(JoinPath(path, name)));
    if (!inside.empty()) return false;
  }
  return true;
}

std::string MakeId(TimestampMs created_ms) {
  const std::time_t seconds = created_ms / 1000;
  std::tm t{};
  gmtime_r(&seconds, &t);
  std::random_device random;
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z-{:08x}", t.tm_year + 1900, t.tm_mon + 1,
                     t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, random());
}

}  // namespace

uint64_t Backup::bytes() const {
  uint64_t sum = 0;
  for (const BackupFile& file : files) sum += file.bytes;
  return sum;
}

StatusOr<BackupRepository> BackupRepository::Open(FileSystem* file_system, std::string path,
                                                  bool create) {
  const std::string marker = JoinPath(path, kMarker);
  if (!file_system->Exists(marker)) {
    if (!create) return Error(absl::StatusCode::kNotFound, "{} is no backup repository", path);
    RETURN_IF_ERROR(file_system->CreateDirectories(path));
    ASSIGN_OR_RETURN(const bool fresh, IsFresh(file_system, path));
    if (!fresh) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{} is neither empty nor a backup repository", path);
    }
    RETURN_IF_ERROR(file_system->CreateDirectories(JoinPath(path, "files")));
    RETURN_IF_ERROR(file_system->CreateDirectories(JoinPath(path, "backups")));
    RETURN_IF_ERROR(WriteFileDurably(file_system, marker, kMarkerText));
  }
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file_system, marker, 4096));
  if (text != kMarkerText) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} is of a format that this program does not know: {}", path, text);
  }
  return BackupRepository(file_system, std::move(path));
}

std::string BackupRepository::ContentPath(const BackupFile& file) const {
  return JoinPath(JoinPath(path_, "files"),
                  fmt::format("{:016x}{:016x}-{}", file.hash.high, file.hash.low, file.bytes));
}

Status BackupRepository::StoreContent(const std::string& source, const BackupFile& file) const {
  const std::string path = ContentPath(file);
  const std::string temporary = path + ".tmp";
  RETURN_IF_ERROR(CopyChecked(file_system_, source, temporary, file));
  return file_system_->Rename(temporary, path);
}

StatusOr<BackupReport> BackupRepository::Add(const std::string& directory, TimestampMs created_ms,
                                             const BackupProgress& progress) {
  ASSIGN_OR_RETURN(const auto lock, file_system_->Lock(JoinPath(path_, "LOCK")));
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesUnder(directory));
  BackupReport report;
  report.backup.created_ms = created_ms;
  report.backup.id = MakeId(created_ms);
  uint64_t total = 0;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const uint64_t bytes, file_system_->FileSize(JoinPath(directory, path)));
    total += bytes;
  }
  uint64_t done = 0;
  for (const std::string& path : paths) {
    const std::string source = JoinPath(directory, path);
    BackupFile file{.path = path, .bytes = 0, .hash = {}};
    Hash128Stream hash;
    RETURN_IF_ERROR(ForEachPiece(file_system_, source, [&](std::string_view piece) {
      hash.Update(piece);
      file.bytes += piece.size();
      return absl::OkStatus();
    }));
    file.hash = hash.Finish();
    const StatusOr<uint64_t> held = file_system_->FileSize(ContentPath(file));
    if (!held.ok() || *held != file.bytes) {
      RETURN_IF_ERROR(StoreContent(source, file));
      ++report.files_new;
      report.bytes_new += file.bytes;
    }
    done += file.bytes;
    if (progress) progress(done, total);
    report.backup.files.push_back(std::move(file));
  }
  RETURN_IF_ERROR(file_system_->SyncDirectory(JoinPath(path_, "files")));
  const std::string manifest =
      JoinPath(JoinPath(path_, "backups"), report.backup.id + std::string(kManifestSuffix));
  RETURN_IF_ERROR(WriteFileDurably(file_system_, manifest, EncodeManifest(report.backup)));
  return report;
}

StatusOr<Backup> BackupRepository::ReadManifest(const std::string& name) const {
  const std::string path = JoinPath(JoinPath(path_, "backups"), name);
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file_system_, path, kMaxManifestBytes));
  StatusOr<Backup> backup = DecodeManifest(text);
  if (!backup.ok()) return WithContext(backup.status(), path);
  return backup;
}

StatusOr<std::vector<Backup>> BackupRepository::List() const {
  ASSIGN_OR_RETURN(const auto names, file_system_->List(JoinPath(path_, "backups")));
  std::vector<Backup> backups;
  for (const std::string& name : names) {
    if (!name.ends_with(kManifestSuffix)) continue;
    ASSIGN_OR_RETURN(Backup backup, ReadManifest(name));
    backups.push_back(std::move(backup));
  }
  std::sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    return std::tie(a.created_ms, a.id) < std::tie(b.created_ms, b.id);
  });
  return backups;
}

StatusOr<Backup> BackupRepository::Find(std::string_view id) const {
  ASSIGN_OR_RETURN(std::vector<Backup> backups, List());
  if (id == "latest" && !backups.empty()) return std::move(backups.back());
  std::string known;
  for (Backup& backup : backups) {
    if (backup.id == id) return std::move(backup);
    known += (known.empty() ? "" : ", ") + backup.id;
  }
  return Error(absl::StatusCode::kNotFound, "there is no backup '{}' in {}; it holds: {}", id,
               path_, known.empty() ? "none" : known);
}

StatusOr<std::vector<BackupFinding>> BackupRepository::Verify(
    const Backup& backup, const BackupProgress& progress) const {
  std::vector<BackupFinding> findings;
  uint64_t done = 0;
  for (const BackupFile& file : backup.files) {
    Hash128Stream hash;
    uint64_t bytes = 0;
    const Status read = ForEachPiece(file_system_, ContentPath(file), [&](std::string_view piece) {
      hash.Update(piece);
      bytes += piece.size();
      return absl::OkStatus();
    });
    if (!read.ok()) {
      findings.push_back({backup.id, file.path, std::string(MessageOf(read))});
    } else if (bytes != file.bytes || !(hash.Finish() == file.hash)) {
      findings.push_back(
          {backup.id, file.path,
           fmt::format("{} has another content than was stored", ContentPath(file))});
    }
    done += file.bytes;
    if (progress) progress(done, backup.bytes());
  }
  return findings;
}

Status BackupRepository::Restore(const Backup& backup, const std::string& target,
                                 const BackupProgress& progress) const {
  RETURN_IF_ERROR(file_system_->CreateDirectories(target));
  ASSIGN_OR_RETURN(const auto names, file_system_->List(target));
  if (!names.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} is not empty: restore into a new directory", target);
  }
  // Without this file the copy is whole; with it a kill is seen.
  const std::string unfinished = JoinPath(target, kRestoreUnfinished);
  RETURN_IF_ERROR(WriteFileDurably(file_system_, unfinished, backup.id));
  std::set<std::string> folders{target};
  uint64_t done = 0;
  for (const BackupFile& file : backup.files) {
    const std::string path = JoinPath(target, file.path);
    const std::string folder = DirectoryOf(path);
    if (folders.insert(folder).second) RETURN_IF_ERROR(file_system_->CreateDirectories(folder));
    RETURN_IF_ERROR(WithContext(CopyChecked(file_system_, ContentPath(file), path, file),
                                "restore " + file.path));
    done += file.bytes;
    if (progress) progress(done, backup.bytes());
  }
  for (const std::string& folder : folders) RETURN_IF_ERROR(file_system_->SyncDirectory(folder));
  RETURN_IF_ERROR(file_system_->Remove(unfinished));
  return file_system_->SyncDirectory(target);
}

}  // namespace silverback
