#include "query/exec/vector_binary.h"

#include <algorithm>
#include <map>
#include <utility>

#include "query/exec/binary_kernels.h"
#include "query/exec/mixed_binary.h"
#include "query/exec/one_side.h"
#include "query/exec/series_merger.h"
#include "query/functions/label_functions.h"

namespace silverback::exec {
namespace {

using syntax::Cardinality;

Status MultipleMatches(std::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, "multiple matches for labels: {}", why);
}

bool Overlap(const StepMask& a, const StepMask& b) {
  if (a.size() == 0 || b.size() == 0) return false;
  for (size_t w = 0; w < a.words().size(); ++w) {
    if ((a.words()[w] & b.words()[w]) != 0) return true;
  }
  return false;
}

void AddTo(const StepMask& steps, StepMask* mask) {
  if (mask->size() == 0) mask->Reset(steps.size());
  for (size_t w = 0; w < steps.words().size(); ++w) mask->words()[w] |= steps.words()[w];
}

// The "one" side is read into memory first; the "many" side (the left one of one-to-one) streams past it. A pair of a
// "many" series and a variant of the "one" side is an input of the merger: two pairs may have the same labels as long
// as they do not meet at a step.
class VectorBinary : public Operator {
 public:
  VectorBinary(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
               OperatorPtr lhs, OperatorPtr rhs)
      : Operator(query, grid),
        op_(plan.op),
        return_bool_(plan.return_bool),
        matching_(*plan.matching),
        swapped_(matching_.card == Cardinality::kOneToMany),
        many_(swapped_ ? std::move(rhs) : std::move(lhs)),
        one_(query, matching_, swapped_ ? std::move(lhs) : std::move(rhs),
             swapped_ ? "left" : "right"),
        merger_(SeriesMerger::Policy::kMergeSteps, budget()),
        share_(budget()),
        annotations_(query->NewAnnotations()),
        remarks_(plan.op, plan.position, grid.steps()) {}

  Status Open() override {
    // Upstream evaluates the left side first, which shows in which of two errors is seen.
    RETURN_IF_ERROR((swapped_ ? one_.child() : *many_).Open());
    RETURN_IF_ERROR((swapped_ ? *many_ : one_.child()).Open());
    Signatures signatures = ComputeSignatures(many_->series(), one_.child().series(), matching_);
    signature_of_ = std::move(signatures.left);
    RETURN_IF_ERROR(one_.SetSignatures(std::move(signatures.right), signatures.count));
    matched_.resize(signatures.count);
    AddFillsOfOne();
    return SetInputs();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (stage_ == Stage::kStart) {
      RETURN_IF_ERROR(one_.Read());
      any_many_.Reset(steps());
      stage_ = Stage::kMany;
    }
    while (true) {
      if (!ready_.empty()) {
        *out = std::move(ready_.back());
        ready_.pop_back();
        return true;
      }
      switch (stage_) {
        case Stage::kStart:
          break;
        case Stage::kMany: {
          RETURN_IF_ERROR(NextMany());
          break;
        }
        case Stage::kUnmatched: {
          RETURN_IF_ERROR(NextUnmatched());
          break;
        }
        case Stage::kMerged:
          return merger_.NextMerged(out);
      }
    }
  }

  bool ascending() const override {
    return many_->ascending() && merger_.distinct() && matching_.include.empty();
  }

 private:
  enum class Stage : uint8_t { kStart, kMany, kUnmatched, kMerged };

  // A "many" series and a variant of the "one" side.
  struct Pair {
    size_t input;    // of the merger
    Column column;   // the "many" side's values, then the result
    StepMask asked;  // where the operation has an answer, whether or not a comparison holds
  };

  // Upstream looks up fill_right for the "one" and fill_left for the "many" side even where group_right has swapped
  // them.
  const std::optional<double>& fill_one() const { return matching_.fill_right; }
  const std::optional<double>& fill_many() const { return matching_.fill_left; }

  void AddFillsOfOne() {
    if (!fill_one().has_value()) return;
    std::vector<bool> added(matched_.size());
    for (size_t i = 0; i < signature_of_.size(); ++i) {
      const uint32_t signature = signature_of_[i];
      if (added[signature]) continue;
      added[signature] = true;
      one_.AddFill(signature, MatchGroupLabels(many_->series()[i].labels, matching_), *fill_one());
    }
  }

  // Inputs of the merger: the pairs of every "many" series, then for every signature its pairs with the "many" side's
  // fill value.
  Status SetInputs() {
    std::vector<OutputSeries> inputs;
    first_input_.reserve(signature_of_.size());
    uint64_t bytes = 0;
    const auto add = [&](const LabelSet& many, const LabelSet& one) {
      inputs.push_back({ResultLabels(many, one), return_bool_});
      bytes += sizeof(OutputSeries) + inputs.back().labels.encoded().size();
      // Looked at now and then, so that a huge product of pairs is stopped in time.
      if (bytes < (1 << 20)) return absl::OkStatus();
      const Status status = share_.Grow(bytes);
      bytes = 0;
      return status;
    };
    for (size_t i = 0; i < signature_of_.size(); ++i) {
      first_input_.push_back(static_cast<uint32_t>(inputs.size()));
      for (const OneSideVariant& variant : one_.variants(signature_of_[i])) {
        RETURN_IF_ERROR(add(many_->series()[i].labels, variant.labels));
      }
    }
    first_unmatched_input_ = inputs.size();
    if (fill_many().has_value()) {
      for (uint32_t signature = 0; signature < matched_.size(); ++signature) {
        for (const OneSideVariant& variant : one_.variants(signature)) {
          if (variant.fill) continue;
          RETURN_IF_ERROR(add(MatchGroupLabels(variant.labels, matching_), variant.labels));
        }
      }
    }
    RETURN_IF_ERROR(share_.Grow(bytes));
    ASSIGN_OR_RETURN(series_, merger_.SetInputs(std::move(inputs)));
    return absl::OkStatus();
  }

  LabelSet ResultLabels(const LabelSet& many, const LabelSet& one) const {
    const bool nameless = plan::DropsName(op_, /*return_bool=*/false) ||
                          (return_bool_ && !query()->delayed_name_removal);
    const bool one_to_one = matching_.card == Cardinality::kOneToOne;
    const LabelSet kept = many.Filtered([&](std::string_view name) {
      if (nameless && IsMetricLabel(name)) return false;
      const bool listed = std::find(matching_.labels.begin(), matching_.labels.end(), name) !=
                          matching_.labels.end();
      return !one_to_one || listed == matching_.on;
    });
    if (matching_.include.empty()) return kept;
    LabelSetBuilder labels(kept);
    for (const std::string& name : matching_.include) labels.Set(name, one.Get(name));
    return labels.Build();
  }

  // All pairs are computed.
  void EnterMerged() {
    stage_ = Stage::kMerged;
    remarks_.Tell(annotations_);
  }

  Status NextMany() {
    SeriesColumn many;
    ASSIGN_OR_RETURN(const bool more, many_->Next(&many));
    if (!more) {
      RETURN_IF_ERROR(CheckOneSide());
      if (fill_many().has_value()) {
        stage_ = Stage::kUnmatched;
      } else {
        EnterMerged();
      }
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(budget()->Check());
    AddTo(many.column.present, &any_many_);
    const uint32_t signature = signature_of_[many.series];
    const std::vector<OneSideVariant>& variants = one_.variants(signature);
    std::vector<Pair> pairs;
    StepMask matched(steps());
    for (size_t v = 0; v < variants.size(); ++v) {
      const Column& one = variants[v].column;
      if (one.steps() == 0) continue;
      const bool last = v + 1 == variants.size();
      Pair pair{first_input_[many.series] + v, last ? std::move(many.column) : many.column, {}};
      for (size_t w = 0; w < pair.column.present.words().size(); ++w) {
        pair.column.present.words()[w] &= one.present.words()[w];
      }
      Compute(one, many.series, &pair);
      AddTo(pair.asked, &matched);
      pairs.push_back(std::move(pair));
    }
    if (matching_.card == Cardinality::kOneToOne && Overlap(matched, matched_[signature])) {
      return PreferDuplicateError(
          MultipleMatches("many-to-one matching must be explicit (group_left/group_right)"));
    }
    AddTo(matched, &matched_[signature]);
    for (Pair& pair : pairs) RETURN_IF_ERROR(Emit(signature, std::move(pair)));
    return absl::OkStatus();
  }

  // The "many" side's fill value for the signatures (one a call) and steps that have found no match.
  Status NextUnmatched() {
    if (next_signature_ == matched_.size()) {
      EnterMerged();
      return absl::OkStatus();
    }
    const uint32_t signature = next_signature_++;
    for (const OneSideVariant& variant : one_.variants(signature)) {
      if (variant.fill) continue;
      const size_t input = first_unmatched_input_ + next_unmatched_input_++;
      if (variant.column.steps() == 0) continue;
      Pair pair{input, {}, {}};
      pair.column.Reset(steps());
      pair.column.floats.assign(steps(), *fill_many());
      pair.column.present = variant.column.present;
      const StepMask& matched = matched_[signature];
      for (size_t w = 0; matched.size() != 0 && w < matched.words().size(); ++w) {
        pair.column.present.words()[w] &= ~matched.words()[w];
      }
      Compute(variant.column, many_->series().size() + signature, &pair);
      RETURN_IF_ERROR(Emit(signature, std::move(pair)));
    }
    return absl::OkStatus();
  }

  // Computes `pair`, whose column holds the "many" side's values, and says where both sides have one. `order` is its
  // place among the pairs of a step.
  void Compute(const Column& one, uint64_t order, Pair* pair) {
    Column& column = pair->column;
    pair->asked = column.present;
    if (!column.present.Any()) return;
    if (column.HasHistograms() || one.HasHistograms() || plan::IsTrim(op_)) {
      const BinarySide many_side{&column, {}};
      const BinarySide one_side{&one, {}};
      StepMask failed;
      MixedBinary(op_, return_bool_, swapped_ ? one_side : many_side,
                  swapped_ ? many_side : one_side, KeptSide::kLeft, order, &remarks_, &column,
                  &failed);
      for (size_t w = 0; w < failed.words().size(); ++w) {
        pair->asked.words()[w] &= ~failed.words()[w];
      }
      return;
    }
    const ScalarArgument many_values{column.floats};
    const ScalarArgument one_values{one.floats};
    BinaryColumns(op_, return_bool_, swapped_ ? one_values : many_values,
                  swapped_ ? many_values : one_values, KeptSide::kLeft, &column);
  }

  Status Emit(uint32_t signature, Pair pair) {
    if (!pair.asked.Any()) return absl::OkStatus();
    if (matching_.card != Cardinality::kOneToOne && !merger_.distinct()) {
      StepMask& seen = seen_[{signature, static_cast<uint32_t>(merger_.OutputOf(pair.input))}];
      if (Overlap(seen, pair.asked)) {
        return PreferDuplicateError(MultipleMatches("grouping labels must ensure unique matches"));
      }
      AddTo(pair.asked, &seen);
    }
    if (!pair.column.present.Any()) return absl::OkStatus();
    SeriesColumn result{pair.input, std::move(pair.column)};
    ASSIGN_OR_RETURN(const bool finished, merger_.Add(&result));
    if (finished) ready_.push_back(std::move(result));
    return absl::OkStatus();
  }

  // Two values on the "one" side are an error only at steps at which there is anything to match them with.
  Status CheckOneSide() const {
    if (!one_.has_duplicates()) return absl::OkStatus();
    StepMask steps_asked = any_many_;
    if (fill_one().has_value() || fill_many().has_value()) steps_asked.SetAll();
    return one_.DuplicateError(steps_asked);
  }

  Status PreferDuplicateError(Status error) const {
    const Status duplicate = CheckOneSide();
    return duplicate.ok() ? error : duplicate;
  }

  const syntax::BinaryOp op_;
  const bool return_bool_;
  const syntax::VectorMatching matching_;
  const bool swapped_;
  OperatorPtr many_;
  OneSide one_;
  SeriesMerger merger_;
  BudgetShare share_;
  Annotations* annotations_;

  BinaryRemarks remarks_;
  std::vector<uint32_t> signature_of_;  // of the "many" side's series
  std::vector<uint32_t> first_input_;   // of the "many" side's series
  size_t first_unmatched_input_ = 0;
  StepMask any_many_;
  std::vector<StepMask> matched_;                           // by signature; no size: nowhere
  std::map<std::pair<uint32_t, uint32_t>, StepMask> seen_;  // by signature and output

  Stage stage_ = Stage::kStart;
  uint32_t next_signature_ = 0;
  size_t next_unmatched_input_ = 0;
  std::vector<SeriesColumn> ready_;
};

}  // namespace

OperatorPtr NewVectorBinary(QueryContext* query, const StepGrid& grid, const plan::BinaryPlan& plan,
                            OperatorPtr lhs, OperatorPtr rhs) {
  return std::make_unique<VectorBinary>(query, grid, plan, std::move(lhs), std::move(rhs));
}

}  // namespace silverback::exec
