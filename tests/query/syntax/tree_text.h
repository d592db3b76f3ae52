// A syntax tree as text, for comparing trees.
#pragma once

#include <string>

#include "query/syntax/ast.h"

namespace silverback::syntax {

/// Kinds, positions and resolved times of all nodes: `BinaryExpr[0-5 m=false](NumberLiteral[0-1]
/// NumberLiteral[4-5] )`.
std::string TreeText(const Expr& expr, bool positions = true);

}  // namespace silverback::syntax
