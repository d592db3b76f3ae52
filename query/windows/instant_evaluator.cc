#include "query/windows/instant_evaluator.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/value.h"
#include "engine/read/series_reader.h"
#include "query/windows/dense_instants.h"
#include "query/windows/mixed_window.h"
#include "query/windows/series_rows.h"
#include "query/windows/series_windows.h"
#include "query/windows/sliding_window.h"
#include "query/windows/step_rows.h"
#include "query/windows/value_reader.h"

namespace silverback {
namespace {

/// The value at `t` between its neighbours among the window's samples: on the line between them, or the earlier one where
/// there is no later. Nothing before the first sample.
std::optional<double> SmoothedAt(const WindowSamples& samples, TimestampMs t) {
  const auto later = std::lower_bound(samples.times.begin(), samples.times.end(), t);
  const auto i = static_cast<size_t>(later - samples.times.begin());
  if (i < samples.size() && samples.times[i] == t) return samples.values[i];
  if (i == 0) return std::nullopt;
  const double before = samples.values[i - 1];
  if (i == samples.size()) return before;
  return before + (samples.values[i] - before) * static_cast<double>(t - samples.times[i - 1]) /
                      static_cast<double>(samples.times[i] - samples.times[i - 1]);
}

/// The same of histograms; null where there is none.
HistogramPtr SmoothedHistogramAt(const MixedSamples& samples, TimestampMs t,
                                 RangeRemarks* remarks) {
  const auto times = samples.histogram_times;
  const auto i =
      static_cast<size_t>(std::lower_bound(times.begin(), times.end(), t) - times.begin());
  if (i < times.size() && times[i] == t) return samples.histograms[i];
  if (i == 0) return nullptr;
  const FloatHistogram& before = *samples.histograms[i - 1];
  if (i == times.size()) {
    // The hint tells how a histogram follows the one before it, which this one does not.
    FloatHistogram carried = before;
    carried.hint = ResetHint::kUnknown;
    return std::make_shared<const FloatHistogram>(std::move(carried));
  }
  const FloatHistogram& after = *samples.histograms[i];
  const bool gauges = before.hint == ResetHint::kGauge && after.hint == ResetHint::kGauge;
  auto between = InterpolateHistograms(before, times[i - 1], after, times[i], t, !gauges, remarks);
  if (!between) return nullptr;
  return std::make_shared<const FloatHistogram>(*std::move(between));
}

}  // namespace

struct InstantEvaluator::Impl {
  explicit Impl(const InstantSpec& s)
      : spec(s),
        instants(s.grid, s.offset_ms, s.at_ms),
        boundaries(instants, 0),
        dense(instants, s.lookback_ms),
        smoothed_windows(instants, 0, WindowBorders::kSmoothed, s.lookback_ms),
        sliding(false),
        histograms(ReaderOptions()),
        mixed(ReaderOptions()) {
    if (spec.per_step_samples) counts.CountSteps(spec.grid.steps());
  }

  /// Takes a series. Whether its times are other ones than those of the one before.
  bool Take(std::span<const Run> runs) {
    rows.Reset(runs);
    if (times.AreThoseOf(rows, instants.count())) return false;
    boundaries.Locate(rows);
    return true;
  }

  /// One answer an instant, into `out`.
  void EvaluateInstants(std::span<const Run> runs, Column* out) {
    const bool other_times = Take(runs);
    const bool wants_value = spec.answer == InstantAnswer::kValue;
    if ((wants_value || spec.answer == InstantAnswer::kPresence) && dense.Serve(rows)) {
      if (other_times || !dense_planned) dense.Plan(rows, boundaries);
      dense_planned = true;
      wants_value ? dense.Answer(rows, out) : dense.AnswerPresence(rows, out);
      return;
    }
    dense_planned = false;
    const RowRange range{boundaries[0], boundaries[instants.count() - 1]};
    if (wants_value) {
      values.Reset(&rows, range, instants.count());
    } else {
      // No value is read: facts tell which samples are none.
      CollectStaleRows(rows, {std::max<size_t>(range.begin, 1) - 1, range.end}, &stale_rows);
    }
    RowCursor cursor(rows);
    size_t last_row = rows.size();  // none
    TimestampMs last_time = 0;
    double last_value = 0;
    bool is_stale = false;
    for (size_t i = boundaries.first_with_rows(); i < instants.count(); ++i) {
      const size_t row = boundaries[i] - 1;
      if (row != last_row) {
        last_row = row;
        last_time = cursor.TimeAt(row);
        if (wants_value) last_value = values.At(row);
        is_stale = wants_value ? IsStale(last_value)
                               : std::binary_search(stale_rows.begin(), stale_rows.end(), row);
      }
      if (last_time <= SaturatingSubtract(instants.At(i), spec.lookback_ms)) {
        if (i >= boundaries.first_with_all()) break;
        continue;
      }
      if (is_stale) continue;
      out->Set(i, wants_value ? last_value : ValuelessAnswer(row, last_time, &cursor));
    }
  }

  /// Of a sample whose value does not matter. REQUIRES: the answer is not kValue.
  double ValuelessAnswer(size_t row, TimestampMs time, RowCursor* cursor) const {
    if (spec.answer == InstantAnswer::kPresence) return 1;
    return SecondsOfMs(spec.answer == InstantAnswer::kStart ? cursor->StartAt(row) : time);
  }

  HistogramReader::Options ReaderOptions() const {
    const TimestampMs start = SaturatingSubtract(instants.At(0), spec.lookback_ms);
    return {spec.histogram_stats, SaturatingAdd(start, 1)};
  }

  /// The same for a series with native histograms.
  void EvaluateMixedInstants(std::span<const Run> runs, Column* out) {
    (void)Take(runs);
    const bool wants_value = spec.answer == InstantAnswer::kValue;
    dense_planned = false;
    histograms.Reset(&rows);
    RowCursor cursor(rows);
    for (size_t i = boundaries.first_with_rows(); i < instants.count(); ++i) {
      const size_t row = boundaries[i] - 1;
      const TimestampMs time = cursor.TimeAt(row);
      if (time <= SaturatingSubtract(instants.At(i), spec.lookback_ms)) continue;
      if (!runs[rows.RunOf(row)].is_histogram()) {
        const double value = cursor.ValueAt(row);
        if (IsStale(value)) continue;
        out->Set(i, wants_value ? value : ValuelessAnswer(row, time, &cursor));
        continue;
      }
      HistogramPtr histogram = histograms.At(row);
      if (histogram == nullptr) continue;
      found_histograms = true;
      if (wants_value || spec.answer == InstantAnswer::kPresence) {
        out->Set(i, std::move(histogram));
      } else {
        out->Set(i, ValuelessAnswer(row, time, &cursor));
      }
    }
  }

  void EvaluateSmoothedMixed(std::span<const Run> runs, Column* out) {
    smoothed_windows.Reset(runs);
    mixed.Reset(&smoothed_windows.rows());
    for (size_t i = 0; i < instants.count(); ++i) {
      mixed.MoveTo(smoothed_windows.Rows(i), smoothed_windows.ReadStart(i),
                   smoothed_windows.ReadEnd(i));
      const MixedSamples samples = mixed.samples();
      if (samples.histograms.empty()) {
        const auto value = SmoothedAt(samples.floats, instants.At(i));
        if (value) out->Set(i, *value);
      } else if (samples.floats.size() > 0) {
        remarks.Add(RangeRemark::kMixedTypes);
      } else if (auto value = SmoothedHistogramAt(samples, instants.At(i), &remarks)) {
        found_histograms = true;
        out->Set(i, std::move(value));
      }
    }
  }

  void EvaluateSmoothed(std::span<const Run> runs, Column* out) {
    smoothed_windows.Reset(runs);
    sliding.Reset(&smoothed_windows.rows(), instants.count() > 1);
    for (size_t i = 0; i < instants.count(); ++i) {
      sliding.MoveTo(smoothed_windows.Rows(i), smoothed_windows.ReadStart(i),
                     smoothed_windows.ReadEnd(i));
      const auto value = SmoothedAt(sliding.samples(), instants.At(i));
      if (value) out->Set(i, *value);
    }
  }

  void Evaluate(std::span<const Run> runs, Column* out) {
    const size_t steps = spec.grid.steps();
    out->Reset(steps);
    Column one;
    if (instants.fixed()) one.Reset(1);
    Column* target = instants.fixed() ? &one : out;
    remarks = {};
    found_histograms = false;
    if (HaveHistograms(runs)) {
      if (spec.smoothed) {
        EvaluateSmoothedMixed(runs, target);
      } else {
        EvaluateMixedInstants(runs, target);
      }
    } else if (spec.smoothed) {
      EvaluateSmoothed(runs, target);
    } else {
      EvaluateInstants(runs, target);
    }
    if (instants.fixed() && one.present.Test(0)) {
      std::fill(out->floats.begin(), out->floats.end(), one.floats[0]);
      out->present.SetAll();
      if (one.HasHistograms()) out->histograms.assign(steps, one.histograms[0]);
    }
    CountSamples(*out);
  }

  void CountSamples(const Column& out) {
    if (!spec.per_step_samples) {
      const uint64_t answered =
          out.HasHistograms() ? out.equivalent_samples() : out.present.Count();
      counts.AddBoth(0, answered);
      return;
    }
    for (size_t step = 0; step < out.steps(); ++step) {
      const FloatHistogram* histogram = out.HistogramAt(step);
      counts.AddBoth(
          step, histogram == nullptr ? out.present.Test(step) : histogram->equivalent_samples());
    }
  }

  InstantSpec spec;
  StepInstants instants;
  KeptTimes times;
  StepBoundaries boundaries;
  DenseInstants dense;
  bool dense_planned = false;  // for the boundaries as they are
  SeriesWindows smoothed_windows;
  SlidingWindow sliding;
  SeriesRows rows;
  ValueReader values;
  std::vector<size_t> stale_rows;
  HistogramReader histograms;
  MixedWindow mixed;
  RangeRemarks remarks;
  bool found_histograms = false;
  QuerySamples counts;
};

InstantEvaluator::InstantEvaluator(const InstantSpec& spec) : impl_(std::make_unique<Impl>(spec)) {}
InstantEvaluator::~InstantEvaluator() = default;
InstantEvaluator::InstantEvaluator(InstantEvaluator&&) noexcept = default;
InstantEvaluator& InstantEvaluator::operator=(InstantEvaluator&&) noexcept = default;

TimeRange InstantEvaluator::ReadRange() const {
  const StepInstants& instants = impl_->instants;
  const int64_t lookback = impl_->spec.lookback_ms;
  const TimestampMs end = instants.At(instants.count() - 1);
  return {SaturatingAdd(SaturatingSubtract(instants.At(0), lookback), 1),
          impl_->spec.smoothed ? SaturatingAdd(end, lookback) : end};
}

void InstantEvaluator::Evaluate(const SeriesRuns& series, Column* out) {
  impl_->Evaluate(series.runs, out);
}

void InstantEvaluator::Annotate(std::string_view metric_name, PositionRange position,
                                Annotations* annotations) const {
  impl_->remarks.Annotate(metric_name, position, annotations);
}

bool InstantEvaluator::answered_histograms() const {
  return impl_->found_histograms;
}

const QuerySamples& InstantEvaluator::samples() const {
  return impl_->counts;
}

size_t InstantEvaluator::memory_bytes() const {
  const Impl& impl = *impl_;
  return sizeof impl + impl.times.memory_bytes() + impl.boundaries.memory_bytes() +
         impl.dense.memory_bytes() + impl.smoothed_windows.memory_bytes() +
         impl.sliding.memory_bytes() + impl.values.memory_bytes() + impl.histograms.memory_bytes() +
         impl.mixed.memory_bytes() + impl.stale_rows.capacity() * sizeof(size_t) +
         impl.counts.memory_bytes();
}

}  // namespace silverback
