#include "tests/support/promql_grammar/grammar.h"

#include <fmt/format.h>
#include <vector>

namespace silverback::testing {
namespace {

using syntax::FunctionSignature;
using syntax::ValueType;

constexpr int kDepth = 4;

constexpr std::array<std::string_view, 8> kFunctionsOfQuery = {
    "end", "range", "start", "step", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc"};

bool IsOfQuery(std::string_view name) {
  for (const std::string_view one : kFunctionsOfQuery) {
    if (one == name) return true;
  }
  return false;
}

}  // namespace

size_t PromqlGrammar::Below(size_t n) {
  if (bytes_.empty()) return 0;
  const size_t choice = static_cast<unsigned char>(bytes_.front()) % n;
  bytes_.remove_prefix(1);
  return choice;
}

std::string PromqlGrammar::Expression() {
  switch (Below(8)) {
    case 6:
      return Scalar(kDepth);
    case 7:
      return String();
    default:
      return Vector(kDepth);
  }
}

std::string PromqlGrammar::Vector(int depth) {
  if (depth == 0) {
    const std::string selector = Selector();
    const std::string smoothed = Chance(12) ? " smoothed" : "";
    const std::string shifted = fmt::format("{}{}{}", selector, smoothed, Shift());
    // An offset that begins with a parenthesis goes on over the operators behind it.
    return shifted.find("offset (") == std::string::npos ? shifted : fmt::format("({})", shifted);
  }
  switch (Below(8)) {
    case 0:
      return Vector(0);
    case 1:
    case 2:
      return Call(ValueType::kVector, depth - 1);
    case 3:
      return Aggregation(depth - 1);
    case 4:
    case 5:
      return fmt::format("({})", Binary(depth - 1));
    case 6:
      return InParentheses(depth - 1);
    default: {
      const std::string sign = Pick<2>({"-", "+"});
      const std::string space = Space();
      return fmt::format("{}{}({})", sign, space, Vector(depth - 1));
    }
  }
}

std::string PromqlGrammar::InParentheses(int depth) {
  const std::string before = Space();
  const std::string vector = Vector(depth);
  return fmt::format("({}{}{})", before, vector, Space());
}

std::string PromqlGrammar::Scalar(int depth) {
  if (depth == 0) return Number();
  switch (Below(6)) {
    case 0:
    case 1:
      return Number();
    case 2:
      return Call(ValueType::kScalar, depth - 1);
    case 3: {
      const std::string op = Pick<11>(
          {"+", "-", "*", "/", "%", "^", "atan2", "== bool", "< bool", ">= bool", "!= bool"});
      const std::string left = Scalar(depth - 1);
      return fmt::format("({} {} {})", left, op, Scalar(depth - 1));
    }
    case 4:
      return fmt::format("-({})", Scalar(depth - 1));
    default:
      return fmt::format("({})", Scalar(depth - 1));
  }
}

std::string PromqlGrammar::String() {
  return Pick<8>({"\"l\"", "'job'", "`a b`", "\"\"", "\"\\\"q\\\" \\\\ \\n\"", "'\\x41\\u00e4'",
                  "\"instance\"", "\"(.*)-$1\""});
}

std::string PromqlGrammar::OfType(ValueType type, int depth) {
  switch (type) {
    case ValueType::kScalar:
      return Scalar(depth);
    case ValueType::kMatrix:
      return Matrix(depth);
    case ValueType::kString:
      return String();
    default:
      return Vector(depth);
  }
}

std::string PromqlGrammar::Matrix(int depth) {
  if (depth > 0 && Chance(4)) return Subquery(depth - 1);
  const std::string selector = Selector();
  const std::string range = Duration();
  const std::string borders = Pick<8>({"", "", "", "", "", "", " anchored", " smoothed"});
  return fmt::format("{}[{}]{}{}", selector, range, borders, Shift());
}

std::string PromqlGrammar::Subquery(int depth) {
  const std::string of = Vector(depth);
  const std::string range = PlainDuration();  // a colon needs a number before it
  const std::string step = Chance(3) ? "" : Duration();
  return fmt::format("({})[{}:{}]{}", of, range, step, Shift());
}

std::string PromqlGrammar::Space() {
  return options_.obscure ? Pick<6>({"", " ", " ", "  ", "\n", " # note\n"}) : "";
}

std::string PromqlGrammar::Selector() {
  if (options_.obscure && Chance(2)) {
    const std::string name =
        Pick<7>({"up", "reads:rate5m", "sum", "offset", "start", "by", "fill"});
    switch (Below(3)) {
      case 0:
        return name;
      case 1: {
        const std::string matcher = Matcher(/*named=*/true);
        return fmt::format("{}{{{}{}}}", name, matcher, Chance(2) ? "," : "");
      }
      default: {
        const std::string space = Space();
        return fmt::format("{{le=\"0.5\",{}{}}}", space, Matcher(/*named=*/false));
      }
    }
  }
  switch (Below(8)) {
    case 6:
      return fmt::format("{{\"dotted.name\"{}}}", Chance(2) ? ", job=\"x\"" : "");
    case 7:
      return "{__name__=~\"a.*|g\", job!=\"\"}";
    default: {
      const std::string name = Pick<6>({"a_total", "b_total", "g", "h", "nothing", "buckets"});
      return fmt::format("{}{}", name, Matchers());
    }
  }
}

std::string PromqlGrammar::Matchers() {
  return Pick<8>({"", "", "{}", "{job=\"x\"}", "{job!='x',}", "{instance=~\"1|2\"}",
                  "{job=`y`, instance!~\"3\"}", "{\"job\"=\"none\"}"});
}

std::string PromqlGrammar::Matcher(bool named) {
  const std::string label =
      named ? Pick<4>({"job", "le", "on", "\"a b\""}) : Pick<2>({"__name__", "start"});
  const std::string space = Space();
  return label + space + Pick<5>({"=\"x\"", "!= 'y'", "=~\"a|b.*\"", "!~`z+`", "=\"\""});
}

std::string PromqlGrammar::Shift() {
  const size_t choices = options_.same_at_every_step ? 9 : 11;
  switch (Below(choices)) {
    case 4:
      return fmt::format(" offset {}", Duration());
    case 5:
      return fmt::format(" offset -{}", Pick<3>({"1m", "90s", "1m30s"}));
    case 6:
      return " @ 600";
    case 7:
      return " @ 600.123 offset 90s";
    case 8:
      return " offset 1m @ 1.2e3";
    case 9:
      return " @ start()";
    case 10:
      return " @ end()";
    default:
      return "";
  }
}

std::string PromqlGrammar::DurationExpression(int depth) {
  const size_t choice = depth == 0 ? 0 : Below(6);
  if (choice < 2) return Pick<7>({"5m", "1h", "90", "0.25", "1d12h", "step()", "range()"});
  const std::string left = DurationExpression(depth - 1);
  switch (choice) {
    case 2:
      return fmt::format("({})", left);
    case 3:
      return fmt::format("(-{})", left);
    case 4:  // durations have no comments
      return fmt::format("min_of({}, {})", left, DurationExpression(depth - 1));
    default: {
      const std::string op = Pick<6>({"+", " - ", "*", "^", " / ", "%"});
      return fmt::format("{}{}{}", left, op, DurationExpression(depth - 1));
    }
  }
}

std::string PromqlGrammar::Duration() {
  if (options_.obscure && Chance(3)) return fmt::format("({})", DurationExpression(3));
  return PlainDuration();
}

std::string PromqlGrammar::PlainDuration() {
  const size_t choices = options_.same_at_every_step ? 10 : 13;
  switch (Below(choices)) {
    case 6:
      return "(1m + 30s)";
    case 7:
      return "(2 * 90)";
    case 8:
      return "min_of(10m, 400)";
    case 9:
      return "300";
    case 10:
      return "(step() + 1m)";
    case 11:
      return "max_of(range(), 2m)";
    case 12:
      return "(1h - step())";
    default:
      return Pick<6>({"5m", "1m", "90s", "10m", "1h1m1s1ms", "3m"});
  }
}

std::string PromqlGrammar::Number() {
  // Infinity in parentheses: it is printed as +Inf, of which a power behind it would take the sign for an operator.
  if (options_.obscure) {
    return Pick<14>({"1", "017", "1h30m", "2ms", "+7", "-3", "1e-9", "123456789.125", "1e25",
                     "(Inf)", "(NaN)", "0x1F", "1_000", ".5"});
  }
  return Pick<14>({"1", "0", "2.5", "0x1F", "1e3", "-3", "Inf", "-Inf", "NaN", "1_000", ".5",
                   "1e-300", "0X1f", "5m"});
}

bool PromqlGrammar::Wanted(const FunctionSignature& function) const {
  return !options_.same_at_every_step || !IsOfQuery(function.name);
}

std::string PromqlGrammar::Call(ValueType returned, int depth) {
  std::vector<const FunctionSignature*> functions;
  for (const FunctionSignature& function : syntax::AllFunctions()) {
    if (function.return_type == returned && Wanted(function)) functions.push_back(&function);
  }
  const FunctionSignature& function = *functions[Below(functions.size())];
  return fmt::format("{}({})", function.name, Arguments(function, depth));
}

std::string PromqlGrammar::Arguments(const FunctionSignature& function, int depth) {
  size_t count = function.arg_count;
  if (function.variadic != 0) {
    count =
        count - 1 + Below(function.variadic < 0 ? 4 : static_cast<size_t>(function.variadic) + 1);
  }
  std::string arguments;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) arguments += ", " + Space();
    const ValueType type = function.types()[std::min<size_t>(i, function.arg_count - 1)];
    // info() takes no other vector but label matchers.
    arguments += function.name == "info" && i == 1 ? "{job=\"x\"}" : OfType(type, depth);
  }
  return arguments;
}

std::string PromqlGrammar::Labels() {
  if (options_.obscure) {
    const std::string before = Space();
    const std::string between = Space();
    const std::string last = Pick<4>({"on", "sum", "start", "le"});
    return fmt::format("({}job,{}{}{})", before, between, last, Chance(2) ? "," : "");
  }
  return Pick<5>({"()", "(job)", "(instance)", "(job, instance)", "(job, \"dotted.label\",)"});
}

std::string PromqlGrammar::Aggregation(int depth) {
  std::string op =
      Pick<14>({"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "topk", "bottomk",
                "quantile", "count_values", "limitk", "limit_ratio"});
  std::string parameter;
  if (op == "count_values") {
    parameter = fmt::format("{}, ", Pick<2>({"\"v\"", "\"job\""}));
  } else if (op == "quantile" || op.ends_with("k") || op == "limit_ratio") {
    parameter = fmt::format("{}, ", Scalar(Chance(4) ? 1 : 0));
  }
  const std::string grouping = Pick<3>({"", "by", "without"});
  const std::string labels = grouping.empty() ? "" : fmt::format(" {}", Labels());
  if (options_.obscure && Chance(4)) op[0] = static_cast<char>(op[0] - 'a' + 'A');  // Sum
  op += Space();
  const std::string of = Vector(depth);
  if (Chance(3)) return fmt::format("{}({}{}) {}{}", op, parameter, of, grouping, labels);
  return fmt::format("{} {}{} ({}{})", op, grouping, labels, parameter, of);
}

std::string PromqlGrammar::Matching(bool groups) {
  std::string matching = Pick<4>({"", " on", " ignoring", " on"});
  if (matching.empty()) return matching;
  matching += Labels();
  if (groups) {
    // Without its own parentheses it would take those of an operand for them.
    matching +=
        Pick<6>({"", "", " group_left()", " group_right ()", " group_left(v)", " group_right (v)"});
  }
  return matching;
}

std::string PromqlGrammar::Binary(int depth) {
  if (Chance(5)) {
    const std::string left = Vector(depth);
    const std::string op = Pick<3>({"and", "or", "unless"});
    const std::string matching = Matching(false);
    return fmt::format("{} {}{} {}", left, op, matching, Vector(depth));
  }
  std::string op = Pick<15>({"+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", ">",
                             "<=", ">=", "== bool", "< bool"});
  switch (Below(4)) {
    case 0: {
      const std::string left = Scalar(depth);
      return fmt::format("{} {} {}", left, op, Vector(depth));
    }
    case 1: {
      const std::string left = Vector(depth);
      return fmt::format("{} {} {}", left, op, Scalar(depth));
    }
    default:
      break;
  }
  const std::string left = Vector(depth);
  op += Matching(true);
  op += Pick<8>(
      {"", "", "", "", "", " fill (0)", " fill_left (1)", " fill_right (-2) fill_left (3)"});
  return fmt::format("{} {} {}", left, op, Vector(depth));
}

std::string RandomChoices(std::mt19937_64* random) {
  std::string choices;
  for (int i = 0; i < 160; ++i) choices += static_cast<char>((*random)());
  return choices;
}

}  // namespace silverback::testing
