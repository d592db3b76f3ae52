#include "query/syntax/function_signatures.h"

#include <catch2/catch.hpp>

namespace silverback::syntax {
namespace {

TEST_CASE("functions are found by their exact name") {
  REQUIRE(FindFunction("rate") != nullptr);
  CHECK(FindFunction("rate")->types().size() == 1);
  CHECK(FindFunction("rate")->types()[0] == ValueType::kMatrix);
  CHECK(FindFunction("Rate") == nullptr);
  CHECK(FindFunction("") == nullptr);
  CHECK(FindFunction("zzz") == nullptr);
}

TEST_CASE("every function of the table is found and well formed") {
  CHECK(AllFunctions().size() == 90);
  for (const FunctionSignature& function : AllFunctions()) {
    INFO(function.name);
    CHECK(FindFunction(function.name) == &function);
    CHECK((function.variadic == 0 || function.arg_count > 0));
    for (const ValueType type : function.types()) CHECK(type != ValueType::kNone);
  }
}

}  // namespace
}  // namespace silverback::syntax
