#include "engine/store/space_errors.h"

#include <string>
#include <utility>

namespace silverback {
namespace {

/// Turns an error into one that may be tried again, if it is "no space" and the switch is on.
class Retry {
 public:
  explicit Retry(std::shared_ptr<SpaceErrorSwitches> switches) : switches_(std::move(switches)) {}
  rocksdb::IOStatus operator()(rocksdb::IOStatus status) const {
    return status.IsNoSpace() && switches_->retry ? Retryable(status.ToString()) : status;
  }
  /// What an append to the log shall fail with instead of being done; OK for all but one.
  rocksdb::IOStatus FailureOfLogAppend() const {
    if (!switches_->fail_next_log_append.exchange(false)) return rocksdb::IOStatus::OK();
    return Retryable("an error of our own, for RocksDB to recover from");
  }

 private:
  static rocksdb::IOStatus Retryable(const std::string& what) {
    rocksdb::IOStatus status = rocksdb::status_to_io_status(rocksdb::Status::SpaceLimit(what));
    status.SetRetryable(true);
    return status;
  }

  std::shared_ptr<SpaceErrorSwitches> switches_;
};

class RetryingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  RetryingFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::string& path, Retry retry)
      : FSWritableFileOwnerWrapper(std::move(file)),
        is_log_(path.ends_with(".log")),
        retry_(std::move(retry)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus failure = FailureOfAppend();
    return failure.ok() ? retry_(target()->Append(data, options, debug)) : failure;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* debug) override {
    const rocksdb::IOStatus failure = FailureOfAppend();
    return failure.ok() ? retry_(target()->Append(data, options, info, debug)) : failure;
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
  rocksdb::IOStatus FailureOfAppend() const {
    return is_log_ ? retry_.FailureOfLogAppend() : rocksdb::IOStatus::OK();
  }

  const bool is_log_;
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
    return Wrap(target()->NewWritableFile(path, options, result, debug), path, result);
  }
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override {
    return Wrap(target()->ReopenWritableFile(path, options, result, debug), path, result);
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* debug) override {
    return Wrap(target()->ReuseWritableFile(path, old_path, options, result, debug), path, result);
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
  rocksdb::IOStatus Wrap(rocksdb::IOStatus status, const std::string& path,
                         std::unique_ptr<rocksdb::FSWritableFile>* file) const {
    if (!status.ok()) return retry_(std::move(status));
    *file = std::make_unique<RetryingFile>(std::move(*file), path, retry_);
    return status;
  }

  const Retry retry_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> RetrySpaceErrors(
    std::shared_ptr<rocksdb::FileSystem> base, std::shared_ptr<SpaceErrorSwitches> switches) {
  return std::make_shared<RetryingFileSystem>(std::move(base), Retry(std::move(switches)));
}

}  // namespace silverback
