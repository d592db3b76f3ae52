// Binary operations where floats meet native histograms: step by step.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "query/exec/binary_kernels.h"
#include "query/functions/scalar_argument.h"
#include "query/model/annotations.h"
#include "query/model/column.h"
#include "query/model/float_histogram.h"
#include "query/syntax/ast.h"

namespace silverback::exec {

/// What an operation of two values has to say.
struct BinaryRemark {
  enum class Kind : uint8_t {
    kIncompatibleTypes,
    kIncompatibleBuckets,
    kResetCollision,
    kReconciledBounds,
  };
  Kind kind = Kind::kIncompatibleTypes;
  bool left_histogram = false;
  bool right_histogram = false;
};

/// Of all remarks at one step upstream tells only that of the last pair in the order of the answer. Pairs may come in any
/// order. One thread at a time.
class BinaryRemarks {
 public:
  BinaryRemarks(syntax::BinaryOp op, PositionRange position, size_t steps)
      : op_(op), position_(position), steps_(steps) {}

  /// The remark at `step` of the pair that is `order`th.
  void Note(size_t step, uint64_t order, BinaryRemark remark);
  /// Adds what is left to be told.
  void Tell(Annotations* annotations) const;

 private:
  struct Entry {
    uint64_t order = 0;
    std::optional<BinaryRemark> remark;
  };

  Annotation AnnotationOf(const BinaryRemark& remark) const;

  syntax::BinaryOp op_;
  PositionRange position_;
  size_t steps_;
  std::vector<Entry> by_step_;  // empty before the first
};

/// One side of an operation: a column, or a scalar.
struct BinarySide {
  const Column* column = nullptr;  // null: `scalar`
  ScalarArgument scalar;

  double FloatAt(size_t step) const {
    return column == nullptr ? scalar.At(step) : column->floats[step];
  }
  const FloatHistogram* HistogramAt(size_t step) const {
    return column == nullptr ? nullptr : column->HistogramAt(step);
  }
};

/// Computes `op` at the steps that are present in `out`, which may be a side's column. Steps that have no answer are
/// cleared in it. `*failed` (of as many steps) gets those at which the operation itself has failed, rather than a
/// comparison not held.
void MixedBinary(syntax::BinaryOp op, bool return_bool, const BinarySide& lhs,
                 const BinarySide& rhs, KeptSide kept, uint64_t order, BinaryRemarks* remarks,
                 Column* out, StepMask* failed);

}  // namespace silverback::exec
