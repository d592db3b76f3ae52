// A syntax tree as JSON, in the shape of Prometheus' /api/v1/parse_query.
#pragma once

#include "query/api/json_writer.h"
#include "query/syntax/ast.h"

namespace silverback {

/// Writes the tree below `expr`. Keys stand in alphabetical order, as upstream's do.
void WriteAst(JsonWriter& json, const syntax::Expr& expr);

}  // namespace silverback
