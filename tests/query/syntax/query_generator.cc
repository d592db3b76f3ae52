#include "query_generator.h"

#include <fmt/format.h>

namespace silverback::syntax {

std::string QueryGenerator::Query() {
  switch (Pick(8)) {
    case 0:
      return Scalar(4);
    case 1:
      return Matrix(4);
    case 2:
      return String();
    default:
      return Vector(5);
  }
}

std::string QueryGenerator::Number() {
  return OneOf({"0", "1", "42", "0.5", "1e3", "0x1f", "017", "1_000", ".25", "5m", "1h30m", "2ms",
                "(Inf)", "(NaN)", "-3", "+7", "1e-9", "123456789.125", "1e25"});
}

std::string QueryGenerator::String() {
  return OneOf({"\"a\"", "'b\\n'", "`c\\d`", "\"\\xff\"", "\"\xc3\xa9\"", "\"\"", "'\"'"});
}

std::string QueryGenerator::Matcher() {
  return OneOf({"job", "le", "on", "\"a b\"", "__name__"}) + Space() +
         OneOf({"=\"x\"", "!= 'y'", "=~\"a|b.*\"", "!~`z+`", "=\"\""});
}

std::string QueryGenerator::Series() {
  const std::string name = OneOf({"up", "reads:rate5m", "sum", "offset", "start", "by", "fill"});
  switch (Pick(4)) {
    case 0:
      return name;
    case 1:
      return name + "{job=\"a\"" + (Chance(50) ? "," : "") + "}";
    case 2:
      return "{\"quoted name\"" + (Chance(50) ? "," + Matcher() : "") + "}";
    default:
      return "{le=\"0.5\"," + Space() + Matcher() + "}";
  }
}

std::string QueryGenerator::Labels() {
  std::string list;
  for (size_t i = Pick(4); i > 0; --i) {
    list += OneOf({"job", "le", "\"a b\"", "on", "sum", "start"}) + (i > 1 ? "," : "");
  }
  return "(" + list + ")";
}

std::string QueryGenerator::At() {
  return OneOf({"", "", "", " @ 1700000000", " @ -5.25", " @ start()", " @end()", " @ 1h"});
}

std::string QueryGenerator::Offset() {
  if (Chance(60)) return "";
  switch (Pick(4)) {
    case 0:
      return " offset (" + Duration(2) + ")";
    case 1:
      return " offset -(" + Duration(1) + ")";
    default:
      return " offset " + OneOf({"5m", "-1h", "300", "step()", "-range()", "max_of(1,2)"});
  }
}

std::string QueryGenerator::Extended() {
  return OneOf({"", "", "", " anchored", " smoothed"});
}

std::string QueryGenerator::Duration(int depth) {
  if (depth <= 0 || Chance(50))
    return OneOf({"5m", "1h", "90", "0.25", "1d12h", "step()", "range()"});
  switch (Pick(5)) {
    case 0:
      return "(" + Duration(depth - 1) + ")";
    case 1:
      return "min_of(" + Duration(depth - 1) + ", " + Duration(depth - 1) + ")";
    case 2:
      return "(-" + Duration(depth - 1) + ")";
    default:
      return Duration(depth - 1) + OneOf({"+", " - ", "*", "^", " / ", "%"}) + Duration(depth - 1);
  }
}

std::string QueryGenerator::Matrix(int depth) {
  if (depth > 0 && Chance(30)) {
    // The colon of a subquery needs a number before it.
    return fmt::format("({})[{}:{}]{}{}", Vector(depth - 1), "1h + " + Duration(1),
                       Chance(50) ? "" : Duration(1), At(), Offset());
  }
  return fmt::format("{}[{}]{}{}{}", Series(), Duration(2), Extended(), At(), Offset());
}

std::string QueryGenerator::Scalar(int depth) {
  if (depth <= 0 || Chance(50)) return Number();
  switch (Pick(5)) {
    case 0:
      return "time()";
    case 1:
      return "scalar(" + Vector(depth - 1) + ")";
    case 2:
      return "-(" + Scalar(depth - 1) + ")";
    case 3:
      return "(" + Scalar(depth - 1) + ")" + OneOf({" == bool ", " < bool ", " ^ "}) + Number();
    default:
      return Scalar(depth - 1) + OneOf({" + ", "*", " % ", " ^ ", " atan2 "}) + Scalar(depth - 1);
  }
}

std::string QueryGenerator::Aggregation(int depth) {
  const std::string modifier = OneOf({"by", "without", "BY"}) + Space() + Labels();
  const std::string inner = Vector(depth - 1);
  const std::string op = OneOf(
      {"sum", "avg", "count", "Min", "group", "topk", "quantile", "limit_ratio", "count_values"});
  std::string args = inner;
  if (op == "count_values") {
    args = "\"v\", " + inner;
  } else if (op == "topk" || op == "quantile" || op == "limit_ratio") {
    args = Scalar(1) + "," + Space() + inner;
  }
  switch (Pick(3)) {
    case 0:
      return op + "(" + args + ")";
    case 1:
      return op + " " + modifier + Space() + "(" + args + ")";
    default:
      return op + Space() + "(" + args + ")" + Space() + modifier;
  }
}

std::string QueryGenerator::VectorCall(int depth) {
  switch (Pick(6)) {
    case 0:
      return OneOf({"rate", "max_over_time", "absent_over_time"}) + "(" + Matrix(depth - 1) + ")";
    case 1:
      return "clamp(" + Vector(depth - 1) + ", " + Scalar(1) + "," + Scalar(1) + ")";
    case 2:
      return "label_join(" + Vector(depth - 1) + ", \"d\", \",\", \"a\", 'b')";
    case 3:
      return "vector(" + Scalar(depth - 1) + ")";
    case 4:
      return OneOf({"hour()", "minute()"});
    default:
      return "abs(" + Space() + Vector(depth - 1) + Space() + ")";
  }
}

/// The left side of an operator. An offset in parentheses would swallow the operator.
std::string QueryGenerator::Operand(int depth) {
  const std::string vector = Vector(depth);
  return vector.find(" offset (") == vector.npos ? vector : "(" + vector + ")";
}

std::string QueryGenerator::VectorOperation(int depth) {
  const std::string lhs = Operand(depth - 1);
  const std::string rhs = Vector(depth - 1);
  if (Chance(20)) {
    return lhs + OneOf({" and ", " or ", " unless "}) + (Chance(50) ? "on" + Labels() : "") + " " +
           rhs;
  }
  if (Chance(20)) {
    // In parentheses: an operator behind would take the scalar for its operand.
    return "(" + lhs + OneOf({" + ", " > ", " == bool ", " </ "}) + Scalar(depth - 1) + ")";
  }
  std::string op = OneOf({" + ", " - ", "*", " / ", " ^ ", " > ", " <= bool ", " >/ "});
  if (Chance(50)) {
    op += OneOf({" on ", " ignoring "}) + "(job)";
    if (Chance(50))
      op += OneOf({" group_left ", " group_right"}) + "(le" + (Chance(30) ? "," : "") + ")";
  }
  op += OneOf({"", "", "", " fill(0)", " fill_left(-1) fill_right(2)", " fill_right (1e30)"});
  return lhs + op + " " + rhs;
}

std::string QueryGenerator::Vector(int depth) {
  if (depth <= 0 || Chance(25)) return Series() + Extended() + At() + Offset();
  switch (Pick(5)) {
    case 0:
      return Aggregation(depth);
    case 1:
      return VectorCall(depth);
    case 2:
      return "(" + Space() + Vector(depth - 1) + Space() + ")";
    case 3:
      return OneOf({"-", "+"}) + Space() + Vector(depth - 1);
    default:
      return VectorOperation(depth);
  }
}

}  // namespace silverback::syntax
