// A database that keeps everything in memory, plainly: what the real one must be like to its readers.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/database/database.h"

namespace silverback {

/// Samples of a series lie decoded, in runs of one kind; of two at the same time the later one counts. There is no log, no
/// retention and no limit; upkeep does nothing.
class MemoryDatabase : public Database {
 public:
  struct Series {
    LabelSet labels;
    std::vector<TimestampMs> times;
    std::vector<double> values;
    std::vector<TimestampMs> starts;
    std::vector<TimestampMs> histogram_times;
    std::vector<NativeHistogram> histograms;
    std::vector<TimestampMs> histogram_starts;
  };

  explicit MemoryDatabase(DatabaseOptions options = {}) : options_(std::move(options)) {}

  /// Adds samples in any order.
  void Add(const LabelSet& labels, const SampleSpan& samples,
           std::span<const HistogramSample> histograms = {});

  std::unique_ptr<Appender> NewAppender() override;
  Status PutMetadata(std::span<const MetricMetadata>) override { return absl::OkStatus(); }
  StatusOr<std::vector<MetricMetadata>> Metadata() const override {
    return std::vector<MetricMetadata>();
  }
  Status PutExemplars(std::string_view, std::span<const Exemplar>) override {
    return absl::OkStatus();
  }
  StatusOr<std::vector<SeriesExemplars>> FindExemplars(std::span<const std::vector<Matcher>>,
                                                       TimeRange, size_t,
                                                       const std::atomic<bool>*) const override {
    return std::vector<SeriesExemplars>();
  }
  StatusOr<std::shared_ptr<const ReadView>> NewView() const override;
  Status Seal() override { return absl::OkStatus(); }
  Status Compact(const ProgressFunction&) override { return absl::OkStatus(); }
  Status Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) override;
  Status CleanTombstones(const ProgressFunction&) override { return absl::OkStatus(); }
  std::vector<PartSummary> Parts() const override { return {}; }
  Status ApplyRetention() override { return absl::OkStatus(); }
  StatusOr<VerifyReport> Verify(const ProgressFunction&) override { return VerifyReport(); }
  Status Snapshot(const std::string&, const ProgressFunction&) override {
    return absl::UnimplementedError("a database in memory has no files");
  }
  DatabaseStats Stats() const override { return {}; }
  const DatabaseOptions& options() const override { return options_; }

 private:
  DatabaseOptions options_;
  mutable std::mutex mutex_;
  /// Entries are replaced, never changed: views share them.
  std::vector<std::shared_ptr<const Series>> series_;
};

}  // namespace silverback
