#include "query/exec/scalar_operators.h"

#include <array>
#include <utility>
#include <vector>

#include "engine/base/value.h"
#include "query/plan/binary_functions.h"

namespace silverback::exec {
namespace {

// A scalar: derived classes fill in the values in `Compute`.
class ScalarOperator : public Operator {
 public:
  Status Open() final {
    series_.assign(1, {});
    column_.Reset(steps());
    column_.present.SetAll();
    return Compute(&column_.floats);
  }
  StatusOr<bool> Next(SeriesColumn* out) final {
    if (done_) return false;
    done_ = true;
    out->series = 0;
    out->column = std::move(column_);
    return true;
  }
  bool ascending() const final { return true; }

 protected:
  using Operator::Operator;
  virtual Status Compute(std::vector<double>* values) = 0;

 private:
  Column column_;
  bool done_ = false;
};

class Number : public ScalarOperator {
 public:
  Number(QueryContext* query, const StepGrid& grid, double value)
      : ScalarOperator(query, grid), value_(value) {}

 protected:
  Status Compute(std::vector<double>* values) override {
    values->assign(values->size(), value_);
    return absl::OkStatus();
  }

 private:
  double value_;
};

class Time : public ScalarOperator {
 public:
  using ScalarOperator::ScalarOperator;

 protected:
  Status Compute(std::vector<double>* values) override {
    for (size_t i = 0; i < values->size(); ++i) {
      (*values)[i] = static_cast<double>(grid().At(i)) / 1000;
    }
    return absl::OkStatus();
  }
};

class VectorToScalar : public ScalarOperator {
 public:
  VectorToScalar(QueryContext* query, const StepGrid& grid, OperatorPtr child)
      : ScalarOperator(query, grid), child_(std::move(child)) {}

 protected:
  Status Compute(std::vector<double>* values) override {
    values->assign(values->size(), ValueOf(kNormalNanBits));
    StepMask seen(steps());
    RETURN_IF_ERROR(child_->Open());
    SeriesColumn in;
    while (true) {
      ASSIGN_OR_RETURN(const bool more, child_->Next(&in));
      if (!more) return absl::OkStatus();
      for (size_t i = 0; i < values->size(); ++i) {
        if (!in.column.present.Test(i)) continue;
        if (!in.column.histograms.empty() && in.column.histograms[i] != nullptr) continue;
        (*values)[i] = seen.Test(i) ? ValueOf(kNormalNanBits) : in.column.floats[i];
        seen.Set(i);
      }
    }
  }

 private:
  OperatorPtr child_;
};

// A function of two scalars, value by value.
template <typename Function>
class ScalarOfTwo : public ScalarOperator {
 public:
  ScalarOfTwo(QueryContext* query, const StepGrid& grid, OperatorPtr lhs, OperatorPtr rhs,
              Function function)
      : ScalarOperator(query, grid),
        lhs_(std::move(lhs)),
        rhs_(std::move(rhs)),
        function_(std::move(function)) {}

 protected:
  Status Compute(std::vector<double>* values) override {
    ASSIGN_OR_RETURN(const std::vector<double> lhs, ReadScalar(lhs_.get()));
    ASSIGN_OR_RETURN(const std::vector<double> rhs, ReadScalar(rhs_.get()));
    for (size_t i = 0; i < values->size(); ++i) (*values)[i] = function_(lhs[i], rhs[i]);
    return absl::OkStatus();
  }

 private:
  OperatorPtr lhs_;
  OperatorPtr rhs_;
  Function function_;
};

template <typename Function>
OperatorPtr NewScalarOfTwo(QueryContext* query, const StepGrid& grid, OperatorPtr lhs,
                           OperatorPtr rhs, Function function) {
  return std::make_unique<ScalarOfTwo<Function>>(query, grid, std::move(lhs), std::move(rhs),
                                                 std::move(function));
}

}  // namespace

OperatorPtr NewNumber(QueryContext* query, const StepGrid& grid, double value) {
  return std::make_unique<Number>(query, grid, value);
}

OperatorPtr NewTime(QueryContext* query, const StepGrid& grid) {
  return std::make_unique<Time>(query, grid);
}

OperatorPtr NewVectorToScalar(QueryContext* query, const StepGrid& grid, OperatorPtr child) {
  return std::make_unique<VectorToScalar>(query, grid, std::move(child));
}

OperatorPtr NewScalarBinary(QueryContext* query, const StepGrid& grid, syntax::BinaryOp op,
                            OperatorPtr lhs, OperatorPtr rhs) {
  return NewScalarOfTwo(query, grid, std::move(lhs), std::move(rhs),
                        [op](double a, double b) { return plan::ScalarBinary(op, a, b); });
}

OperatorPtr NewScalarPair(QueryContext* query, const StepGrid& grid, ScalarPairKernel kernel,
                          OperatorPtr lhs, OperatorPtr rhs) {
  return NewScalarOfTwo(query, grid, std::move(lhs), std::move(rhs), kernel);
}

}  // namespace silverback::exec
