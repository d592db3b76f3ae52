#include "engine/base/file_system.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace silverback {

namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  FileDescriptor& operator=(FileDescriptor&&) = delete;

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

StatusOr<FileDescriptor> OpenDescriptor(const std::string& path, int flags) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return StatusFromErrno(errno, "open", path);
  return FileDescriptor(fd);
}

StatusOr<uint64_t> DescriptorSize(const FileDescriptor& fd, const std::string& path) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return StatusFromErrno(errno, "stat", path);
  return static_cast<uint64_t>(info.st_size);
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(std::string path, FileDescriptor fd, uint64_t size)
      : WritableFile(size), path_(std::move(path)), fd_(std::move(fd)) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return StatusFromErrno(errno, "write", path_);
      if (written == 0) return StatusFromErrno(ENOSPC, "write", path_);
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<uint64_t>(written);
    }
    return absl::OkStatus();
  }

  Status Preallocate(uint64_t bytes) override {
    int result;
    do {
      result = ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result != 0 && errno != EOPNOTSUPP) return StatusFromErrno(errno, "allocate", path_);
    return absl::OkStatus();
  }

  Status Truncate(uint64_t bytes) override {
    int result;
    do {
      result = ::ftruncate(fd_.get(), static_cast<off_t>(bytes));
    } while (result != 0 && errno == EINTR);
    if (result != 0) return StatusFromErrno(errno, "truncate", path_);
    return absl::OkStatus();
  }

  Status Sync() override {
    // Not repeated on EINTR-like errors: after a failed sync the kernel may have forgotten what was
    // not written.
    if (::fdatasync(fd_.get()) != 0) return StatusFromErrno(errno, "sync", path_);
    return absl::OkStatus();
  }

  Status Close() override {
    if (::close(fd_.Release()) != 0 && errno != EINTR) {
      return StatusFromErrno(errno, "close", path_);
    }
    return absl::OkStatus();
  }

 private:
  std::string path_;
  FileDescriptor fd_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(std::string path, FileDescriptor fd, uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}

  StatusOr<size_t> ReadAt(uint64_t offset, size_t size, char* out) const override {
    size_t done = 0;
    while (done < size) {
      const ssize_t got =
          ::pread(fd_.get(), out + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return StatusFromErrno(errno, "read", path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  uint64_t size() const override { return size_; }

 private:
  std::string path_;
  FileDescriptor fd_;
  uint64_t size_;
};

class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(FileDescriptor fd) : fd_(std::move(fd)) {}

 private:
  FileDescriptor fd_;
};

class PosixFileSystem final : public FileSystem {
 public:
  StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path,
                                                       WriteMode mode) override {
    int flags = O_WRONLY | O_CREAT;
    if (mode == WriteMode::kCreateNew) flags |= O_EXCL;
    if (mode == WriteMode::kTruncate) flags |= O_TRUNC;
    ASSIGN_OR_RETURN(FileDescriptor fd, OpenDescriptor(path, flags));
    ASSIGN_OR_RETURN(const uint64_t size, DescriptorSize(fd, path));
    return std::make_unique<PosixWritableFile>(path, std::move(fd), size);
  }

  StatusOr<std::unique_ptr<ReadableFile>> OpenForRead(const std::string& path) override {
    ASSIGN_OR_RETURN(FileDescriptor fd, OpenDescriptor(path, O_RDONLY));
    ASSIGN_OR_RETURN(const uint64_t size, DescriptorSize(fd, path));
    return std::make_unique<PosixReadableFile>(path, std::move(fd), size);
  }

  StatusOr<std::vector<std::string>> List(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> handle(::opendir(directory.c_str()), &::closedir);
    if (handle == nullptr) return StatusFromErrno(errno, "list", directory);
    std::vector<std::string> names;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(handle.get());
      if (entry == nullptr) break;
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) return StatusFromErrno(errno, "list", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  StatusOr<uint64_t> FileSize(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return StatusFromErrno(errno, "stat", path);
    return static_cast<uint64_t>(info.st_size);
  }

  bool Exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return StatusFromErrno(errno, "rename", from);
    return absl::OkStatus();
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return StatusFromErrno(errno, "remove", path);
    return absl::OkStatus();
  }

  Status CreateDirectories(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) == 0) return SyncDirectory(DirectoryOf(path));
    if (errno == ENOENT) {
      const std::string parent = DirectoryOf(path);
      if (parent == path) return StatusFromErrno(ENOENT, "make directory", path);
      RETURN_IF_ERROR(CreateDirectories(parent));
      if (::mkdir(path.c_str(), 0755) == 0) return SyncDirectory(parent);
    }
    if (errno != EEXIST) return StatusFromErrno(errno, "make directory", path);
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return StatusFromErrno(errno, "stat", path);
    if (!S_ISDIR(info.st_mode)) return StatusFromErrno(ENOTDIR, "make directory", path);
    return absl::OkStatus();
  }

  Status RemoveDirectory(const std::string& path) override {
    if (::rmdir(path.c_str()) != 0) return StatusFromErrno(errno, "remove directory", path);
    return absl::OkStatus();
  }

  Status SyncDirectory(const std::string& directory) override {
    ASSIGN_OR_RETURN(const FileDescriptor fd, OpenDescriptor(directory, O_RDONLY | O_DIRECTORY));
    if (::fsync(fd.get()) != 0) return StatusFromErrno(errno, "sync", directory);
    return absl::OkStatus();
  }

  StatusOr<uint64_t> FreeBytes(const std::string& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return StatusFromErrno(errno, "statvfs", path);
    return static_cast<uint64_t>(info.f_bavail) * info.f_frsize;
  }

  StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    ASSIGN_OR_RETURN(FileDescriptor fd, OpenDescriptor(path, O_RDWR | O_CREAT));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return StatusFromErrno(errno, "lock", path);
      return Error(absl::StatusCode::kFailedPrecondition, "lock {}: another process holds it",
                   path);
    }
    return std::make_unique<PosixFileLock>(std::move(fd));
  }
};

}  // namespace

FileSystem* FileSystem::Posix() {
  static auto* const file_system = new PosixFileSystem;
  return file_system;
}

StatusOr<std::string> ReadWholeFile(FileSystem* file_system, const std::string& path,
                                    uint64_t bytes_max) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, file_system->OpenForRead(path));
  if (file->size() > bytes_max) {
    return ResourceExhausted("read {}: {} bytes are more than the {} it may have", path,
                             file->size(), bytes_max);
  }
  std::string bytes(file->size(), '\0');
  ASSIGN_OR_RETURN(const size_t got, file->ReadAt(0, bytes.size(), bytes.data()));
  bytes.resize(got);
  return bytes;
}

Status WriteFileDurably(FileSystem* file_system, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file,
                   file_system->OpenForWrite(temporary, WriteMode::kTruncate));
  RETURN_IF_ERROR(file->WriteAt(0, bytes));
  RETURN_IF_ERROR(file->Sync());
  RETURN_IF_ERROR(file->Close());
  RETURN_IF_ERROR(file_system->Rename(temporary, path));
  return file_system->SyncDirectory(DirectoryOf(path));
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  if (directory.empty()) return std::string(name);
  if (directory.back() == '/') return fmt::format("{}{}", directory, name);
  return fmt::format("{}/{}", directory, name);
}

std::string DirectoryOf(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  if (slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

}  // namespace silverback
