#include "query/syntax/printer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/labels/label_set.h"

namespace silverback::syntax {
namespace {

/// Lines longer than this are broken by Prettify.
constexpr size_t kMaxLineBytes = 100;

std::string_view DurationOpName(DurationOp op) {
  switch (op) {
    case DurationOp::kAdd:
      return "+";
    case DurationOp::kSub:
      return "-";
    case DurationOp::kMul:
      return "*";
    case DurationOp::kDiv:
      return "/";
    case DurationOp::kMod:
      return "%";
    case DurationOp::kPow:
      return "^";
    case DurationOp::kStep:
      return "step";
    case DurationOp::kRange:
      return "range";
    case DurationOp::kMinOf:
      return "min_of";
    case DurationOp::kMaxOf:
      return "max_of";
  }
  return "";
}

/// `(a, b, "c d")`.
std::string LabelList(const std::vector<std::string>& labels) {
  std::string out = "(";
  for (const std::string& label : labels) {
    if (out.size() > 1) out += ", ";
    out += IsPlainLabelName(label) ? label : Quote(label);
  }
  return out + ")";
}

std::string DurationText(const DurationExpr& duration) {
  std::string out;
  const std::string_view op = DurationOpName(duration.op);
  switch (duration.op) {
    case DurationOp::kStep:
    case DurationOp::kRange:
      out = fmt::format("{}()", op);
      break;
    case DurationOp::kMinOf:
    case DurationOp::kMaxOf:
      out = fmt::format("{}({}, {})", op, ToString(*duration.lhs), ToString(*duration.rhs));
      break;
    default:
      if (duration.lhs != nullptr) {
        out = fmt::format("{} {} {}", ToString(*duration.lhs), op, ToString(*duration.rhs));
      } else {
        // A plus is not printed: it only carries the parentheses of a number.
        if (duration.op == DurationOp::kSub) out = op;
        out += ToString(*duration.rhs);
      }
  }
  return duration.wrapped ? fmt::format("({})", out) : out;
}

std::string DurationOr(const std::unique_ptr<DurationExpr>& expr, int64_t ms) {
  return expr != nullptr ? DurationText(*expr) : FormatDurationMs(ms);
}

std::string OffsetText(const TimeModifiers& time) {
  if (time.offset_expr == nullptr && time.original_offset_ms == 0) return "";
  return " offset " + DurationOr(time.offset_expr, time.original_offset_ms);
}

std::string AtText(const TimeModifiers& time) {
  if (time.timestamp_ms.has_value()) {
    return fmt::format(" @ {:.3f}", static_cast<double>(*time.timestamp_ms) / 1000);
  }
  switch (time.at) {
    case AtModifier::kNone:
      return "";
    case AtModifier::kStart:
      return " @ start()";
    case AtModifier::kEnd:
      return " @ end()";
  }
  return "";
}

std::string_view ExtendedText(const VectorSelector& selector) {
  return selector.anchored ? " anchored" : selector.smoothed ? " smoothed" : "";
}

/// Name and braces, without modifiers.
std::string SeriesText(const VectorSelector& selector) {
  std::vector<std::string> matchers;
  for (const Matcher& matcher : selector.matchers) {
    const bool is_name = matcher.name() == kMetricName && matcher.type() == MatchType::kEqual &&
                         matcher.value() == selector.name && !selector.name.empty();
    if (!is_name) matchers.push_back(matcher.ToString());
  }
  if (matchers.empty()) return selector.name;
  std::sort(matchers.begin(), matchers.end());
  return fmt::format("{}{{{}}}", selector.name, fmt::join(matchers, ","));
}

std::string SelectorText(const VectorSelector& selector) {
  return fmt::format("{}{}{}{}", SeriesText(selector), AtText(selector.time),
                     ExtendedText(selector), OffsetText(selector.time));
}

std::string MatrixText(const MatrixSelector& matrix) {
  const VectorSelector& selector = *matrix.selector;
  return fmt::format("{}[{}]{}{}{}", SeriesText(selector),
                     DurationOr(matrix.range_expr, matrix.range_ms), ExtendedText(selector),
                     AtText(selector.time), OffsetText(selector.time));
}

/// What stands behind the expression of a subquery.
std::string SubquerySuffix(const SubqueryExpr& subquery) {
  std::string step;
  if (subquery.step_ms != 0) {
    step = FormatDurationMs(subquery.step_ms);
  } else if (subquery.step_expr != nullptr) {
    step = DurationText(*subquery.step_expr);
  }
  return fmt::format("[{}:{}]{}{}", DurationOr(subquery.range_expr, subquery.range_ms), step,
                     AtText(subquery.time), OffsetText(subquery.time));
}

std::string FillText(const VectorMatching& matching) {
  const auto& [left, right] = std::pair(matching.fill_left, matching.fill_right);
  if (left && right && *left == *right) return fmt::format(" fill ({})", FormatNumberShort(*left));
  std::string out;
  if (left) out += fmt::format(" fill_left ({})", FormatNumberShort(*left));
  if (right) out += fmt::format(" fill_right ({})", FormatNumberShort(*right));
  return out;
}

/// A binary operator with all its modifiers.
std::string OperatorText(const BinaryExpr& binary) {
  std::string out(BinaryOpName(binary.op));
  if (binary.return_bool) out += " bool";
  if (!binary.matching.has_value()) return out;
  const VectorMatching& matching = *binary.matching;
  const bool grouped =
      matching.card == Cardinality::kManyToOne || matching.card == Cardinality::kOneToMany;
  if (!matching.labels.empty() || matching.on || grouped) {
    out += matching.on ? " on " : " ignoring ";
    out += LabelList(matching.labels);
  }
  if (grouped) {
    out += matching.card == Cardinality::kManyToOne ? " group_left " : " group_right ";
    out += LabelList(matching.include);
  }
  return out + FillText(matching);
}

/// An aggregation up to its opening parenthesis.
std::string AggregateText(const AggregateExpr& aggregate) {
  std::string out(AggregateOpName(aggregate.op));
  if (aggregate.without) {
    out += " without " + LabelList(aggregate.grouping) + " ";
  } else if (!aggregate.grouping.empty()) {
    out += " by " + LabelList(aggregate.grouping) + " ";
  }
  return out;
}

std::string NumberText(const NumberLiteral& number) {
  if (!number.is_duration) return FormatNumber(number.value);
  const double ns = number.value * 1e9;
  return FormatDurationMs(static_cast<int64_t>(ns) / 1'000'000);
}

std::string ArgumentsText(const std::vector<ExprPtr>& args) {
  std::string out;
  for (const ExprPtr& arg : args) {
    if (!out.empty()) out += ", ";
    out += ToString(*arg);
  }
  return out;
}

std::string_view SignText(UnaryOp op) {
  return op == UnaryOp::kMinus ? "-" : "+";
}

// ---- Prettify: a node that does not fit a line puts its children on lines of their own, indented
// one level more.

std::string Indent(int level) {
  return std::string(static_cast<size_t>(level) * 2, ' ');
}

std::string Pretty(const Expr& expr, int level);

std::string PrettyAggregate(const AggregateExpr& aggregate, int level) {
  std::string out = Indent(level) + AggregateText(aggregate) + "(\n";
  if (aggregate.param != nullptr) out += Pretty(*aggregate.param, level + 1) + ",\n";
  return out + Pretty(*aggregate.expr, level + 1) + "\n" + Indent(level) + ")";
}

std::string PrettyCall(const Call& call, int level) {
  std::string out = fmt::format("{}{}(\n", Indent(level), call.function->name);
  for (const ExprPtr& arg : call.args) {
    if (&arg != &call.args.front()) out += ",\n";
    out += Pretty(*arg, level + 1);
  }
  return out + "\n" + Indent(level) + ")";
}

std::string PrettyUnary(const UnaryExpr& unary, int level) {
  const std::string child = Pretty(*unary.expr, level);
  const size_t start = child.find_first_not_of(' ');
  return fmt::format("{}{}{}", Indent(level), SignText(unary.op),
                     std::string_view(child).substr(start));
}

std::string Pretty(const Expr& expr, int level) {
  if (expr.kind() == NodeKind::kUnary) return PrettyUnary(As<UnaryExpr>(expr), level);
  std::string line = ToString(expr);
  if (line.size() <= kMaxLineBytes) {
    // A short subquery is never indented; upstream's quirk.
    return expr.kind() == NodeKind::kSubquery ? line : Indent(level) + line;
  }
  switch (expr.kind()) {
    case NodeKind::kAggregate:
      return PrettyAggregate(As<AggregateExpr>(expr), level);
    case NodeKind::kCall:
      return PrettyCall(As<Call>(expr), level);
    case NodeKind::kBinary: {
      const auto& binary = As<BinaryExpr>(expr);
      return fmt::format("{}\n{}{}\n{}", Pretty(*binary.lhs, level + 1), Indent(level),
                         OperatorText(binary), Pretty(*binary.rhs, level + 1));
    }
    case NodeKind::kParen:
      return fmt::format("{}(\n{}\n{})", Indent(level),
                         Pretty(*As<ParenExpr>(expr).expr, level + 1), Indent(level));
    case NodeKind::kSubquery: {
      const auto& subquery = As<SubqueryExpr>(expr);
      return Pretty(*subquery.expr, level) + SubquerySuffix(subquery);
    }
    default:
      return Indent(level) + line;
  }
}

/// The shortest decimal digits that identify a finite positive number, and the place of the point:
/// the value is 0.DIGITS * 10^point.
struct Digits {
  std::string digits;
  int point = 0;
};

Digits ShortestDigits(double value) {
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t exponent_at = text.find('e');
  Digits out;
  for (const char c : text.substr(0, exponent_at)) {
    if (c != '.') out.digits += c;
  }
  out.digits.erase(std::max<size_t>(out.digits.find_last_not_of('0') + 1, 1));
  int exponent = 0;
  const char* from = buffer + exponent_at + 1;
  std::from_chars(*from == '+' ? from + 1 : from, end, exponent);
  out.point = exponent + 1;
  return out;
}

std::string Positional(const Digits& number) {
  const auto size = static_cast<int>(number.digits.size());
  if (number.point <= 0) {
    return "0." + std::string(static_cast<size_t>(-number.point), '0') + number.digits;
  }
  if (number.point >= size) {
    return number.digits + std::string(static_cast<size_t>(number.point - size), '0');
  }
  const auto point = static_cast<size_t>(number.point);
  return number.digits.substr(0, point) + "." + number.digits.substr(point);
}

std::string WithExponent(const Digits& number) {
  std::string mantissa = number.digits.substr(0, 1);
  if (number.digits.size() > 1) mantissa += "." + number.digits.substr(1);
  const int exponent = number.point - 1;
  return fmt::format("{}e{}{:02}", mantissa, exponent < 0 ? '-' : '+', std::abs(exponent));
}

/// `allow_exponent`: very small and very large numbers get one.
std::string Format(double value, bool allow_exponent) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0) return sign + "0";
  const Digits digits = ShortestDigits(std::abs(value));
  const bool exponent = allow_exponent && (digits.point - 1 < -4 || digits.point - 1 >= 21);
  return sign + (exponent ? WithExponent(digits) : Positional(digits));
}

}  // namespace

std::string ToString(const Expr& expr) {
  switch (expr.kind()) {
    case NodeKind::kNumber:
      return NumberText(As<NumberLiteral>(expr));
    case NodeKind::kString:
      return Quote(As<StringLiteral>(expr).value);
    case NodeKind::kVectorSelector:
      return SelectorText(As<VectorSelector>(expr));
    case NodeKind::kMatrixSelector:
      return MatrixText(As<MatrixSelector>(expr));
    case NodeKind::kSubquery: {
      const auto& subquery = As<SubqueryExpr>(expr);
      return ToString(*subquery.expr) + SubquerySuffix(subquery);
    }
    case NodeKind::kUnary: {
      const auto& unary = As<UnaryExpr>(expr);
      return fmt::format("{}{}", SignText(unary.op), ToString(*unary.expr));
    }
    case NodeKind::kBinary: {
      const auto& binary = As<BinaryExpr>(expr);
      return fmt::format("{} {} {}", ToString(*binary.lhs), OperatorText(binary),
                         ToString(*binary.rhs));
    }
    case NodeKind::kAggregate: {
      const auto& aggregate = As<AggregateExpr>(expr);
      const std::string param = aggregate.param == nullptr ? "" : ToString(*aggregate.param) + ", ";
      return fmt::format("{}({}{})", AggregateText(aggregate), param, ToString(*aggregate.expr));
    }
    case NodeKind::kCall: {
      const auto& call = As<Call>(expr);
      return fmt::format("{}({})", call.function->name, ArgumentsText(call.args));
    }
    case NodeKind::kParen:
      return fmt::format("({})", ToString(*As<ParenExpr>(expr).expr));
    case NodeKind::kDuration:
      return DurationText(As<DurationExpr>(expr));
  }
  return "";
}

std::string Prettify(const Expr& expr) {
  return Pretty(expr, 0);
}

std::string FormatDurationMs(int64_t ms) {
  if (ms == 0) return "0s";
  std::string out = ms < 0 ? "-" : "";
  // Negated as unsigned: the smallest value has no positive counterpart.
  auto left = ms < 0 ? -static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  struct Unit {
    std::string_view name;
    uint64_t ms;
    bool exact;  // only where nothing is left over: 90d reads better than 12w6d
  };
  static constexpr Unit kUnits[] = {{"y", 365ULL * 24 * 3'600'000, true},
                                    {"w", 7ULL * 24 * 3'600'000, true},
                                    {"d", 24ULL * 3'600'000, false},
                                    {"h", 3'600'000, false},
                                    {"m", 60'000, false},
                                    {"s", 1000, false},
                                    {"ms", 1, false}};
  for (const Unit& unit : kUnits) {
    if (left < unit.ms || (unit.exact && left % unit.ms != 0)) continue;
    out += fmt::format("{}{}", left / unit.ms, unit.name);
    left %= unit.ms;
  }
  return out;
}

std::string FormatNumber(double value) {
  return Format(value, /*allow_exponent=*/false);
}

std::string FormatNumberShort(double value) {
  return Format(value, /*allow_exponent=*/true);
}

}  // namespace silverback::syntax
