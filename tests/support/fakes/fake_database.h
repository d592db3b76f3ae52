// A database in memory, of a few series, that obeys its tests.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/database/database.h"

namespace silverback::testing {

/// Keeps label sets and samples in maps. Selects by running every matcher on every series. Safe for concurrent use.
class FakeDatabase : public Database {
 public:
  struct Series {
    LabelSet labels;
    std::map<TimestampMs, double> samples;
    std::map<TimestampMs, NativeHistogram> histograms;
  };

  FakeDatabase() { options_.path = "fake"; }

  /// Adds a series with samples.
  void Add(const LabelSet& labels, const std::vector<Sample>& samples = {{0, 1}});

  /// What `Commit`, `PutExemplars` and `PutMetadata` fail with from now on; OK for nothing.
  void FailWith(Status status);
  /// Series beyond this are rejected.
  void SetMaxSeries(size_t count);
  /// The newest and the oldest timestamp that is taken.
  void SetTimeLimits(TimeRange range);

  std::vector<Series> AllSeries() const;
  uint64_t commits() const;
  /// What `Delete` was asked for: the range and the number of selectors.
  std::vector<std::pair<TimeRange, size_t>> deletions() const;
  std::vector<std::pair<std::string, Exemplar>> exemplars() const;

  std::unique_ptr<Appender> NewAppender() override;
  Status PutMetadata(std::span<const MetricMetadata> metadata) override;
  StatusOr<std::vector<MetricMetadata>> Metadata() const override;
  Status PutExemplars(std::string_view wire_key, std::span<const Exemplar> exemplars) override;
  StatusOr<std::vector<SeriesExemplars>> FindExemplars(std::span<const std::vector<Matcher>>,
                                                       TimeRange, size_t,
                                                       const std::atomic<bool>*) const override {
    return std::vector<SeriesExemplars>();
  }
  StatusOr<std::shared_ptr<const ReadView>> NewView() const override;
  Status Seal() override;
  Status Compact(const ProgressFunction& progress) override;
  Status Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) override;
  Status CleanTombstones(const ProgressFunction&) override { return absl::OkStatus(); }
  std::vector<PartSummary> Parts() const override { return {}; }
  Status ApplyRetention() override;
  StatusOr<VerifyReport> Verify(const ProgressFunction& progress) override;
  Status Snapshot(const std::string& target, const ProgressFunction& progress) override;
  DatabaseStats Stats() const override;
  const DatabaseOptions& options() const override { return options_; }

 private:
  friend class FakeAppender;

  mutable std::mutex mutex_;
  DatabaseOptions options_;
  std::map<std::string, size_t> known_keys_;  // wire key -> series
  std::vector<Series> series_;
  std::map<std::string, MetricMetadata> metadata_;
  std::vector<std::pair<std::string, Exemplar>> exemplars_;
  std::vector<std::pair<TimeRange, size_t>> deletions_;
  Status failure_;
  size_t max_series_ = SIZE_MAX;
  TimeRange time_limits_;
  uint64_t commits_ = 0;
};

}  // namespace silverback::testing
