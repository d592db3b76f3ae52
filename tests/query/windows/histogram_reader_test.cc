#include "query/windows/histogram_reader.h"

#include <random>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "engine/block/histogram_block.h"

namespace silverback {
namespace {

NativeHistogram Counter(uint64_t count) {
  NativeHistogram h;
  h.count = count;
  h.sum = static_cast<double>(count);
  h.positive_spans = {{0, 1}};
  h.positive_counts = {count};
  return h;
}

TEST_CASE("hints say whether a histogram continues the one before it") {
  NativeHistogram gauge = Counter(1);
  gauge.reset_hint = CounterResetHint::kGauge;
  NativeHistogram told = Counter(9);
  told.reset_hint = CounterResetHint::kNotReset;
  const std::vector<NativeHistogram> histograms = {
      Counter(3), Counter(5), Counter(2), NativeHistogram::StaleMarker(), told, gauge, Counter(9)};
  const std::vector<TimestampMs> times = {1, 2, 3, 4, 5, 6, 7};
  const Run run = Run::OfHistograms(times, histograms);
  SeriesRows rows;
  rows.Reset({&run, 1});
  using enum ResetHint;
  const auto hints = [&](const HistogramReader::Options& options) {
    HistogramReader reader(options);
    reader.Reset(&rows);
    std::vector<ResetHint> found;
    for (size_t row = 0; row < times.size(); ++row) {
      const HistogramPtr histogram = reader.At(row);
      if (histogram != nullptr) found.push_back(histogram->hint);
    }
    return found;
  };
  CHECK(hints({}) == std::vector{kUnknown, kNotReset, kUnknown, kUnknown, kGauge, kUnknown});
  CHECK(hints({.stats_only = true}) ==
        std::vector{kUnknown, kNotReset, kReset, kUnknown, kGauge, kNotReset});

  HistogramReader reader({.stats_only = true, .resets_from_ms = 3});
  reader.Reset(&rows);
  const HistogramPtr at_border = reader.At(2);
  CHECK(at_border->hint == kUnknown);
  CHECK(at_border->positive.counts.empty());
  CHECK(reader.At(3) == nullptr);
  CHECK(reader.At(1)->hint == kNotReset);
}

TEST_CASE("rows read one behind the other, apart or backwards are the rows read alone") {
  // Two runs: decoded, and the back of a block whose layout changes.
  std::vector<TimestampMs> times;
  std::vector<NativeHistogram> histograms;
  for (uint64_t i = 0; i < 500; ++i) {
    NativeHistogram h = i % 90 == 89 ? NativeHistogram::StaleMarker() : Counter(i % 130);
    if (i > 300 && !h.IsStale()) h.schema = 2;
    times.push_back(static_cast<TimestampMs>(i));
    histograms.push_back(std::move(h));
  }
  const std::span<const TimestampMs> all(times);
  const std::string bytes = BuildHistogramBlock(
      all.subspan(80), std::span<const NativeHistogram>(histograms).subspan(80), {});
  const auto block = HistogramBlockView::Open(bytes);
  REQUIRE(block.ok());
  const std::vector<Run> runs = {
      Run::OfHistograms(all.first(100), std::span(histograms).first(100)),
      Run::OfHistogramBlock(all.subspan(100), &*block, 20)};
  SeriesRows rows;
  rows.Reset(runs);
  HistogramReader reader({});
  reader.Reset(&rows);
  std::mt19937_64 random(20261128);
  size_t row = 0;
  for (int i = 0; i < 3000; ++i) {
    row = random() % 20 == 0 ? random() % 500 : (row + 1 + random() % 12 * (random() % 2)) % 500;
    CAPTURE(row);
    HistogramReader fresh({});
    fresh.Reset(&rows);
    const HistogramPtr got = reader.At(row);
    const HistogramPtr want = fresh.At(row);
    REQUIRE((got == nullptr) == (want == nullptr));
    if (want == nullptr) continue;
    CHECK(got->Equals(*want));
    CHECK(got->hint == want->hint);
  }
}

TEST_CASE("native histograms survive the way to float histograms and back") {
  NativeHistogram h = Counter(7);
  h.schema = 3;
  h.zero_threshold = 0.5;
  h.negative_spans = {{-2, 1}, {3, 1}};
  h.negative_counts = {1, 2};
  FloatHistogram floats;
  ToFloatHistogram(h, &floats);
  CHECK(floats.count == 7);
  CHECK(floats.negative.Indexes() == std::vector<int32_t>{-2, 2});
  FloatHistogram again;
  ToFloatHistogram(ToNativeHistogram(floats), &again);
  CHECK(again.Equals(floats));
}

}  // namespace
}  // namespace silverback
