// The database behind the door: one directory of this machine.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/database/background.h"
#include "engine/database/database.h"
#include "engine/database/exemplars.h"
#include "engine/database/ingest.h"
#include "engine/database/recovery.h"
#include "engine/upkeep/live_engine.h"
#include "engine/upkeep/merger.h"
#include "engine/upkeep/sealer.h"

namespace silverback {

class LocalDatabase : public Database {
 public:
  static StatusOr<std::unique_ptr<LocalDatabase>> Open(DatabaseOptions options);
  ~LocalDatabase() override;

  std::unique_ptr<Appender> NewAppender() override;
  Status PutMetadata(std::span<const MetricMetadata> metadata) override;
  StatusOr<std::vector<MetricMetadata>> Metadata() const override;
  Status PutExemplars(std::string_view wire_key, std::span<const Exemplar> exemplars) override;
  StatusOr<std::vector<SeriesExemplars>> FindExemplars(
      std::span<const std::vector<Matcher>> matcher_sets, TimeRange range, size_t max_exemplars,
      const std::atomic<bool>* cancelled) const override;
  StatusOr<std::shared_ptr<const ReadView>> NewView() const override;
  Status Seal() override;
  Status Compact(const ProgressFunction& progress) override;
  Status Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) override;
  Status CleanTombstones(const ProgressFunction& progress) override;
  std::vector<PartSummary> Parts() const override;
  Status ApplyRetention() override;
  StatusOr<VerifyReport> Verify(const ProgressFunction& progress) override;
  Status Snapshot(const std::string& target, const ProgressFunction& progress) override;
  DatabaseStats Stats() const override;
  const DatabaseOptions& options() const override { return options_; }

 private:
  explicit LocalDatabase(DatabaseOptions options) : options_(std::move(options)) {}

  Status LockDirectory();
  Status OpenStore();
  Status OpenLog();
  /// FailedPrecondition if the database is open for reading alone.
  Status CheckWritable() const;
  void StartBackground();
  void FlushRows();
  std::chrono::milliseconds SealIfDue();
  std::chrono::milliseconds Tend();

  DatabaseOptions options_;
  std::unique_ptr<FileLock> lock_;
  mutable LiveEngine engine_;
  RecoveryReport recovery_;
  std::unique_ptr<Ingest> ingest_;
  std::unique_ptr<Exemplars> exemplars_;
  std::unique_ptr<Sealer> sealer_;
  std::unique_ptr<Merger> merger_;
  int64_t sealed_window_ = 0;  // of the sealing thread: the window in which the head began
  // Last, so that they stop first.
  std::unique_ptr<PeriodicThread> seal_thread_;
  std::unique_ptr<PeriodicThread> tend_thread_;
};

}  // namespace silverback
