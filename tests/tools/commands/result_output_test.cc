#include "tools/commands/result_output.h"

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("a list of strings or label sets is written a line each") {
  const auto names = RenderList(R"({"status":"success","data":["a","b"]})", OutputFormat::kTable);
  REQUIRE(names.ok());
  CHECK(*names == "a\nb\n");
  const auto series = RenderList(R"({"status":"success","data":[{"__name__":"up","job":"x,y"}]})",
                                 OutputFormat::kCsv);
  REQUIRE(series.ok());
  CHECK(*series == "\"up{job=\"\"x,y\"\"}\"\n");
}

TEST_CASE("every result type becomes rows") {
  const TimeRange range{0, 2000};
  const auto csv = [&](const std::string& data) {
    return RenderResult(R"({"status":"success","data":)" + data + "}", OutputFormat::kCsv, range)
        .value();
  };
  const std::string header = "series,time,value\n";
  CHECK(csv(R"({"resultType":"scalar","result":[1,"2"]})") ==
        header + "scalar,1970-01-01T00:00:01Z,2\n");
  CHECK(
      csv(R"({"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[1,"NaN"]}]})") ==
      header + "up,1970-01-01T00:00:01Z,NaN\n");
  CHECK(
      csv(R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"2"],[2,"3"]]}]})") ==
      header +
          "\"{a=\"\"b\"\"}\",1970-01-01T00:00:01Z,2\n\"{a=\"\"b\"\"}\",1970-01-01T00:00:02Z,3\n");
}

TEST_CASE("an answer that is not what it should be is an error, not a crash") {
  CHECK_FALSE(RenderResult("not json", OutputFormat::kTable, {}).ok());
  CHECK_FALSE(
      RenderResult(R"({"data":{"resultType":"vector","result":[{}]}})", OutputFormat::kTable, {})
          .ok());
  CHECK_FALSE(RenderList(R"({"data":[5]})", OutputFormat::kTable).ok());
  CHECK(RenderNotices("[]").empty());
}

TEST_CASE("warnings and infos are a line each") {
  CHECK(RenderNotices(R"({"warnings":["w1","w2"],"infos":["i"]})") == "w1\nw2\ni\n");
}

}  // namespace
}  // namespace silverback
