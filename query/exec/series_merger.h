// Brings series together that have the same labels once an operator has changed them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "query/exec/operator.h"

namespace silverback::exec {

/// The error of two values for one series at one step.
Status SameLabelSetError();

/// Inputs (a label set and a column each) become outputs with distinct label sets. An input whose labels no other has
/// passes through at once; columns of inputs that share a label set are kept and put together at the end.
class SeriesMerger {
 public:
  enum class Policy : uint8_t {
    kMergeSteps,  // series with the same labels become one, as long as no step has two values
    kRefuse,      // two series with the same labels that have values at all are an error
    kKeepApart,   // no check: outputs are the inputs
  };

  SeriesMerger(Policy policy, Budget* budget) : policy_(policy), share_(budget) {}

  /// Sets the inputs. Returns the outputs, in the order of first appearance.
  StatusOr<std::vector<OutputSeries>> SetInputs(std::vector<OutputSeries> inputs);

  /// Takes the column of input `column->series`. True: it is finished, `column->series` is now its output. False: kept.
  StatusOr<bool> Add(SeriesColumn* column);

  /// After all inputs: the next output that was put together; false when there is none left.
  bool NextMerged(SeriesColumn* out);

  /// Whether every input has an output of its own.
  bool distinct() const { return output_of_.empty(); }
  size_t OutputOf(size_t input) const { return distinct() ? input : output_of_[input]; }

 private:
  Status Merge(const Column& column, size_t merged);

  Policy policy_;
  BudgetShare share_;
  std::vector<uint32_t> output_of_;  // by input; empty: the identity
  std::vector<int32_t> merged_of_;   // by output: place in merged_, or -1
  std::vector<SeriesColumn> merged_;
  size_t next_merged_ = 0;
};

}  // namespace silverback::exec
