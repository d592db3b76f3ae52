#include "tree_text.h"

#include "query/syntax/printer.h"

namespace silverback::syntax {
namespace {

std::string_view KindName(NodeKind kind) {
  switch (kind) {
    case NodeKind::kNumber:
      return "NumberLiteral";
    case NodeKind::kString:
      return "StringLiteral";
    case NodeKind::kVectorSelector:
      return "VectorSelector";
    case NodeKind::kMatrixSelector:
      return "MatrixSelector";
    case NodeKind::kSubquery:
      return "SubqueryExpr";
    case NodeKind::kUnary:
      return "UnaryExpr";
    case NodeKind::kBinary:
      return "BinaryExpr";
    case NodeKind::kAggregate:
      return "AggregateExpr";
    case NodeKind::kCall:
      return "Call";
    case NodeKind::kParen:
      return "ParenExpr";
    case NodeKind::kDuration:
      return "DurationExpr";
  }
  return "";
}

std::string Details(const Expr& expr) {
  if (const auto* selector = DynAs<VectorSelector>(&expr)) {
    const TimeModifiers& time = selector->time;
    std::string out = fmt::format(" off={}", time.original_offset_ms);
    if (time.offset_expr) out += " offx=" + ToString(*time.offset_expr);
    if (time.timestamp_ms) out += fmt::format(" ts={}", *time.timestamp_ms);
    return out;
  }
  if (const auto* matrix = DynAs<MatrixSelector>(&expr)) {
    return fmt::format(" range={}", matrix->range_ms);
  }
  if (const auto* subquery = DynAs<SubqueryExpr>(&expr)) {
    return fmt::format(" range={} step={} off={}", subquery->range_ms, subquery->step_ms,
                       subquery->time.original_offset_ms);
  }
  if (const auto* binary = DynAs<BinaryExpr>(&expr)) {
    if (!binary->matching) return " m=false";
    return fmt::format(" m=true card={}", CardinalityName(binary->matching->card));
  }
  return "";
}

}  // namespace

std::string TreeText(const Expr& expr, bool positions) {
  std::string out(KindName(expr.kind()));
  out += '[';
  if (positions) out += fmt::format("{}-{}", expr.position.start, expr.position.end);
  out += Details(expr) + "]";
  std::string children;
  ForEachChild(expr, [&](const Expr& child) { children += TreeText(child, positions) + " "; });
  return children.empty() ? out : fmt::format("{}({})", out, children);
}

}  // namespace silverback::syntax
