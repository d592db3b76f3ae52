#include "query/syntax/durations.h"

#include <cmath>

namespace silverback::syntax {
namespace {

class Resolver {
 public:
  Resolver(int64_t step_ms, int64_t range_ms) : step_ms_(step_ms), range_ms_(range_ms) {}

  Status Resolve(Expr* expr);

 private:
  Status ResolveOne(const std::unique_ptr<DurationExpr>& expr, bool may_be_negative,
                    int64_t* ms) const;
  StatusOr<double> Evaluate(const Expr& expr) const;

  static Status Fail(const Expr& expr, std::string_view message) {
    return InvalidArgument("{}:{}: {}", expr.position.start, expr.position.end, message);
  }

  int64_t step_ms_;
  int64_t range_ms_;
};

Status Resolver::Resolve(Expr* expr) {
  if (auto* selector = DynAs<VectorSelector>(expr)) {
    return ResolveOne(selector->time.offset_expr, true, &selector->time.original_offset_ms);
  }
  if (auto* matrix = DynAs<MatrixSelector>(expr)) {
    RETURN_IF_ERROR(ResolveOne(matrix->range_expr, false, &matrix->range_ms));
    return Resolve(matrix->selector.get());
  }
  if (auto* subquery = DynAs<SubqueryExpr>(expr)) {
    RETURN_IF_ERROR(
        ResolveOne(subquery->time.offset_expr, true, &subquery->time.original_offset_ms));
    RETURN_IF_ERROR(ResolveOne(subquery->step_expr, false, &subquery->step_ms));
    RETURN_IF_ERROR(ResolveOne(subquery->range_expr, false, &subquery->range_ms));
  }
  Status status;
  ForEachChildOwner(expr, [&](ExprPtr* child) {
    if (status.ok()) status = Resolve(child->get());
  });
  return status;
}

Status Resolver::ResolveOne(const std::unique_ptr<DurationExpr>& expr, bool may_be_negative,
                            int64_t* ms) const {
  if (expr == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const double seconds, Evaluate(*expr));
  if (!std::isfinite(seconds)) return Fail(*expr, "duration is NaN or infinite");
  if (seconds <= 0 && !may_be_negative) return Fail(*expr, "duration must be greater than 0");
  constexpr double kLimit = 9223372036854775808.0 / 1e9;
  if (std::abs(seconds) > kLimit) return Fail(*expr, "duration is out of range");
  *ms = static_cast<int64_t>(seconds * 1000);
  return absl::OkStatus();
}

StatusOr<double> Resolver::Evaluate(const Expr& expr) const {
  if (const auto* number = DynAs<NumberLiteral>(&expr)) return number->value;
  const auto& duration = As<DurationExpr>(expr);
  double lhs = 0;
  double rhs = 0;
  if (duration.lhs != nullptr) {
    ASSIGN_OR_RETURN(lhs, Evaluate(*duration.lhs));
  }
  if (duration.rhs != nullptr) {
    ASSIGN_OR_RETURN(rhs, Evaluate(*duration.rhs));
  }
  switch (duration.op) {
    case DurationOp::kStep:
      return static_cast<double>(step_ms_) / 1000;
    case DurationOp::kRange:
      return static_cast<double>(range_ms_) / 1000;
    // NaN wins, and -0 is less than 0.
    case DurationOp::kMinOf:
      return std::isnan(lhs) || std::isnan(rhs) ? NAN : std::fmin(lhs, rhs);
    case DurationOp::kMaxOf:
      return std::isnan(lhs) || std::isnan(rhs) ? NAN : std::fmax(lhs, rhs);
    case DurationOp::kAdd:
      return lhs + rhs;
    case DurationOp::kSub:
      return lhs - rhs;
    case DurationOp::kMul:
      return lhs * rhs;
    case DurationOp::kDiv:
      if (rhs == 0) return Fail(expr, "division by zero");
      return lhs / rhs;
    case DurationOp::kMod:
      if (rhs == 0) return Fail(expr, "modulo by zero");
      return std::fmod(lhs, rhs);
    case DurationOp::kPow:
      return std::pow(lhs, rhs);
  }
  return 0;
}

}  // namespace

Status ResolveDurations(Expr* expr, int64_t step_ms, int64_t range_ms) {
  return Resolver(step_ms, range_ms).Resolve(expr);
}

}  // namespace silverback::syntax
