#include "query/exec/mixed_binary.h"

#include <memory>
#include <utility>

#include "query/plan/binary_functions.h"

namespace silverback::exec {
namespace {

using syntax::BinaryOp;

/// What comes of two values.
struct Outcome {
  bool failed = false;
  bool holds = true;  // of comparisons
  double value = 0;
  HistogramPtr histogram;
  std::optional<BinaryRemark> remark;
};

Outcome Fail(BinaryRemark::Kind kind, const FloatHistogram* lhs, const FloatHistogram* rhs) {
  Outcome outcome;
  outcome.failed = true;
  outcome.remark = {kind, lhs != nullptr, rhs != nullptr};
  return outcome;
}

HistogramPtr Share(FloatHistogram h) {
  return std::make_shared<const FloatHistogram>(std::move(h));
}

HistogramPtr Scaled(const FloatHistogram& h, double factor, bool divide) {
  FloatHistogram scaled = h;
  if (divide) {
    scaled.Divide(factor);
  } else {
    scaled.Multiply(factor);
  }
  scaled.Compact();
  return Share(std::move(scaled));
}

Outcome OfFloats(BinaryOp op, double lhs, double rhs) {
  if (plan::IsTrim(op)) return Fail(BinaryRemark::Kind::kIncompatibleTypes, nullptr, nullptr);
  Outcome outcome;
  plan::WithBinaryFunction(op, [&](auto function) {
    if constexpr (std::is_same_v<decltype(function(0.0, 0.0)), double>) {
      outcome.value = function(lhs, rhs);
    } else {
      outcome.holds = function(lhs, rhs);
      outcome.value = lhs;
    }
  });
  return outcome;
}

Outcome OfHistogramAndFloat(BinaryOp op, const FloatHistogram& lhs, double rhs) {
  Outcome outcome;
  switch (op) {
    case BinaryOp::kMul:
    case BinaryOp::kDiv:
      outcome.histogram = Scaled(lhs, rhs, op == BinaryOp::kDiv);
      return outcome;
    case BinaryOp::kTrimUpper:
    case BinaryOp::kTrimLower: {
      FloatHistogram trimmed = lhs;
      trimmed.Trim(rhs, op == BinaryOp::kTrimUpper);
      outcome.histogram = Share(std::move(trimmed));
      return outcome;
    }
    default:
      return Fail(BinaryRemark::Kind::kIncompatibleTypes, &lhs, nullptr);
  }
}

Outcome SumOfHistograms(bool add, const FloatHistogram& lhs, const FloatHistogram& rhs) {
  FloatHistogram result = lhs;
  const HistogramSumOutcome sum =
      add ? AddHistogram(rhs, &result) : SubtractHistogram(rhs, &result);
  if (sum.incompatible) return Fail(BinaryRemark::Kind::kIncompatibleBuckets, &lhs, &rhs);
  if (sum.hints_collide) return Fail(BinaryRemark::Kind::kResetCollision, &lhs, &rhs);
  if (!add) result.hint = ResetHint::kGauge;
  result.Compact();
  Outcome outcome;
  outcome.histogram = Share(std::move(result));
  if (sum.bounds_matched) {
    outcome.remark = {BinaryRemark::Kind::kReconciledBounds, true, true};
  }
  return outcome;
}

Outcome Compute(BinaryOp op, const BinarySide& lhs, const BinarySide& rhs, size_t step) {
  const FloatHistogram* const left = lhs.HistogramAt(step);
  const FloatHistogram* const right = rhs.HistogramAt(step);
  if (left == nullptr && right == nullptr) {
    return OfFloats(op, lhs.FloatAt(step), rhs.FloatAt(step));
  }
  if (right == nullptr) return OfHistogramAndFloat(op, *left, rhs.FloatAt(step));
  if (left == nullptr) {
    if (op != BinaryOp::kMul) return Fail(BinaryRemark::Kind::kIncompatibleTypes, left, right);
    Outcome outcome;
    outcome.histogram = Scaled(*right, lhs.FloatAt(step), /*divide=*/false);
    return outcome;
  }
  switch (op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSub:
      return SumOfHistograms(op == BinaryOp::kAdd, *left, *right);
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual: {
      Outcome outcome;
      outcome.holds = left->Equals(*right) == (op == BinaryOp::kEqual);
      outcome.histogram = lhs.column->histograms[step];
      return outcome;
    }
    default:
      return Fail(BinaryRemark::Kind::kIncompatibleTypes, left, right);
  }
}

std::string_view TypeName(bool histogram) {
  return histogram ? "histogram" : "float";
}

}  // namespace

void BinaryRemarks::Note(size_t step, uint64_t order, BinaryRemark remark) {
  if (by_step_.empty()) by_step_.resize(steps_);
  Entry& entry = by_step_[step];
  if (entry.remark && entry.order > order) return;
  entry = {order, remark};
}

Annotation BinaryRemarks::AnnotationOf(const BinaryRemark& remark) const {
  const std::string_view op = syntax::BinaryOpName(op_);
  const std::string_view operation = op_ == BinaryOp::kAdd ? "addition" : "subtraction";
  switch (remark.kind) {
    case BinaryRemark::Kind::kIncompatibleTypes:
      return IncompatibleTypesInBinaryOperationInfo(TypeName(remark.left_histogram), op,
                                                    TypeName(remark.right_histogram), position_);
    case BinaryRemark::Kind::kIncompatibleBuckets:
      return IncompatibleBucketLayoutWarning(op, position_);
    case BinaryRemark::Kind::kResetCollision:
      return ResetCollisionWarning(operation, position_);
    case BinaryRemark::Kind::kReconciledBounds:
      break;
  }
  return MismatchedCustomBucketsInfo(operation, position_);
}

void BinaryRemarks::Tell(Annotations* annotations) const {
  for (const Entry& entry : by_step_) {
    if (entry.remark) annotations->Add(AnnotationOf(*entry.remark));
  }
}

void MixedBinary(BinaryOp op, bool return_bool, const BinarySide& lhs, const BinarySide& rhs,
                 KeptSide kept, uint64_t order, BinaryRemarks* remarks, Column* out,
                 StepMask* failed) {
  failed->Reset(out->steps());
  // Apart from `out`, which may be one of the sides.
  Column result;
  result.Reset(out->steps());
  for (size_t step = 0; step < out->steps(); ++step) {
    if (!out->present.Test(step)) continue;
    Outcome outcome = Compute(op, lhs, rhs, step);
    if (outcome.remark) remarks->Note(step, order, *outcome.remark);
    if (outcome.failed) {
      failed->Set(step);
    } else if (return_bool) {
      result.Set(step, outcome.holds ? 1 : 0);
    } else if (!outcome.holds) {
      continue;
    } else if (outcome.histogram != nullptr) {
      result.Set(step, std::move(outcome.histogram));
    } else {
      const bool keeps_right = kept == KeptSide::kRight && syntax::IsComparison(op);
      result.Set(step, keeps_right ? rhs.FloatAt(step) : outcome.value);
    }
  }
  *out = std::move(result);
}

}  // namespace silverback::exec
