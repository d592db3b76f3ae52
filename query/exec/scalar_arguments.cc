#include "query/exec/scalar_arguments.h"

#include <algorithm>

#include "engine/base/value.h"

namespace silverback::exec {

Status ScalarArguments::Read() {
  values_.reserve(operators_.size());
  for (const OperatorPtr& op : operators_) {
    ASSIGN_OR_RETURN(std::vector<double> values, ReadScalar(op.get()));
    const bool constant = std::all_of(values.begin(), values.end(), [&values](double value) {
      return SameBits(value, values[0]);
    });
    if (constant) values.resize(1);
    values_.push_back(std::move(values));
  }
  for (const std::vector<double>& values : values_) arguments_.push_back({values});
  return absl::OkStatus();
}

}  // namespace silverback::exec
