// The abstract syntax tree of PromQL, as Prometheus 3.14 reads it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/labels/matcher.h"
#include "query/syntax/function_signatures.h"
#include "query/syntax/position_range.h"
#include "query/syntax/value_type.h"

namespace silverback::syntax {

using silverback::PositionRange;

enum class NodeKind : uint8_t {
  kNumber,
  kString,
  kVectorSelector,
  kMatrixSelector,
  kSubquery,
  kUnary,
  kBinary,
  kAggregate,
  kCall,
  kParen,
  kDuration,
};

class Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// A node. Nodes own their children; a tree is changed only by who owns it, and may be read by many
/// threads. Use `kind()` with `As<T>` / `DynAs<T>` to reach the fields of a kind.
class Expr {
 public:
  virtual ~Expr() = default;
  Expr(const Expr&) = delete;
  Expr& operator=(const Expr&) = delete;

  NodeKind kind() const { return kind_; }
  /// The type of value that evaluation gives (derived from the children where it depends on them).
  ValueType type() const;

  /// Where the node stands in the query text, as upstream's PositionRange.
  PositionRange position;
  /// Nodes on the longest path from here to a leaf, this one included. The parser bounds it
  /// (`ParserOptions::max_depth`), so that walking a parsed tree recursively is safe.
  int32_t depth = 1;

 protected:
  explicit Expr(NodeKind kind) : kind_(kind) {}

 private:
  NodeKind kind_;
};

/// The node as its concrete type. REQUIRES: it is of that kind.
template <typename T>
const T& As(const Expr& expr) {
  SB_DCHECK(expr.kind() == T::kKind);
  return static_cast<const T&>(expr);
}
template <typename T>
T& As(Expr& expr) {
  SB_DCHECK(expr.kind() == T::kKind);
  return static_cast<T&>(expr);
}
/// The node as its concrete type, or null when it is of another kind (or null itself).
template <typename T>
const T* DynAs(const Expr* expr) {
  return expr != nullptr && expr->kind() == T::kKind ? static_cast<const T*>(expr) : nullptr;
}
template <typename T>
T* DynAs(Expr* expr) {
  return expr != nullptr && expr->kind() == T::kKind ? static_cast<T*>(expr) : nullptr;
}

/// `12`, `0x1f`, `Inf`, `5m` (300).
struct NumberLiteral : Expr {
  static constexpr NodeKind kKind = NodeKind::kNumber;
  NumberLiteral() : Expr(kKind) {}
  double value = 0;
  bool is_duration = false;  // written as a duration; printed as one
};

struct StringLiteral : Expr {
  static constexpr NodeKind kKind = NodeKind::kString;
  StringLiteral() : Expr(kKind) {}
  std::string value;  // unquoted; any bytes
};

/// Operators of duration expressions, which stand where a duration may stand: `[1h / 2]`, `offset
/// step() * 2`.
enum class DurationOp : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kStep,   // step(): no operands
  kRange,  // range(): no operands
  kMinOf,
  kMaxOf,
};

/// A duration that needs computing. Operands are NumberLiterals (seconds) and DurationExprs. kAdd
/// and kSub without `lhs` are unary. `ResolveDurations` (query/syntax/durations.h) computes them,
/// once step and range are known.
struct DurationExpr : Expr {
  static constexpr NodeKind kKind = NodeKind::kDuration;
  DurationExpr() : Expr(kKind) {}
  DurationOp op = DurationOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool wrapped = false;  // written in parentheses
};

enum class AtModifier : uint8_t { kNone, kStart, kEnd };

/// What `offset` and `@` say, on selectors and subqueries.
struct TimeModifiers {
  /// The offset as written, in milliseconds (towards the past where positive; fractions of a
  /// millisecond are cut off); 0 where `offset_expr` is set, until `ResolveDurations` has computed
  /// it.
  int64_t original_offset_ms = 0;
  std::unique_ptr<DurationExpr> offset_expr;
  /// `@ 1234.5`, in milliseconds.
  std::optional<int64_t> timestamp_ms;
  /// `@ start()`, `@ end()`.
  AtModifier at = AtModifier::kNone;
};

/// `name{label="value", ...} offset 5m @ 1234 anchored`.
struct VectorSelector : Expr {
  static constexpr NodeKind kKind = NodeKind::kVectorSelector;
  VectorSelector() : Expr(kKind) {}
  /// The metric name before the braces, or "". It stands among `matchers` too (last).
  std::string name;
  std::vector<Matcher> matchers;
  TimeModifiers time;
  bool anchored = false;
  bool smoothed = false;
  /// Set on the second argument of info(), which may match everything.
  bool bypass_empty_matcher_check = false;
};

/// `selector[5m]`. Its offset, @, anchored and smoothed are the selector's.
struct MatrixSelector : Expr {
  static constexpr NodeKind kKind = NodeKind::kMatrixSelector;
  MatrixSelector() : Expr(kKind) {}
  std::unique_ptr<VectorSelector> selector;
  int64_t range_ms = 0;  // 0 where `range_expr` is set and not computed yet
  std::unique_ptr<DurationExpr> range_expr;
};

/// `expr[1h:5m] offset 1d`.
struct SubqueryExpr : Expr {
  static constexpr NodeKind kKind = NodeKind::kSubquery;
  SubqueryExpr() : Expr(kKind) {}
  ExprPtr expr;
  int64_t range_ms = 0;  // 0 where `range_expr` is set and not computed yet
  std::unique_ptr<DurationExpr> range_expr;
  int64_t step_ms = 0;  // 0: the default step, or `step_expr` not computed yet
  std::unique_ptr<DurationExpr> step_expr;
  TimeModifiers time;
};

enum class UnaryOp : uint8_t { kPlus, kMinus };

/// `-expr`, of a scalar or an instant vector. The sign of a number literal is folded into it.
struct UnaryExpr : Expr {
  static constexpr NodeKind kKind = NodeKind::kUnary;
  UnaryExpr() : Expr(kKind) {}
  UnaryOp op = UnaryOp::kMinus;
  ExprPtr expr;
};

enum class BinaryOp : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,  // ==
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kTrimUpper,  // </
  kTrimLower,  // >/
  kAnd,
  kOr,
  kUnless,
};
/// ==, !=, <, <=, >, >=.
bool IsComparison(BinaryOp op);
/// and, or, unless.
bool IsSetOperator(BinaryOp op);
/// As written: "+", "</", "unless".
std::string_view BinaryOpName(BinaryOp op);

enum class Cardinality : uint8_t { kOneToOne, kManyToOne, kOneToMany, kManyToMany };
/// "one-to-one" and so on, as the API prints it.
std::string_view CardinalityName(Cardinality card);

/// How the sides of a binary operation find each other. kManyToOne is group_left; set operators are
/// kManyToMany.
struct VectorMatching {
  Cardinality card = Cardinality::kOneToOne;
  bool on = false;  // `labels` are those to match on; otherwise those to ignore
  std::vector<std::string> labels;
  std::vector<std::string> include;  // in group_left(...) / group_right(...)
  /// Values that stand in for a missing series of that side.
  std::optional<double> fill_left;
  std::optional<double> fill_right;
};

struct BinaryExpr : Expr {
  static constexpr NodeKind kKind = NodeKind::kBinary;
  BinaryExpr() : Expr(kKind) {}
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool return_bool = false;
  /// Present exactly when both sides are instant vectors.
  std::optional<VectorMatching> matching;
};

enum class AggregateOp : uint8_t {
  kSum,
  kAvg,
  kCount,
  kMin,
  kMax,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kCountValues,
  kQuantile,
  kLimitk,
  kLimitRatio,
};
/// As written: "sum", "count_values".
std::string_view AggregateOpName(AggregateOp op);
/// topk, bottomk, count_values, quantile, limitk, limit_ratio.
bool TakesParameter(AggregateOp op);

struct AggregateExpr : Expr {
  static constexpr NodeKind kKind = NodeKind::kAggregate;
  AggregateExpr() : Expr(kKind) {}
  AggregateOp op = AggregateOp::kSum;
  ExprPtr expr;
  ExprPtr param;  // null unless `TakesParameter(op)`
  std::vector<std::string> grouping;
  bool without = false;
};

struct Call : Expr {
  static constexpr NodeKind kKind = NodeKind::kCall;
  Call() : Expr(kKind) {}
  const FunctionSignature* function = nullptr;  // never null in a parsed tree; static storage
  std::vector<ExprPtr> args;
};

struct ParenExpr : Expr {
  static constexpr NodeKind kKind = NodeKind::kParen;
  ParenExpr() : Expr(kKind) {}
  ExprPtr expr;
};

/// Calls `visit` for every child, in upstream's order (of an aggregation the expression comes
/// before the parameter). Duration expressions are no children.
void ForEachChild(const Expr& expr, const std::function<void(const Expr&)>& visit);

/// The same for the children that may be replaced: `visit` gets the owner of each child. The vector
/// selector inside a matrix selector is not visited.
void ForEachChildOwner(Expr* expr, const std::function<void(ExprPtr*)>& visit);

/// Calls `visit` for `expr` and everything below it, parents first.
void Walk(const Expr& expr, const std::function<void(const Expr&)>& visit);

/// The node inside any number of parentheses.
const Expr& StripParens(const Expr& expr);

/// A deep copy, positions included.
ExprPtr Clone(const Expr& expr);
std::unique_ptr<DurationExpr> Clone(const std::unique_ptr<DurationExpr>& expr);

}  // namespace silverback::syntax
