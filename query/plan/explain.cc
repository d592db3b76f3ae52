#include <fmt/format.h>

#include "query/plan/plan_node.h"
#include "query/syntax/printer.h"

namespace silverback::plan {
namespace {

std::string Join(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string Shift(const TimeShift& time) {
  std::string text;
  if (time.at_ms.has_value()) text += fmt::format(" @ {}", *time.at_ms);
  if (time.offset_ms != 0) text += " offset " + syntax::FormatDurationMs(time.offset_ms);
  return text;
}

std::string Selector(const std::vector<Matcher>& matchers) {
  std::vector<std::string> texts;
  for (const Matcher& matcher : matchers) texts.push_back(matcher.ToString());
  return fmt::format("{{{}}}", Join(texts));
}

std::string Share(uint32_t share) {
  return share == 0 ? "" : fmt::format(" shared#{}", share);
}

std::string Matching(const syntax::VectorMatching& matching) {
  std::string text = fmt::format(" {}({}) {}", matching.on ? "on" : "ignoring",
                                 Join(matching.labels), CardinalityName(matching.card));
  if (!matching.include.empty()) text += " include(" + Join(matching.include) + ")";
  if (matching.fill_left) text += " fill_left=" + syntax::FormatNumber(*matching.fill_left);
  if (matching.fill_right) text += " fill_right=" + syntax::FormatNumber(*matching.fill_right);
  return text;
}

std::string Describe(const MatrixPlan& node) {
  return fmt::format("matrix {}[{}]{}{}{}", Selector(node.matchers),
                     syntax::FormatDurationMs(node.range_ms), Shift(node.time),
                     node.anchored ? " anchored" : "", node.smoothed ? " smoothed" : "");
}

std::string Describe(const AggregatePlan& node) {
  std::string text = fmt::format("aggregate {}", AggregateOpName(node.op));
  if (node.without || !node.grouping.empty()) {
    text += fmt::format(" {}({})", node.without ? "without" : "by", Join(node.grouping));
  }
  return text;
}

std::string Describe(const BinaryPlan& node) {
  return fmt::format("binary {}{}{}", BinaryOpName(node.op), node.return_bool ? " bool" : "",
                     node.matching ? Matching(*node.matching) : "");
}

}  // namespace

std::string Describe(const PlanNode& node) {
  switch (node.kind()) {
    case PlanKind::kNumber:
      return "number " + syntax::FormatNumber(As<NumberPlan>(node).value);
    case PlanKind::kString:
      return "string " + Quote(As<StringPlan>(node).value);
    case PlanKind::kSelector: {
      const auto& selector = As<SelectorPlan>(node);
      return "selector " + Selector(selector.matchers) + Shift(selector.time) +
             (selector.smoothed ? " smoothed" : "") + (selector.presence ? " presence" : "") +
             Share(selector.share);
    }
    case PlanKind::kMatrix:
      return Describe(As<MatrixPlan>(node));
    case PlanKind::kSubquery: {
      const auto& subquery = As<SubqueryPlan>(node);
      return fmt::format("subquery [{}:{}]{}", syntax::FormatDurationMs(subquery.range_ms),
                         syntax::FormatDurationMs(subquery.step_ms), Shift(subquery.time));
    }
    case PlanKind::kCall: {
      const auto& call = As<CallPlan>(node);
      return fmt::format("call {}{}", call.name(), Share(call.share));
    }
    case PlanKind::kAggregate:
      return Describe(As<AggregatePlan>(node));
    case PlanKind::kBinary:
      return Describe(As<BinaryPlan>(node));
    case PlanKind::kNegate:
      return "negate";
    case PlanKind::kStepInvariant:
      return "step invariant";
  }
  return "";
}

namespace {

void Append(const PlanNode& node, size_t depth, std::string* out) {
  out->append(2 * depth, ' ');
  *out += Describe(node);
  *out += '\n';
  for (const PlanPtr& child : node.children) Append(*child, depth + 1, out);
}

}  // namespace

std::string Explain(const PlanNode& root) {
  std::string text;
  Append(root, 0, &text);
  return text;
}

}  // namespace silverback::plan
