#include <string>

#include <catch2/catch.hpp>

#include "query/api/json_writer.h"
#include "query/api/result_json.h"

namespace silverback {
namespace {

class StringSink : public Sink {
 public:
  bool Write(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  std::string text;
};

std::string Json(decltype(QueryResult::value) value) {
  QueryResult result;
  result.value = std::move(value);
  StringSink sink;
  {
    JsonWriter json(&sink);
    WriteQueryData(json, result, StatisticsDetail::kNone, {});
  }
  return sink.text;
}

HistogramPtr SomeHistogram() {
  FloatHistogram h;
  h.count = 10.5;
  h.sum = -2;
  h.zero_threshold = 0.25;
  h.zero_count = 1;
  h.positive.spans = {{1, 2}};
  h.positive.counts = {2, 0};
  h.negative.spans = {{0, 1}};
  h.negative.counts = {3};
  return std::make_shared<const FloatHistogram>(h);
}

constexpr std::string_view kHistogram =
    R"({"count":"10.5","sum":"-2","buckets":[[1,"-1","-0.5","3"],[3,"-0.25","0.25","1"],[0,"1","2","2"]]})";

TEST_CASE("an instant query's histogram has count, sum and populated buckets") {
  const VectorResult vector{{{LabelSet{{"a", "b"}}, 1500, 0, SomeHistogram()}}};
  CHECK(Json(vector) ==
        R"({"resultType":"vector","result":[{"metric":{"a":"b"},"histogram":[1.500,)" +
            std::string(kHistogram) + "]}]}");
}

TEST_CASE("a series has floats and histograms apart, and neither where there is none") {
  MatrixSeries mixed{LabelSet{{"a", "b"}}, {}};
  mixed.column.Reset(3);
  mixed.column.Set(0, 7);
  mixed.column.Set(2, SomeHistogram());
  MatrixSeries histograms{LabelSet{{"a", "c"}}, {}};
  histograms.column.Reset(3);
  histograms.column.Set(1, std::make_shared<const FloatHistogram>());
  CHECK(
      Json(MatrixResult{{0, 2000, 1000}, {mixed, histograms}}) ==
      R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0,"7"]],"histograms":[[2,)" +
          std::string(kHistogram) +
          R"(]]},{"metric":{"a":"c"},"histograms":[[1,{"count":"0","sum":"0"}]]}]})");
}

TEST_CASE("raw samples have floats and histograms apart") {
  RawSeries series{LabelSet{{"a", "b"}}, {{1000, 1}}, {{2000, SomeHistogram()}}};
  CHECK(
      Json(RawMatrixResult{{series}}) ==
      R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"]],"histograms":[[2,)" +
          std::string(kHistogram) + "]]}]}");
}

}  // namespace
}  // namespace silverback
