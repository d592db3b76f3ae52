// The open RocksDB and its families. Private to engine/store.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/store/kv.h"
#include "engine/store/space_errors.h"
#include "engine/store/store.h"

namespace silverback {

class Rocks {
 public:
  /// Errors as `Store::Open` has them.
  static StatusOr<std::unique_ptr<Rocks>> Open(const StoreOptions& options);
  ~Rocks();
  Rocks(const Rocks&) = delete;
  Rocks& operator=(const Rocks&) = delete;

  rocksdb::DB* db() const { return db_.get(); }
  rocksdb::Env* env() const { return env_.get(); }
  rocksdb::ColumnFamilyHandle* family(Family family) const {
    return handles_[static_cast<size_t>(family)];
  }
  rocksdb::Cache* cache() const { return cache_.get(); }
  const std::string& path() const { return path_; }
  /// Where table files are written before they are ingested.
  const std::string& staging_path() const { return staging_path_; }
  /// Options for writing table files of a family outside the database.
  rocksdb::Options TableFileOptions(Family family) const;
  uint64_t background_errors() const;
  /// One of RocksDB's counters (rocksdb::Tickers).
  uint64_t Ticker(uint32_t ticker) const;
  bool read_only() const { return read_only_; }
  /// FailedPrecondition when the database was opened for reading.
  Status CheckWritable() const;
  /// Also Unavailable while an error has stopped RocksDB's writes: 7.8 aborts the process in an assertion (a file number of 0, a log that
  /// has failed) when it ingests or flushes meanwhile.
  Status CheckCanChangeFiles();
  /// Makes a change of the set of files that RocksDB writes into its manifest. While it runs, and after it has failed until the next one
  /// succeeds or RocksDB has recovered, RocksDB deletes no files: such a failure does not count as a background error for RocksDB, but its
  /// recovery from a later one asserts that deletions are held if the manifest has failed. One caller at a time.
  Status ChangeFiles(const std::function<rocksdb::Status()>& change);
  /// Writes rows in one batch.
  Status Write(bool sync, rocksdb::WriteBatch* rows);
  /// Writes what waits in memory, of all families, into table files; no rows are written meanwhile.
  Status Flush();
  /// Calls the test's hook, if there is one.
  void AtPoint(std::string_view point) const {
    if (testing_point_) testing_point_(point);
  }

 private:
  class ErrorListener;
  explicit Rocks(const StoreOptions& options);
  Status OpenDatabase(const StoreOptions& options);
  void KeepHandles(const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  Status MakeFolders() const;
  Status Lock();
  Status ClearStaging();
  void CloseDatabase();
  Status KeepRowInMemory();
  void ResumeIfStopped();
  void EndRecovery();

  std::string path_;
  std::string staging_path_;
  const bool read_only_;
  const std::shared_ptr<SpaceErrorSwitches> space_errors_;
  const std::unique_ptr<rocksdb::Env> env_;
  rocksdb::FileLock* lock_ = nullptr;  // read-only alone: RocksDB takes none then
  std::function<void(std::string_view)> testing_point_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::shared_ptr<ErrorListener> listener_;
  std::atomic<int64_t> last_resume_{0};        // microseconds of the steady clock
  std::optional<uint64_t> deletions_held_at_;  // the count of recoveries then
  rocksdb::DBOptions db_options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> handles_{};
  std::shared_mutex write_mutex_;  // exclusive: a flush
  rocksdb::ColumnFamilyHandle* default_handle_ = nullptr;
};

}  // namespace silverback
