#include "engine/log/describe.h"

#include <random>

#include <catch2/catch.hpp>

#include "engine/labels/label_set.h"
#include "engine/log/payload_compression.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

std::string Print(const std::vector<LogField>& fields) {
  std::string text;
  for (const LogField& field : fields) {
    text += fmt::format("{}+{} {}: {}\n", field.offset, field.bytes, field.name, field.text);
  }
  return text;
}

void RequireCovered(std::string_view payload) {
  size_t at = 0;
  for (const LogField& field : DescribeWriteRecord(payload)) {
    REQUIRE(field.offset == at);
    at += field.bytes;
  }
  REQUIRE(at == payload.size());
}

// The example of docs/format/log.md.
std::string Example() {
  const LabelSet labels{{"a", "x"}};
  const SeriesDefinition definition{7, 2, labels.encoded()};
  const Sample five{1000, 5};
  const Sample seven{1000, 7};
  const Sample quarter{1000, 0.25};
  const Sample twelve[] = {{1000, 0.25}, {2000, 0}};
  const SeriesSamples samples[] = {
      {7, {&five, 1}}, {8, {&seven, 1}}, {9, {&quarter, 1}}, {12, twelve}};
  std::string payload;
  EncodeWriteRecord({&definition, 1}, samples, {}, &payload);
  return payload;
}

TEST_CASE("a record's payload is told field by field, with offsets and meanings") {
  CHECK(Print(DescribeWriteRecord(Example())) ==
        "0+1 type: 1: a write\n"
        "1+1 definitions: 1 new series\n"
        "2+7 definition 0: series 7, metric 2: {a=\"x\"}\n"
        "9+1 group 0: kind: 1: float\n"
        "10+1 group 0: series: 3\n"
        "11+1 group 0: samples a series: 1\n"
        "12+2 group 0: timestamps: 1000 ms\n"
        "14+2 group 0: series ids: 3 ids, the first 7, the last 9\n"
        "16+2 group 0: codes: 4 bits for each of 3 values\n"
        "18+4 group 0: values: the first 5, the last 0.25\n"
        "22+1 group 1: kind: 1: float\n"
        "23+1 group 1: series: 1\n"
        "24+1 group 1: samples a series: 2\n"
        "25+3 group 1: timestamps: 1000 to 2000 ms\n"
        "28+1 group 1: series ids: 12\n"
        "29+1 group 1: codes: 4 bits for each of 2 values\n"
        "30+0 group 1: values: the first 0.25, the last 0\n");
}

TEST_CASE("packed codes are told as such") {
  const Sample samples[] = {{1000, 1}, {2000, 1}, {3000, 1}, {4000, 1},
                            {5000, 1}, {6000, 1}, {7000, 1}};
  const SeriesSamples series[] = {{7, samples}, {8, samples}};
  std::string payload;
  EncodeWriteRecord({}, series, {}, &payload);
  CHECK(Print(DescribeWriteRecord(payload)) ==
        "0+1 type: 1: a write\n"
        "1+1 definitions: 0 new series\n"
        "2+1 group 0: kind: 5: float, with packed codes\n"
        "3+1 group 0: series: 2\n"
        "4+1 group 0: samples a series: 7\n"
        "5+5 group 0: timestamps: 1000 to 7000 ms\n"
        "10+2 group 0: series ids: 2 ids, the first 7, the last 8\n"
        "12+4 group 0: codes: 4 bits for each of 14 values, packed\n"
        "16+1 group 0: values: the first 1, the last 1\n");
  RequireCovered(payload);
  payload.resize(13);
  RequireCovered(payload);
}

TEST_CASE("a compressed payload is told as its block") {
  std::vector<Sample> samples;
  for (int i = 0; i < 1000; ++i) samples.push_back({1000 * i, 1});
  const LabelSet labels{{"a", "x"}};
  const SeriesDefinition definition{7, 2, labels.encoded()};
  const SeriesSamples series{7, samples};
  std::string payload;
  EncodeWriteRecord({&definition, 1}, {&series, 1}, {}, &payload);
  std::string buffer;
  const std::string_view plain = log::PlainPayload(payload, &buffer).value();
  REQUIRE(payload.size() < plain.size());
  CHECK(Print(DescribeWriteRecord(payload)) ==
        fmt::format("0+1 type: 2: a write, compressed\n"
                    "1+{} block: snappy, {} bytes once decompressed\n",
                    payload.size() - 1, plain.size()));
  RequireCovered(payload);
  RequireCovered(plain);
  payload.pop_back();
  CHECK(Print(DescribeWriteRecord(payload)) ==
        fmt::format("0+1 type: 2: a write, compressed\n"
                    "1+{} malformed: log record: a compressed payload is damaged\n",
                    payload.size() - 1));
}

/// Two histograms with the same buckets and a staleness marker, behind a float.
std::string HistogramExample() {
  NativeHistogram first;
  first.schema = 1;
  first.zero_threshold = 0.5;
  first.zero_count = 1;
  first.count = 3;
  first.sum = 4;
  first.positive_spans = {{1, 2}};
  first.positive_counts = {2, 0};
  NativeHistogram second = first;
  second.reset_hint = CounterResetHint::kNotReset;
  second.count = 8;
  second.sum = 11;
  second.positive_counts = {2, 5};
  const HistogramSample histograms[] = {
      {1000, first}, {2000, second}, {3000, NativeHistogram::StaleMarker()}};
  const Sample five{1000, 5};
  const SeriesSamples samples{7, {&five, 1}};
  const SeriesHistograms of_series{9, histograms};
  std::string payload;
  EncodeWriteRecord({}, {&samples, 1}, {&of_series, 1}, &payload);
  return payload;
}

TEST_CASE("the histograms of a record are told one by one, with their buckets and counts") {
  CHECK(Print(DescribeWriteRecord(HistogramExample())) ==
        "0+1 type: 1: a write\n"
        "1+1 definitions: 0 new series\n"
        "2+1 group 0: kind: 1: float\n"
        "3+1 group 0: series: 1\n"
        "4+1 group 0: samples a series: 1\n"
        "5+2 group 0: timestamps: 1000 ms\n"
        "7+1 group 0: series ids: 7\n"
        "8+1 group 0: codes: 4 bits for each of 1 values\n"
        "9+1 group 0: values: 5\n"
        "10+1 group 1: kind: 2: native histogram\n"
        "11+1 group 1: series id: 9\n"
        "12+1 group 1: samples: 3\n"
        "13+4 group 1: timestamps: 1000 to 3000 ms\n"
        "17+1 group 1: histogram 0: flags: 0: integer counts, a layout of its own, resets unknown\n"
        "18+14 group 1: histogram 0: layout: schema 1, zero threshold 0.5, 2 positive and 0 "
        "negative buckets, 0 custom bounds\n"
        "32+8 group 1: histogram 0: sum: 4\n"
        "40+4 group 1: histogram 0: counts: count 3, zero count 1, positive: 2 0\n"
        "44+1 group 1: histogram 1: flags: 9: integer counts, the layout of the one before, "
        "without reset\n"
        "45+8 group 1: histogram 1: sum: 11\n"
        "53+3 group 1: histogram 1: counts: count 8, zero count 1, positive: 2 5\n"
        "56+1 group 1: histogram 2: flags: 0: integer counts, a layout of its own, resets unknown\n"
        "57+12 group 1: histogram 2: layout: schema 0, zero threshold 0, 0 positive and 0 negative "
        "buckets, 0 custom bounds\n"
        "69+8 group 1: histogram 2: sum: stale\n"
        "77+2 group 1: histogram 2: counts: count 0, zero count 0\n");
}

std::string StartsExample() {
  const Sample samples[] = {{1000, 5}, {2000, 6}};
  const TimestampMs starts[] = {kNoStart, 900};
  const SeriesSamples floats{7, SampleSpan(samples, starts)};
  const HistogramSample histogram{1000, NativeHistogram::StaleMarker(), 900};
  const SeriesHistograms histograms{9, {&histogram, 1}};
  std::string payload;
  EncodeWriteRecord({}, {&floats, 1}, {&histograms, 1}, &payload);
  return payload;
}

TEST_CASE("start timestamps of a record are counted") {
  const std::string text = Print(DescribeWriteRecord(StartsExample()));
  CHECK_THAT(text, Catch::Contains("group 0: kind: 3: float, with start timestamps\n"));
  CHECK_THAT(text, Catch::Contains("group 0: start timestamps: 1 of 2 are known, the last 900 ms"));
  CHECK_THAT(text, Catch::Contains("group 1: kind: 4: native histogram, with start timestamps\n"));
  CHECK_THAT(text, Catch::Contains("group 1: start timestamps: 1 of 1 are known, the last 900 ms"));
}

TEST_CASE("any bytes as a payload are described without fail, every byte once") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (const std::string& whole : {Example(), HistogramExample(), StartsExample()}) {
    for (size_t length = 0; length <= whole.size(); ++length) {
      RequireCovered(whole.substr(0, length));
    }
    for (int round = 0; round < 20'000; ++round) {
      std::string payload = whole;
      for (int change = 0; change < 3; ++change) {
        payload[random() % payload.size()] =
            static_cast<char>(random() % 4 == 0 ? random() : random() % 16);
      }
      RequireCovered(payload);
    }
  }
}

}  // namespace
}  // namespace silverback
