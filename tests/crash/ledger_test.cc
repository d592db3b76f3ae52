#include "tests/crash/ledger.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::string Check(SeriesLedger* ledger, std::vector<Sample> found) {
  uint64_t missing = 0;
  return ledger->Compare(found, /*allow_missing=*/false, &missing);
}

TEST_CASE("an acknowledged sample must be there with its value") {
  SeriesLedger ledger;
  ledger.Sending({1, 10});
  ledger.Acknowledged();
  REQUIRE(Check(&ledger, {{1, 10}}).empty());
  REQUIRE(Check(&ledger, {{1, 11}}).find("value at 1") != std::string::npos);
  REQUIRE(Check(&ledger, {}).find("missing") != std::string::npos);
}

TEST_CASE("a sample that was never answered may be there or not, but once seen it must stay") {
  SeriesLedger ledger;
  ledger.Sending({1, 10});
  ledger.Unanswered();
  SECTION("absent") {
    REQUIRE(Check(&ledger, {}).empty());
  }
  SECTION("present, then gone") {
    REQUIRE(Check(&ledger, {{1, 10}}).empty());
    REQUIRE_FALSE(Check(&ledger, {}).empty());
  }
}

TEST_CASE("an overwrite that was never answered leaves either value") {
  SeriesLedger ledger;
  ledger.Sending({1, 10});
  ledger.Acknowledged();
  ledger.Sending({1, 20});
  ledger.Unanswered();
  SECTION("old") {
    REQUIRE(Check(&ledger, {{1, 10}}).empty());
  }
  SECTION("new") {
    REQUIRE(Check(&ledger, {{1, 20}}).empty());
  }
  SECTION("neither") {
    REQUIRE_FALSE(Check(&ledger, {{1, 30}}).empty());
  }
}

TEST_CASE("where loss is allowed, a value from before an overwrite counts as one") {
  SeriesLedger ledger;
  for (const double value : {10.0, 20.0}) {
    ledger.Sending({1, value});
    ledger.Acknowledged();
  }
  uint64_t missing = 0;
  REQUIRE(ledger.Compare(std::vector<Sample>{{1, 10}}, /*allow_missing=*/true, &missing).empty());
  REQUIRE(missing == 1);
}

TEST_CASE("a sample that nobody sent is a contradiction") {
  SeriesLedger ledger;
  REQUIRE(Check(&ledger, {{5, 1}}).find("nobody sent") != std::string::npos);
}

}  // namespace
}  // namespace silverback
