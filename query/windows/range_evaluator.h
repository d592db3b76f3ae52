// Range functions over one series at a time: rate(x[5m]) and its kin, at every step of the grid.
//
// Each function takes the cheapest path that gives its definition's answer
// (query/functions/range_kernel.h): a few points of each window and the counter resets between
// them; or facts of the blocks that a window covers and decoded edges; or every sample, decoded
// once and slid over. Window boundaries are computed once per timeline: consecutive series whose
// runs share their time arrays reuse them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "query/functions/function_table.h"
#include "query/functions/mixed_range_kernel.h"
#include "query/functions/scalar_argument.h"
#include "query/model/annotations.h"
#include "query/model/column.h"
#include "query/model/sample_counts.h"
#include "query/model/step_grid.h"

namespace silverback {

struct SeriesRuns;

/// What is evaluated. Fixed for the life of an evaluator.
struct RangeSpec {
  const FunctionInfo* function = nullptr;  // of kind kRange or kAbsentOverTime
  StepGrid grid;
  int64_t range_ms = 0;              // > 0, except of an empty subquery's range
  int64_t offset_ms = 0;             // may be negative
  std::optional<TimestampMs> at_ms;  // `@`: the windows end at `at - offset` at every step
  WindowBorders borders = WindowBorders::kPlain;
  int64_t lookback_ms = 0;  // anchored and smoothed windows reach this far beyond their borders
  bool fast_paths = true;   // off: every window is decoded and given to the kernel
  bool per_step_samples = false;  // count samples() by step
  bool histogram_stats = false;   // of native histograms only counts and sums are wanted
  // Asked between windows, again and again (a regression over all of a long range takes seconds for one series); an error
  // ends the evaluation. Null: nobody is asked.
  std::function<Status()> may_go_on;
};

/// One thread at a time; make one for each worker.
class RangeEvaluator {
 public:
  explicit RangeEvaluator(const RangeSpec& spec);
  ~RangeEvaluator();
  RangeEvaluator(RangeEvaluator&&) noexcept;
  RangeEvaluator& operator=(RangeEvaluator&&) noexcept;

  /// The times that windows reach, to be read from storage (closed; its runs may hold more, that
  /// does no harm).
  TimeRange ReadRange() const;

  /// Evaluates one series into `out` (reset to the grid's steps). `args` are the scalar arguments
  /// in the order of the call. Error (FailedPrecondition) when an argument is one that upstream
  /// refuses, or that of `may_go_on`; then what `out` holds means nothing.
  Status Evaluate(const SeriesRuns& series, std::span<const ScalarArgument> args, Column* out);
  /// The same over plain samples (a subquery's): times strictly ascending.
  Status Evaluate(std::span<const TimestampMs> times, std::span<const double> values,
                  std::span<const ScalarArgument> args, Column* out);

  /// The same over plain samples of which some are native histograms (a subquery's).
  Status Evaluate(const MixedSamples& samples, std::span<const ScalarArgument> args, Column* out);

  /// Adds what the last `Evaluate` has to say. `metric_name` is the series' (before it is dropped),
  /// `position` that of the call's first argument.
  void Annotate(std::string_view metric_name, PositionRange position,
                Annotations* annotations) const;
  /// Whether the function wants a counter, has answered with floats, and the metric is not named as one: worth a
  /// PossibleNonCounterInfo.
  bool MayBeNoCounter(const Column& out, std::string_view metric_name) const;

  /// Samples of all series so far, stale markers left out; by step only if asked for.
  const QuerySamples& samples() const;
  /// Samples of the fullest window of the last series: what upstream counts against its sample
  /// budget.
  uint64_t window_samples_max() const;
  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback
