// PromQL text to syntax tree.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"
#include "query/syntax/ast.h"

namespace silverback::syntax {

/// What the parser accepts. Upstream's feature flags, and their defaults, stand beside the fields.
struct ParserOptions {
  bool experimental_functions = false;    // promql-experimental-functions
  bool duration_expressions = true;       // promql-duration-expr (on by default since 3.14)
  bool extended_range_selectors = false;  // promql-extended-range-selectors: anchored, smoothed
  bool fill_modifiers = false;            // promql-binop-fill-modifiers
  size_t max_query_bytes = 1 << 20;
  /// Bounds `Expr::depth`: operators in a chain ("a + b + c") count as nested.
  int max_depth = 1000;
};

/// All of the above that is experimental switched on.
ParserOptions AllFeatures();

/// Parses and type-checks an expression. The error is InvalidArgument, its message upstream's:
/// `1:5: parse error: unexpected ...`. Safe for concurrent use, as all functions here.
StatusOr<ExprPtr> ParseExpr(std::string_view query, const ParserOptions& options = {});

/// Parses a series selector (`name{label="value"}`), as `match[]` carries it.
StatusOr<std::vector<Matcher>> ParseMetricSelector(std::string_view selector,
                                                   const ParserOptions& options = {});

/// Parses a series (`name{label="value"}`).
StatusOr<LabelSet> ParseMetric(std::string_view metric, const ParserOptions& options = {});

/// Parses a duration as Prometheus writes them ("1h30m", "5ms", "0"), in milliseconds.
StatusOr<int64_t> ParseDurationMs(std::string_view text);

}  // namespace silverback::syntax
