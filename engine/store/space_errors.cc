#include "engine/store/space_errors.h"

#include <string>
#include <utility>

namespace silverback {
namespace {

/// Turns an error into one that may be tried again, if it is "no space" and the switch is on.
class Retry {
 public:
  explicit Retry(std::shared_ptr<const std::atomic<bool>> on) : on_(std::move(on)) {}
  rocksdb::IOStatus operator()(rocksdb::IOStatus status) const {
    if (!status.IsNoSpace() || !*on_) return status;
    rocksdb::IOStatus retryable =
        rocksdb::status_to_io_status(rocksdb::Status::SpaceLimit(status.ToString()));
    retryable.SetRetryable(true);
    return retryable;
  }

 private:
  std::shared_ptr<const std::atomic<bool>> on_;
};

class RetryingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  RetryingFile(std::unique_ptr<rocksdb::FSWritableFile> file, Retry retry)
      : FSWritableFileOwnerWrapper(std::move(file)), retry_(std::move(retry)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    return retry_(target()->Append(data, options, debug));
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* debug) override {
    return retry_(target()->Append(data, options, info, debug));
  }
  rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset,
                                     const rocksdb::IOOptions& options,
                                     rocksdb::IODebugContext* debug) override {
    return retry_(target()->PositionedAppend(data, offset, options, debug));
  }
  rocksdb::IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset,
                                     const rocksdb::IOOptions& options,
                                     const rocksdb::DataVerificationInfo& info,
                                     rocksdb::IODebugContext* debug) override {
    return retry_(target()->PositionedAppend(data, offset, options, info, debug));
  }
  rocksdb::IOStatus Truncate(uint64_t size, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    return retry_(target()->Truncate(size, options, debug));
  }
  rocksdb::IOStatus Close(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return retry_(target()->Close(options, debug));
  }
  rocksdb::IOStatus Flush(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return retry_(target()->Flush(options, debug));
  }
  // A file system may find out about its room only now.
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    return retry_(target()->Sync(options, debug));
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return retry_(target()->Fsync(options, debug));
  }
  rocksdb::IOStatus RangeSync(uint64_t offset, uint64_t bytes, const rocksdb::IOOptions& options,
                              rocksdb::IODebugContext* debug) override {
    return retry_(target()->RangeSync(offset, bytes, options, debug));
  }

 private:
  const Retry retry_;
};

class RetryingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  RetryingFileSystem(std::shared_ptr<rocksdb::FileSystem> base, Retry retry)
      : FileSystemWrapper(std::move(base)), retry_(std::move(retry)) {}
  const char* Name() const override { return "RetryingFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    return Wrap(target()->NewWritableFile(path, options, result, debug), result);
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override {
    return Wrap(target()->ReopenWritableFile(path, options, result, debug), result);
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override {
    return Wrap(target()->ReuseWritableFile(path, old_path, options, result, debug), result);
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    return retry_(target()->RenameFile(from, to, options, debug));
  }
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
    return retry_(target()->LinkFile(from, to, options, debug));
  }

 private:
  rocksdb::IOStatus Wrap(rocksdb::IOStatus status,
                         std::unique_ptr<rocksdb::FSWritableFile>* file) const {
    if (!status.ok()) return retry_(std::move(status));
    *file = std::make_unique<RetryingFile>(std::move(*file), retry_);
    return status;
  }

  const Retry retry_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> RetrySpaceErrors(
    std::shared_ptr<rocksdb::FileSystem> base, std::shared_ptr<const std::atomic<bool>> retry) {
  return std::make_shared<RetryingFileSystem>(std::move(base), Retry(std::move(retry)));
}

}  // namespace silverback
