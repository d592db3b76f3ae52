#include "query/exec/count_parameter.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "query/syntax/printer.h"

namespace silverback::exec {
namespace {

constexpr double kMinInt64 = -9223372036854775808.0;
constexpr double kMaxInt64 = 9223372036854775807.0;

Status Refuse(std::string_view text) {
  return Error(absl::StatusCode::kFailedPrecondition, "{}", text);
}

}  // namespace

StatusOr<std::vector<uint32_t>> ReadCounts(Operator* parameter, size_t most, bool* none) {
  ASSIGN_OR_RETURN(const std::vector<double> values, ReadScalar(parameter));
  double largest = -std::numeric_limits<double>::max();
  double smallest = std::numeric_limits<double>::max();
  bool nan = false;
  for (const double value : values) {
    nan = nan || std::isnan(value);
    largest = std::max(largest, value);
    smallest = std::min(smallest, value);
  }
  *none = !nan && largest < 1;
  if (*none) return std::vector<uint32_t>();
  if (nan) return Refuse("Parameter value is NaN");
  if (smallest <= kMinInt64) {
    return Refuse(
        fmt::format("Scalar value {} underflows int64", syntax::FormatNumberShort(smallest)));
  }
  if (largest >= kMaxInt64) {
    return Refuse(
        fmt::format("Scalar value {} overflows int64", syntax::FormatNumberShort(largest)));
  }
  std::vector<uint32_t> counts;
  counts.reserve(values.size());
  for (const double value : values) {
    const auto whole = static_cast<int64_t>(value);
    counts.push_back(
        static_cast<uint32_t>(std::clamp<int64_t>(whole, 0, static_cast<int64_t>(most))));
  }
  return counts;
}

}  // namespace silverback::exec
