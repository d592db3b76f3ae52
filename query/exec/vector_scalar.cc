#include "query/exec/vector_scalar.h"

#include <string>
#include <utility>

#include "query/exec/binary_kernels.h"
#include "query/exec/map_operator.h"
#include "query/exec/mixed_binary.h"
#include "query/exec/scalar_arguments.h"

namespace silverback::exec {
namespace {

class VectorScalar : public MapOperator {
 public:
  VectorScalar(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
               OperatorPtr vector, ScalarArguments scalar, bool swapped)
      : MapOperator(query, grid, std::move(vector),
                    plan::DropsName(plan.op, plan.return_bool) ? MergePolicy(*query)
                                                               : SeriesMerger::Policy::kKeepApart),
        op_(plan.op),
        return_bool_(plan.return_bool),
        swapped_(swapped),
        scalar_(std::move(scalar)),
        remarks_(plan.op, plan.position, grid.steps()),
        annotations_(query->NewAnnotations()) {}

 protected:
  Status Prepare() override { return scalar_.Read(); }

  OutputSeries Map(const OutputSeries& series, size_t /*place*/) override {
    return plan::DropsName(op_, return_bool_) ? WithoutName(series) : series;
  }

  Status Transform(size_t place, Column* column) override {
    const ScalarArgument scalar = scalar_.values()[0];
    if (column->HasHistograms() || plan::IsTrim(op_)) {
      const BinarySide vector_side{column, {}};
      const BinarySide scalar_side{nullptr, scalar};
      StepMask failed;
      MixedBinary(op_, return_bool_, swapped_ ? scalar_side : vector_side,
                  swapped_ ? vector_side : scalar_side,
                  swapped_ ? KeptSide::kRight : KeptSide::kLeft, place, &remarks_, column, &failed);
      return absl::OkStatus();
    }
    const ScalarArgument vector{column->floats};
    // A comparison keeps the vector's value, whichever side it stands on.
    if (swapped_) {
      BinaryColumns(op_, return_bool_, scalar, vector, KeptSide::kRight, column);
    } else {
      BinaryColumns(op_, return_bool_, vector, scalar, KeptSide::kLeft, column);
    }
    return absl::OkStatus();
  }

  void Finish() override { remarks_.Tell(annotations_); }

 private:
  const syntax::BinaryOp op_;
  const bool return_bool_;
  const bool swapped_;
  ScalarArguments scalar_;
  BinaryRemarks remarks_;
  Annotations* annotations_;
};

}  // namespace

OperatorPtr NewVectorScalar(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
                            OperatorPtr vector, OperatorPtr scalar, bool swapped) {
  std::vector<OperatorPtr> scalars;
  scalars.push_back(std::move(scalar));
  return std::make_unique<VectorScalar>(query, grid, plan, std::move(vector),
                                        ScalarArguments(std::move(scalars)), swapped);
}

}  // namespace silverback::exec
