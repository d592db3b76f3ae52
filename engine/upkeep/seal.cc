#include "engine/upkeep/seal.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "engine/store/calendar.h"
#include "engine/upkeep/block_cutter.h"
#include "engine/upkeep/part_builder.h"

namespace silverback {
namespace {

/// The parts of one seal, opened as months and kinds turn up.
class SealWriter {
 public:
  SealWriter(const Generation& generation, Store* store, const SealOptions& options)
      : generation_(generation), store_(store), options_(options) {}

  /// Both in order of time, no time in both. Start timestamps are asked of `copy`.
  Status AddSeries(SelectedSeries series, PartKind kind, const SeriesCopy& copy,
                   const std::vector<Sample>& all_samples,
                   const std::vector<HistogramSample>& all_histograms) {
    copy.StartsOf(all_samples, &starts_);
    copy.StartsOf(all_histograms, &histogram_starts_);
    std::span<const Sample> samples = all_samples;
    std::span<const HistogramSample> histograms = all_histograms;
    // Blocks of a series do not overlap: another kind ends one.
    while (!samples.empty() || !histograms.empty()) {
      const TimestampMs next_histogram_ms =
          histograms.empty() ? kMaxTimestampMs : histograms.front().timestamp_ms;
      const size_t rows = RowsBefore(samples, next_histogram_ms, histograms.empty());
      RETURN_IF_ERROR(AddFloats(series, kind, samples.first(rows),
                                starts_.view().From(all_samples.size() - samples.size())));
      samples = samples.subspan(rows);
      const TimestampMs next_ms = samples.empty() ? kMaxTimestampMs : samples.front().timestamp_ms;
      const size_t histogram_rows = RowsBefore(histograms, next_ms, samples.empty());
      RETURN_IF_ERROR(
          AddHistograms(series, kind, histograms.first(histogram_rows),
                        histogram_starts_.view().From(all_histograms.size() - histograms.size())));
      histograms = histograms.subspan(histogram_rows);
    }
    return absl::OkStatus();
  }

  StatusOr<std::vector<FinishedPart>> Finish() {
    std::vector<FinishedPart> parts;
    for (auto& [key, builder] : builders_) {
      ASSIGN_OR_RETURN(FinishedPart part, builder->Finish());
      parts.push_back(std::move(part));
    }
    return parts;
  }

 private:
  template <typename AnySample>
  static size_t RowsBefore(std::span<const AnySample> samples, TimestampMs t, bool all) {
    if (all) return samples.size();
    const auto end =
        std::partition_point(samples.begin(), samples.end(),
                             [t](const AnySample& sample) { return sample.timestamp_ms < t; });
    return static_cast<size_t>(end - samples.begin());
  }

  /// How many of `samples` lie in the month of the first; their times go to `times_`.
  template <typename AnySample>
  size_t RowsOfMonth(std::span<const AnySample> samples) {
    const TimestampMs month_end_ms = RangeOf(PartitionOf(samples.front().timestamp_ms)).max_ms;
    times_.clear();
    for (const AnySample& sample : samples) {
      if (sample.timestamp_ms > month_end_ms) break;
      times_.push_back(sample.timestamp_ms);
    }
    return times_.size();
  }

  Status AddFloats(SelectedSeries series, PartKind kind, std::span<const Sample> samples,
                   StartsView starts) {
    while (!samples.empty()) {
      const Partition partition = PartitionOf(samples.front().timestamp_ms);
      const size_t rows = RowsOfMonth(samples);
      values_.clear();
      for (const Sample& sample : samples.first(rows)) values_.push_back(sample.value);
      samples = samples.subspan(rows);
      ASSIGN_OR_RETURN(PartBuilder * builder, BuilderOf(partition, kind));
      RETURN_IF_ERROR(AddMonth(series, builder, starts));
      starts = starts.From(rows);
    }
    return absl::OkStatus();
  }

  Status AddHistograms(SelectedSeries series, PartKind kind,
                       std::span<const HistogramSample> samples, StartsView starts) {
    while (!samples.empty()) {
      const Partition partition = PartitionOf(samples.front().timestamp_ms);
      const size_t rows = RowsOfMonth(samples);
      histograms_.clear();
      for (const HistogramSample& sample : samples.first(rows)) {
        histograms_.push_back(sample.histogram);
      }
      samples = samples.subspan(rows);
      ASSIGN_OR_RETURN(PartBuilder * builder, BuilderOf(partition, kind));
      RETURN_IF_ERROR(AddHistogramMonth(series, builder, starts));
      starts = starts.From(rows);
    }
    return absl::OkStatus();
  }

  Status AddHistogramMonth(SelectedSeries series, PartBuilder* builder, StartsView starts) {
    std::span<const TimestampMs> times = times_;
    std::span<const NativeHistogram> histograms = histograms_;
    const bool one_block = times.size() <= kMaxBlockSamples;
    const BlockCutter cutter(times);
    while (!times.empty()) {
      size_t rows = one_block ? times.size() : cutter.NextBlock(times, /*complete=*/true);
      rows = RowsWithinCounts(histograms, rows);
      RETURN_IF_ERROR(builder->AddBlock(series, times.first(rows), histograms.first(rows), starts));
      starts = starts.From(rows);
      times = times.subspan(rows);
      histograms = histograms.subspan(rows);
    }
    return absl::OkStatus();
  }

  Status AddMonth(SelectedSeries series, PartBuilder* builder, StartsView starts) {
    std::span<const TimestampMs> times = times_;
    std::span<const double> values = values_;
    // What fits one block stays one: a short seal gains nothing from being cut at an instant.
    if (times.size() <= kMaxBlockSamples) return builder->AddBlock(series, times, values, starts);
    const BlockCutter cutter(times);
    while (!times.empty()) {
      const size_t rows = cutter.NextBlock(times, /*complete=*/true);
      RETURN_IF_ERROR(builder->AddBlock(series, times.first(rows), values.first(rows), starts));
      starts = starts.From(rows);
      times = times.subspan(rows);
      values = values.subspan(rows);
    }
    return absl::OkStatus();
  }

  StatusOr<PartBuilder*> BuilderOf(Partition partition, PartKind kind) {
    std::unique_ptr<PartBuilder>& builder = builders_[{partition, kind}];
    if (builder == nullptr) {
      ASSIGN_OR_RETURN(std::unique_ptr<PartWriter> writer,
                       store_->NewPartWriter({.partition = partition,
                                              .kind = kind,
                                              .first_sequence = generation_.first_sequence(),
                                              .last_sequence = generation_.last_sequence(),
                                              .inputs = {},
                                              .admit = options_.admit}));
      builder = std::make_unique<PartBuilder>(std::move(writer));
    }
    return builder.get();
  }

  const Generation& generation_;
  Store* const store_;
  const SealOptions& options_;
  std::map<std::pair<Partition, PartKind>, std::unique_ptr<PartBuilder>> builders_;
  std::vector<TimestampMs> times_;
  std::vector<double> values_;
  std::vector<NativeHistogram> histograms_;
  StartColumn starts_;  // of the series at hand
  StartColumn histogram_starts_;
};

}  // namespace

StatusOr<std::vector<FinishedPart>> EncodeGeneration(const Generation& generation, Store* store,
                                                     const SealOptions& options) {
  SealWriter writer(generation, store, options);
  std::vector<Sample> in_order;
  std::vector<Sample> late;
  std::vector<HistogramSample> histograms_in_order;
  std::vector<HistogramSample> histograms_late;
  for (const SelectedSeries series : generation.Series()) {
    const auto copy = generation.Copy(series.series, TimeRange{});
    if (!copy.has_value()) continue;
    copy->Split(&in_order, &late);
    copy->Split(&histograms_in_order, &histograms_late);
    RETURN_IF_ERROR(
        writer.AddSeries(series, PartKind::kInOrder, *copy, in_order, histograms_in_order));
    RETURN_IF_ERROR(writer.AddSeries(series, PartKind::kLate, *copy, late, histograms_late));
  }
  return writer.Finish();
}

}  // namespace silverback
