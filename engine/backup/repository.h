// A backup repository: a folder that holds any number of backups of a database, each file's content once.
//
//     REPOSITORY/silverback-backup         what this folder is, and its format version
//     REPOSITORY/files/HASH-SIZE           contents, named by 128-bit XXH3 and length
//     REPOSITORY/backups/ID.manifest       one backup: its files and what they contain (docs/format/backup.md)
//
// Sealed files never change, so a backup writes only what came since the last one. A backup exists once its manifest has its
// name; until then a kill leaves contents that the next backup uses. One writer at a time (a lock file); any number of readers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

/// The file that a restore puts into its target first and removes last; it holds the backup's id. A directory that has it is an
/// incomplete copy, and `Database::Open` refuses it.
inline constexpr std::string_view kRestoreUnfinished = "RESTORE-UNFINISHED";

/// One file of a backup.
struct BackupFile {
  std::string path;  // relative, with '/'
  uint64_t bytes = 0;
  Hash128Value hash;
};

/// One backup.
struct Backup {
  std::string id;
  TimestampMs created_ms = 0;
  std::vector<BackupFile> files;

  uint64_t bytes() const;
};

struct BackupReport {
  Backup backup;
  uint64_t files_new = 0;  // contents that the repository did not have
  uint64_t bytes_new = 0;
};

/// Something wrong in a repository.
struct BackupFinding {
  std::string backup;  // id; empty if it concerns the repository
  std::string path;
  std::string what;
};

/// Called now and then with bytes done and bytes to do.
using BackupProgress = std::function<void(uint64_t done, uint64_t total)>;

class BackupRepository {
 public:
  /// Opens `path`, creating it if it is missing or empty and `create` is set. FailedPrecondition if the folder holds something
  /// else, or a newer format.
  static StatusOr<BackupRepository> Open(FileSystem* file_system, std::string path, bool create);

  /// Adds a backup of everything under `directory`, which nobody may change meanwhile (a snapshot). Durable when it returns.
  /// FailedPrecondition while another process adds to the repository.
  StatusOr<BackupReport> Add(const std::string& directory, TimestampMs created_ms,
                             const BackupProgress& progress);

  /// All backups, oldest first. An unreadable manifest is an error that names it.
  StatusOr<std::vector<Backup>> List() const;

  /// The backup with this id; "latest" is the newest one. NotFound lists what there is.
  StatusOr<Backup> Find(std::string_view id) const;

  /// Reads every content that `backup` needs and compares length and hash.
  StatusOr<std::vector<BackupFinding>> Verify(const Backup& backup,
                                              const BackupProgress& progress) const;

  /// Writes the files of `backup` into `target`, which must not exist or be empty; every content is checked while it is copied.
  /// Durable when it returns. After an error `target` holds an incomplete copy, marked by `kRestoreUnfinished`, and must be removed.
  Status Restore(const Backup& backup, const std::string& target,
                 const BackupProgress& progress) const;

 private:
  BackupRepository(FileSystem* file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}

  std::string ContentPath(const BackupFile& file) const;
  StatusOr<Backup> ReadManifest(const std::string& name) const;
  Status StoreContent(const std::string& source, const BackupFile& file) const;

  FileSystem* file_system_;
  std::string path_;
};

/// The text of a manifest, and back. Public for tests.
std::string EncodeManifest(const Backup& backup);
StatusOr<Backup> DecodeManifest(std::string_view text);

}  // namespace silverback
