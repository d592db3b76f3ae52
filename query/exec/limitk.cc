#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "query/exec/count_parameter.h"
#include "query/exec/grouping.h"
#include "query/exec/limiting_aggregate.h"

// XXH64, which Prometheus hashes labels with, as opposed to XXH3 of engine/base/hash.h.
#include <xxhash.h>

namespace silverback::exec {
namespace {

// Both pass series through and take steps away.
class Limit : public Operator {
 public:
  StatusOr<bool> Next(SeriesColumn* out) final {
    if (nothing_) return false;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(out));
      if (!more) return false;
      RETURN_IF_ERROR(budget()->Check());
      for (size_t step = 0; step < steps(); ++step) {
        if (out->column.present.Test(step) && !Keep(out->series, step)) {
          out->column.present.Clear(step);
        }
      }
      if (out->column.present.Any()) return true;
    }
  }
  bool ascending() const final { return child_->ascending(); }

 protected:
  Limit(QueryContext* query, const StepGrid& grid, OperatorPtr child, OperatorPtr parameter)
      : Operator(query, grid), child_(std::move(child)), parameter_(std::move(parameter)) {}

  virtual bool Keep(size_t series, size_t step) = 0;

  OperatorPtr child_;
  OperatorPtr parameter_;
  bool nothing_ = false;
};

class LimitK : public Limit {
 public:
  LimitK(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
         OperatorPtr child, OperatorPtr parameter)
      : Limit(query, grid, std::move(child), std::move(parameter)),
        filter_(GroupingFilter(plan.grouping, plan.without)),
        share_(budget()) {}

  Status Open() override {
    RETURN_IF_ERROR(child_->Open());
    ASSIGN_OR_RETURN(counts_, ReadCounts(parameter_.get(), child_->series().size(), &nothing_));
    if (nothing_) return absl::OkStatus();
    series_ = child_->series();
    grouping_ = GroupSeries(series_, filter_);
    const size_t cells = grouping_.groups.size() * steps();
    RETURN_IF_ERROR(share_.Grow(cells * sizeof(uint32_t)));
    kept_.assign(cells, 0);
    return absl::OkStatus();
  }

 protected:
  bool Keep(size_t series, size_t step) override {
    uint32_t& kept = kept_[grouping_.group_of[series] * steps() + step];
    if (kept >= counts_[step]) return false;
    ++kept;
    return true;
  }

 private:
  LabelFilter filter_;
  BudgetShare share_;
  Grouping grouping_;
  std::vector<uint32_t> counts_;
  std::vector<uint32_t> kept_;  // by group and step
};

class LimitRatio : public Limit {
 public:
  LimitRatio(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
             OperatorPtr child, OperatorPtr parameter)
      : Limit(query, grid, std::move(child), std::move(parameter)),
        position_(plan.param()->position),
        annotations_(query->NewAnnotations()) {}

  Status Open() override {
    ASSIGN_OR_RETURN(ratios_, ReadScalar(parameter_.get()));
    RETURN_IF_ERROR(child_->Open());
    RETURN_IF_ERROR(CheckRatios());
    if (nothing_) return absl::OkStatus();
    series_ = child_->series();
    offsets_.reserve(series_.size());
    for (const OutputSeries& series : series_) offsets_.push_back(RatioOffset(series.labels));
    return absl::OkStatus();
  }

 protected:
  bool Keep(size_t series, size_t step) override {
    const double ratio = std::clamp(ratios_[step], -1.0, 1.0);
    const double offset = offsets_[series];
    return ratio >= 0 ? offset < ratio : offset >= 1.0 + ratio;
  }

 private:
  Status CheckRatios() {
    double largest = -std::numeric_limits<double>::max();
    double smallest = std::numeric_limits<double>::max();
    for (const double ratio : ratios_) {
      if (std::isnan(ratio)) {
        return Error(absl::StatusCode::kFailedPrecondition, "Ratio value is NaN");
      }
      largest = std::max(largest, ratio);
      smallest = std::min(smallest, ratio);
    }
    nothing_ = largest == 0 && smallest == 0;
    if (largest > 1) annotations_->Add(InvalidRatioWarning(largest, 1.0, position_));
    if (smallest < -1) annotations_->Add(InvalidRatioWarning(smallest, -1.0, position_));
    return absl::OkStatus();
  }

  PositionRange position_;
  Annotations* annotations_;
  std::vector<double> ratios_;   // by step
  std::vector<double> offsets_;  // by series
};

// Upstream's encoding of a string in a label set: a byte for the length, or 255 and three bytes, lowest first.
void PutUpstreamString(std::string* out, std::string_view text) {
  const size_t size = text.size();
  if (size < 255) {
    out->push_back(static_cast<char>(size));
  } else {
    out->push_back(static_cast<char>(255));
    for (int shift = 0; shift < 24; shift += 8) out->push_back(static_cast<char>(size >> shift));
  }
  *out += text;
}

}  // namespace

double RatioOffset(const LabelSet& labels) {
  std::string encoded;
  for (const Label& label : labels) {
    PutUpstreamString(&encoded, label.name);
    PutUpstreamString(&encoded, label.value);
  }
  const uint64_t hash = XXH64(encoded.data(), encoded.size(), 0);
  return static_cast<double>(hash) / static_cast<double>(std::numeric_limits<uint64_t>::max());
}

OperatorPtr NewLimitK(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
                      OperatorPtr child, OperatorPtr parameter) {
  return std::make_unique<LimitK>(query, grid, plan, std::move(child), std::move(parameter));
}

OperatorPtr NewLimitRatio(QueryContext* query, const StepGrid& grid,
                          const plan::AggregatePlan& plan, OperatorPtr child,
                          OperatorPtr parameter) {
  return std::make_unique<LimitRatio>(query, grid, plan, std::move(child), std::move(parameter));
}

}  // namespace silverback::exec
