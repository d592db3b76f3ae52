// Runs testdata/parser_corpus.txt: queries with the errors or trees that Prometheus 3.14 answers.
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tree_text.h"

#include "query/syntax/parser.h"
#include "query/syntax/printer.h"
#include "query/syntax/text.h"

namespace silverback::syntax {
namespace {

std::vector<std::string> Columns(const std::string& line) {
  std::vector<std::string> columns;
  size_t start = 0;
  while (true) {
    const size_t end = line.find('\t', start);
    const std::string column = line.substr(start, end - start);
    columns.push_back(column.starts_with('"') ? *Unquote(column) : column);
    if (end == line.npos) return columns;
    start = end + 1;
  }
}

ParserOptions OptionsOf(const std::string& features) {
  if (features == "all") return AllFeatures();
  ParserOptions options;
  options.duration_expressions = features == "default";
  return options;
}

void CheckValid(const Expr& expr, const std::vector<std::string>& columns) {
  CHECK(ToString(expr) == columns[3]);
  CHECK(Prettify(expr) == columns[4]);
  CHECK(TreeText(expr) == columns[5]);
  const ExprPtr copy = Clone(expr);
  CHECK(ToString(*copy) == columns[3]);
  CHECK(TreeText(*copy) == columns[5]);
}

TEST_CASE("queries give the errors, normal forms and positions that Prometheus gives") {
  std::ifstream file(SILVERBACK_TESTDATA "/parser_corpus.txt");
  REQUIRE(file.good());
  std::string line;
  int queries = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    const std::vector<std::string> columns = Columns(line);
    REQUIRE(columns.size() >= 3);
    const bool valid = columns[2] == "ok";
    REQUIRE(columns.size() == (valid ? 6 : 3));
    ++queries;
    INFO(line);
    const StatusOr<ExprPtr> parsed = ParseExpr(columns[1], OptionsOf(columns[0]));
    if (valid) {
      REQUIRE(parsed.status() == absl::OkStatus());
      CheckValid(**parsed, columns);
    } else {
      REQUIRE_FALSE(parsed.ok());
      CHECK(parsed.status().code() == absl::StatusCode::kInvalidArgument);
      CHECK(MessageOf(parsed.status()) == columns[2]);
    }
  }
  CHECK(queries > 800);
}

}  // namespace
}  // namespace silverback::syntax
