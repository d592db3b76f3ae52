#include "query/windows/range_evaluator.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/read/series_reader.h"
#include "query/windows/facts_path.h"
#include "query/windows/mixed_window.h"
#include "query/windows/overlap_path.h"
#include "query/windows/points_path.h"
#include "query/windows/series_windows.h"
#include "query/windows/sliding_window.h"
#include "query/windows/window_counts.h"

namespace silverback {
namespace {

constexpr size_t kMaxArgs = 2;
/// So many samples of windows between two questions whether the evaluation may go on: about a millisecond's work.
constexpr uint64_t kSamplesBetweenQuestions = uint64_t{1} << 19;

bool AnyFloat(const Column& column) {
  if (!column.HasHistograms()) return column.present.Any();
  for (size_t step = 0; step < column.steps(); ++step) {
    if (column.present.Test(step) && column.histograms[step] == nullptr) return true;
  }
  return false;
}

void SetValue(size_t step, const MixedValue& value, Column* out) {
  if (value.histogram != nullptr) {
    out->Set(step, value.histogram);
  } else {
    out->Set(step, value.value);
  }
}

bool IsNamedAsCounter(std::string_view name) {
  return name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
         name.ends_with("_bucket");
}

}  // namespace

struct RangeEvaluator::Impl {
  explicit Impl(const RangeSpec& s)
      : spec(s),
        windows(StepInstants(s.grid, s.offset_ms, s.at_ms), s.range_ms, s.borders, s.lookback_ms),
        sliding(s.function->range_function == RangeFunction::kChanges),
        mixed({s.histogram_stats, SaturatingAdd(windows.ReadStart(0), 1)}),
        counts(windows.count(), s.grid.steps(), s.per_step_samples),
        samples(counts.samples()) {
    SB_CHECK(spec.function->range != nullptr);
  }

  /// Whether the step matters to the value beyond its window.
  bool VariesByStep(std::span<const ScalarArgument> args) const {
    return spec.function->uses_eval_time ||
           std::any_of(args.begin(), args.end(), [](const auto& a) { return !a.constant(); });
  }

  void CallKernel(size_t window, size_t step, const WindowSamples& window_samples,
                  std::span<const ScalarArgument> args, Column* out) {
    WindowContext context = windows.Context(window, spec.grid.At(step));
    std::array<double, kMaxArgs> step_args{};
    for (size_t a = 0; a < args.size(); ++a) step_args[a] = args[a].At(step);
    context.args = std::span(step_args).first(args.size());
    state.starts_overlap = false;
    if (const auto value = spec.function->range(window_samples, context, &state)) {
      out->Set(step, *value);
    }
    overlaps += state.starts_overlap;
  }

  /// Whether the evaluation is to end here, after so many samples more (then `state.error` says why).
  bool Stopped(uint64_t more_samples) {
    samples_unasked += more_samples;
    if (samples_unasked < kSamplesBetweenQuestions || spec.may_go_on == nullptr) return false;
    samples_unasked = 0;
    state.error.Update(spec.may_go_on());
    return !state.error.ok();
  }

  /// The definition: every window decoded and given to the kernel.
  void EvaluateNaively(size_t window, size_t step, std::span<const ScalarArgument> args,
                       Column* out) {
    DecodeRows(windows.rows(), windows.Rows(window), &times, &values, &starts);
    samples[window] = values.size();
    if (!values.empty()) CallKernel(window, step, {times, values, starts}, args, out);
  }

  void EvaluateBySliding(std::span<const ScalarArgument> args, Column* out) {
    const bool changes = spec.function->range_function == RangeFunction::kChanges &&
                         spec.borders == WindowBorders::kPlain;
    const bool meet = windows.count() > 1 && windows.ReadStart(1) <= windows.ReadEnd(0);
    sliding.Reset(&windows.rows(), meet);
    for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
      sliding.MoveTo(windows.Rows(w), windows.ReadStart(w), windows.ReadEnd(w));
      const WindowSamples window_samples = sliding.samples();
      samples[w] = window_samples.size();
      if (samples[w] == 0) continue;
      if (Stopped(samples[w])) return;
      if (changes) {
        out->Set(w, static_cast<double>(sliding.changes()));
      } else {
        CallKernel(w, w, window_samples, args, out);
      }
    }
  }

  /// One value a window. True if all rows are samples: then `samples` need not be filled.
  bool EvaluateWindows(std::span<const ScalarArgument> args, Column* out) {
    const FunctionInfo& function = *spec.function;
    unanswered.clear();
    counts.Clear();
    if (!spec.fast_paths) {
      for (size_t w = 0; w < windows.count(); ++w) unanswered.push_back(w);
    } else if (PointsPath::Serves(function, spec.borders)) {
      overlaps += points.Evaluate(function, windows, out, samples);
      return points.all_rows_are_samples();
    } else if (OverlapPath::Serves(function, windows)) {
      overlap.Evaluate(function, windows, &sliding, out, samples, &unanswered);
    } else if (FactsPath::Serves(function, windows)) {
      facts.Evaluate(function, windows, out, samples, &unanswered);
    } else {
      EvaluateBySliding(args, out);
    }
    for (const size_t w : unanswered) {
      EvaluateNaively(w, w, args, out);
      if (Stopped(samples[w])) break;
    }
    return false;
  }

  /// `@`: one window for all steps.
  void EvaluateFixed(std::span<const ScalarArgument> args, Column* out) {
    if (VariesByStep(args)) {
      for (size_t step = 0; step < out->steps(); ++step) {
        EvaluateNaively(0, step, args, out);
        if (Stopped(samples[0])) return;
      }
      return;
    }
    Column one;
    one.Reset(1);
    if (EvaluateWindows(args, &one)) samples[0] = windows.Rows(0).size();
    if (!one.present.Test(0)) return;
    std::fill(out->floats.begin(), out->floats.end(), one.floats[0]);
    out->present.SetAll();
  }

  /// The value of a window with native histograms in it, or of one without them.
  void CallMixed(size_t window, size_t step, const MixedSamples& window_samples,
                 std::span<const ScalarArgument> args, Column* out) {
    const bool has_floats = window_samples.floats.size() > 0;
    if (window_samples.histograms.empty()) {
      if (has_floats) CallKernel(window, step, window_samples.floats, args, out);
    } else if (spec.function->mixed_range != nullptr) {
      const WindowContext context = windows.Context(window, spec.grid.At(step));
      RangeRemarks said;
      if (const auto value = spec.function->mixed_range(window_samples, context, &said)) {
        SetValue(step, *value, out);
      }
      overlaps += said.Has(RangeRemark::kStartOverlap);
      remarks.Merge(said);
    } else if (has_floats) {
      remarks.Add(RangeRemark::kIgnoredHistograms);
      CallKernel(window, step, window_samples.floats, args, out);
    }
  }

  /// A series that has native histograms: window by window, all samples of each.
  void EvaluateMixed(std::span<const ScalarArgument> args, Column* out) {
    mixed.Reset(&windows.rows());
    for (size_t w = 0; w < windows.count(); ++w) {
      mixed.MoveTo(windows.Rows(w), windows.ReadStart(w), windows.ReadEnd(w));
      samples[w] = mixed.equivalent_samples();
      counts.new_samples()[w] =
          w == 0 ? samples[w] : mixed.equivalent_samples_after(windows.ReadEnd(w - 1));
      const size_t last = windows.fixed() && VariesByStep(args) ? out->steps() : w + 1;
      for (size_t step = w; step < last; ++step) {
        if (Stopped(samples[w])) return;
        CallMixed(w, step, mixed.samples(), args, out);
      }
    }
    if (windows.fixed() && !VariesByStep(args)) RepeatFirst(out);
  }

  /// The value of the first step at all steps.
  static void RepeatFirst(Column* out) {
    if (!out->present.Test(0)) return;
    std::fill(out->floats.begin(), out->floats.end(), out->floats[0]);
    out->present.SetAll();
    if (out->HasHistograms()) {
      const HistogramPtr first = out->histograms[0];
      out->histograms.assign(out->steps(), first);
    }
  }

  /// Samples that lie in memory already, some of them histograms.
  Status EvaluateSubquery(const MixedSamples& all, std::span<const ScalarArgument> args,
                          Column* out) {
    Begin(out);
    for (size_t w = 0; w < windows.count(); ++w) {
      const MixedSamples inside = Within(all, windows.ReadStart(w), windows.ReadEnd(w));
      samples[w] = inside.floats.size();
      for (const HistogramPtr& histogram : inside.histograms) {
        samples[w] += histogram->equivalent_samples();
      }
      const size_t last = windows.fixed() ? out->steps() : w + 1;
      for (size_t step = w; step < last; ++step) {
        if (Stopped(samples[w])) return state.error;
        CallMixed(w, step, inside, args, out);
      }
    }
    counts.AddSamples();
    return state.error;
  }

  static MixedSamples Within(const MixedSamples& all, TimestampMs start, TimestampMs end) {
    const auto part = [&](std::span<const TimestampMs> of, auto items) {
      const auto first = std::upper_bound(of.begin(), of.end(), start) - of.begin();
      const auto last = std::upper_bound(of.begin(), of.end(), end) - of.begin();
      return items.subspan(static_cast<size_t>(first), static_cast<size_t>(last - first));
    };
    return {{part(all.floats.times, all.floats.times), part(all.floats.times, all.floats.values)},
            part(all.histogram_times, all.histogram_times),
            part(all.histogram_times, all.histograms)};
  }

  void Begin(Column* out) {
    out->Reset(spec.grid.steps());
    state.invalid_quantiles.clear();
    state.error = Status();
    remarks = {};
    overlaps = 0;
  }

  Status Evaluate(std::span<const Run> runs, std::span<const ScalarArgument> args, Column* out) {
    SB_CHECK(args.size() <= kMaxArgs);
    Begin(out);
    windows.Reset(runs);
    if (HaveHistograms(runs)) {
      EvaluateMixed(args, out);
    } else if (windows.fixed()) {
      EvaluateFixed(args, out);
      counts.new_samples()[0] = samples[0];
    } else if (EvaluateWindows(args, out)) {
      counts.AddRows(windows);
      return state.error;
    } else {
      counts.FindNew(windows);
    }
    counts.AddSamples();
    counts.AddNew();
    return state.error;
  }

  RangeSpec spec;
  SeriesWindows windows;
  PointsPath points;
  FactsPath facts;
  OverlapPath overlap;
  SlidingWindow sliding;
  MixedWindow mixed;
  KernelState state;
  RangeRemarks remarks;
  std::vector<TimestampMs> times;
  std::vector<double> values;
  std::vector<TimestampMs> starts;
  uint64_t overlaps = 0;  // windows of the series at hand whose samples' start timestamps overlap
  std::vector<size_t> unanswered;
  WindowCounts counts;
  const std::span<uint64_t> samples;  // of `counts`: of each window of the series at hand
  uint64_t samples_unasked = 0;       // since the last question whether to go on
};

RangeEvaluator::RangeEvaluator(const RangeSpec& spec) : impl_(std::make_unique<Impl>(spec)) {}
RangeEvaluator::~RangeEvaluator() = default;
RangeEvaluator::RangeEvaluator(RangeEvaluator&&) noexcept = default;
RangeEvaluator& RangeEvaluator::operator=(RangeEvaluator&&) noexcept = default;

TimeRange RangeEvaluator::ReadRange() const {
  const SeriesWindows& windows = impl_->windows;
  return {SaturatingAdd(windows.ReadStart(0), 1), windows.ReadEnd(windows.count() - 1)};
}

Status RangeEvaluator::Evaluate(const SeriesRuns& series, std::span<const ScalarArgument> args,
                                Column* out) {
  return impl_->Evaluate(series.runs, args, out);
}

Status RangeEvaluator::Evaluate(std::span<const TimestampMs> times, std::span<const double> values,
                                std::span<const ScalarArgument> args, Column* out) {
  const Run run = Run::OfSamples(times, values);
  return impl_->Evaluate({&run, times.empty() ? size_t{0} : size_t{1}}, args, out);
}

Status RangeEvaluator::Evaluate(const MixedSamples& samples, std::span<const ScalarArgument> args,
                                Column* out) {
  return impl_->EvaluateSubquery(samples, args, out);
}

void RangeEvaluator::Annotate(std::string_view metric_name, PositionRange position,
                              Annotations* annotations) const {
  for (const double quantile : impl_->state.invalid_quantiles) {
    annotations->Add(InvalidQuantileWarning(quantile, position));
  }
  impl_->remarks.Annotate(metric_name, position, annotations);
  if (impl_->overlaps > 0) {
    annotations->Add(StartOverlapWarning(metric_name, position, impl_->overlaps));
  }
}

bool RangeEvaluator::MayBeNoCounter(const Column& out, std::string_view metric_name) const {
  return impl_->spec.function->expects_counter && !metric_name.empty() &&
         !IsNamedAsCounter(metric_name) && AnyFloat(out);
}

const QuerySamples& RangeEvaluator::samples() const {
  return impl_->counts.sums();
}

uint64_t RangeEvaluator::window_samples_max() const {
  return impl_->counts.window_max();
}

size_t RangeEvaluator::memory_bytes() const {
  const Impl& impl = *impl_;
  return sizeof impl + impl.windows.memory_bytes() + impl.points.memory_bytes() +
         impl.facts.memory_bytes() + impl.overlap.memory_bytes() + impl.sliding.memory_bytes() +
         impl.mixed.memory_bytes() +
         (impl.times.capacity() + impl.starts.capacity()) * sizeof(TimestampMs) +
         (impl.values.capacity() + impl.state.scratch.capacity()) * sizeof(double) +
         impl.unanswered.capacity() * sizeof(size_t) + impl.counts.memory_bytes();
}

}  // namespace silverback
