// The "one" side of a binary operation: at most one value for each signature and step.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "query/exec/matching.h"
#include "query/exec/operator.h"

namespace silverback::exec {

/// Values of one signature that give the same labels to the result: without group_left(labels) all of them, otherwise
/// those with the same values of these labels.
struct OneSideVariant {
  std::string key;    // the included labels, encoded
  LabelSet labels;    // of the first series; of a fill value those that are matched on
  bool fill = false;  // no series: the fill value where the signature has none
  Column column;      // set by `Read`; no steps: no values
};

/// Collects the "one" side's series by signature.
class OneSide {
 public:
  /// `side`: how error messages call it, "left" or "right".
  OneSide(QueryContext* query, const syntax::VectorMatching& matching, OperatorPtr child,
          std::string_view side);

  Operator& child() { return *child_; }

  /// Sorts the child's series (it is open) into variants. `signatures` numbers them, `count` in all.
  Status SetSignatures(std::vector<uint32_t> signatures, uint32_t count);
  /// Adds the fill value for `signature`; `labels` are those that are matched on. Called once a signature.
  void AddFill(uint32_t signature, const LabelSet& labels, double value);

  const std::vector<OneSideVariant>& variants(uint32_t signature) const {
    return variants_[signature];
  }

  /// Reads all values. Two values for one signature and step are remembered (`DuplicateError`).
  Status Read();

  /// The error of the first step with two values for one signature, if there is one among `steps`.
  Status DuplicateError(const StepMask& steps) const;
  bool has_duplicates() const { return !duplicates_.empty(); }

 private:
  struct Duplicate {
    uint32_t first;  // series
    uint32_t second;
    StepMask steps;
  };

  Status AddColumn(SeriesColumn column);
  void FindDuplicates(uint32_t series, uint32_t signature, const StepMask& present);
  void ApplyFills();

  QueryContext* query_;
  const syntax::VectorMatching& matching_;
  OperatorPtr child_;
  std::string side_;
  LabelFilter included_;
  std::vector<uint32_t> signature_of_;                                // by series
  std::vector<uint32_t> variant_of_;                                  // by series, in its signature
  std::vector<std::vector<OneSideVariant>> variants_;                 // by signature
  std::vector<uint32_t> series_count_;                                // by signature
  std::vector<std::optional<double>> fill_;                           // by signature
  std::vector<std::vector<std::pair<uint32_t, StepMask>>> presence_;  // by signature, if shared
  std::vector<Duplicate> duplicates_;
  BudgetShare share_;
};

}  // namespace silverback::exec
