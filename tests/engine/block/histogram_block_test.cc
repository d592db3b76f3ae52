#include "engine/block/histogram_block.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "../codec/documented.h"
#include "../histogram/random_histograms.h"

#include "engine/block/block_frame.h"

namespace silverback {
namespace {

using testing::RandomHistograms;

std::vector<TimestampMs> Times(size_t count) {
  std::vector<TimestampMs> times(count);
  for (size_t i = 0; i < count; ++i) times[i] = 1700000000000 + static_cast<TimestampMs>(i) * 15000;
  return times;
}

/// Without the layout changes that chance brings: as one series of a client.
std::vector<NativeHistogram> Steady(size_t rows) {
  NativeHistogram histogram;
  histogram.schema = 3;
  histogram.zero_threshold = 0x1p-128;
  histogram.positive_spans = {{-3, 20}, {4, 5}};
  histogram.positive_counts.assign(25, 0);
  std::mt19937_64 random(9);
  std::vector<NativeHistogram> rows_of_it;
  for (size_t i = 0; i < rows; ++i) {
    for (int n = 0; n < 12; ++n) {
      ++histogram.positive_counts[(random() % 25 + random() % 25) / 2];
      ++histogram.count;
      histogram.sum += static_cast<double>(random() % 1000) / 1000;
    }
    rows_of_it.push_back(histogram);
  }
  return rows_of_it;
}

void RequireReads(const HistogramBlockView& view, const std::vector<NativeHistogram>& histograms,
                  std::mt19937_64& random) {
  const auto rows = static_cast<uint32_t>(histograms.size());
  REQUIRE(view.rows() == rows);
  std::vector<NativeHistogram> read(rows);
  REQUIRE(view.Decode(0, rows, read.data()));
  for (uint32_t i = 0; i < rows; ++i) {
    INFO("row " << i);
    REQUIRE(read[i] == histograms[i]);
    REQUIRE(view.IsStale(i) == histograms[i].IsStale());
  }
  for (int n = 0; n < 20; ++n) {
    const auto begin = static_cast<uint32_t>(random() % rows);
    const auto end = begin + static_cast<uint32_t>(random() % (rows - begin + 1));
    std::vector<NativeHistogram> window(end - begin);
    REQUIRE(view.Decode(begin, end, window.data()));
    for (uint32_t i = begin; i < end; ++i) REQUIRE(window[i - begin] == histograms[i]);
    NativeHistogram one;
    REQUIRE(view.Decode(begin, begin + 1, &one));
    REQUIRE(one == histograms[begin]);
  }
}

TEST_CASE("a block of histograms is the bytes that docs/format/histogram-block.md shows") {
  NativeHistogram first;
  first.schema = 1;
  first.zero_threshold = 0.5;
  first.positive_spans = {{1, 2}};
  first.zero_count = 1;
  first.positive_counts = {2, 0};
  first.count = 3;
  first.sum = 4;
  NativeHistogram second = first;
  second.reset_hint = CounterResetHint::kNotReset;
  second.positive_counts = {2, 5};
  second.count = 8;
  second.sum = 11;
  const std::vector<NativeHistogram> histograms = {first, second, NativeHistogram::StaleMarker()};
  const std::vector<TimestampMs> times = {1700000000000, 1700000015000, 1700000030001};
  const std::string bytes = BuildHistogramBlock(times, histograms, {2, 7});
  const std::string documented = DocumentedBytes("histogram-block.md", "block");
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x} ", static_cast<uint8_t>(byte));
  INFO(hex);
  REQUIRE(bytes == documented);
  const auto view = HistogramBlockView::Open(documented);
  REQUIRE(view.ok());
  CHECK(view->timeline() == TimelineRef{2, 7});
  CHECK(view->section_count() == 2);
  CHECK(view->count() == 2);
}

TEST_CASE("histograms come back from a block as they went in") {
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    RandomHistograms source(seed);
    std::vector<NativeHistogram> histograms;
    const size_t rows = 1 + random() % 700;
    for (size_t i = 0; i < rows; ++i) histograms.push_back(source.Next());
    const auto times = Times(rows);
    const std::string bytes = BuildHistogramBlock(times, histograms, {3, 4});
    const auto view = HistogramBlockView::Open(bytes);
    REQUIRE(view.ok());
    REQUIRE(view->time_range() == TimeRange{times.front(), times.back()});
    RequireReads(*view, histograms, random);
  }
}

TEST_CASE("a steady series takes few bytes a histogram and one section a thousand rows") {
  const auto histograms = Steady(kMaxBlockSamples);
  const std::string bytes = BuildHistogramBlock(Times(histograms.size()), histograms, {0, 0});
  const auto view = HistogramBlockView::Open(bytes);
  REQUIRE(view.ok());
  CHECK(view->section_count() == kMaxBlockSamples / 1024);
  INFO(static_cast<double>(bytes.size()) / static_cast<double>(histograms.size()));
  CHECK(bytes.size() < histograms.size() * 16);
  std::mt19937_64 random(1);
  RequireReads(*view, histograms, random);
}

TEST_CASE("every row of another layout is a section of its own") {
  std::vector<NativeHistogram> histograms;
  for (uint32_t i = 0; i < kMaxBlockSamples; ++i) {
    NativeHistogram histogram;
    histogram.schema = static_cast<int32_t>(i % 13) - 4;
    if (i % 3 == 0) histogram = NativeHistogram::StaleMarker();
    histograms.push_back(histogram);
  }
  const std::string bytes = BuildHistogramBlock(Times(histograms.size()), histograms, {0, 0});
  const auto view = HistogramBlockView::Open(bytes);
  REQUIRE(view.ok());
  std::mt19937_64 random(1);
  RequireReads(*view, histograms, random);
}

TEST_CASE("a block of histograms moves to another part with its values untouched") {
  RandomHistograms source(3);
  std::vector<NativeHistogram> histograms;
  for (int i = 0; i < 50; ++i) histograms.push_back(source.Next());
  const std::string bytes = BuildHistogramBlock(Times(50), histograms, {1, 1});
  const auto moved = RebindBlock(bytes, {70000, 3});
  REQUIRE(moved.ok());
  REQUIRE(*moved == BuildHistogramBlock(Times(50), histograms, {70000, 3}));
  CHECK(PeekBlockKind(*moved) == static_cast<uint8_t>(ValueKind::kHistogram));
}

TEST_CASE("damage to a block of histograms is found, and blocks of floats are told apart") {
  RandomHistograms source(4);
  std::vector<NativeHistogram> histograms;
  for (int i = 0; i < 20; ++i) histograms.push_back(source.Next());
  std::string bytes = BuildHistogramBlock(Times(20), histograms, {1, 1});
  for (size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    REQUIRE_FALSE(HistogramBlockView::Open(bytes).ok());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(HistogramBlockView::Open(std::string_view(bytes).substr(0, size)).ok());
  }
  REQUIRE_FALSE(HistogramBlockView::Open(bytes + "x").ok());
  REQUIRE_FALSE(BlockView::Open(bytes).ok());
  const std::vector<double> values = {1};
  const auto time = Times(1);
  REQUIRE_FALSE(HistogramBlockView::Open(BuildBlock(time, values, {0, 0})).ok());
}

TEST_CASE("what passes its checksum but makes no sense is read within bounds") {
  std::mt19937_64 random(11);
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    RandomHistograms source(seed);
    std::vector<NativeHistogram> histograms;
    for (int i = 0; i < 60; ++i) histograms.push_back(source.Next());
    const std::string sound = BuildHistogramBlock(Times(60), histograms, {1, 1});
    for (int n = 0; n < 400; ++n) {
      std::string bytes = sound;
      for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      const auto view = HistogramBlockView::FUZZING_ONLY_OpenUnverified(bytes);
      if (!view.ok()) continue;
      std::vector<NativeHistogram> read(view->rows());
      view->Decode(0, view->rows(), read.data());
    }
  }
}

}  // namespace
}  // namespace silverback
