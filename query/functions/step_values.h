// Every value of a group of series, by step: what a quantile is worked out from. Series come as columns and are wanted as rows, a step's
// values together; so a few steps of a column are kept together, and taken apart when they are wanted. (With an array a step, each value
// would go to another line of memory.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "query/model/column.h"

namespace silverback {

class StepValues {
 public:
  /// Steps that are kept together.
  static constexpr size_t kSliceSteps = 16;
  /// The values of a slice's steps, each step's in the order in which their series came.
  using Rows = std::array<std::vector<double>, kSliceSteps>;

  StepValues() = default;
  explicit StepValues(size_t steps) : slices_((steps + kSliceSteps - 1) / kSliceSteps) {}

  /// Adds a column's floats. REQUIRES: as many steps.
  void Add(const Column& column);
  /// Adds what another (of as many steps) has, behind what is here.
  void Add(const StepValues& other);

  size_t slices() const { return slices_.size(); }
  /// Replaces `*rows` by the values of steps [slice * kSliceSteps, ...): empty for steps without any, and behind the last step.
  void Read(size_t slice, Rows* rows) const;
  size_t memory_bytes() const;

 private:
  using Mask = uint16_t;
  static_assert(sizeof(Mask) * 8 == kSliceSteps);
  static constexpr Mask kAll = UINT16_MAX;

  struct Slice {
    std::vector<Mask> present;   // of each series that has any of the steps
    std::vector<double> values;  // theirs, one after the other
  };
  std::vector<Slice> slices_;
};

}  // namespace silverback
