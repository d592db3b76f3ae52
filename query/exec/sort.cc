#include "query/exec/sort.h"

#include <utility>

#include "query/functions/sort.h"

namespace silverback::exec {
namespace {

class Sort : public Operator {
 public:
  Sort(QueryContext* query, const StepGrid& grid, FunctionKind kind, OperatorPtr child,
       std::vector<std::string> names, PositionRange position)
      : Operator(query, grid),
        kind_(kind),
        child_(std::move(child)),
        names_(std::move(names)),
        share_(budget()) {
    Annotations* annotations = query->NewAnnotations();
    if (grid.start_ms != grid.end_ms) annotations->Add(SortInRangeQueryWarning(position));
  }

  Status Open() override {
    if (steps() > 1) {
      RETURN_IF_ERROR(child_->Open());
      series_ = child_->series();
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(columns_, ReadAll(child_.get(), &share_));
    std::vector<VectorSample> samples;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = columns_[i];
      if (column.steps() == 0 || !column.present.Any()) continue;
      // The timestamp is of no use to sorting: it carries the sample's place.
      VectorSample sample{child_->series()[i].labels, static_cast<TimestampMs>(i), column.floats[0],
                          nullptr};
      if (!column.histograms.empty()) sample.histogram = column.histograms[0];
      samples.push_back(std::move(sample));
    }
    SortSamples(&samples);
    for (const VectorSample& sample : samples) {
      order_.push_back(static_cast<size_t>(sample.timestamp_ms));
      series_.push_back(child_->series()[order_.back()]);
    }
    return absl::OkStatus();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (steps() > 1) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(out));
      if (more && SortsValues()) out->column.DropHistograms();
      return more;
    }
    if (next_ == order_.size()) return false;
    out->series = next_;
    out->column = std::move(columns_[order_[next_]]);
    ++next_;
    return true;
  }

  bool ascending() const override { return steps() == 1 || child_->ascending(); }

 private:
  /// There is no order of histograms: those functions leave them out.
  bool SortsValues() const {
    return kind_ == FunctionKind::kSort || kind_ == FunctionKind::kSortDesc;
  }

  void SortSamples(std::vector<VectorSample>* samples) const {
    const bool descending =
        kind_ == FunctionKind::kSortDesc || kind_ == FunctionKind::kSortByLabelDesc;
    if (SortsValues()) {
      SortByValue(samples, descending);
    } else {
      SortByLabel(samples, names_, descending);
    }
  }

  const FunctionKind kind_;
  OperatorPtr child_;
  std::vector<std::string> names_;
  BudgetShare share_;
  std::vector<Column> columns_;
  std::vector<size_t> order_;  // the child's places
  size_t next_ = 0;
};

}  // namespace

OperatorPtr NewSort(QueryContext* query, const StepGrid& grid, FunctionKind kind, OperatorPtr child,
                    std::vector<std::string> names, PositionRange position) {
  return std::make_unique<Sort>(query, grid, kind, std::move(child), std::move(names), position);
}

}  // namespace silverback::exec
