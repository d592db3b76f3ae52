#include "query/functions/classic_histogram.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>

#include "query/functions/float_parse.h"
#include "query/model/float_text.h"

namespace silverback {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A NaN bound (`le="NaN"` parses) comes first, so that the order is total.
bool BoundLess(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
  return a < b;
}

bool ByBound(const Bucket& a, const Bucket& b) {
  return BoundLess(a.upper_bound, b.upper_bound);
}

/// Sorts and adds up buckets of the same bound. False if the last bound is not +Inf.
bool Normalize(std::vector<Bucket>* buckets) {
  if (!std::is_sorted(buckets->begin(), buckets->end(), ByBound)) {
    std::sort(buckets->begin(), buckets->end(), ByBound);
  }
  if (buckets->back().upper_bound != kInfinity) return false;
  size_t kept = 0;
  for (size_t i = 1; i < buckets->size(); ++i) {
    if ((*buckets)[i].upper_bound == (*buckets)[kept].upper_bound) {
      (*buckets)[kept].count += (*buckets)[i].count;
    } else {
      (*buckets)[++kept] = (*buckets)[i];
    }
  }
  buckets->resize(kept + 1);
  return true;
}

/// Whether counts differ by no more than what rounding explains.
bool AlmostEqual(double a, double b) {
  constexpr double kTolerance = 1e-12;
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  const double sum = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kTolerance * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kTolerance;
}

/// Levels differences that are rounding's in silence, and lifts counts that fall, which it reports.
void MakeMonotonic(std::vector<Bucket>* buckets, BucketQuantileResult* result) {
  result->min_bucket = kInfinity;
  result->max_bucket = -kInfinity;
  double previous = buckets->front().count;
  for (size_t i = 1; i < buckets->size(); ++i) {
    Bucket& bucket = (*buckets)[i];
    if (bucket.count == previous) continue;
    if (AlmostEqual(previous, bucket.count)) {
      bucket.count = previous;
    } else if (bucket.count < previous) {
      result->forced_monotonic = true;
      result->min_bucket = std::min(result->min_bucket, bucket.upper_bound);
      result->max_bucket = std::max(result->max_bucket, bucket.upper_bound);
      result->max_difference = std::max(result->max_difference, previous - bucket.count);
      bucket.count = previous;
    } else {
      previous = bucket.count;
    }
  }
}

/// The value below which `rank` observations lie, in buckets that are in order.
double ValueAtRank(const std::vector<Bucket>& buckets, double rank) {
  const size_t last = buckets.size() - 1;
  const auto found = std::partition_point(buckets.begin(), buckets.end() - 1,
                                          [rank](const Bucket& b) { return !(b.count >= rank); });
  const auto index = static_cast<size_t>(found - buckets.begin());
  if (index == last) return buckets[last - 1].upper_bound;
  if (index == 0 && buckets[0].upper_bound <= 0) return buckets[0].upper_bound;
  double start = 0;
  double count = buckets[index].count;
  if (index > 0) {
    start = buckets[index - 1].upper_bound;
    count -= buckets[index - 1].count;
    rank -= buckets[index - 1].count;
  }
  return start + (buckets[index].upper_bound - start) * (rank / count);
}

/// The observations below `value`; nothing if it lies above all bounds.
std::optional<double> RankBelow(const std::vector<Bucket>& buckets, double value) {
  double lower = buckets[0].upper_bound <= 0 ? -kInfinity : 0;
  double rank = 0;
  for (const Bucket& bucket : buckets) {
    if (lower >= value) return rank;
    if (bucket.upper_bound > value) {
      // Nothing can be said inside a bucket without a lower bound: all of it counts.
      if (lower == -kInfinity) return bucket.count;
      return rank + (bucket.count - rank) * (value - lower) / (bucket.upper_bound - lower);
    }
    rank = bucket.count;
    lower = bucket.upper_bound;
  }
  return std::nullopt;
}

/// The buckets that have a value at `step`.
void Gather(std::span<const BucketColumn> columns, size_t step, std::vector<Bucket>* buckets) {
  buckets->clear();
  for (const BucketColumn& column : columns) {
    if (column.column->present.Test(step)) {
      buckets->push_back({column.upper_bound, column.column->floats[step]});
    }
  }
}

/// The columns by bound, so that no step has much to sort.
std::vector<BucketColumn> Sorted(std::span<const BucketColumn> columns) {
  std::vector<BucketColumn> sorted(columns.begin(), columns.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const BucketColumn& a, const BucketColumn& b) {
    return BoundLess(a.upper_bound, b.upper_bound);
  });
  return sorted;
}

size_t StepsOf(std::span<const BucketColumn> columns) {
  return columns.empty() ? 0 : columns.front().column->steps();
}

}  // namespace

std::optional<double> ParseBucketBound(std::string_view le) {
  return ParseFloat(le);
}

BucketQuantileResult BucketQuantile(double quantile, std::vector<Bucket>* buckets) {
  BucketQuantileResult result;
  if (std::isnan(quantile)) {
    result.value = kNan;
  } else if (quantile < 0) {
    result.value = -kInfinity;
  } else if (quantile > 1) {
    result.value = kInfinity;
  } else if (!Normalize(buckets)) {
    result.value = kNan;
  } else {
    MakeMonotonic(buckets, &result);
    const double observations = buckets->back().count;
    result.value = buckets->size() < 2 || observations == 0
                       ? kNan
                       : ValueAtRank(*buckets, quantile * observations);
  }
  return result;
}

double BucketFraction(double lower, double upper, std::vector<Bucket>* buckets) {
  if (!Normalize(buckets)) return kNan;
  const double count = buckets->back().count;
  if (count == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;
  const auto rank = [&](double value) {
    const double below = RankBelow(*buckets, value).value_or(count);
    return below > count ? count : below;
  };
  return (rank(upper) - rank(lower)) / count;
}

void EvaluateHistogramQuantile(std::span<const BucketColumn> buckets, const StepGrid& grid,
                               ScalarArgument quantile, std::string_view metric_name,
                               PositionRange position, Column* out, Annotations* annotations) {
  const auto columns = Sorted(buckets);
  out->Reset(StepsOf(columns));
  std::vector<Bucket> row;
  for (size_t step = 0; step < out->steps(); ++step) {
    Gather(columns, step, &row);
    if (row.empty()) continue;
    const BucketQuantileResult result = BucketQuantile(quantile.At(step), &row);
    out->Set(step, result.value);
    if (result.forced_monotonic) {
      const TimestampMs t = grid.At(step);
      annotations->Add(ForcedMonotonicityInfo(
          metric_name, position,
          {t, t, result.min_bucket, result.max_bucket, result.max_difference, 1}));
    }
  }
}

void EvaluateHistogramFraction(std::span<const BucketColumn> buckets, ScalarArgument lower,
                               ScalarArgument upper, Column* out) {
  const auto columns = Sorted(buckets);
  out->Reset(StepsOf(columns));
  std::vector<Bucket> row;
  for (size_t step = 0; step < out->steps(); ++step) {
    Gather(columns, step, &row);
    if (!row.empty()) out->Set(step, BucketFraction(lower.At(step), upper.At(step), &row));
  }
}

void AnnotateQuantiles(ScalarArgument quantile, PositionRange position, Annotations* annotations) {
  for (const double q : quantile.values) {
    if (!(q >= 0 && q <= 1)) annotations->Add(InvalidQuantileWarning(q, position));
  }
}

std::string QuantileLabel(double quantile) {
  return FormatOpenMetrics(quantile);
}

}  // namespace silverback
