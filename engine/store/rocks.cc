#include "engine/store/rocks.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <rocksdb/statistics.h>
#include <spdlog/spdlog.h>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/coding.h"
#include "engine/store/families.h"
#include "engine/store/keys.h"
#include "engine/store/rocks_status.h"
#include "engine/store/space_errors.h"

namespace silverback {

namespace {

/// Microseconds.
int64_t SteadyNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

class Rocks::ErrorListener final : public rocksdb::EventListener {
 public:
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* status) override {
    count_.fetch_add(1, std::memory_order_relaxed);
    // One that RocksDB tries to recover from has no severity yet, but stops its writes all the same; unless a compaction met it, which is
    // simply done again.
    const bool retried = status->severity() == rocksdb::Status::kNoError &&
                         reason != rocksdb::BackgroundErrorReason::kCompaction;
    if (retried || status->severity() >= rocksdb::Status::kHardError) {
      if (!stopped_) stopped_at_ = SteadyNow();
      stopped_ = true;
    }
    if (retried) recovering_ = true;
    spdlog::error("store: background error: {}", status->ToString());
  }
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override {
    // A recovery is told of twice: with the old error while the writes are still stopped, and without one afterwards.
    if (!info.old_bg_error.ok() && info.new_bg_error.ok()) return;
    recovering_ = false;
    if (!info.new_bg_error.ok()) return;
    recoveries_.fetch_add(1);
    stopped_ = false;
    spdlog::warn("store: recovered from the background error");
  }
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  bool stopped() const { return stopped_; }
  int64_t stopped_at() const { return stopped_at_; }
  bool recovering() const { return recovering_; }
  uint64_t recoveries() const { return recoveries_; }

 private:
  std::atomic<bool> stopped_{false};
  std::atomic<int64_t> stopped_at_{0};  // by SteadyNow, while stopped
  std::atomic<bool> recovering_{false};
  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> recoveries_{0};
};

namespace {

// RocksDB tells a lock that is held from other errors by its text alone.
bool IsLockConflict(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  return status.IsIOError() && (text.find("lock hold by current process") != std::string::npos ||
                                text.find("While lock file") != std::string::npos);
}

Status OpenError(const rocksdb::Status& status, const std::string& path) {
  if (IsLockConflict(status)) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "data directory {} is in use by another process ({}); stop it first, or use its "
                 "HTTP address",
                 path, status.ToString());
  }
  if (status.IsInvalidArgument() && status.ToString().find("does not exist") != std::string::npos) {
    return Error(absl::StatusCode::kNotFound, "{} holds no database", path);
  }
  return FromRocks(status, fmt::format("open {}", path));
}

Status CheckFamilies(const std::vector<std::string>& names, const std::string& path) {
  for (const std::string& name : names) {
    bool known = name == rocksdb::kDefaultColumnFamilyName;
    for (size_t i = 0; i < kFamilyCount; ++i) known |= name == FamilyName(static_cast<Family>(i));
    if (!known) {
      return Error(absl::StatusCode::kFailedPrecondition,
                   "{} was written by a newer version: it has the family '{}', which this version "
                   "does not know; upgrade",
                   path, name);
    }
  }
  return absl::OkStatus();
}

}  // namespace

Rocks::Rocks(const StoreOptions& options)
    : path_(options.path),
      staging_path_(options.path + "/staging"),
      read_only_(options.read_only),
      space_errors_(std::make_shared<SpaceErrorSwitches>()),
      env_(rocksdb::NewCompositeEnv(RetrySpaceErrors(
          (options.env != nullptr ? options.env : rocksdb::Env::Default())->GetFileSystem(),
          space_errors_))),
      testing_point_(options.testing_point),
      cache_(rocksdb::NewLRUCache(options.block_cache_bytes)),
      listener_(std::make_shared<ErrorListener>()),
      db_options_(DatabaseOptions(options)) {
  db_options_.env = env_.get();
  db_options_.listeners.push_back(listener_);
  db_options_.statistics = rocksdb::CreateDBStatistics();
  // Counters alone.
  db_options_.statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
}

StatusOr<std::unique_ptr<Rocks>> Rocks::Open(const StoreOptions& options) {
  std::unique_ptr<Rocks> rocks(new Rocks(options));
  RETURN_IF_ERROR(rocks->OpenDatabase(options));
  if (!options.read_only) RETURN_IF_ERROR(rocks->ClearStaging());
  return rocks;
}

// RocksDB makes the last folder of the path only.
Status Rocks::MakeFolders() const {
  for (size_t at = path_.find('/', 1); at != std::string::npos; at = path_.find('/', at + 1)) {
    const std::string folder = path_.substr(0, at);
    RETURN_IF_ERROR(FromRocks(env_->CreateDirIfMissing(folder), fmt::format("create {}", folder)));
  }
  return absl::OkStatus();
}

Status Rocks::Lock() {
  const std::string file = path_ + "/LOCK";
  if (!env_->FileExists(path_ + "/CURRENT").ok()) {
    return Error(absl::StatusCode::kNotFound, "{} holds no database", path_);
  }
  const rocksdb::Status status = env_->LockFile(file, &lock_);
  return status.ok() ? absl::OkStatus() : OpenError(status, path_);
}

Status Rocks::OpenDatabase(const StoreOptions& options) {
  if (read_only_) {
    RETURN_IF_ERROR(Lock());
  } else if (options.create_if_missing) {
    RETURN_IF_ERROR(MakeFolders());
  }
  std::vector<std::string> names;
  if (rocksdb::DB::ListColumnFamilies(db_options_, path_, &names).ok()) {
    RETURN_IF_ERROR(CheckFamilies(names, path_));
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> present;
  std::vector<rocksdb::ColumnFamilyDescriptor> missing;
  present.emplace_back(rocksdb::kDefaultColumnFamilyName, rocksdb::ColumnFamilyOptions());
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const auto family = static_cast<Family>(i);
    const std::string name(FamilyName(family));
    const bool found = std::find(names.begin(), names.end(), name) != names.end();
    (found ? present : missing).emplace_back(name, FamilyOptions(family, cache_));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  rocksdb::Status status =
      read_only_ ? rocksdb::DB::OpenForReadOnly(db_options_, path_, present, &handles, &db)
                 : rocksdb::DB::Open(db_options_, path_, present, &handles, &db);
  if (!status.ok()) return OpenError(status, path_);
  db_.reset(db);
  KeepHandles(handles);
  if (missing.empty()) return absl::OkStatus();
  if (read_only_) {
    return Error(
        absl::StatusCode::kFailedPrecondition,
        "{} was written by an older version: it has no family '{}'; a server that opens it adds it",
        path_, missing.front().name);
  }
  // All in one call: Open would write its file of options anew for each of them.
  status = db_->CreateColumnFamilies(missing, &handles);
  KeepHandles(handles);
  return status.ok() ? absl::OkStatus() : OpenError(status, path_);
}

void Rocks::KeepHandles(const std::vector<rocksdb::ColumnFamilyHandle*>& handles) {
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == rocksdb::kDefaultColumnFamilyName) default_handle_ = handle;
    for (size_t i = 0; i < kFamilyCount; ++i) {
      if (handle->GetName() == FamilyName(static_cast<Family>(i))) handles_[i] = handle;
    }
  }
}

// Files that were being written, or were never ingested, when the process ended: the log still has
// their samples.
Status Rocks::ClearStaging() {
  RETURN_IF_ERROR(
      FromRocks(env_->CreateDirIfMissing(staging_path_), fmt::format("create {}", staging_path_)));
  std::vector<std::string> names;
  RETURN_IF_ERROR(
      FromRocks(env_->GetChildren(staging_path_, &names), fmt::format("list {}", staging_path_)));
  for (const std::string& name : names) {
    if (name == "." || name == "..") continue;
    RETURN_IF_ERROR(FromRocks(env_->DeleteFile(staging_path_ + "/" + name),
                              fmt::format("delete {}/{}", staging_path_, name)));
  }
  return absl::OkStatus();
}

Rocks::~Rocks() {
  CloseDatabase();
  if (lock_ != nullptr) env_->UnlockFile(lock_);
}

// RocksDB 7.8 waits for ever in Close when a recovery is called off while it waits for its next try. So the next try meets an error that
// ends it. The bound is for recoveries that end without a word.
void Rocks::EndRecovery() {
  space_errors_->retry = false;
  const std::chrono::microseconds bound(20 * db_options_.bgerror_resume_retry_interval);
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (listener_->recovering() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void Rocks::CloseDatabase() {
  if (db_ == nullptr) return;
  EndRecovery();
  for (rocksdb::ColumnFamilyHandle* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->DestroyColumnFamilyHandle(default_handle_);
  if (const rocksdb::Status status = db_->Close(); !status.ok()) {
    spdlog::error("store: close {}: {}", path_, status.ToString());
  }
}

rocksdb::Options Rocks::TableFileOptions(Family family) const {
  return {db_options_, FamilyOptions(family, cache_)};
}

Status Rocks::CheckWritable() const {
  if (!read_only_) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "{} is open for reading only", path_);
}

Status Rocks::CheckCanChangeFiles() {
  RETURN_IF_ERROR(CheckWritable());
  if (!listener_->stopped()) return absl::OkStatus();
  ResumeIfStopped();
  return absl::UnavailableError(
      fmt::format("{}: RocksDB met an error that stopped its writes (see the log); if it was a "
                  "full disk, it takes parts in again soon after there is room; nothing is lost",
                  path_));
}

// RocksDB 7.8 recovers by itself, but gives that up when another thread meets an error meanwhile that is not marked as one to be tried
// again (a compaction that finds the disk full beside an ingestion), and stays stopped. `Resume` takes the error away then, but leaves a flag
// up (is_db_stopped_) with which the next ingestion aborts; only a recovery of its own takes that down. So one is brought about: by an error
// that we make up, of an append to the log. While RocksDB does recover, it answers `Resume` with "busy".
void Rocks::ResumeIfStopped() {
  if (!listener_->stopped()) return;
  const auto pause = 2 * static_cast<int64_t>(db_options_.bgerror_resume_retry_interval);
  const int64_t now = SteadyNow();
  int64_t last = last_resume_;
  if (now - std::max(last, listener_->stopped_at()) < pause) return;
  if (!last_resume_.compare_exchange_strong(last, now)) return;  // another thread does it
  if (!db_->Resume().ok() || !KeepRowInMemory().ok()) return;
  rocksdb::WriteBatch mark;
  rocksdb::WriteOptions synced;
  synced.sync = true;
  if (!mark.PutLogData("recover").ok()) return;
  space_errors_->fail_next_log_append = true;
  const rocksdb::Status failed = db_->Write(synced, &mark);
  spdlog::warn("store: resumed ({})", failed.ToString());
}

Status Rocks::ChangeFiles(const std::function<rocksdb::Status()>& change) {
  RETURN_IF_ERROR(CheckCanChangeFiles());
  // A recovery allows deletions whoever had disallowed them.
  if (!deletions_held_at_.has_value() || *deletions_held_at_ != listener_->recoveries()) {
    deletions_held_at_ = listener_->recoveries();
    RETURN_IF_ERROR(FromRocks(db_->DisableFileDeletions(), "hold file deletions"));
  }
  RETURN_IF_ERROR(FromRocks(change(), "change the set of files"));
  if (*deletions_held_at_ == listener_->recoveries()) {
    RETURN_IF_ERROR(FromRocks(db_->EnableFileDeletions(/*force=*/false), "go on deleting files"));
  }
  deletions_held_at_.reset();
  return absl::OkStatus();
}

Status Rocks::Write(bool sync, rocksdb::WriteBatch* rows) {
  RETURN_IF_ERROR(CheckWritable());
  rocksdb::WriteOptions options;
  options.sync = sync;
  const std::shared_lock lock(write_mutex_);
  Status written = KeepRowInMemory();
  if (written.ok()) written = FromRocks(db_->Write(options, rows), "write rows");
  if (!written.ok()) ResumeIfStopped();
  return written;
}

// When a write to the log has failed (a full disk), RocksDB 7.8 recovers by flushing, which begins another log - but only if
// there is a row to flush: otherwise it goes on with the log that has failed, and aborts in an assertion at the next write.
// So one row waits in memory whenever the log is written to. It is not in the log itself, and nobody reads it.
Status Rocks::KeepRowInMemory() {
  uint64_t rows = 0;
  rocksdb::ColumnFamilyHandle* const meta = family(Family::kMeta);
  if (db_->GetIntProperty(meta, rocksdb::DB::Properties::kNumEntriesActiveMemTable, &rows) &&
      rows > 0) {
    return absl::OkStatus();
  }
  rocksdb::WriteOptions unlogged;
  unlogged.disableWAL = true;
  std::string value;
  PutBigEndian64(&value, 0);
  return FromRocks(db_->Put(unlogged, meta, ToSlice(keys::kRowInMemory), value), "write rows");
}

Status Rocks::Flush() {
  const std::unique_lock lock(write_mutex_);
  RETURN_IF_ERROR(CheckCanChangeFiles());
  RETURN_IF_ERROR(KeepRowInMemory());
  // A flush begins another log, and RocksDB aborts when the old one has failed in a way that nobody has been told of yet: so
  // that one is tried first, and nothing else is written to it until the flush is over.
  rocksdb::WriteBatch mark;
  rocksdb::WriteOptions synced;
  synced.sync = true;
  RETURN_IF_ERROR(FromRocks(mark.PutLogData("flush"), "collect rows"));
  RETURN_IF_ERROR(FromRocks(db_->Write(synced, &mark), "sync the store's log"));
  for (size_t i = 0; i < kFamilyCount; ++i) {
    RETURN_IF_ERROR(FromRocks(db_->Flush(rocksdb::FlushOptions(), handles_[i]),
                              fmt::format("flush {}", FamilyName(static_cast<Family>(i)))));
  }
  AtPoint("rows flushed");
  return absl::OkStatus();
}

uint64_t Rocks::Ticker(uint32_t ticker) const {
  return db_options_.statistics->getTickerCount(ticker);
}

uint64_t Rocks::background_errors() const {
  return listener_->count();
}

}  // namespace silverback
