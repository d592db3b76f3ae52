// /api/v1/format_query and /api/v1/parse_query.
#include <memory>

#include "query/api/ast_json.h"
#include "query/api/handlers.h"
#include "query/syntax/parser.h"
#include "query/syntax/printer.h"

namespace silverback {
namespace {

StatusOr<syntax::ExprPtr> ParseQuery(const ApiContext& context, const ApiRequest& request) {
  return syntax::ParseExpr(request.parameters.First("query"), context.engine->options().parser);
}

}  // namespace

ApiResponse HandleFormatQuery(ApiContext& context, const ApiRequest& request) {
  const auto expr = ParseQuery(context, request);
  if (!expr.ok()) return Failure(InvalidParameter("query", expr.status()));
  return Success([text = syntax::Prettify(**expr)](JsonWriter& json) { json.String(text); });
}

ApiResponse HandleParseQuery(ApiContext& context, const ApiRequest& request) {
  auto parsed = ParseQuery(context, request);
  if (!parsed.ok()) return Failure(InvalidParameter("query", parsed.status()));
  const std::shared_ptr<const syntax::Expr> expr = std::move(parsed).value();
  return Success([expr](JsonWriter& json) { WriteAst(json, *expr); });
}

}  // namespace silverback
