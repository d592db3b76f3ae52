// Files and directories behind an interface, so that tests can fill the disk, break a sync or cut
// the power.
//
// Holds what the write-ahead log, the lock of a data directory and backups need; RocksDB has an
// interface of its own. Every error names the operation and the path; a full disk is
// ResourceExhausted, a missing file NotFound.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace silverback {

/// A file open for writing. One thread at a time. The destructor closes without a word; call
/// `Close` to learn of errors.
class WritableFile {
 public:
  virtual ~WritableFile() = default;
  WritableFile(const WritableFile&) = delete;
  WritableFile& operator=(const WritableFile&) = delete;

  /// Writes all of `bytes` at `offset`. After an error any part of them may be in the file.
  virtual Status WriteAt(uint64_t offset, std::string_view bytes) = 0;

  /// Reserves disk space for the first `bytes` bytes and makes the file at least that long; new
  /// bytes read as zeros. OK without doing anything where the file system cannot.
  virtual Status Preallocate(uint64_t bytes) = 0;

  /// Makes the file exactly `bytes` long.
  virtual Status Truncate(uint64_t bytes) = 0;

  /// Makes contents and length durable (`fdatasync`). That the *name* survives takes
  /// `FileSystem::SyncDirectory`.
  virtual Status Sync() = 0;

  /// Closes the file; no other call may follow.
  virtual Status Close() = 0;

  /// Writes `bytes` at the end: after what was appended so far (at first, after what the file held
  /// when opened).
  Status Append(std::string_view bytes) {
    RETURN_IF_ERROR(WriteAt(append_offset_, bytes));
    append_offset_ += bytes.size();
    return absl::OkStatus();
  }

 protected:
  explicit WritableFile(uint64_t append_offset) : append_offset_(append_offset) {}

 private:
  uint64_t append_offset_;
};

/// A file open for reading. Safe from any thread.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  ReadableFile() = default;
  ReadableFile(const ReadableFile&) = delete;
  ReadableFile& operator=(const ReadableFile&) = delete;

  /// Reads up to `size` bytes at `offset` into `out`; says how many, which is fewer only at the end
  /// of the file.
  virtual StatusOr<size_t> ReadAt(uint64_t offset, size_t size, char* out) const = 0;

  /// The length of the file when it was opened.
  virtual uint64_t size() const = 0;
};

/// An exclusive lock on a file, held until destroyed (or until the process dies).
class FileLock {
 public:
  virtual ~FileLock() = default;
  FileLock() = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
};

enum class WriteMode {
  kCreateNew,  ///< Error if the file exists.
  kTruncate,   ///< Created, or emptied.
  kKeep,       ///< Created, or left as it is; `Append` goes to its end.
};

/// Safe from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// The machine's. Never destroyed.
  static FileSystem* Posix();

  virtual StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path,
                                                               WriteMode mode) = 0;
  virtual StatusOr<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) = 0;

  /// Names (not paths) of everything in `directory` but "." and "..", sorted bytewise.
  virtual StatusOr<std::vector<std::string>> List(const std::string& directory) = 0;

  virtual StatusOr<uint64_t> FileSize(const std::string& path) = 0;

  /// True for files and directories. An error that hides the answer (permission) counts as false.
  virtual bool Exists(const std::string& path) = 0;

  /// Replaces `to` atomically. Durable only after `SyncDirectory` of the folders of both.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;

  /// Unlinks a file. Durable only after `SyncDirectory`.
  virtual Status Remove(const std::string& path) = 0;

  /// Makes `path` and what is missing above it, and makes their names durable. OK if it exists.
  virtual Status CreateDirectories(const std::string& path) = 0;

  /// Removes an empty directory.
  virtual Status RemoveDirectory(const std::string& path) = 0;

  /// Makes the names in `directory` durable: created, renamed and removed ones.
  virtual Status SyncDirectory(const std::string& directory) = 0;

  /// Bytes that this process may still write on the disk that holds `path`.
  virtual StatusOr<uint64_t> FreeBytes(const std::string& path) = 0;

  /// Locks `path`, creating it if it is missing. FailedPrecondition when another process (or this
  /// one) holds it.
  virtual StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
};

/// The whole of `path`. ResourceExhausted, before anything is allocated, if it is longer than
/// `bytes_max`.
StatusOr<std::string> ReadWholeFile(FileSystem* file_system, const std::string& path,
                                    uint64_t bytes_max);

/// Replaces `path` by a file that holds `bytes`, atomically and durably: after a crash there is the
/// old file or the new one. Uses `path` + ".tmp".
Status WriteFileDurably(FileSystem* file_system, const std::string& path, std::string_view bytes);

/// `a/b` from "a" and "b"; the folder of "a/b" is "a", of "b" is ".".
std::string JoinPath(std::string_view directory, std::string_view name);
std::string DirectoryOf(std::string_view path);

}  // namespace silverback
