#include "engine/upkeep/seal.h"

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

  /// `samples` in order of time.
  Status AddSeries(SelectedSeries series, PartKind kind, std::span<const Sample> samples) {
    while (!samples.empty()) {
      const Partition partition = PartitionOf(samples.front().timestamp_ms);
      const TimestampMs month_end_ms = RangeOf(partition).max_ms;
      size_t rows = 0;
      times_.clear();
      values_.clear();
      for (; rows < samples.size() && samples[rows].timestamp_ms <= month_end_ms; ++rows) {
        times_.push_back(samples[rows].timestamp_ms);
        values_.push_back(samples[rows].value);
      }
      samples = samples.subspan(rows);
      ASSIGN_OR_RETURN(PartBuilder * builder, BuilderOf(partition, kind));
      RETURN_IF_ERROR(AddMonth(series, builder));
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
  Status AddMonth(SelectedSeries series, PartBuilder* builder) {
    std::span<const TimestampMs> times = times_;
    std::span<const double> values = values_;
    // What fits one block stays one: a short seal gains nothing from being cut at an instant.
    if (times.size() <= kMaxBlockSamples) return builder->AddBlock(series, times, values);
    const BlockCutter cutter(times);
    while (!times.empty()) {
      const size_t rows = cutter.NextBlock(times, /*complete=*/true);
      RETURN_IF_ERROR(builder->AddBlock(series, times.first(rows), values.first(rows)));
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
};

}  // namespace

StatusOr<std::vector<FinishedPart>> EncodeGeneration(const Generation& generation, Store* store,
                                                     const SealOptions& options) {
  SealWriter writer(generation, store, options);
  std::vector<Sample> in_order;
  std::vector<Sample> late;
  for (const SelectedSeries series : generation.Series()) {
    const auto copy = generation.Copy(series.series, TimeRange{});
    if (!copy.has_value()) continue;
    copy->Split(&in_order, &late);
    RETURN_IF_ERROR(writer.AddSeries(series, PartKind::kInOrder, in_order));
    RETURN_IF_ERROR(writer.AddSeries(series, PartKind::kLate, late));
  }
  return writer.Finish();
}

}  // namespace silverback
