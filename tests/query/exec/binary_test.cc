#include <catch2/catch.hpp>

#include "query_fixture.h"

#include "engine/base/value.h"

namespace silverback {
namespace {

QueryFixture Methods() {
  QueryFixture fixture;
  fixture.Add("errors{method=\"get\", code=\"500\"}", {24, 24});
  fixture.Add("errors{method=\"get\", code=\"404\"}", {30, 30});
  fixture.Add("errors{method=\"put\", code=\"501\"}", {3, 3});
  fixture.Add("requests{method=\"get\"}", {600, 600});
  fixture.Add("requests{method=\"del\"}", {34, 34});
  return fixture;
}

TEST_CASE("series match by their labels") {
  QueryFixture fixture = Methods();
  CHECK(Text(fixture.Instant("errors{code=\"500\"} / ignoring(code) requests")) ==
        "{method=\"get\"} 0.04\n");
  CHECK(Text(fixture.Instant("errors / ignoring(code) group_left requests")) ==
        "{code=\"500\", method=\"get\"} 0.04\n{code=\"404\", method=\"get\"} 0.05\n");
  CHECK(Text(fixture.Instant("requests * on(method) group_right errors > 15000")) ==
        "{code=\"404\", method=\"get\"} 18000\n");
}

TEST_CASE("a comparison keeps the left value and the name, with bool it gives 0 or 1") {
  QueryFixture fixture = Methods();
  CHECK(Text(fixture.Instant("requests > 100")) == "requests{method=\"get\"} 600\n");
  CHECK(Text(fixture.Instant("100 < requests")) == "requests{method=\"get\"} 600\n");
  CHECK(Text(fixture.Instant("requests > bool 100")) == "{method=\"get\"} 1\n{method=\"del\"} 0\n");
  CHECK(Text(fixture.Instant("1 > bool 2")) == "0");
}

TEST_CASE("ambiguous matches are errors") {
  QueryFixture fixture = Methods();
  CHECK(Text(fixture.Instant("requests / on(method) errors")) ==
        "found duplicate series for the match group {method=\"get\"} on the right hand-side of "
        "the operation: [{__name__=\"errors\", code=\"404\", method=\"get\"}, "
        "{__name__=\"errors\", code=\"500\", "
        "method=\"get\"}];many-to-many matching not allowed: matching labels must be unique on "
        "one side");
  CHECK(Text(fixture.Instant("errors / on(method) requests")) ==
        "multiple matches for labels: many-to-one matching must be explicit "
        "(group_left/group_right)");
  CHECK(Text(fixture.Instant("-{__name__=~\"errors|requests\"} + on() group_left vector(1)"))
            .find("error") == std::string::npos);
}

TEST_CASE("duplicates are no error where the other side has nothing to match") {
  QueryFixture fixture = Methods();
  CHECK(Text(fixture.Instant("nothing / on(method) errors")).empty());
}

TEST_CASE("duplicates at different steps are no error") {
  QueryFixture fixture;
  fixture.Add("one{a=\"1\"}", {1, ValueOf(kStaleNanBits), ValueOf(kStaleNanBits)});
  fixture.Add("two{b=\"1\"}", {10, 10, 10});
  fixture.Add("two{b=\"2\"}", {10, 10, 10});
  CHECK(Text(fixture.Range("one / on() two{b=\"1\"}", 0, 120000, 60000)) == "{} 0.1 _ _\n");
}

TEST_CASE("set operators look at presence") {
  QueryFixture fixture = Methods();
  CHECK(Text(fixture.Instant("errors and on(method) requests")) ==
        "errors{code=\"500\", method=\"get\"} 24\nerrors{code=\"404\", method=\"get\"} 30\n");
  CHECK(Text(fixture.Instant("errors unless on(method) requests")) ==
        "errors{code=\"501\", method=\"put\"} 3\n");
  CHECK(Text(fixture.Instant("requests or on(method) errors")) ==
        "requests{method=\"get\"} 600\nrequests{method=\"del\"} 34\n"
        "errors{code=\"501\", method=\"put\"} 3\n");
}

TEST_CASE("series that become the same by losing their names are an error") {
  QueryFixture fixture = Methods();
  fixture.Add("other{method=\"get\"}", {1, 1});
  CHECK(Text(fixture.Instant("abs({__name__=~\"requests|other\"})")) ==
        "vector cannot contain metrics with the same labelset");
  CHECK(Text(fixture.Instant("rate({__name__=~\"requests|other\"}[5m])", 60000)) ==
        "vector cannot contain metrics with the same labelset");
}

}  // namespace
}  // namespace silverback
