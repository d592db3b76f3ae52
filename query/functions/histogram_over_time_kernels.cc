// sum_over_time() and its kin, resets() and changes() over windows with native histograms.
#include <algorithm>
#include <cmath>

#include "query/functions/mixed_range_kernel.h"
#include "query/functions/start_resets.h"

namespace silverback {
namespace {

/// A sample of either kind.
struct AnySample {
  TimestampMs time = 0;
  double value = 0;
  const FloatHistogram* histogram = nullptr;  // null: a float
  TimestampMs start_ms = kNoStart;
};

TimestampMs StartAt(std::span<const TimestampMs> starts, size_t i) {
  return starts.empty() ? kNoStart : starts[i];
}

/// Calls `fn` for the samples of a window in order of time.
template <typename Fn>
void ForSamples(const MixedSamples& samples, Fn fn) {
  size_t f = 0;
  size_t h = 0;
  while (f < samples.floats.size() || h < samples.histograms.size()) {
    const bool is_float =
        h == samples.histograms.size() ||
        (f < samples.floats.size() && samples.floats.times[f] < samples.histogram_times[h]);
    if (is_float) {
      fn(AnySample{samples.floats.times[f], samples.floats.values[f], nullptr,
                   StartAt(samples.floats.starts, f)});
      ++f;
    } else {
      fn(AnySample{samples.histogram_times[h], 0, samples.histograms[h].get(),
                   StartAt(samples.histogram_starts, h)});
      ++h;
    }
  }
}

/// Counts the neighbours for which `differ` holds. Anchored windows begin at the last sample up to their start; they
/// have nothing to say without one past it.
template <typename Differ>
std::optional<MixedValue> CountNeighbours(const MixedSamples& samples, const WindowContext& context,
                                          Differ differ) {
  const bool anchored = context.borders == WindowBorders::kAnchored;
  uint64_t count = 0;
  bool any_past_start = !anchored;
  std::optional<AnySample> previous;
  ForSamples(samples, [&](const AnySample& sample) {
    const bool up_to_start = anchored && sample.time <= context.start_ms;
    any_past_start |= !up_to_start;
    if (previous && !up_to_start) {
      const bool same_kind = (previous->histogram == nullptr) == (sample.histogram == nullptr);
      count += !same_kind || differ(*previous, sample);
    }
    previous = sample;
  });
  if (!any_past_start) return std::nullopt;
  return MixedValue(static_cast<double>(count));
}

/// Adds histograms up and keeps in mind what is to be said about it.
class Adder {
 public:
  /// Whether the buckets went together.
  bool Add(const FloatHistogram& h, HistogramSum* sum) {
    See(h);
    const HistogramSumOutcome outcome = sum->Add(h);
    reconciled_ |= outcome.bounds_matched;
    return !outcome.incompatible;
  }
  void See(const FloatHistogram& h) {
    reset_ |= h.hint == ResetHint::kReset;
    not_reset_ |= h.hint == ResetHint::kNotReset;
  }
  void Report(RangeRemarks* remarks) const {
    if (reset_ && not_reset_) remarks->Add(RangeRemark::kResetCollision);
    if (reconciled_) remarks->Add(RangeRemark::kReconciledAggregation);
  }

 private:
  bool reset_ = false;
  bool not_reset_ = false;
  bool reconciled_ = false;
};

/// The sum of histograms as long as it is finite (`*added` of them); nothing if they do not go together.
std::optional<HistogramSum> SumWhileFinite(std::span<const HistogramPtr> histograms, Adder* adder,
                                           size_t* added) {
  adder->See(*histograms[0]);
  HistogramSum sum(*histograms[0]);
  for (*added = 1; *added < histograms.size(); ++*added) {
    if (!adder->Add(*histograms[*added], &sum)) return std::nullopt;
    if (sum.HasInfinity()) return SumWhileFinite(histograms.first(*added), adder, added);
  }
  return sum;
}

/// Whether the window is of histograms alone.
bool CheckOneKind(const MixedSamples& samples, RangeRemarks* remarks) {
  if (samples.floats.size() == 0) return true;
  remarks->Add(RangeRemark::kMixedTypes);
  return false;
}

std::optional<MixedValue> Refuse(RangeRemarks* remarks) {
  remarks->Add(RangeRemark::kMixedSchemas);
  return std::nullopt;
}

}  // namespace

std::optional<MixedValue> ResetsOfMixed(const MixedSamples& samples, const WindowContext& context,
                                        RangeRemarks*) {
  return CountNeighbours(samples, context, [](const AnySample& a, const AnySample& b) {
    if (IsStartReset(a.start_ms, a.time, b.start_ms, b.time)) return true;
    return b.histogram == nullptr ? b.value < a.value : b.histogram->DetectReset(*a.histogram);
  });
}

std::optional<MixedValue> ChangesOfMixed(const MixedSamples& samples, const WindowContext& context,
                                         RangeRemarks*) {
  return CountNeighbours(samples, context, [](const AnySample& a, const AnySample& b) {
    if (b.histogram != nullptr) return !b.histogram->Equals(*a.histogram);
    return a.value != b.value && !(std::isnan(a.value) && std::isnan(b.value));
  });
}

std::optional<MixedValue> SumOfMixed(const MixedSamples& samples, const WindowContext&,
                                     RangeRemarks* remarks) {
  if (!CheckOneKind(samples, remarks)) return std::nullopt;
  Adder adder;
  adder.See(*samples.histograms[0]);
  HistogramSum sum(*samples.histograms[0]);
  for (const HistogramPtr& histogram : samples.histograms.subspan(1)) {
    if (!adder.Add(*histogram, &sum)) return Refuse(remarks);
  }
  adder.Report(remarks);
  return sum.Total();
}

std::optional<MixedValue> AvgOfMixed(const MixedSamples& samples, const WindowContext&,
                                     RangeRemarks* remarks) {
  if (!CheckOneKind(samples, remarks)) return std::nullopt;
  // The mean is the sum by the count until the sum would overflow, and from there on an incremental mean.
  Adder adder;
  size_t added = 0;
  std::optional<HistogramSum> mean = SumWhileFinite(samples.histograms, &adder, &added);
  if (!mean) return Refuse(remarks);
  mean->Divide(static_cast<double>(added));
  for (; added < samples.histograms.size(); ++added) {
    const auto count = static_cast<double>(added + 1);
    mean->Multiply((count - 1) / count);
    FloatHistogram part = *samples.histograms[added];
    part.Divide(count);
    if (!adder.Add(part, &*mean)) return Refuse(remarks);
  }
  adder.Report(remarks);
  return mean->Total();
}

std::optional<MixedValue> CountOfMixed(const MixedSamples& samples, const WindowContext&,
                                       RangeRemarks*) {
  return MixedValue(static_cast<double>(samples.floats.size() + samples.histograms.size()));
}

std::optional<MixedValue> PresentOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*) {
  return MixedValue(1);
}

std::optional<MixedValue> FirstOfMixed(const MixedSamples& samples, const WindowContext&,
                                       RangeRemarks*) {
  const bool is_float =
      samples.floats.size() > 0 && samples.floats.times.front() < samples.histogram_times.front();
  if (is_float) return MixedValue(samples.floats.values.front());
  return MixedValue(samples.histograms.front());
}

std::optional<MixedValue> LastOfMixed(const MixedSamples& samples, const WindowContext&,
                                      RangeRemarks*) {
  const bool is_float =
      samples.floats.size() > 0 && samples.floats.times.back() > samples.histogram_times.back();
  if (is_float) return MixedValue(samples.floats.values.back());
  return MixedValue(samples.histograms.back());
}

std::optional<MixedValue> TsOfFirstOfMixed(const MixedSamples& samples, const WindowContext&,
                                           RangeRemarks*) {
  TimestampMs first = samples.histogram_times.front();
  if (samples.floats.size() > 0) first = std::min(first, samples.floats.times.front());
  return MixedValue(SecondsOfMs(first));
}

std::optional<MixedValue> TsOfLastOfMixed(const MixedSamples& samples, const WindowContext&,
                                          RangeRemarks*) {
  TimestampMs last = samples.histogram_times.back();
  if (samples.floats.size() > 0) last = std::max(last, samples.floats.times.back());
  return MixedValue(SecondsOfMs(last));
}

}  // namespace silverback
