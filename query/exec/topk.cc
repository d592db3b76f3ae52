#include <algorithm>
#include <cmath>
#include <utility>

#include "query/exec/count_parameter.h"
#include "query/exec/grouping.h"
#include "query/exec/limiting_aggregate.h"

namespace silverback::exec {
namespace {

struct Entry {
  double value;
  uint32_t series;
};

// Whether `a` is to go before `b`: the worse value for topk is the smaller one, NaN the worst for both.
struct Worse {
  bool bottom;
  bool operator()(double a, double b) const {
    if (std::isnan(a)) return !std::isnan(b);
    return bottom ? a > b : a < b;
  }
};

// A heap of at most k entries with the worst in front; on equal values the one that came first stays.
class BestEntries {
 public:
  void Offer(Entry entry, size_t k, Worse worse) {
    const auto better = [worse](const Entry& a, const Entry& b) {
      return worse(b.value, a.value) || (!worse(a.value, b.value) && a.series < b.series);
    };
    if (entries_.size() < k) {
      entries_.push_back(entry);
      std::push_heap(entries_.begin(), entries_.end(), better);
    } else if (k > 0 && worse(entries_.front().value, entry.value)) {
      std::pop_heap(entries_.begin(), entries_.end(), better);
      entries_.back() = entry;
      std::push_heap(entries_.begin(), entries_.end(), better);
    }
  }
  // Best first.
  void Sort(Worse worse) {
    std::sort(entries_.begin(), entries_.end(), [worse](const Entry& a, const Entry& b) {
      return worse(b.value, a.value) || (!worse(a.value, b.value) && a.series < b.series);
    });
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

// Which series are kept depends on values, so everything happens in `Open`.
class TopK : public Operator {
 public:
  TopK(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
       OperatorPtr child, OperatorPtr parameter)
      : Operator(query, grid),
        worse_{plan.op == syntax::AggregateOp::kBottomk},
        filter_(GroupingFilter(plan.grouping, plan.without)),
        child_(std::move(child)),
        parameter_(std::move(parameter)),
        position_(plan.position),
        share_(budget()),
        annotations_(query->NewAnnotations()) {}

  Status Open() override {
    RETURN_IF_ERROR(child_->Open());
    bool none = false;
    ASSIGN_OR_RETURN(counts_, ReadCounts(parameter_.get(), child_->series().size(), &none));
    if (none) return Drain();
    grouping_ = GroupSeries(child_->series(), filter_);
    best_.resize(grouping_.groups.size() * steps());
    RETURN_IF_ERROR(share_.Grow(best_.size() * sizeof(BestEntries)));
    RETURN_IF_ERROR(Collect());
    return steps() == 1 ? FinishInstant() : FinishRange();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (next_ == series_.size()) return false;
    out->series = next_;
    out->column.Reset(steps());
    for (; next_point_ < points_.size() && points_[next_point_].output == next_; ++next_point_) {
      out->column.Set(points_[next_point_].step, points_[next_point_].value);
    }
    ++next_;
    return true;
  }

  bool ascending() const override { return true; }

 private:
  struct Point {
    uint32_t output;
    uint32_t step;
    double value;
  };

  // Errors of what is left out count all the same.
  Status Drain() {
    SeriesColumn column;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(&column));
      if (!more) return absl::OkStatus();
    }
  }

  Status Collect() {
    SeriesColumn in;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(&in));
      if (!more) return absl::OkStatus();
      RETURN_IF_ERROR(budget()->Check());
      const size_t first = grouping_.group_of[in.series] * steps();
      uint64_t samples = 0;
      for (size_t step = 0; step < steps(); ++step) {
        if (!in.column.present.Test(step)) continue;
        if (!in.column.histograms.empty() && in.column.histograms[step] != nullptr) {
          annotations_->Add(
              HistogramIgnoredInAggregationInfo(worse_.bottom ? "bottomk" : "topk", position_));
          continue;
        }
        BestEntries& best = best_[first + step];
        const size_t before = best.entries().size();
        best.Offer({in.column.floats[step], static_cast<uint32_t>(in.series)}, counts_[step],
                   worse_);
        samples += best.entries().size() - before;
      }
      RETURN_IF_ERROR(share_.Grow(samples * (sizeof(Entry) + sizeof(Point)), samples));
    }
  }

  // Group by group, the best first: the order of an instant query's answer.
  Status FinishInstant() {
    for (BestEntries& best : best_) {
      best.Sort(worse_);
      for (const Entry& entry : best.entries()) {
        points_.push_back({static_cast<uint32_t>(series_.size()), 0, entry.value});
        series_.push_back(child_->series()[entry.series]);
      }
    }
    best_ = {};
    return absl::OkStatus();
  }

  // Series by series, in the child's order.
  Status FinishRange() {
    for (size_t i = 0; i < best_.size(); ++i) {
      const auto step = static_cast<uint32_t>(i % steps());
      for (const Entry& entry : best_[i].entries()) {
        points_.push_back({entry.series, step, entry.value});
      }
    }
    best_ = {};
    std::sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) {
      return std::pair(a.output, a.step) < std::pair(b.output, b.step);
    });
    for (size_t i = 0, last = 0; i < points_.size(); ++i) {
      const size_t series = points_[i].output;
      if (i == 0 || series != last) series_.push_back(child_->series()[series]);
      last = series;
      points_[i].output = static_cast<uint32_t>(series_.size() - 1);
    }
    return absl::OkStatus();
  }

  Worse worse_;
  LabelFilter filter_;
  OperatorPtr child_;
  OperatorPtr parameter_;
  PositionRange position_;
  BudgetShare share_;
  Annotations* annotations_;
  Grouping grouping_;
  std::vector<uint32_t> counts_;   // by step
  std::vector<BestEntries> best_;  // by group and step
  std::vector<Point> points_;      // by output and step
  size_t next_ = 0;
  size_t next_point_ = 0;
};

}  // namespace

OperatorPtr NewTopK(QueryContext* query, const StepGrid& grid, const plan::AggregatePlan& plan,
                    OperatorPtr child, OperatorPtr parameter) {
  return std::make_unique<TopK>(query, grid, plan, std::move(child), std::move(parameter));
}

}  // namespace silverback::exec
