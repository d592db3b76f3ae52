#include "engine/index/series_row.h"

#include <catch2/catch.hpp>

#include "../codec/documented.h"

namespace silverback {

TEST_CASE("a row of series has the bytes that the format document shows") {
  const LabelSet labels{{"__name__", "up"}, {"job", "api"}};
  const std::string documented = DocumentedBytes("store.md", "series");
  CHECK(EncodeSeriesRow(2, labels) == documented);
  MetricId metric = 0;
  std::string_view encoded;
  REQUIRE(SplitSeriesRow(1, documented, &metric, &encoded).ok());
  CHECK(metric == 2);
  CHECK(encoded == labels.encoded());
  const auto decoded = DecodeSeriesLabels(1, documented);
  REQUIRE(decoded.ok());
  CHECK(*decoded == labels);
}

TEST_CASE("a row of series that is cut is refused, naming the series, or holds fewer labels") {
  const std::string row = DocumentedBytes("store.md", "series");
  const std::string after_name = row.substr(0, 16);
  for (size_t length = 0; length < row.size(); ++length) {
    const auto decoded = DecodeSeriesLabels(77, row.substr(0, length));
    if (length == 4 || length == after_name.size()) continue;  // between labels
    INFO(length);
    REQUIRE(absl::IsDataLoss(decoded.status()));
    CHECK_THAT(std::string(MessageOf(decoded.status())), Catch::Contains("77"));
  }
}

}  // namespace silverback
