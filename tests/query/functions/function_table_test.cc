#include "query/functions/function_table.h"

#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "query/syntax/function_signatures.h"

namespace silverback {
namespace {

TEST_CASE("Table and signatures know the same functions, and agree on which are experimental") {
  std::set<std::string> names;
  for (const FunctionInfo& row : FunctionTable()) names.insert(std::string(row.name));
  std::set<std::string> signatures;
  for (const auto& signature : syntax::AllFunctions()) {
    signatures.insert(std::string(signature.name));
    const FunctionInfo* row = FindFunctionInfo(signature.name);
    REQUIRE(row != nullptr);
    INFO(signature.name);
    CHECK(row->experimental == signature.experimental);
  }
  CHECK(names == signatures);
}

TEST_CASE("Every row has the kernel of its kind, and a line of help") {
  for (const FunctionInfo& row : FunctionTable()) {
    INFO(row.name);
    CHECK(!row.help.empty());
    const bool range =
        row.kind == FunctionKind::kRange || row.kind == FunctionKind::kAbsentOverTime;
    CHECK((row.range != nullptr) == range);
    CHECK((row.elementwise != nullptr) == (row.kind == FunctionKind::kElementwise));
    CHECK((row.date != nullptr) == (row.kind == FunctionKind::kDate));
    CHECK((row.scalar_pair != nullptr) == (row.kind == FunctionKind::kScalarPair));
    CHECK(FindFunctionInfo(row.name) == &row);
  }
  CHECK(FindFunctionInfo("rates") == nullptr);
}

TEST_CASE("A modifier that a function does not allow is refused in upstream's words") {
  CHECK(BordersError(*FindFunctionInfo("rate"), WindowBorders::kSmoothed).empty());
  CHECK(BordersError(*FindFunctionInfo("deriv"), WindowBorders::kPlain).empty());
  CHECK(
      BordersError(*FindFunctionInfo("deriv"), WindowBorders::kAnchored) ==
      "anchored modifier can only be used with: changes, delta, increase, rate, resets - not with "
      "deriv");
  CHECK(BordersError(*FindFunctionInfo("changes"), WindowBorders::kSmoothed) ==
        "smoothed modifier can only be used with: delta, increase, rate - not with changes");
}

}  // namespace
}  // namespace silverback
