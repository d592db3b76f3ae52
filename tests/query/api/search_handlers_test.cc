#include <catch2/catch.hpp>

#include "query/api/search_score.h"
#include "tests/support/fakes/api_fixture.h"

namespace silverback::testing {
namespace {

class SearchFixture : public ApiFixture {
 public:
  SearchFixture() { context.options.enable_search = true; }
  std::string Search(const std::string& target) { return Get("/api/v1/search/" + target); }
  std::string ErrorOf(const std::string& target) {
    const Answered answered = Ask("GET", "/api/v1/search/" + target);
    CHECK(answered.status == 400);
    return answered.body;
  }
};

const std::string kDone = "{\"status\":\"success\",\"has_more\":false}\n";

}  // namespace

TEST_CASE("searching is refused unless it is enabled") {
  ApiFixture api;
  const Answered answered = api.Ask("GET", "/api/v1/search/metric_names");
  CHECK(answered.status == 503);
  CHECK(answered.body ==
        R"({"status":"error","errorType":"unavailable","error":"search API disabled"})");
}

TEST_CASE("names and values that contain what was typed come line by line") {
  SearchFixture api;
  CHECK(api.Search("metric_names") ==
        "{\"results\":[{\"name\":\"http.server.duration\"},{\"name\":\"m\"},{\"name\":\"m2\"}]}\n" +
            kDone);
  CHECK(api.Search("metric_names?search[]=m") ==
        "{\"results\":[{\"name\":\"m\"},{\"name\":\"m2\"}]}\n" + kDone);
  CHECK(api.Search("metric_names?search[]=M") == "{\"results\":[]}\n" + kDone);
  CHECK(api.Search("metric_names?search[]=M&case_sensitive=false&sort_by=alpha&sort_dir=dsc") ==
        "{\"results\":[{\"name\":\"m2\"},{\"name\":\"m\"}]}\n" + kDone);
  CHECK(api.Search("label_names?match[]=m") ==
        "{\"results\":[{\"name\":\"__name__\"},{\"name\":\"code\"}]}\n" + kDone);
  CHECK(
      api.Search("label_values?label=code&search[]=4&search[]=5&batch_size=1&include_score=true") ==
      "{\"results\":[{\"value\":\"404\",\"score\":1}]}\n{\"results\":[{\"value\":\"500\",\"score\":"
      "1}]}\n" +
          kDone);
}

TEST_CASE("a limit cuts the results and says that there are more") {
  SearchFixture api;
  CHECK(api.Search("metric_names?limit=1&sort_by=score&search[]=m") ==
        "{\"results\":[{\"name\":\"m\"}]}\n{\"status\":\"success\",\"has_more\":true}\n");
  api.context.options.search_limit_max = 2;
  CHECK(api.ErrorOf("metric_names?limit=3")
            .find("limit 3 exceeds the configured maximum (2, see --web.search.max-limit)") !=
        std::string::npos);
}

TEST_CASE("wrong parameters of a search are named") {
  SearchFixture api;
  for (const char* wrong :
       {"metric_names?fuzz_threshold=101", "metric_names?fuzz_alg=x", "metric_names?limit=0",
        "metric_names?batch_size=x", "metric_names?case_sensitive=maybe",
        "metric_names?sort_dir=asc", "metric_names?sort_by=score", "metric_names?sort_by=x",
        "metric_names?start=2&end=1", "metric_names?match[]={}", "label_values",
        "metric_names?include_metadata=x"}) {
    CAPTURE(wrong);
    CHECK(api.ErrorOf(wrong).find("\"bad_data\"") != std::string::npos);
  }
}

TEST_CASE("scores favour runs and early places") {
  CHECK(SubsequenceScore("abc", "abc") == 1);
  CHECK(SubsequenceScore("abc", "xyz") == 0);
  CHECK(SubsequenceScore("abc", "ab") == 0);
  // (2*2 + 1 - 1/5 (gap) - 1/10 (rest)) / 9 * 0.999
  CHECK(SubsequenceScore("abc", "abxcx") == Approx(4.7 / 9 * 0.999));
  // leading gap of 1
  CHECK(SubsequenceScore("b", "ab") == Approx(0.5 * 0.999));
  CHECK(SubsequenceScore("\xc3\xa9", "a\xc3\xa9") == Approx(0.5 * 0.999));
  CHECK(JaroWinklerScore("martha", "marhta") == Approx(0.9611111111));
  CHECK(JaroWinklerScore("dwayne", "duane") == Approx(0.84));
  CHECK(JaroWinklerScore("", "a") == 0);
  CHECK(SubstringScore("b", "abc") == Approx(0.55));
  CHECK(SubstringScore("x", "abc") < 0);
  const SearchFilter fuzzy({"martha"}, FuzzAlgorithm::kJaroWinkler, 0.9, true);
  CHECK(fuzzy.Score("marhta") > 0.96);
  CHECK(fuzzy.Score("dwayne") < 0);
}

}  // namespace silverback::testing
