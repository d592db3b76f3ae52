#include <catch2/catch.hpp>

#include "tests/support/fakes/api_fixture.h"

namespace silverback::testing {

TEST_CASE("label names are those of the matching series, sorted") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/labels") ==
        R"({"status":"success","data":["__name__","code","service.name"]})");
  CHECK(api.Get("/api/v1/labels?match[]={__name__=\"m\"}") ==
        R"({"status":"success","data":["__name__","code"]})");
  CHECK(
      api.Get("/api/v1/labels?limit=1") ==
      R"({"status":"success","data":["__name__"],"warnings":["results truncated due to limit"]})");
  CHECK(api.Get("/api/v1/labels?limit=0").find("warnings") == std::string::npos);
}

TEST_CASE("label values are united over the selectors") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/label/code/values?match[]=m{code=~\"4..\"}") ==
        R"({"status":"success","data":["404"]})");
  CHECK(api.Get("/api/v1/label/code/values?match[]=m2&match[]=m") ==
        R"({"status":"success","data":["200","404","500"]})");
  CHECK(api.Get("/api/v1/label/nosuch/values") == R"({"status":"success","data":[]})");
  CHECK(api.Get("/api/v1/label/code/values?start=80&end=100") ==
        R"({"status":"success","data":["404"]})");
  CHECK(api.Get("/api/v1/label/U__service_2e_name/values") ==
        R"({"status":"success","data":["x"]})");
  CHECK(api.Get("/api/v1/label/service.name/values") == R"({"status":"success","data":["x"]})");
  CHECK(api.Ask("POST", "/api/v1/label/code/values?match[]=m2").body ==
        R"({"status":"success","data":["500"]})");
}

TEST_CASE("an encoded slash may stand in a label name") {
  ApiFixture api;
  api.database.Add({{"__name__", "x"}, {"a/b", "slash"}});
  CHECK(api.Get("/api/v1/label/a%2Fb/values") == R"({"status":"success","data":["slash"]})");
  CHECK(api.Ask("GET", "/api/v1/label/a/b/values").status == 404);
}

TEST_CASE("metric names are found by unanchored-looking and case-insensitive regexes") {
  ApiFixture api;
  CHECK(api.Get("/api/v1/label/__name__/values?match[]={__name__=~\"(?i).*M.*\"}") ==
        R"({"status":"success","data":["m","m2"]})");
  CHECK(api.Get("/api/v1/label/__name__/values?match[]={__name__=~\"m\"}") ==
        R"({"status":"success","data":["m"]})");
}

TEST_CASE("series are flat maps, sorted, each once") {
  ApiFixture api;
  CHECK(
      api.Get("/api/v1/series?match[]=m2&match[]={code=~\"4..|5..\"}") ==
      R"({"status":"success","data":[{"__name__":"m","code":"404"},{"__name__":"m2","code":"500"}]})");
  CHECK(
      api.Get("/api/v1/series?match[]=m&limit=1") ==
      R"({"status":"success","data":[{"__name__":"m","code":"200"}],"warnings":["results truncated due to limit"]})");
  CHECK(api.Get("/api/v1/series?match[]={\"http.server.duration\",\"service.name\"=\"x\"}") ==
        R"({"status":"success","data":[{"__name__":"http.server.duration","service.name":"x"}]})");
}

TEST_CASE("bad parameters of look-ups are refused") {
  ApiFixture api;
  struct Row {
    const char* target;
    const char* error;  // a part of it
  };
  const Row rows[] = {
      {"/api/v1/series", "no match[] parameter provided"},
      {"/api/v1/series?match[]={}",
       R"(invalid parameter \"match[]\": match[] must contain at least one non-empty matcher)"},
      {"/api/v1/labels?match[]={a=~\".*\"}", "match[] must contain at least one non-empty matcher"},
      {"/api/v1/series?match[]=m{", "parse error"},
      {"/api/v1/label/code/values?match[]=sum(m)", "parse error"},
      {"/api/v1/labels?start=x",
       R"(invalid parameter \"start\": invalid time value for 'start': cannot parse \"x\" to a valid timestamp)"},
      {"/api/v1/series?match[]=m&end=x", R"(invalid parameter \"end\")"},
      {"/api/v1/labels?limit=-1", R"(invalid parameter \"limit\": limit must be non-negative)"},
      {"/api/v1/label/%ff/values", R"(invalid label name: \"\\xff\")"},
      {"/api/v1/metadata?limit=x", "limit must be a number"},
      {"/api/v1/metadata?limit_per_metric=x", "limit_per_metric must be a number"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.target);
    const Answered answered = api.Ask("GET", row.target);
    CHECK(answered.status == 400);
    CHECK(answered.body.starts_with(R"({"status":"error","errorType":"bad_data","error":")"));
    CHECK(answered.body.find(row.error) != std::string::npos);
    INFO(answered.body);
    CHECK(answered.body.find("\"data\"") == std::string::npos);
  }
}

TEST_CASE("metadata is a map of families") {
  ApiFixture api;
  const std::vector<MetricMetadata> metadata = {{"m", "counter", "Helps <us>.", ""},
                                                {"a", "gauge", "", "bytes"}};
  REQUIRE(api.database.PutMetadata(metadata).ok());
  CHECK(api.Get("/api/v1/metadata?limit=40000") ==
        R"({"status":"success","data":{"a":[{"type":"gauge","unit":"bytes","help":""}],)"
        R"("m":[{"type":"counter","unit":"","help":"Helps \u003cus\u003e."}]}})");
  CHECK(
      api.Get("/api/v1/metadata?metric=m") ==
      R"({"status":"success","data":{"m":[{"type":"counter","unit":"","help":"Helps \u003cus\u003e."}]}})");
  CHECK(api.Get("/api/v1/metadata?metric=nosuch") == R"({"status":"success","data":{}})");
  CHECK(api.Get("/api/v1/metadata?limit=1").find("\"m\"") == std::string::npos);
  CHECK(api.Get("/api/v1/metadata?limit=0").find("\"m\"") != std::string::npos);
}

}  // namespace silverback::testing
