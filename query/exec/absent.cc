#include "query/exec/absent.h"

#include <utility>

namespace silverback::exec {
namespace {

class Absent : public Operator {
 public:
  Absent(QueryContext* query, const StepGrid& grid, OperatorPtr child, LabelSet labels)
      : Operator(query, grid), child_(std::move(child)), labels_(std::move(labels)) {}

  Status Open() override {
    series_.push_back({labels_, false});
    return child_->Open();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (done_) return false;
    done_ = true;
    StepMask absent(steps());
    absent.SetAll();
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(out));
      if (!more) break;
      RETURN_IF_ERROR(budget()->Check());
      for (size_t w = 0; w < absent.words().size(); ++w) {
        absent.words()[w] &= ~out->column.present.words()[w];
      }
    }
    if (!absent.Any()) return false;
    out->series = 0;
    out->column.Reset(steps());
    out->column.floats.assign(steps(), 1);
    out->column.present = std::move(absent);
    return true;
  }

  bool ascending() const override { return true; }

 private:
  OperatorPtr child_;
  LabelSet labels_;
  bool done_ = false;
};

}  // namespace

OperatorPtr NewAbsent(QueryContext* query, const StepGrid& grid, OperatorPtr child,
                      LabelSet labels) {
  return std::make_unique<Absent>(query, grid, std::move(child), std::move(labels));
}

}  // namespace silverback::exec
