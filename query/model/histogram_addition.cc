// Addition of histograms: layouts brought together, with or without compensation of rounding errors.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/kahan_sum.h"
#include "query/model/histogram_buckets.h"
#include "query/model/histogram_layout.h"

namespace silverback {
namespace {

using Counts = std::vector<double>;

/// The buckets of one side with what compensates their counts (null: nobody asks for it).
struct CountedSide {
  BucketSide* side = nullptr;
  Counts* compensation = nullptr;
};

void AddCount(double value, double* count, double* compensation) {
  if (compensation == nullptr) {
    *count += value;
    return;
  }
  KahanSum sum{*count, *compensation};
  sum.Add(value);
  *count = sum.sum;
  *compensation = sum.compensation;
}

/// Takes away buckets that have neither a count nor a compensation.
void CompactSides(CountedSide counted) {
  const std::vector<int32_t> indexes = counted.side->Indexes();
  BucketSide compact;
  Counts compensation;
  int32_t next = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const double lost = counted.compensation == nullptr ? 0 : (*counted.compensation)[i];
    if (counted.side->counts[i] == 0 && lost == 0) continue;
    compact.Append(indexes[i], counted.side->counts[i], &next);
    compensation.push_back(lost);
  }
  *counted.side = std::move(compact);
  if (counted.compensation != nullptr) *counted.compensation = std::move(compensation);
}

void ReduceSides(CountedSide counted, int32_t schema, int32_t target) {
  if (counted.compensation == nullptr) {
    *counted.side = ReducedSide(*counted.side, schema, target);
    return;
  }
  const std::vector<int32_t> indexes = counted.side->Indexes();
  BucketSide reduced;
  Counts compensation;
  int32_t next = 0;
  for (size_t i = 0; i < indexes.size(); ++i) {
    const int32_t index = MergedIndex(indexes[i], schema, target);
    const double lost = (*counted.compensation)[i];
    if (!reduced.counts.empty() && index == next - 1) {
      AddCount(counted.side->counts[i], &reduced.counts.back(), &compensation.back());
      AddCount(lost, &reduced.counts.back(), &compensation.back());
    } else {
      reduced.Append(index, counted.side->counts[i], &next);
      compensation.push_back(lost);
    }
  }
  *counted.side = std::move(reduced);
  *counted.compensation = std::move(compensation);
}

/// How many of `side`'s first buckets lie within the zero bucket.
size_t BucketsWithinZero(const BucketSide& side, int32_t schema, double zero_threshold) {
  if (schema == FloatHistogram::kCustomSchema || zero_threshold == 0) return 0;
  const std::vector<int32_t> indexes = side.Indexes();
  size_t within = 0;
  while (within < indexes.size() && ExponentialBound(indexes[within], schema) <= zero_threshold) {
    ++within;
  }
  return within;
}

/// Adds `sign` times the buckets of `other` from its place `first` on; `other_compensation` may be null.
void AddSide(CountedSide to, const BucketSide& other, const Counts* other_compensation,
             size_t first, double sign) {
  BucketSide& side = *to.side;
  const auto add = [&](size_t from, double* count, double* compensation) {
    AddCount(sign * other.counts[from], count, compensation);
    const double lost = other_compensation == nullptr ? 0 : (*other_compensation)[from];
    if (lost != 0) AddCount(sign * lost, count, compensation);
  };
  if (first == 0 && side.spans == other.spans) {
    for (size_t i = 0; i < side.counts.size(); ++i) {
      add(i, &side.counts[i], to.compensation == nullptr ? nullptr : &(*to.compensation)[i]);
    }
    return;
  }
  const std::vector<int32_t> indexes = side.Indexes();
  const std::vector<int32_t> other_indexes = other.Indexes();
  BucketSide merged;
  Counts compensation;
  int32_t next = 0;
  size_t i = 0;
  size_t j = first;
  while (i < indexes.size() || j < other_indexes.size()) {
    const bool mine =
        i < indexes.size() && (j == other_indexes.size() || indexes[i] <= other_indexes[j]);
    const bool theirs =
        j < other_indexes.size() && (i == indexes.size() || other_indexes[j] <= indexes[i]);
    merged.Append(mine ? indexes[i] : other_indexes[j], mine ? side.counts[i] : 0, &next);
    compensation.push_back(mine && to.compensation != nullptr ? (*to.compensation)[i] : 0);
    if (theirs && mine) {
      add(j, &merged.counts.back(), to.compensation == nullptr ? nullptr : &compensation.back());
    } else if (theirs) {
      merged.counts.back() = sign * other.counts[j];
      if (other_compensation != nullptr) compensation.back() = sign * (*other_compensation)[j];
    }
    i += mine;
    j += theirs;
  }
  side = std::move(merged);
  if (to.compensation != nullptr) *to.compensation = std::move(compensation);
}

/// One histogram and, where rounding is compensated, the other that holds what was lost.
struct Target {
  FloatHistogram* h;
  FloatHistogram* c;  // may be null

  CountedSide side(bool positive) const {
    BucketSide* of_h = positive ? &h->positive : &h->negative;
    if (c == nullptr) return {of_h, nullptr};
    return {of_h, positive ? &c->positive.counts : &c->negative.counts};
  }
};

/// What the zero bucket comes to when it grows.
struct GrownZero {
  double count = 0;
  double compensation = 0;
  double threshold = 0;
};

/// The zero bucket of `h` (compensated by `c`, if any) with a threshold of at least `threshold`; more where that lies
/// within a populated bucket.
GrownZero GrowZero(const FloatHistogram& h, const FloatHistogram* c, double threshold) {
  if (threshold == h.zero_threshold) {
    return {h.zero_count, c == nullptr ? 0 : c->zero_count, threshold};
  }
  const std::vector<int32_t> indexes[] = {h.positive.Indexes(), h.negative.Indexes()};
  while (true) {
    GrownZero grown{h.zero_count, c == nullptr ? 0 : c->zero_count, threshold};
    bool again = false;
    for (const bool positive : {true, false}) {
      const BucketSide& side = positive ? h.positive : h.negative;
      const std::vector<int32_t>& of_side = indexes[positive ? 0 : 1];
      for (size_t i = 0; i < of_side.size(); ++i) {
        if (ExponentialBound(of_side[i] - 1, h.schema) >= threshold) break;
        AddCount(side.counts[i], &grown.count, &grown.compensation);
        if (c != nullptr) {
          const BucketSide& lost = positive ? c->positive : c->negative;
          AddCount(lost.counts[i], &grown.count, &grown.compensation);
        }
        const double upper = ExponentialBound(of_side[i], h.schema);
        if (upper <= threshold) continue;
        if (side.counts[i] != 0) {
          threshold = upper;
          again = !positive;  // the positive buckets were taken up to the old threshold
        }
        break;
      }
    }
    if (again) continue;
    grown.threshold = threshold;
    return grown;
  }
}

/// Takes away the buckets that the zero bucket has swallowed.
void DropBucketsWithinZero(Target target) {
  for (const bool positive : {true, false}) {
    CountedSide counted = target.side(positive);
    const std::vector<int32_t> indexes = counted.side->Indexes();
    for (size_t i = 0; i < indexes.size(); ++i) {
      if (ExponentialBound(indexes[i] - 1, target.h->schema) >= target.h->zero_threshold) break;
      counted.side->counts[i] = 0;
      if (counted.compensation != nullptr) (*counted.compensation)[i] = 0;
    }
    CompactSides(counted);
  }
}

/// Widens zero buckets until both are the same. The other histogram stays as it is: returned is what its zero bucket
/// would hold.
GrownZero ReconcileZero(Target target, const FloatHistogram& other) {
  FloatHistogram& h = *target.h;
  GrownZero theirs{other.zero_count, 0, other.zero_threshold};
  while (theirs.threshold != h.zero_threshold) {
    if (h.zero_threshold > theirs.threshold) theirs = GrowZero(other, nullptr, h.zero_threshold);
    if (theirs.threshold > h.zero_threshold) {
      const GrownZero mine = GrowZero(h, target.c, theirs.threshold);
      h.zero_count = mine.count;
      h.zero_threshold = mine.threshold;
      if (target.c != nullptr) target.c->zero_count = mine.compensation;
      DropBucketsWithinZero(target);
    }
  }
  return theirs;
}

/// Sums both sides' buckets into those that their bounds have in common.
void AddMismatched(Target target, const FloatHistogram& other, double sign) {
  FloatHistogram& h = *target.h;
  std::vector<double> common = CommonBounds(h.custom_values, other.custom_values);
  std::vector<KahanSum> sums(common.size() + 1);
  ForMappedBuckets(h, common, [&](size_t to, size_t from) {
    sums[to].Add(h.positive.counts[from]);
    if (target.c != nullptr) sums[to].Add(target.c->positive.counts[from]);
  });
  ForMappedBuckets(other, common, [&](size_t to, size_t from) {
    sums[to].Add(sign * other.positive.counts[from]);
  });
  BucketSide mapped;
  Counts compensation;
  int32_t next = 0;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].sum == 0 && sums[i].compensation == 0) continue;
    mapped.Append(static_cast<int32_t>(i), sums[i].sum, &next);
    compensation.push_back(sums[i].compensation);
  }
  h.positive = std::move(mapped);
  if (target.c != nullptr) {
    target.c->positive.counts = std::move(compensation);
    target.c->custom_values = common;
  }
  h.custom_values = std::move(common);
}

/// The hint of a sum. True if the hints contradict each other.
bool MergeHints(ResetHint other, ResetHint* hint) {
  if (other == *hint || *hint == ResetHint::kGauge) return false;
  if (other == ResetHint::kGauge) {
    *hint = ResetHint::kGauge;
    return false;
  }
  const bool collide = other != ResetHint::kUnknown && *hint != ResetHint::kUnknown;
  *hint = ResetHint::kUnknown;
  return collide;
}

void AddExponential(Target target, const FloatHistogram& other, double sign) {
  FloatHistogram& h = *target.h;
  const int32_t schema = std::min(h.schema, other.schema);
  for (const bool positive : {true, false}) {
    const CountedSide to = target.side(positive);
    if (schema < h.schema) ReduceSides(to, h.schema, schema);
    const BucketSide* theirs = positive ? &other.positive : &other.negative;
    BucketSide reduced;
    Counts lost;
    const bool compensated = target.c != nullptr && schema < other.schema;
    if (schema < other.schema) {
      reduced = *theirs;
      lost.assign(reduced.counts.size(), 0);
      ReduceSides({&reduced, compensated ? &lost : nullptr}, other.schema, schema);
      theirs = &reduced;
    }
    const size_t first = BucketsWithinZero(*theirs, schema, h.zero_threshold);
    AddSide(to, *theirs, compensated ? &lost : nullptr, first, sign);
  }
  h.schema = schema;
}

HistogramSumOutcome Combine(Target target, const FloatHistogram& other, double sign) {
  FloatHistogram& h = *target.h;
  HistogramSumOutcome outcome;
  outcome.incompatible = h.custom() != other.custom();
  if (outcome.incompatible) return outcome;
  outcome.hints_collide = MergeHints(other.hint, &h.hint);
  double* const lost_zero = target.c == nullptr ? nullptr : &target.c->zero_count;
  if (!h.custom()) {
    const GrownZero zero = ReconcileZero(target, other);
    AddCount(sign * zero.count, &h.zero_count, lost_zero);
    if (target.c != nullptr) AddCount(sign * zero.compensation, &h.zero_count, lost_zero);
  }
  AddCount(sign * other.count, &h.count, target.c == nullptr ? nullptr : &target.c->count);
  AddCount(sign * other.sum, &h.sum, target.c == nullptr ? nullptr : &target.c->sum);
  if (!h.custom()) {
    AddExponential(target, other, sign);
  } else if (h.custom_values == other.custom_values) {
    AddSide(target.side(true), other.positive, nullptr, 0, sign);
  } else {
    outcome.bounds_matched = true;
    AddMismatched(target, other, sign);
  }
  return outcome;
}

}  // namespace

HistogramSumOutcome AddHistogram(const FloatHistogram& other, FloatHistogram* h) {
  return Combine({h, nullptr}, other, 1);
}

HistogramSumOutcome SubtractHistogram(const FloatHistogram& other, FloatHistogram* h) {
  return Combine({h, nullptr}, other, -1);
}

HistogramSum::HistogramSum(const HistogramSum& other)
    : sum_(other.sum_),
      compensation_(other.compensation_ == nullptr
                        ? nullptr
                        : std::make_unique<FloatHistogram>(*other.compensation_)) {}

HistogramSumOutcome HistogramSum::Add(const FloatHistogram& other) {
  if (sum_.custom() != other.custom()) return {.incompatible = true};
  if (compensation_ == nullptr) {
    // Of the compensation only counts are used: the layout is the sum's.
    compensation_ = std::make_unique<FloatHistogram>();
    compensation_->positive.counts.assign(sum_.positive.counts.size(), 0);
    compensation_->negative.counts.assign(sum_.negative.counts.size(), 0);
  }
  return Combine({&sum_, compensation_.get()}, other, 1);
}

void HistogramSum::Multiply(double factor) {
  sum_.Multiply(factor);
  if (compensation_ != nullptr) compensation_->Multiply(factor);
}

void HistogramSum::Divide(double divisor) {
  sum_.Divide(divisor);
  if (compensation_ != nullptr) compensation_->Divide(divisor);
}

FloatHistogram HistogramSum::Total() const {
  FloatHistogram total = sum_;
  if (compensation_ == nullptr) return total;
  const FloatHistogram& lost = *compensation_;
  total.count += lost.count;
  total.sum += lost.sum;
  total.zero_count += lost.zero_count;
  for (size_t i = 0; i < total.positive.counts.size(); ++i) {
    total.positive.counts[i] += lost.positive.counts[i];
  }
  for (size_t i = 0; i < total.negative.counts.size(); ++i) {
    total.negative.counts[i] += lost.negative.counts[i];
  }
  return total;
}

size_t HistogramSum::memory_bytes() const {
  return sum_.memory_bytes() + (compensation_ == nullptr ? 0 : compensation_->memory_bytes());
}

}  // namespace silverback
