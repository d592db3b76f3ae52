#include "engine/block/describe.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "engine/block/block.h"
#include "engine/block/histogram_block.h"

namespace silverback {
namespace {

/// Text of the field `name`, "" when there is none.
std::string TextOf(const std::vector<BlockField>& fields, std::string_view name) {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const BlockField& field) { return field.name == name; });
  return it == fields.end() ? "" : it->text;
}

/// True if the fields follow one another and cover all of `bytes`.
bool Covers(const std::vector<BlockField>& fields, size_t bytes) {
  size_t at = 0;
  for (const BlockField& field : fields) {
    if (field.offset != at) return false;
    at += field.bytes;
  }
  return at == bytes;
}

/// The block of docs/format/block.md.
std::string Example() {
  const std::vector<TimestampMs> times = {1'700'000'000'000, 1'700'000'015'000, 1'700'000'030'000,
                                          1'700'000'045'000, 1'700'000'060'000};
  const std::vector<double> values = {10, 12, ValueOf(kStaleNanBits), 3, 4};
  return BuildBlock(times, values, {2, 7});
}

/// The block of docs/format/histogram-block.md.
std::string HistogramExample() {
  const std::vector<TimestampMs> times = {1'700'000'000'000, 1'700'000'015'000, 1'700'000'030'001};
  std::vector<NativeHistogram> rows(2);
  rows[0].schema = 1;
  rows[0].zero_threshold = 0.5;
  rows[0].zero_count = 1;
  rows[0].positive_spans = {{1, 2}};
  rows[0].positive_counts = {2, 0};
  rows[0].count = 3;
  rows[0].sum = 4;
  rows[1] = rows[0];
  rows[1].reset_hint = CounterResetHint::kNotReset;
  rows[1].positive_counts = {2, 5};
  rows[1].count = 8;
  rows[1].sum = 11;
  rows.push_back(NativeHistogram::StaleMarker());
  return BuildHistogramBlock(times, rows, {2, 7});
}

}  // namespace

TEST_CASE("the fields of a block say what its format's page says of the example") {
  const std::string block = Example();
  const auto fields = DescribeBlock(block);
  CHECK(Covers(fields, block.size()));
  const std::pair<const char*, const char*> expected[] = {
      {"version", "1"},
      {"value kind", "1: float"},
      {"bytes of the header", "44"},
      {"checksum of the header", "8ed1cefc, right"},
      {"timeline", "2"},
      {"first row in the timeline", "7"},
      {"rows", "5"},
      {"first time", "1700000000000 ms"},
      {"last time", "60000 ms after the first"},
      {"checksum of the values", "0998478b, right"},
      {"flags of the facts", "24: resets follow, stale rows follow"},
      {"stale rows", "1"},
      {"their rows", "2"},
      {"places", "the least is stored, the greatest is stored"},
      {"first sample", "10"},
      {"last sample", "4"},
      {"least sample", "3"},
      {"greatest sample", "12"},
      {"sum", "29"},
      {"counter resets", "1"},
      {"reset 0", "row 3, after 12"},
      {"entry of vector 0", "codec 3: decimal, 24 bytes"},
      {"vector 0", "5 values by decimal"}};
  REQUIRE(fields.size() == std::size(expected));
  for (size_t i = 0; i < fields.size(); ++i) {
    CHECK(fields[i].name == expected[i].first);
    CHECK(fields[i].text == expected[i].second);
  }
}

TEST_CASE("a block of many vectors is described to its last byte, whatever its values are") {
  std::mt19937_64 random(7);
  for (const uint32_t rows : {1u, 1023u, 1024u, 1025u, 8192u}) {
    std::vector<TimestampMs> times(rows);
    std::vector<double> values(rows);
    for (const int shape : {0, 1, 2}) {
      CAPTURE(rows, shape);
      for (uint32_t i = 0; i < rows; ++i) {
        times[i] = 15'000 * static_cast<TimestampMs>(i);
        values[i] = shape == 0   ? static_cast<double>(i % 700)
                    : shape == 1 ? ValueOf(kStaleNanBits)
                                 : ValueOf(random());
      }
      const std::string block = BuildBlock(times, values, {1, 2});
      const auto fields = DescribeBlock(block);
      CHECK(Covers(fields, block.size()));
      CHECK(TextOf(fields, "malformed").empty());
      CHECK(TextOf(fields, "rows") == std::to_string(rows));
      CHECK_FALSE(TextOf(fields, fmt::format("vector {}", (rows - 1) / kVectorSamples)).empty());
    }
  }
}

TEST_CASE("a block of histograms is described to its last byte") {
  const std::string block = HistogramExample();
  const auto fields = DescribeBlock(block);
  CHECK(Covers(fields, block.size()));
  CHECK(TextOf(fields, "value kind") == "2: native histograms");
  CHECK(TextOf(fields, "their rows") == "2");
  CHECK(TextOf(fields, "entry of section 0") == "2 rows, 43 bytes");
  CHECK(TextOf(fields, "malformed").empty());
}

TEST_CASE("the start timestamps of a block are described stretch by stretch") {
  const std::vector<TimestampMs> times = {1'000, 2'000, 3'001, 4'000, 5'000};
  StartColumn starts;
  starts.SetFrom(0, 900);
  starts.SetFrom(2, kNoStart);
  starts.SetFrom(3, 3'001);
  starts.SetFrom(4, 4'000);
  const std::string block = BuildBlock(times, std::vector<double>(5, 1), {}, starts.view());
  const auto fields = DescribeBlock(block);
  CHECK(Covers(fields, block.size()));
  CHECK(TextOf(fields, "version") == "2");
  CHECK_THAT(TextOf(fields, "checksum of the values"), Catch::Contains("right"));
  CHECK(TextOf(fields, "bytes of start timestamps") == "6");
  CHECK(TextOf(fields, "start timestamps of row 0") ==
        "2 rows: the last known one, at first the first time, plus -100 ms");
  CHECK(TextOf(fields, "start timestamps of row 2") == "1 rows: not known");
  CHECK(TextOf(fields, "start timestamps of row 3") == "2 rows: 0 ms after the row before");
}

TEST_CASE("a damaged block is described as far as it goes") {
  const std::string block = Example();
  std::string wrong = block;
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  CHECK_THAT(TextOf(DescribeBlock(wrong), "checksum of the values"), Catch::Contains("WRONG"));
  wrong = block;
  wrong[20] = static_cast<char>(wrong[20] ^ 1);
  CHECK_THAT(TextOf(DescribeBlock(wrong), "checksum of the header"), Catch::Contains("WRONG"));
  const std::vector<TimestampMs> times = {1'000, 2'000};
  StartColumn starts;
  starts.SetFrom(1, 1'500);
  const std::vector<double> values = {1, 2};
  const std::string with_starts = BuildBlock(times, values, {}, starts.view());
  for (const std::string& whole : {block, HistogramExample(), with_starts}) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      CAPTURE(bytes);
      const auto fields = DescribeBlock(whole.substr(0, bytes));
      CHECK(Covers(fields, bytes));
      CHECK(fields.back().name == "malformed");
    }
    // Whatever the bytes are, they are covered.
    std::mt19937_64 random(11);
    for (int i = 0; i < 20'000; ++i) {
      std::string mutated = whole;
      for (int change = 0; change < 3; ++change) {
        mutated[random() % mutated.size()] = static_cast<char>(random());
      }
      REQUIRE(Covers(DescribeBlock(mutated), mutated.size()));
    }
  }
}

}  // namespace silverback
