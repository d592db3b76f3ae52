#include "query/windows/raw_window.h"

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "engine/read/series_reader.h"

namespace silverback {
namespace {

std::vector<std::pair<TimestampMs, double>> Pairs(const std::vector<Sample>& samples) {
  std::vector<std::pair<TimestampMs, double>> pairs;
  for (const Sample& sample : samples) pairs.emplace_back(sample.timestamp_ms, sample.value);
  return pairs;
}

TEST_CASE("A raw window is open on the left and has no stale markers") {
  const std::vector<TimestampMs> times = {10, 20, 30, 40, 50};
  const std::vector<double> values = {1, 2, ValueOf(kStaleNanBits), 4, 5};
  const Run run = Run::OfSamples(times, values);
  const SeriesRuns series{1, {&run, 1}};
  using Want = std::vector<std::pair<TimestampMs, double>>;
  CHECK(Pairs(CollectWindow(series, 10, 40)) == Want{{20, 2}, {40, 4}});
  CHECK(Pairs(CollectWindow(series, 50, 60)).empty());
  CHECK(Pairs(CollectWindow(series, 15, 45, WindowBorders::kAnchored, 100)) ==
        Want{{15, 1}, {20, 2}, {40, 4}, {45, 4}});
  CHECK(Pairs(CollectWindow(series, 15, 45, WindowBorders::kSmoothed, 100)) ==
        Want{{15, 1.5}, {20, 2}, {40, 4}, {45, 4.5}});
}

}  // namespace
}  // namespace silverback
