// rate() and its kin over windows with native histograms.
#include <algorithm>
#include <array>
#include <cmath>

#include "query/functions/extrapolation.h"
#include "query/functions/mixed_range_kernel.h"
#include "query/functions/range_kernels.h"

namespace silverback {
namespace {

/// Adds or subtracts, and says what came of it. False if the buckets do not go together.
bool Combine(const FloatHistogram& other, bool add, FloatHistogram* h, RangeRemarks* remarks) {
  const HistogramSumOutcome outcome = add ? AddHistogram(other, h) : SubtractHistogram(other, h);
  if (outcome.incompatible) {
    remarks->Add(RangeRemark::kMixedSchemas);
    return false;
  }
  // Hints that collide are no surprise here: resets are looked for explicitly.
  if (outcome.bounds_matched) {
    remarks->Add(add ? RangeRemark::kReconciledAddition : RangeRemark::kReconciledSubtraction);
  }
  return true;
}

/// What rate() of a plain window starts from: the last histogram less the first one, and those before resets added.
class PlainIncrease {
 public:
  PlainIncrease(const MixedSamples& samples, bool is_counter)
      : points_(samples.histograms),
        starts_(samples.histogram_times, samples.histogram_starts),
        is_counter_(is_counter),
        first_(points_[0].get()) {}

  /// Nothing if the histograms do not go together.
  std::optional<FloatHistogram> Compute(RangeRemarks* remarks) {
    const FloatHistogram& last = *points_.back();
    if (is_counter_) {
      NoteGauge(*first_);
      NoteGauge(last);
      SkipFirstBeforeReset();
    }
    if (last.custom() != first_->custom()) return Refuse(/*keep_remarks=*/true, remarks);
    int32_t schema = std::min(last.schema, first_->schema);
    for (size_t i = 1; is_counter_ && i + 1 < points_.size(); ++i) {
      NoteGauge(*points_[i]);
      schema = std::min(schema, points_[i]->schema);
      if (points_[i]->custom() != first_->custom()) {
        return Refuse(/*keep_remarks=*/false, remarks);
      }
    }
    FloatHistogram increase = last;
    increase.ReduceResolution(schema);
    Combine(*first_, /*add=*/false, &increase, &remarks_);
    if (is_counter_) {
      AddResets(&increase);
    } else if (!IsGauge(*points_[0]) || !IsGauge(last)) {
      remarks_.Add(RangeRemark::kNotGauge);
    }
    increase.hint = ResetHint::kGauge;
    increase.Compact();
    remarks->Merge(remarks_);
    return increase;
  }

 private:
  static bool IsGauge(const FloatHistogram& h) { return h.hint == ResetHint::kGauge; }
  void NoteGauge(const FloatHistogram& h) {
    if (IsGauge(h)) remarks_.Add(RangeRemark::kNotCounter);
  }

  /// Before a reset the first histogram does not matter, whatever buckets it has.
  void SkipFirstBeforeReset() {
    const FloatHistogram& second = *points_[1];
    if (!starts_.ResetAt(1) && !second.DetectReset(*first_)) return;
    nothing_.schema = second.schema;
    nothing_.custom_values = second.custom_values;
    first_ = &nothing_;
  }

  std::optional<FloatHistogram> Refuse(bool keep_remarks, RangeRemarks* remarks) const {
    if (keep_remarks) remarks->Merge(remarks_);
    remarks->Add(RangeRemark::kMixedSchemas);
    return std::nullopt;
  }

  void AddResets(FloatHistogram* increase) {
    const FloatHistogram* previous = first_;
    for (size_t i = 1; i < points_.size(); ++i) {
      if (starts_.OverlapAt(i)) remarks_.Add(RangeRemark::kStartOverlap);
      if (starts_.ResetAt(i) || points_[i]->DetectReset(*previous)) {
        Combine(*previous, /*add=*/true, increase, &remarks_);
      }
      previous = points_[i].get();
    }
  }

  std::span<const HistogramPtr> points_;
  const StartResets starts_;
  const bool is_counter_;
  const FloatHistogram* first_;
  FloatHistogram nothing_;
  RangeRemarks remarks_;
};

/// The change between the borders of an anchored or smoothed window.
class BorderIncrease {
 public:
  BorderIncrease(const MixedSamples& samples, const WindowContext& context, bool is_counter,
                 RangeRemarks* remarks)
      : times_(samples.histogram_times),
        points_(samples.histograms),
        context_(context),
        is_counter_(is_counter),
        smoothed_(context.borders == WindowBorders::kSmoothed),
        remarks_(remarks) {}

  std::optional<FloatHistogram> Compute() {
    FindBorders();
    if (times_[last_] <= context_.start_ms) return std::nullopt;
    if (smoothed_ && times_[first_] > context_.end_ms) return std::nullopt;
    if (!Validate()) return std::nullopt;
    const auto left = smoothed_ && times_[first_] < context_.start_ms
                          ? Between(first_, first_ + 1, context_.start_ms)
                          : std::optional(*points_[first_]);
    if (!left) return std::nullopt;
    const auto right = smoothed_ && last_ > 0 && times_[last_] > context_.end_ms
                           ? Between(last_ - 1, last_, context_.end_ms)
                           : std::optional(*points_[last_]);
    if (!right) return std::nullopt;
    const bool gauges = left->hint == ResetHint::kGauge && right->hint == ResetHint::kGauge;
    if (!is_counter_ && !gauges) remarks_->Add(RangeRemark::kNotGauge);

    FloatHistogram change = *right;
    if (!Combine(*left, /*add=*/false, &change, remarks_)) return std::nullopt;
    if (is_counter_ && !AddResets(*left, *right, &change)) return std::nullopt;
    return change;
  }

 private:
  void FindBorders() {
    last_ = points_.size() - 1;
    const auto begin = times_.begin();
    const auto limit = begin + static_cast<ptrdiff_t>(last_);
    const auto after =
        static_cast<size_t>(std::upper_bound(begin, limit, context_.start_ms) - begin);
    first_ = after == 0 ? 0 : after - 1;
    if (!smoothed_) return;
    last_ = static_cast<size_t>(std::lower_bound(begin, limit, context_.end_ms) - begin);
  }

  bool Validate() {
    for (size_t i = first_; i <= last_; ++i) {
      if (points_[i]->custom() != points_[first_]->custom()) {
        remarks_->Add(RangeRemark::kMixedSchemas);
        return false;
      }
      if (is_counter_ && points_[i]->hint == ResetHint::kGauge) {
        remarks_->Add(RangeRemark::kNotCounter);
      }
    }
    return true;
  }

  std::optional<FloatHistogram> Between(size_t a, size_t b, TimestampMs t) {
    return InterpolateHistograms(*points_[a], times_[a], *points_[b], times_[b], t, is_counter_,
                                 remarks_);
  }

  /// Adds what resets took away between the borders. A reset that an interpolation has gone over is part of its result.
  bool AddResets(const FloatHistogram& left, const FloatHistogram& right, FloatHistogram* change) {
    size_t next = first_ + 1;
    const FloatHistogram* previous = &left;
    if (smoothed_ && times_[first_] < context_.start_ms &&
        points_[first_ + 1]->DetectReset(*points_[first_])) {
      previous = points_[first_ + 1].get();
      ++next;
    }
    if (next > last_) return true;
    std::optional<FloatHistogram> correction;
    const auto add = [&](const FloatHistogram& h) {
      if (correction) return Combine(h, /*add=*/true, &*correction, remarks_);
      correction = h;
      return true;
    };
    for (; next < last_; ++next) {
      if (points_[next]->DetectReset(*previous) && !add(*previous)) return false;
      previous = points_[next].get();
    }
    if (right.DetectReset(*previous) && !add(*previous)) return false;
    return !correction || Combine(*correction, /*add=*/true, change, remarks_);
  }

  std::span<const TimestampMs> times_;
  std::span<const HistogramPtr> points_;
  const WindowContext& context_;
  const bool is_counter_;
  const bool smoothed_;
  RangeRemarks* remarks_;
  size_t first_ = 0;
  size_t last_ = 0;
};

std::optional<MixedValue> Change(const MixedSamples& samples, const WindowContext& context,
                                 bool is_counter, bool per_second, RangeRemarks* remarks) {
  if (samples.floats.size() > 0) {
    remarks->Add(RangeRemark::kMixedTypes);
    return std::nullopt;
  }
  if (context.borders != WindowBorders::kPlain) {
    auto change = BorderIncrease(samples, context, is_counter, remarks).Compute();
    if (!change) return std::nullopt;
    if (per_second) change->Divide(SecondsOfMs(context.range_ms));
    change->hint = ResetHint::kGauge;
    change->Compact();
    return *std::move(change);
  }
  const size_t count = samples.histograms.size();
  const FloatHistogram& first = *samples.histograms.front();
  const bool has_starts = is_counter && !samples.histogram_starts.empty();
  const RatePoints points{samples.histogram_times.front(),
                          samples.histogram_times.back(),
                          first.count,
                          samples.histograms.back()->count,
                          count,
                          has_starts ? samples.histogram_starts.front() : kNoStart};
  const bool from_zero = BeganInside(points, context);
  if (count < 2 && !from_zero) return std::nullopt;
  std::optional<FloatHistogram> increase = first;
  if (count > 1) {
    increase = PlainIncrease(samples, is_counter).Compute(remarks);
    if (!increase) return std::nullopt;
    if (from_zero && !Combine(first, /*add=*/true, &*increase, remarks)) return std::nullopt;
  }
  increase->Multiply(ExtrapolationFactor(points, increase->count, context, is_counter, per_second));
  return *std::move(increase);
}

/// One of the last two samples of a window.
struct EitherSample {
  TimestampMs time = 0;
  const FloatHistogram* histogram = nullptr;  // null: a float
  TimestampMs start_ms = kNoStart;
};

TimestampMs StartAt(std::span<const TimestampMs> starts, size_t i) {
  return starts.empty() ? kNoStart : starts[i];
}

/// The last two samples, of whichever kind. REQUIRES: at least two.
std::array<EitherSample, 2> LastTwo(const MixedSamples& samples) {
  std::array<EitherSample, 2> result;
  size_t floats = samples.floats.size();
  size_t histograms = samples.histograms.size();
  for (size_t i = 2; i > 0; --i) {
    const bool is_histogram =
        floats == 0 || (histograms > 0 &&
                        samples.histogram_times[histograms - 1] > samples.floats.times[floats - 1]);
    if (is_histogram) {
      --histograms;
      result[i - 1] = {samples.histogram_times[histograms], samples.histograms[histograms].get(),
                       StartAt(samples.histogram_starts, histograms)};
    } else {
      --floats;
      result[i - 1] = {samples.floats.times[floats], nullptr,
                       StartAt(samples.floats.starts, floats)};
    }
  }
  return result;
}

std::optional<MixedValue> InstantChangeOf(const MixedSamples& samples, bool is_rate,
                                          RangeRemarks* remarks) {
  if (samples.floats.size() + samples.histograms.size() < 2) return std::nullopt;
  const auto [before, after] = LastTwo(samples);
  const bool reset = IsStartReset(before.start_ms, before.time, after.start_ms, after.time);
  if (before.histogram == nullptr && after.histogram == nullptr) {
    const size_t n = samples.floats.size();
    return MixedValue(InstantChange(before.time, samples.floats.values[n - 2], after.time,
                                    samples.floats.values[n - 1], is_rate, reset));
  }
  if (before.histogram == nullptr || after.histogram == nullptr) {
    remarks->Add(RangeRemark::kMixedTypes);
    return std::nullopt;
  }
  const bool any_gauge =
      before.histogram->hint == ResetHint::kGauge || after.histogram->hint == ResetHint::kGauge;
  const bool all_gauges =
      before.histogram->hint == ResetHint::kGauge && after.histogram->hint == ResetHint::kGauge;
  if (is_rate && any_gauge) remarks->Add(RangeRemark::kNotCounter);
  if (!is_rate && !all_gauges) remarks->Add(RangeRemark::kNotGauge);
  FloatHistogram change = *after.histogram;
  if (!is_rate || (!reset && !after.histogram->DetectReset(*before.histogram))) {
    if (!Combine(*before.histogram, /*add=*/false, &change, remarks)) return std::nullopt;
  }
  change.hint = ResetHint::kGauge;
  change.Compact();
  if (is_rate) change.Divide(SecondsOfMs(after.time - before.time));
  return change;
}

}  // namespace

std::optional<FloatHistogram> InterpolateHistograms(const FloatHistogram& a, TimestampMs a_ms,
                                                    const FloatHistogram& b, TimestampMs b_ms,
                                                    TimestampMs t, bool is_counter,
                                                    RangeRemarks* remarks) {
  if (t == a_ms) return a;
  if (t == b_ms) return b;
  if (a.custom() != b.custom()) {
    remarks->Add(RangeRemark::kMixedSchemas);
    return std::nullopt;
  }
  const double fraction = static_cast<double>(t - a_ms) / static_cast<double>(b_ms - a_ms);
  FloatHistogram result = b;
  if (is_counter && b.DetectReset(a)) {
    result.Multiply(fraction);
    return result;
  }
  if (!Combine(a, /*add=*/false, &result, remarks)) return std::nullopt;
  result.Multiply(fraction);
  if (!Combine(a, /*add=*/true, &result, remarks)) return std::nullopt;
  return result;
}

std::optional<MixedValue> RateOfMixed(const MixedSamples& samples, const WindowContext& context,
                                      RangeRemarks* remarks) {
  return Change(samples, context, true, true, remarks);
}

std::optional<MixedValue> IncreaseOfMixed(const MixedSamples& samples, const WindowContext& context,
                                          RangeRemarks* remarks) {
  return Change(samples, context, true, false, remarks);
}

std::optional<MixedValue> DeltaOfMixed(const MixedSamples& samples, const WindowContext& context,
                                       RangeRemarks* remarks) {
  return Change(samples, context, false, false, remarks);
}

std::optional<MixedValue> IrateOfMixed(const MixedSamples& samples, const WindowContext&,
                                       RangeRemarks* remarks) {
  return InstantChangeOf(samples, true, remarks);
}

std::optional<MixedValue> IdeltaOfMixed(const MixedSamples& samples, const WindowContext&,
                                        RangeRemarks* remarks) {
  return InstantChangeOf(samples, false, remarks);
}

}  // namespace silverback
