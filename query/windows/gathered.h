// What is gathered of a window's samples for sum_over_time() and its kin. Each kind takes one sample, a chunk of samples, a
// block's facts, or what was gathered of the samples right behind its own, so that a window can be put together of pieces.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/kahan_sum.h"
#include "engine/base/value.h"
#include "engine/block/facts.h"
#include "query/functions/function_table.h"
#include "query/model/column.h"

namespace silverback {

/// The samples of a chunk.
inline constexpr size_t kGatherChunkRows = 64;
/// A chunk is gathered in so many lanes side by side, which a loop over samples in order cannot be.
inline constexpr size_t kGatherLanes = 8;
using GatherChunk = std::span<const double, kGatherChunkRows>;

/// Whether all are numbers: no NaN, no stale marker, no infinity.
inline bool AllFinite(GatherChunk values) {
  // Added to its lowest bit, an exponent of ones carries into the sign.
  uint64_t carried = 0;
  for (const double value : values) {
    carried |= (BitsOf(value) & 0x7ff0000000000000) + 0x0010000000000000;
  }
  return carried >> 63 == 0;
}

// Every kind's `Answer` is the function's value of the samples gathered, or nothing if only the samples themselves can tell.
// REQUIRES: count > 0.

struct SumOfSamples {
  KahanSum sum;
  uint64_t count = 0;
  bool has_nan = false;
  bool has_inf = false;

  void Add(double value) {
    sum.Add(value);
    ++count;
    has_nan |= std::isnan(value);
    has_inf |= std::isinf(value);
  }
  void Merge(const SumOfSamples& later) {
    sum.Merge(later.sum);
    count += later.count;
    has_nan |= later.has_nan;
    has_inf |= later.has_inf;
  }
  /// Takes a chunk of finite values in an empty state; false (nothing taken) if the sum overflows.
  bool TakeFinite(GatherChunk values) {
    std::array<double, kGatherLanes> sums{};
    std::array<double, kGatherLanes> lost{};
    for (size_t i = 0; i < kGatherChunkRows; i += kGatherLanes) {
      for (size_t lane = 0; lane < kGatherLanes; ++lane) {
        // What KahanSum::Add adds to its compensation, without its question of which is larger (Knuth's TwoSum): the
        // error of a floating-point addition is a floating-point number, and both ways give it exactly.
        const double value = values[i + lane];
        const double before = sums[lane];
        const double total = before + value;
        const double of_value = total - before;
        lost[lane] += (before - (total - of_value)) + (value - of_value);
        sums[lane] = total;
      }
    }
    KahanSum gathered;
    for (size_t lane = 0; lane < kGatherLanes; ++lane) gathered.Merge({sums[lane], lost[lane]});
    if (!std::isfinite(gathered.sum)) return false;
    sum = gathered;
    count = kGatherChunkRows;
    return true;
  }
  void Merge(const Facts& facts) {
    Merge(SumOfSamples{facts.sum, facts.count, facts.has_nan, facts.has_inf});
  }
  std::optional<double> Answer() const { return sum.Total(); }
};

struct MeanOfSamples : SumOfSamples {
  /// Nothing if the samples are finite and their sum is not: their mean is finite.
  std::optional<double> Answer() const {
    if (std::isfinite(sum.sum)) {
      const auto samples = static_cast<double>(count);
      return sum.sum / samples + sum.compensation / samples;
    }
    if (has_nan || has_inf) return sum.sum;
    return std::nullopt;
  }
};

/// The best sample, NaN yielding to anything. `Better` says which of two is, and which fact a block has of it.
template <typename Better>
struct BestOfSamples {
  double best = std::numeric_limits<double>::quiet_NaN();
  uint64_t count = 0;

  void Take(double value) {
    if (Better::Than(value, best) || std::isnan(best)) best = value;
  }
  void Add(double value) {
    Take(value);
    ++count;
  }
  bool TakeFinite(GatherChunk values) {
    std::array<double, kGatherLanes> lanes;
    std::copy_n(values.begin(), kGatherLanes, lanes.begin());
    for (size_t i = kGatherLanes; i < kGatherChunkRows; i += kGatherLanes) {
      for (size_t lane = 0; lane < kGatherLanes; ++lane) {
        const double value = values[i + lane];
        lanes[lane] = Better::Than(value, lanes[lane]) ? value : lanes[lane];
      }
    }
    for (const double value : lanes) Take(value);
    count = kGatherChunkRows;
    return true;
  }
  void Merge(const BestOfSamples& later) {
    if (later.count > 0) Take(later.best);
    count += later.count;
  }
  void Merge(const Facts& facts) {
    if (facts.count > 0) Take(Better::Of(facts));
    count += facts.count;
  }
  std::optional<double> Answer() const { return best; }
};

struct Less {
  static bool Than(double a, double b) { return a < b; }
  static double Of(const Facts& facts) { return facts.min; }
};
struct Greater {
  static bool Than(double a, double b) { return a > b; }
  static double Of(const Facts& facts) { return facts.max; }
};
using MinOfSamples = BestOfSamples<Less>;
using MaxOfSamples = BestOfSamples<Greater>;

/// Sets what a window has gathered: its samples, and its value or, if only the samples themselves can tell, its number.
template <typename Gathered>
void AnswerWindow(size_t window, const Gathered& gathered, Column* out, std::span<uint64_t> samples,
                  std::vector<size_t>* unanswered) {
  samples[window] = gathered.count;
  if (gathered.count == 0) return;
  if (const auto value = gathered.Answer()) {
    out->Set(window, *value);
  } else {
    unanswered->push_back(window);
  }
}

/// Calls `fn` with a std::type_identity of what `function` gathers. REQUIRES: it reads WindowReads::kFacts.
template <typename Fn>
void WithGathered(RangeFunction function, Fn fn) {
  switch (function) {
    case RangeFunction::kMinOverTime:
      return fn(std::type_identity<MinOfSamples>());
    case RangeFunction::kMaxOverTime:
      return fn(std::type_identity<MaxOfSamples>());
    case RangeFunction::kSumOverTime:
      return fn(std::type_identity<SumOfSamples>());
    default:
      SB_CHECK(function == RangeFunction::kAvgOverTime);
      return fn(std::type_identity<MeanOfSamples>());
  }
}

}  // namespace silverback
