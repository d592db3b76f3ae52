#include "query/api/ast_json.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "query/api/number_text.h"

namespace silverback {
namespace {

using namespace syntax;  // NOLINT: this file is about nothing else

void WriteOptional(JsonWriter& json, const Expr* expr) {
  if (expr == nullptr) {
    json.Null();
  } else {
    WriteAst(json, *expr);
  }
}

void KeyString(JsonWriter& json, std::string_view key, std::string_view value) {
  json.Key(key);
  json.String(value);
}

void KeyBool(JsonWriter& json, std::string_view key, bool value) {
  json.Key(key);
  json.Bool(value);
}

void KeyInteger(JsonWriter& json, std::string_view key, int64_t value) {
  json.Key(key);
  json.Integer(value);
}

void KeyExpr(JsonWriter& json, std::string_view key, const Expr* expr) {
  json.Key(key);
  WriteOptional(json, expr);
}

void KeyStrings(JsonWriter& json, std::string_view key, const std::vector<std::string>& values) {
  json.Key(key);
  json.BeginArray();
  for (const std::string& value : values) json.String(value);
  json.EndArray();
}

std::string FixedText(double value) {
  std::string text;
  AppendDoubleFixed(&text, value);
  return text;
}

std::string_view DurationOpName(DurationOp op) {
  constexpr std::string_view kNames[] = {"+", "-",    "*",     "/",      "%",
                                         "^", "step", "range", "min_of", "max_of"};
  return kNames[static_cast<size_t>(op)];
}

/// In duration expressions number literals say whether they were written as durations.
void WriteDurationExpr(JsonWriter& json, const Expr* expr) {
  if (const auto* number = DynAs<NumberLiteral>(expr)) {
    json.BeginObject();
    KeyBool(json, "duration", number->is_duration);
    KeyString(json, "type", "numberLiteral");
    KeyString(json, "val", FixedText(number->value));
    json.EndObject();
    return;
  }
  const auto* duration = DynAs<DurationExpr>(expr);
  if (duration == nullptr) {
    WriteOptional(json, expr);
    return;
  }
  json.BeginObject();
  json.Key("lhs");
  WriteDurationExpr(json, duration->lhs.get());
  KeyString(json, "op", DurationOpName(duration->op));
  json.Key("rhs");
  WriteDurationExpr(json, duration->rhs.get());
  KeyString(json, "type", "durationExpr");
  KeyBool(json, "wrapped", duration->wrapped);
  json.EndObject();
}

void KeyDurationExpr(JsonWriter& json, std::string_view key,
                     const std::unique_ptr<DurationExpr>& expr) {
  json.Key(key);
  WriteDurationExpr(json, expr.get());
}

void WriteMatchers(JsonWriter& json, const std::vector<Matcher>& matchers) {
  json.Key("matchers");
  json.BeginArray();
  for (const Matcher& matcher : matchers) {
    json.BeginObject();
    KeyString(json, "name", matcher.name());
    KeyString(json, "type", MatchTypeName(matcher.type()));
    KeyString(json, "value", matcher.value());
    json.EndObject();
  }
  json.EndArray();
}

void WriteStartOrEnd(JsonWriter& json, AtModifier at) {
  json.Key("startOrEnd");
  if (at == AtModifier::kNone) {
    json.Null();
  } else {
    json.String(at == AtModifier::kStart ? "start" : "end");
  }
}

void WriteAtTimestamp(JsonWriter& json, const std::optional<int64_t>& timestamp_ms) {
  json.Key("timestamp");
  if (timestamp_ms.has_value()) {
    json.Integer(*timestamp_ms);
  } else {
    json.Null();
  }
}

void WriteFill(JsonWriter& json, std::string_view key, const std::optional<double>& value) {
  json.Key(key);
  if (value.has_value()) {
    json.Float(*value);
  } else {
    json.Null();
  }
}

void WriteMatching(JsonWriter& json, const std::optional<VectorMatching>& matching) {
  json.Key("matching");
  if (!matching.has_value()) {
    json.Null();
    return;
  }
  json.BeginObject();
  KeyString(json, "card", CardinalityName(matching->card));
  json.Key("fillValues");
  json.BeginObject();
  WriteFill(json, "lhs", matching->fill_left);
  WriteFill(json, "rhs", matching->fill_right);
  json.EndObject();
  KeyStrings(json, "include", matching->include);
  KeyStrings(json, "labels", matching->labels);
  KeyBool(json, "on", matching->on);
  json.EndObject();
}

void Write(JsonWriter& json, const NumberLiteral& number) {
  KeyString(json, "type", "numberLiteral");
  KeyString(json, "val", FixedText(number.value));
}

void Write(JsonWriter& json, const StringLiteral& string) {
  KeyString(json, "type", "stringLiteral");
  KeyString(json, "val", string.value);
}

void Write(JsonWriter& json, const VectorSelector& selector) {
  KeyBool(json, "anchored", selector.anchored);
  WriteMatchers(json, selector.matchers);
  KeyString(json, "name", selector.name);
  KeyInteger(json, "offset", selector.time.original_offset_ms);
  KeyDurationExpr(json, "offsetExpr", selector.time.offset_expr);
  KeyBool(json, "smoothed", selector.smoothed);
  WriteStartOrEnd(json, selector.time.at);
  WriteAtTimestamp(json, selector.time.timestamp_ms);
  KeyString(json, "type", "vectorSelector");
}

void Write(JsonWriter& json, const MatrixSelector& matrix) {
  const VectorSelector& selector = *matrix.selector;
  KeyBool(json, "anchored", selector.anchored);
  WriteMatchers(json, selector.matchers);
  KeyString(json, "name", selector.name);
  KeyInteger(json, "offset", selector.time.original_offset_ms);
  KeyDurationExpr(json, "offsetExpr", selector.time.offset_expr);
  KeyInteger(json, "range", matrix.range_ms);
  KeyDurationExpr(json, "rangeExpr", matrix.range_expr);
  KeyBool(json, "smoothed", selector.smoothed);
  WriteStartOrEnd(json, selector.time.at);
  WriteAtTimestamp(json, selector.time.timestamp_ms);
  KeyString(json, "type", "matrixSelector");
}

void Write(JsonWriter& json, const SubqueryExpr& subquery) {
  KeyExpr(json, "expr", subquery.expr.get());
  KeyInteger(json, "offset", subquery.time.original_offset_ms);
  KeyDurationExpr(json, "offsetExpr", subquery.time.offset_expr);
  KeyInteger(json, "range", subquery.range_ms);
  KeyDurationExpr(json, "rangeExpr", subquery.range_expr);
  WriteStartOrEnd(json, subquery.time.at);
  KeyInteger(json, "step", subquery.step_ms);
  KeyDurationExpr(json, "stepExpr", subquery.step_expr);
  WriteAtTimestamp(json, subquery.time.timestamp_ms);
  KeyString(json, "type", "subquery");
}

void Write(JsonWriter& json, const UnaryExpr& unary) {
  KeyExpr(json, "expr", unary.expr.get());
  KeyString(json, "op", unary.op == UnaryOp::kMinus ? "-" : "+");
  KeyString(json, "type", "unaryExpr");
}

void Write(JsonWriter& json, const BinaryExpr& binary) {
  KeyBool(json, "bool", binary.return_bool);
  KeyExpr(json, "lhs", binary.lhs.get());
  WriteMatching(json, binary.matching);
  KeyString(json, "op", BinaryOpName(binary.op));
  KeyExpr(json, "rhs", binary.rhs.get());
  KeyString(json, "type", "binaryExpr");
}

void Write(JsonWriter& json, const AggregateExpr& aggregate) {
  KeyExpr(json, "expr", aggregate.expr.get());
  KeyStrings(json, "grouping", aggregate.grouping);
  KeyString(json, "op", AggregateOpName(aggregate.op));
  KeyExpr(json, "param", aggregate.param.get());
  KeyString(json, "type", "aggregation");
  KeyBool(json, "without", aggregate.without);
}

void Write(JsonWriter& json, const Call& call) {
  json.Key("args");
  json.BeginArray();
  for (const ExprPtr& argument : call.args) WriteAst(json, *argument);
  json.EndArray();
  json.Key("func");
  json.BeginObject();
  json.Key("argTypes");
  json.BeginArray();
  for (const ValueType type : call.function->types()) json.String(ValueTypeName(type));
  json.EndArray();
  KeyString(json, "name", call.function->name);
  KeyString(json, "returnType", ValueTypeName(call.function->return_type));
  KeyInteger(json, "variadic", call.function->variadic);
  json.EndObject();
  KeyString(json, "type", "call");
}

void Write(JsonWriter& json, const ParenExpr& paren) {
  KeyExpr(json, "expr", paren.expr.get());
  KeyString(json, "type", "parenExpr");
}

}  // namespace

void WriteAst(JsonWriter& json, const Expr& expr) {
  if (expr.kind() == NodeKind::kDuration) {
    WriteDurationExpr(json, &expr);
    return;
  }
  json.BeginObject();
  switch (expr.kind()) {
    case NodeKind::kNumber:
      Write(json, As<NumberLiteral>(expr));
      break;
    case NodeKind::kString:
      Write(json, As<StringLiteral>(expr));
      break;
    case NodeKind::kVectorSelector:
      Write(json, As<VectorSelector>(expr));
      break;
    case NodeKind::kMatrixSelector:
      Write(json, As<MatrixSelector>(expr));
      break;
    case NodeKind::kSubquery:
      Write(json, As<SubqueryExpr>(expr));
      break;
    case NodeKind::kUnary:
      Write(json, As<UnaryExpr>(expr));
      break;
    case NodeKind::kBinary:
      Write(json, As<BinaryExpr>(expr));
      break;
    case NodeKind::kAggregate:
      Write(json, As<AggregateExpr>(expr));
      break;
    case NodeKind::kCall:
      Write(json, As<Call>(expr));
      break;
    case NodeKind::kParen:
      Write(json, As<ParenExpr>(expr));
      break;
    case NodeKind::kDuration:
      break;
  }
  json.EndObject();
}

}  // namespace silverback
