// Range kernels of windows that hold native histograms, alone or beside floats. Windows without any go to the kernels of
// range_kernel.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "query/functions/range_kernel.h"
#include "query/model/annotations.h"
#include "query/model/float_histogram.h"

namespace silverback {

/// The samples of one window by kind, as `WindowSamples` describes them. At least one histogram.
struct MixedSamples {
  WindowSamples floats;
  std::span<const TimestampMs> histogram_times;
  std::span<const HistogramPtr> histograms;
  std::span<const TimestampMs> histogram_starts = {};  // as WindowSamples::starts
};

/// What functions over ranges have to say about histograms.
enum class RangeRemark : uint8_t {
  kMixedTypes,          // floats and histograms in one window
  kIgnoredHistograms,   // the function is one of floats
  kNotCounter,          // a gauge where a counter is wanted
  kNotGauge,            // and the other way round
  kMixedSchemas,        // exponential and custom buckets
  kReconciledAddition,  // custom bounds differed
  kReconciledSubtraction,
  kReconciledAggregation,
  kResetCollision,
  kStartOverlap,  // KernelState::starts_overlap; not annotated here: who calls counts the windows
};

/// A set of them.
class RangeRemarks {
 public:
  void Add(RangeRemark remark) { bits_ |= Bit(remark); }
  void Merge(RangeRemarks other) { bits_ |= other.bits_; }
  bool Has(RangeRemark remark) const { return (bits_ & Bit(remark)) != 0; }
  bool empty() const { return bits_ == 0; }
  /// Adds what they say of the series of `metric_name`.
  void Annotate(std::string_view metric_name, PositionRange position,
                Annotations* annotations) const;

 private:
  static uint32_t Bit(RangeRemark remark) { return uint32_t{1} << static_cast<uint8_t>(remark); }
  uint32_t bits_ = 0;
};

/// A float, or a histogram.
struct MixedValue {
  MixedValue(double v) : value(v) {}                       // NOLINT: both convert
  MixedValue(HistogramPtr h) : histogram(std::move(h)) {}  // NOLINT
  MixedValue(FloatHistogram h)                             // NOLINT
      : histogram(std::make_shared<const FloatHistogram>(std::move(h))) {}
  double value = 0;
  HistogramPtr histogram;
};

/// The value of the window, or nothing.
using MixedRangeKernel = std::optional<MixedValue> (*)(const MixedSamples& samples,
                                                       const WindowContext& context,
                                                       RangeRemarks* remarks);

// histogram_rate_kernels.cc
std::optional<MixedValue> RateOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> IncreaseOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> DeltaOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> IrateOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> IdeltaOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);

// histogram_over_time_kernels.cc
std::optional<MixedValue> ResetsOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> ChangesOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> SumOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> AvgOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> CountOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> PresentOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> FirstOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> LastOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);
std::optional<MixedValue> TsOfFirstOfMixed(const MixedSamples&, const WindowContext&,
                                           RangeRemarks*);
std::optional<MixedValue> TsOfLastOfMixed(const MixedSamples&, const WindowContext&, RangeRemarks*);

/// The histogram at `t` on the line between two others; of a counter that began anew between them, on the line from
/// zero. Nothing if their buckets do not go together.
std::optional<FloatHistogram> InterpolateHistograms(const FloatHistogram& a, TimestampMs a_ms,
                                                    const FloatHistogram& b, TimestampMs b_ms,
                                                    TimestampMs t, bool is_counter,
                                                    RangeRemarks* remarks);

}  // namespace silverback
