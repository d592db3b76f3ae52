#include "engine/head/series_buffer.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/value.h"

namespace silverback {
namespace {

using Oracle = std::map<TimestampMs, uint64_t>;

std::vector<Sample> ReadAll(const SeriesBuffer& buffer, TimeRange range = {}) {
  std::vector<Sample> out;
  buffer.Copy(range, kMinTimestampMs).Read(range, &out);
  return out;
}

struct SplitSamples {
  std::vector<Sample> in_order;
  std::vector<Sample> late;
};

/// What a seal makes of the buffer.
SplitSamples SplitOf(const SeriesBuffer& buffer, TimestampMs floor_ms) {
  SplitSamples split;
  buffer.Copy({}, floor_ms).Split(&split.in_order, &split.late);
  return split;
}

void CheckEqual(const std::vector<Sample>& samples, const Oracle& oracle, TimeRange range = {}) {
  std::vector<std::pair<TimestampMs, uint64_t>> expected;
  for (const auto& [t, bits] : oracle) {
    if (range.Contains(t)) expected.emplace_back(t, bits);
  }
  REQUIRE(samples.size() == expected.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    REQUIRE(samples[i].timestamp_ms == expected[i].first);
    REQUIRE(BitsOf(samples[i].value) == expected[i].second);
  }
}

TEST_CASE("samples in order come back in order") {
  SeriesBuffer buffer(7, std::nullopt);
  AppendCounts counts;
  Oracle oracle;
  for (int i = 0; i < 5000; ++i) {
    const Sample sample{i * 15000LL, i * 0.5};
    buffer.Append({&sample, 1}, &counts);
    oracle[sample.timestamp_ms] = BitsOf(sample.value);
  }
  CHECK(counts.stored == 5000);
  CHECK(counts.late == 0);
  CHECK(buffer.chunk_count() == 5);
  CheckEqual(ReadAll(buffer), oracle);
  CheckEqual(ReadAll(buffer, {15000 * 1000, 15000 * 2050}), oracle, {15000 * 1000, 15000 * 2050});
}

TEST_CASE("a retry is a duplicate, another value overwrites, both however old") {
  SeriesBuffer buffer(7, std::nullopt);
  AppendCounts counts;
  std::vector<Sample> samples;
  for (int i = 0; i < 3000; ++i) samples.push_back({i * 1000LL, 1.0 * i});
  buffer.Append(samples, &counts);
  buffer.Append(samples, &counts);
  CHECK(counts.stored == 3000);
  CHECK(counts.duplicate == 3000);

  counts = {};
  const std::vector<Sample> changed = {{5000, 77}, {2999000, 78}};
  buffer.Append(changed, &counts);
  CHECK(counts.stored == 2);
  CHECK(counts.overwritten == 2);
  CHECK(counts.late == 1);
  buffer.Append(changed, &counts);
  CHECK(counts.duplicate == 2);
  const std::vector<Sample> after = ReadAll(buffer);
  REQUIRE(after.size() == 3000);
  CHECK(after[5].value == 77);
  CHECK(after[2999].value == 78);
}

TEST_CASE("a new generation knows the newest sample of the one before") {
  SeriesBuffer buffer(7, SeriesTail{1000, BitsOf(3.0)});
  AppendCounts counts;
  const std::vector<Sample> samples = {{1000, 3.0}, {900, 1.0}, {2000, 4.0}, {1500, 5.0}};
  buffer.Append(samples, &counts);
  CHECK(counts.duplicate == 1);
  CHECK(counts.late == 2);
  const auto [in_order, late] = SplitOf(buffer, kMinTimestampMs);
  REQUIRE(late.size() == 1);
  CHECK(late[0].timestamp_ms == 900);
  // What is late only within the generation is in its place.
  REQUIRE(in_order.size() == 2);
  CHECK(in_order[0].timestamp_ms == 1500);
}

TEST_CASE("the newest sample is known wherever it lies") {
  AppendCounts counts;
  SeriesBuffer buffer(7, std::nullopt);
  CHECK_FALSE(buffer.tail().has_value());
  const auto append = [&](TimestampMs t, double value) {
    const Sample sample{t, value};
    buffer.Append(SampleSpan({&sample, 1}), &counts);
  };
  const auto is_last = [&](TimestampMs t, uint64_t bits) {
    const auto tail = buffer.tail();
    return tail.has_value() && tail->last_ms == t && tail->last_bits == bits;
  };
  // In a chunk that is full: the next one is opened by the sample behind it.
  for (int i = 1; i <= 1024; ++i) append(i, i);
  CHECK(is_last(1024, BitsOf(1024.0)));
  append(1025, 1);
  CHECK(is_last(1025, BitsOf(1.0)));
  // Overwritten: beside the chunks.
  append(1025, 2);
  CHECK(is_last(1025, BitsOf(2.0)));
  append(1025, 2);
  CHECK(counts.duplicate == 1);
  append(1024, 7);
  CHECK(is_last(1025, BitsOf(2.0)));
  // A histogram, then a float in its place, then samples in order again.
  HistogramSample histogram;
  histogram.timestamp_ms = 1026;
  buffer.Append(std::span(&histogram, 1), &counts);
  CHECK(is_last(1026, HashHistogram(histogram.histogram)));
  buffer.Append(std::span(&histogram, 1), &counts);
  CHECK(counts.histograms_duplicate == 1);
  append(1026, 3);
  CHECK(is_last(1026, BitsOf(3.0)));
  append(1027, 4);
  CHECK(is_last(1027, BitsOf(4.0)));
  append(1027, 4);
  CHECK(counts.duplicate == 3);
}

/// Start timestamps of all that is in `range`, by time.
std::map<TimestampMs, TimestampMs> ReadStarts(const SeriesBuffer& buffer, TimeRange range = {}) {
  const SeriesCopy copy = buffer.Copy(range, kMinTimestampMs);
  std::map<TimestampMs, TimestampMs> all;
  const auto add = [&](const auto& samples) {
    StartColumn starts;
    copy.StartsOf(samples, &starts);
    for (size_t i = 0; i < samples.size(); ++i) {
      all[samples[i].timestamp_ms] = starts.view().At(i);
    }
  };
  std::vector<Sample> floats;
  copy.Read(range, &floats);
  add(floats);
  std::vector<HistogramSample> histograms;
  copy.Read(range, &histograms);
  add(histograms);
  return all;
}

TEST_CASE("a series without start timestamps holds nothing for them") {
  SeriesBuffer buffer(7, std::nullopt);
  SeriesBuffer with_zeros(7, std::nullopt);
  AppendCounts counts;
  const std::vector<Sample> samples = {{1000, 1}, {2000, 2}};
  buffer.Append(samples, &counts);
  with_zeros.Append(SampleSpan(samples, std::vector<TimestampMs>(2, kNoStart)), &counts);
  CHECK(with_zeros.memory_bytes() == buffer.memory_bytes());
  StartColumn starts;
  buffer.Copy({}, kMinTimestampMs).StartsOf(samples, &starts);
  CHECK(starts.empty());
}

TEST_CASE("start timestamps follow the samples, in order, late and overwritten") {
  SeriesBuffer buffer(7, std::nullopt);
  AppendCounts counts;
  const auto append = [&](TimestampMs t, double value, TimestampMs start) {
    const Sample sample{t, value};
    buffer.Append(SampleSpan({&sample, 1}, {&start, 1}), &counts);
  };
  append(1000, 1, kNoStart);
  append(3000, 3, 900);
  append(5000, 5, 900);
  append(7000, 7, 6500);
  CHECK(ReadStarts(buffer) ==
        std::map<TimestampMs, TimestampMs>{{1000, 0}, {3000, 900}, {5000, 900}, {7000, 6500}});
  append(4000, 4, kNoStart);  // late, and it has none
  append(2000, 2, 100);       // late, before the first that is known
  append(5000, 5, 1);         // a retry keeps what was there
  append(3000, 33, 2);        // overwritten
  append(7000, 77, 3);        // the newest, overwritten
  HistogramSample histogram{5000, NativeHistogram::StaleMarker(), 4};
  buffer.Append({&histogram, 1}, &counts);  // over a float
  histogram = {8000, NativeHistogram::StaleMarker(), kNoStart};
  buffer.Append({&histogram, 1}, &counts);
  const std::map<TimestampMs, TimestampMs> expected = {{1000, 0}, {2000, 100}, {3000, 2}, {4000, 0},
                                                       {5000, 4}, {7000, 3},   {8000, 0}};
  CHECK(ReadStarts(buffer) == expected);
  for (const auto& [from, first] : expected) {
    for (const auto& [to, last] : expected) {
      if (from > to) continue;
      const std::map<TimestampMs, TimestampMs> part(expected.find(from),
                                                    std::next(expected.find(to)));
      CHECK(ReadStarts(buffer, {from, to}) == part);
    }
  }
  CHECK(counts.duplicate == 1);
}

/// Up to the floor, or for a series with a tail up to a time from the tail on, all is late, and nothing else.
void CheckSplit(const SeriesBuffer& buffer, size_t samples, const std::optional<SeriesTail>& tail,
                TimestampMs floor_ms) {
  const auto [in_order, late] = SplitOf(buffer, floor_ms);
  CHECK(in_order.size() + late.size() == samples);
  const TimestampMs base_ms = tail.has_value() ? tail->last_ms : floor_ms;
  if (!in_order.empty()) CHECK(in_order.front().timestamp_ms > base_ms);
  if (!late.empty() && !in_order.empty()) {
    CHECK(late.back().timestamp_ms < in_order.front().timestamp_ms);
  }
  if (!late.empty() && !tail.has_value()) CHECK(late.back().timestamp_ms <= floor_ms);
}

TEST_CASE("what comes between the tail and the first sample, after that one, is late") {
  SeriesBuffer buffer(7, SeriesTail{1000, BitsOf(3.0)});
  AppendCounts counts;
  const std::vector<Sample> samples = {{2000, 4.0}, {1500, 5.0}, {3000, 6.0}, {2500, 7.0}};
  buffer.Append(samples, &counts);
  const auto [in_order, late] = SplitOf(buffer, kMinTimestampMs);
  REQUIRE(late.size() == 1);
  CHECK(late[0].timestamp_ms == 1500);
  CHECK(in_order.size() == 3);
}

TEST_CASE("a buffer agrees with a map, whatever comes") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const uint64_t specials[] = {kStaleNanBits, kNormalNanBits, 0x7ff8dead00000000, BitsOf(-0.0), 0};
  for (int round = 0; round < 50; ++round) {
    std::optional<SeriesTail> tail;
    if (random() % 2 == 0) tail = SeriesTail{500, BitsOf(1.0)};
    SeriesBuffer buffer(1, tail);
    Oracle oracle;
    AppendCounts counts;
    uint64_t sent = 0;
    TimestampMs now = 0;
    const int batches = static_cast<int>(random() % 200);
    for (int b = 0; b < batches; ++b) {
      std::vector<Sample> batch;
      const int size = 1 + static_cast<int>(random() % 40);
      for (int i = 0; i < size; ++i) {
        TimestampMs t = now += 1 + static_cast<TimestampMs>(random() % 3);
        if (random() % 5 == 0) t = now - static_cast<TimestampMs>(random() % (1 + now));
        uint64_t bits = BitsOf(static_cast<double>(random() % 3));
        if (random() % 10 == 0) bits = specials[random() % 5];
        batch.push_back({t, ValueOf(bits)});
        // A retry of the tail's very sample is not stored again: it is in the generation before.
        const bool is_tail = tail.has_value() && t == 500 && bits == tail->last_bits &&
                             !oracle.contains(t) &&
                             (oracle.empty() || oracle.rbegin()->first <= 500);
        if (!is_tail) oracle[t] = bits;
      }
      sent += batch.size();
      buffer.Append(batch, &counts);
      SeriesTail newest = tail.value_or(SeriesTail{kMinTimestampMs, 0});
      if (!oracle.empty() && oracle.rbegin()->first >= newest.last_ms) {
        newest = {oracle.rbegin()->first, oracle.rbegin()->second};
      }
      REQUIRE(buffer.tail().has_value());
      REQUIRE(buffer.tail()->last_ms == newest.last_ms);
      REQUIRE(buffer.tail()->last_bits == newest.last_bits);
    }
    if (tail.has_value()) {
      // Whether the tail's time is stored may differ; its value must not.
      const auto all = ReadAll(buffer);
      const auto it = std::find_if(all.begin(), all.end(),
                                   [](const Sample& s) { return s.timestamp_ms == 500; });
      if (it == all.end()) {
        if (oracle.contains(500)) CHECK(oracle[500] == tail->last_bits);
        oracle.erase(500);
      }
    }
    CHECK(counts.stored + counts.duplicate == sent);
    CheckEqual(ReadAll(buffer), oracle);
    const TimestampMs a = static_cast<TimestampMs>(random() % 2000);
    const TimeRange range{a, a + static_cast<TimestampMs>(random() % 2000)};
    CheckEqual(ReadAll(buffer, range), oracle, range);
    CheckSplit(buffer, oracle.size(), tail, static_cast<TimestampMs>(random() % 2000));
  }
}

}  // namespace
}  // namespace silverback
