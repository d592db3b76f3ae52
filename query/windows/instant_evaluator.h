// Instant selectors over one series at a time: at every step the last sample in (t - lookback, t],
// absent if it is a stale marker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/types.h"
#include "query/model/annotations.h"
#include "query/model/column.h"
#include "query/model/sample_counts.h"
#include "query/model/step_grid.h"

namespace silverback {

struct SeriesRuns;

/// What a selector answers of the samples that it finds.
enum class InstantAnswer : uint8_t {
  kValue,
  kTime,      // timestamp(): their times in seconds
  kStart,     // start_timestamp(): their start timestamps in seconds
  kPresence,  // that they are there: 1 (or the native histogram)
};

struct InstantSpec {
  StepGrid grid;
  int64_t lookback_ms = 0;           // > 0
  int64_t offset_ms = 0;             // may be negative
  std::optional<TimestampMs> at_ms;  // `@`: every step looks at `at - offset`
  InstantAnswer answer = InstantAnswer::kValue;
  bool smoothed = false;  // `smoothed`: interpolated between the neighbours within the lookback
  bool per_step_samples = false;  // count samples() by step
  bool histogram_stats = false;   // of native histograms only counts and sums are wanted
};

/// One thread at a time; make one for each worker.
class InstantEvaluator {
 public:
  explicit InstantEvaluator(const InstantSpec& spec);
  ~InstantEvaluator();
  InstantEvaluator(InstantEvaluator&&) noexcept;
  InstantEvaluator& operator=(InstantEvaluator&&) noexcept;

  /// The times to be read from storage (closed).
  TimeRange ReadRange() const;

  /// Evaluates one series into `out` (reset to the grid's steps).
  void Evaluate(const SeriesRuns& series, Column* out);

  /// Adds what the last `Evaluate` has to say: smoothed selectors cannot interpolate between everything.
  void Annotate(std::string_view metric_name, PositionRange position,
                Annotations* annotations) const;
  /// Whether the last `Evaluate` has answered with native histograms (or their times).
  bool answered_histograms() const;

  /// Samples answered over all series so far: each counts as covered and as read.
  const QuerySamples& samples() const;
  size_t memory_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback
