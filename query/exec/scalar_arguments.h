// The scalar arguments of operators.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "query/exec/operator.h"
#include "query/functions/scalar_argument.h"

namespace silverback::exec {

/// The scalar arguments of a call: operators until they are read, values then.
class ScalarArguments {
 public:
  ScalarArguments() = default;
  explicit ScalarArguments(std::vector<OperatorPtr> operators) : operators_(std::move(operators)) {}

  /// Reads them. Each is one value where it is the same at all steps.
  Status Read();
  /// Valid after `Read`; borrows from this object.
  std::span<const ScalarArgument> values() const { return arguments_; }

 private:
  std::vector<OperatorPtr> operators_;
  std::vector<std::vector<double>> values_;
  std::vector<ScalarArgument> arguments_;
};

}  // namespace silverback::exec
