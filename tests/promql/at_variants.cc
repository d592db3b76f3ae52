#include "at_variants.h"

#include <algorithm>
#include <string_view>

#include "query/syntax/parser.h"
#include "query/syntax/printer.h"

namespace silverback::promqltest {
namespace {

using syntax::As;
using syntax::DynAs;
using syntax::Expr;

/// Functions that give another answer at another time although their arguments do not change.
constexpr std::string_view kTimeDependent[] = {
    "day_of_month", "day_of_week", "day_of_year", "days_in_month",  "end",
    "hour",         "minute",      "month",       "predict_linear", "range",
    "start",        "step",        "time",        "timestamp",      "year"};

bool IsTimeDependent(const Expr& expr) {
  const auto* call = DynAs<syntax::Call>(&expr);
  return call != nullptr && std::find(std::begin(kTimeDependent), std::end(kTimeDependent),
                                      call->function->name) != std::end(kTimeDependent);
}

/// Fixes selectors and subqueries, except inside of subqueries, which are fixed as a whole.
void FixTime(Expr* expr, TimestampMs time_ms) {
  const auto fix = [&](syntax::TimeModifiers* time) {
    if (!time->timestamp_ms.has_value()) time->timestamp_ms = time_ms;
  };
  if (auto* selector = DynAs<syntax::VectorSelector>(expr)) fix(&selector->time);
  if (auto* matrix = DynAs<syntax::MatrixSelector>(expr)) fix(&matrix->selector->time);
  if (auto* subquery = DynAs<syntax::SubqueryExpr>(expr)) {
    fix(&subquery->time);
    return;
  }
  ForEachChildOwner(expr, [&](syntax::ExprPtr* child) { FixTime(child->get(), time_ms); });
}

}  // namespace

StatusOr<std::vector<InstantQuery>> AtVariants(const std::string& query, TimestampMs time_ms) {
  ASSIGN_OR_RETURN(const syntax::ExprPtr expr, ParseExpr(query, syntax::AllFeatures()));
  bool time_dependent = false;
  Walk(*expr, [&](const Expr& node) { time_dependent |= IsTimeDependent(node); });
  std::vector<InstantQuery> variants;
  if (time_dependent) return variants;
  FixTime(expr.get(), time_ms);
  const std::string fixed = ToString(*expr);
  std::vector<TimestampMs> times = {-10 * time_ms, 0, time_ms / 5, time_ms, 10 * time_ms};
  if (time_ms == 0) times = {-1000, 0, 1000};
  for (const TimestampMs time : times) variants.push_back({fixed, time});
  return variants;
}

bool DependsOnQueryRange(const std::string& query) {
  for (const std::string_view call : {"start()", "end()", "range()", "step()"}) {
    if (query.find(call) != query.npos) return true;
  }
  return false;
}

}  // namespace silverback::promqltest
