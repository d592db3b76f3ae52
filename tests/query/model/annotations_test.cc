#include "query/model/annotations.h"

#include <limits>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

TEST_CASE("Annotations are worded as Prometheus words them, with line and column") {
  Annotations annotations;
  annotations.Add(PossibleNonCounterInfo("g", {5, 10}));
  annotations.Add(InvalidQuantileWarning(1.5, {9, 12}));
  const auto strings = annotations.AsStrings("rate(g[5m])\n+ quantile(1.5, x)");
  CHECK(strings.infos ==
        std::vector<std::string>{"PromQL info: metric might not be a counter, name does not end in "
                                 "_total/_sum/_count/_bucket: \"g\" (1:6)"});
  CHECK(strings.warnings ==
        std::vector<std::string>{
            "PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)"});
}

TEST_CASE("Annotations with the same text are one, at the later position") {
  Annotations annotations;
  annotations.Add(BadBucketLabelWarning("", "", {3, 4}));
  Annotations later;
  later.Add(BadBucketLabelWarning("", "", {14, 15}));
  annotations.Merge(later);
  CHECK(annotations.size() == 1);
  CHECK(
      annotations.AsStrings("0123456789\nabcdef").warnings ==
      std::vector<std::string>{"PromQL warning: bucket label \"le\" is missing or has a malformed "
                               "value of \"\" (2:4)"});
}

TEST_CASE("Forced monotonicity is told once for all steps and series") {
  Annotations annotations;
  annotations.Add(ForcedMonotonicityInfo("", {23, 30}, {60'000, 60'000, 5, 10, 3, 1}));
  annotations.Add(ForcedMonotonicityInfo("", {23, 30}, {0, 0, 1, 1000, 12.25, 1}));
  CHECK(annotations.AsStrings("histogram_quantile(0.9, x)").infos ==
        std::vector<std::string>{
            "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "
            "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), "
            "from buckets 1 to 1000, with a max diff of 12, over 2 samples from "
            "1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:24)"});
}

TEST_CASE("What exceeds a limit of annotations is counted") {
  Annotations annotations;
  for (int i = 2; i < 7; ++i) annotations.Add(InvalidQuantileWarning(i, {0, 1}));
  const auto strings = annotations.AsStrings("q", 2, 1);
  REQUIRE(strings.warnings.size() == 3);
  CHECK(strings.warnings[2] == "3 more warning annotations omitted");
}

TEST_CASE("Warnings of the storage have no position") {
  Annotations annotations;
  annotations.Add(StorageWarning("series 7: block damaged"));
  CHECK(annotations.AsStrings("x").warnings == std::vector<std::string>{"series 7: block damaged"});
}

}  // namespace
}  // namespace silverback
