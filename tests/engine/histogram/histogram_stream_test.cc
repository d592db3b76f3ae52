#include "engine/histogram/histogram_stream.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "random_histograms.h"

namespace silverback {
namespace {

using testing::RandomHistograms;

std::string Encode(const std::vector<NativeHistogram>& histograms) {
  std::string bytes;
  HistogramStreamWriter writer;
  for (const NativeHistogram& histogram : histograms) writer.Add(histogram, &bytes);
  return bytes;
}

TEST_CASE("histograms come back from a stream as they went in") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    RandomHistograms source(seed);
    std::vector<NativeHistogram> histograms;
    for (int i = 0; i < 300; ++i) histograms.push_back(source.Next());
    const std::string bytes = Encode(histograms);
    HistogramStreamReader reader(bytes);
    NativeHistogram read;
    for (const NativeHistogram& histogram : histograms) {
      REQUIRE(histogram.Validate().ok());
      REQUIRE(reader.Next(&read));
      REQUIRE(read == histogram);
    }
    REQUIRE(reader.rest().empty());
    REQUIRE_FALSE(reader.Next(&read));
  }
}

TEST_CASE("a histogram whose buckets stay takes few bytes") {
  NativeHistogram histogram;
  histogram.schema = 3;
  histogram.positive_spans = {{-10, 60}};
  histogram.positive_counts.assign(60, 1000);
  histogram.count = 60000;
  NativeHistogram next = histogram;
  next.count += 3;
  next.positive_counts[7] += 3;
  CHECK(Encode({histogram, next}).size() - Encode({histogram}).size() <= 16);
}

TEST_CASE("a stream cut short anywhere gives fewer histograms, and nothing else") {
  RandomHistograms source(5);
  const std::vector<NativeHistogram> histograms = {source.Next(), source.Next(), source.Next()};
  const std::string bytes = Encode(histograms);
  for (size_t size = 0; size < bytes.size(); ++size) {
    HistogramStreamReader reader(std::string_view(bytes).substr(0, size));
    NativeHistogram read;
    size_t count = 0;
    while (reader.Next(&read)) REQUIRE(read == histograms[count++]);
    REQUIRE(count < histograms.size());
  }
}

TEST_CASE("equal histograms have equal hashes") {
  RandomHistograms source(6);
  const NativeHistogram a = source.Next();
  NativeHistogram b = a;
  CHECK(HashHistogram(a) == HashHistogram(b));
  b.reset_hint = CounterResetHint::kGauge;
  CHECK(HashHistogram(a) != HashHistogram(b));
}

}  // namespace
}  // namespace silverback
