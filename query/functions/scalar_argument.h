// A scalar argument of a function: a constant, or a value for each step.
#pragma once

#include <cstddef>
#include <span>

namespace silverback {

/// Borrows `values`: one value (it holds for all steps) or one a step.
struct ScalarArgument {
  std::span<const double> values;

  bool constant() const { return values.size() == 1; }
  double At(size_t step) const { return values.size() == 1 ? values[0] : values[step]; }
};

}  // namespace silverback
