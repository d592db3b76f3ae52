#include "query/exec/set_operators.h"

#include <utility>

#include "query/exec/matching.h"
#include "query/exec/series_merger.h"

namespace silverback::exec {
namespace {

using syntax::BinaryOp;

// Where any series of a signature has a value.
class PresenceBySignature {
 public:
  explicit PresenceBySignature(Budget* budget) : share_(budget) {}

  Status Reset(size_t signatures) {
    masks_.resize(signatures);
    return share_.Grow(signatures * sizeof(StepMask));
  }
  Status Add(uint32_t signature, const StepMask& present) {
    StepMask& mask = masks_[signature];
    if (mask.size() == 0) {
      mask.Reset(present.size());
      RETURN_IF_ERROR(share_.Grow(mask.words().size_bytes()));
    }
    for (size_t w = 0; w < mask.words().size(); ++w) mask.words()[w] |= present.words()[w];
    return absl::OkStatus();
  }
  // Takes away the steps at which the signature is present (or, `keep`, those at which it is not).
  void Apply(uint32_t signature, bool keep, StepMask* present) const {
    const StepMask& mask = masks_[signature];
    for (size_t w = 0; w < present->words().size(); ++w) {
      const uint64_t word = mask.size() == 0 ? 0 : mask.words()[w];
      present->words()[w] &= keep ? word : ~word;
    }
  }

 private:
  BudgetShare share_;
  std::vector<StepMask> masks_;  // no size: nowhere
};

// and, unless: the left side's series, masked by the right side's presence.
class Intersection : public Operator {
 public:
  Intersection(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
               OperatorPtr lhs, OperatorPtr rhs)
      : Operator(query, grid),
        matching_(*plan.matching),
        keep_(plan.op == BinaryOp::kAnd),
        lhs_(std::move(lhs)),
        rhs_(std::move(rhs)),
        right_(budget()) {}

  Status Open() override {
    RETURN_IF_ERROR(lhs_->Open());
    RETURN_IF_ERROR(rhs_->Open());
    signatures_ = ComputeSignatures(lhs_->series(), rhs_->series(), matching_);
    series_ = lhs_->series();
    return right_.Reset(signatures_.count);
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (!right_read_) {
      RETURN_IF_ERROR(ReadRight(out));
      right_read_ = true;
    }
    while (true) {
      ASSIGN_OR_RETURN(const bool more, lhs_->Next(out));
      if (!more) return false;
      RETURN_IF_ERROR(budget()->Check());
      right_.Apply(signatures_.left[out->series], keep_, &out->column.present);
      if (out->column.present.Any()) return true;
    }
  }

  bool ascending() const override { return lhs_->ascending(); }

 private:
  Status ReadRight(SeriesColumn* scratch) {
    while (true) {
      ASSIGN_OR_RETURN(const bool more, rhs_->Next(scratch));
      if (!more) return absl::OkStatus();
      RETURN_IF_ERROR(right_.Add(signatures_.right[scratch->series], scratch->column.present));
    }
  }

  const syntax::VectorMatching matching_;
  const bool keep_;
  OperatorPtr lhs_;
  OperatorPtr rhs_;
  Signatures signatures_;
  PresenceBySignature right_;
  bool right_read_ = false;
};

// or: the left side's series, then those of the right side where no left one of the same signature has a value. Series
// with the same labels on both sides become one.
class Union : public Operator {
 public:
  Union(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan, OperatorPtr lhs,
        OperatorPtr rhs)
      : Operator(query, grid),
        matching_(*plan.matching),
        lhs_(std::move(lhs)),
        rhs_(std::move(rhs)),
        left_(budget()),
        merger_(SeriesMerger::Policy::kMergeSteps, budget()) {}

  Status Open() override {
    RETURN_IF_ERROR(lhs_->Open());
    RETURN_IF_ERROR(rhs_->Open());
    signatures_ = ComputeSignatures(lhs_->series(), rhs_->series(), matching_);
    std::vector<OutputSeries> inputs = lhs_->series();
    inputs.insert(inputs.end(), rhs_->series().begin(), rhs_->series().end());
    ASSIGN_OR_RETURN(series_, merger_.SetInputs(std::move(inputs)));
    return left_.Reset(signatures_.count);
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    while (side_ != Side::kMerged) {
      ASSIGN_OR_RETURN(const bool more, (side_ == Side::kLeft ? lhs_ : rhs_)->Next(out));
      if (!more) {
        side_ = side_ == Side::kLeft ? Side::kRight : Side::kMerged;
        continue;
      }
      RETURN_IF_ERROR(budget()->Check());
      if (side_ == Side::kLeft) {
        RETURN_IF_ERROR(left_.Add(signatures_.left[out->series], out->column.present));
      } else {
        left_.Apply(signatures_.right[out->series], /*keep=*/false, &out->column.present);
        if (!out->column.present.Any()) continue;
        out->series += lhs_->series().size();
      }
      ASSIGN_OR_RETURN(const bool finished, merger_.Add(out));
      if (finished) return true;
    }
    return merger_.NextMerged(out);
  }

  bool ascending() const override {
    return merger_.distinct() && lhs_->ascending() && rhs_->ascending();
  }

 private:
  enum class Side : uint8_t { kLeft, kRight, kMerged };

  const syntax::VectorMatching matching_;
  OperatorPtr lhs_;
  OperatorPtr rhs_;
  Signatures signatures_;
  PresenceBySignature left_;
  SeriesMerger merger_;
  Side side_ = Side::kLeft;
};

}  // namespace

OperatorPtr NewSetOperator(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
                           OperatorPtr lhs, OperatorPtr rhs) {
  if (plan.op == BinaryOp::kOr) {
    return std::make_unique<Union>(query, grid, plan, std::move(lhs), std::move(rhs));
  }
  return std::make_unique<Intersection>(query, grid, plan, std::move(lhs), std::move(rhs));
}

}  // namespace silverback::exec
