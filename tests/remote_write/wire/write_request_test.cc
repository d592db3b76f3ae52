#include "remote_write/wire/write_request.h"

#include <bit>

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "tests/support/write_message/write_message.h"

namespace silverback::wire {
namespace {

using namespace silverback::testing;  // NOLINT: the messages of this file come from there

std::vector<std::pair<std::string, std::string>> LabelsOf(std::string_view fields) {
  std::vector<Label> labels;
  REQUIRE(DecodeLabels(fields, &labels).ok());
  std::vector<std::pair<std::string, std::string>> copies;
  for (const Label& label : labels) copies.emplace_back(label.name, label.value);
  return copies;
}

Status DecodeStatus(std::string_view message, const WriteRequestLimits& limits = {}) {
  return DecodeWriteRequest(message, limits).status();
}

}  // namespace

TEST_CASE("series, samples, exemplars and metadata are read") {
  const std::string message =
      SeriesField({{"__name__", "m"}, {"a", "1"}}, {{1000, 0.5}, {-5, -0.0}}) +
      BytesField(1, LabelFields({{"__name__", "m"}}) + SampleField(7, 8) +
                        ExemplarField({{"trace_id", "t"}}, 9, 10)) +
      MetadataField(1, "m", "help", "bytes") + MetadataField(99, "n", "", "");
  const auto request = DecodeWriteRequest(message, {});
  REQUIRE(request.ok());
  REQUIRE(request->series.size() == 2);
  CHECK(LabelsOf(request->series[0].labels) == LabelPairs{{"__name__", "m"}, {"a", "1"}});
  const auto samples = request->SamplesOf(request->series[0]);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].timestamp_ms == 1000);
  CHECK(samples[0].value == 0.5);
  CHECK(samples[1].timestamp_ms == -5);
  CHECK(SameBits(samples[1].value, -0.0));
  const auto exemplars = request->ExemplarsOf(request->series[1]);
  REQUIRE(exemplars.size() == 1);
  CHECK(LabelsOf(exemplars[0].labels) == LabelPairs{{"trace_id", "t"}});
  CHECK(exemplars[0].timestamp_ms == 9);
  CHECK(exemplars[0].value == 10);
  REQUIRE(request->metadata.size() == 2);
  CHECK(request->metadata[0].family == "m");
  CHECK(request->metadata[0].unit == "bytes");
  CHECK(MetricTypeName(request->metadata[0].type) == "counter");
  CHECK(MetricTypeName(request->metadata[1].type) == "unknown");
}

TEST_CASE("what a request held before is forgotten when another is decoded into it") {
  const std::string sample = SampleField(1, 2);
  const std::string first =
      SeriesField({{"a", "1"}}, {{1000, 0.5}, {2000, 1}}) +
      BytesField(1, LabelFields({{"a", "2"}}) + sample + LabelFields({{"b", "3"}}) +
                        ExemplarField({{"trace_id", "t"}}, 9, 10) +
                        BytesField(4, HistogramMessage({3000, SmallHistogram(4)}))) +
      MetadataField(1, "m", "help", "bytes");
  WriteRequest request;
  REQUIRE(DecodeWriteRequest(first, {}, &request).ok());
  REQUIRE(request.joined_labels.size() == 1);
  REQUIRE(request.histograms.size() == 1);
  const size_t memory = request.memory_bytes();

  const std::string second = SeriesField({{"c", "4"}}, {{7, 8}});
  REQUIRE(DecodeWriteRequest(second, {}, &request).ok());
  REQUIRE(request.series.size() == 1);
  CHECK(LabelsOf(request.series[0].labels) == LabelPairs{{"c", "4"}});
  REQUIRE(request.samples.size() == 1);
  CHECK(request.samples[0].timestamp_ms == 7);
  CHECK(request.samples[0].value == 8);
  CHECK(request.exemplars.empty());
  CHECK(request.metadata.empty());
  CHECK(request.histograms.empty());
  CHECK(request.joined_labels.empty());
  CHECK(request.memory_bytes() <= memory);

  CHECK_FALSE(DecodeWriteRequest("\x0a\x05", {}, &request).ok());
  REQUIRE(DecodeWriteRequest("", {}, &request).ok());
  CHECK(request.series.empty());
  CHECK(request.samples.empty());
}

TEST_CASE("the bits of a value survive") {
  for (const uint64_t bits : {kStaleNanBits, kNormalNanBits, uint64_t{0xfff0000000000000},
                              uint64_t{0x7ff8dead0000beef}, uint64_t{1}}) {
    const std::string message = SeriesField({{"a", "b"}}, {{1, ValueOf(bits)}});
    const auto request = DecodeWriteRequest(message, {});
    REQUIRE(request.ok());
    CHECK(BitsOf(request->samples[0].value) == bits);
  }
}

TEST_CASE("fields that are left out are zero") {
  const auto request =
      DecodeWriteRequest(BytesField(1, LabelFields({{"a", "b"}}) + BytesField(2, "")), {});
  REQUIRE(request.ok());
  CHECK(request->samples[0].timestamp_ms == 0);
  CHECK(SameBits(request->samples[0].value, 0.0));
}

TEST_CASE("the key of a label set is the bytes of its fields, wherever they stand") {
  const std::string a = LabelFields({{"a", "1"}});
  const std::string b = LabelFields({{"b", "2"}});
  const std::string message = BytesField(1, a + b + SampleField(1, 1)) +
                              BytesField(1, SampleField(1, 1) + a + b) +
                              BytesField(1, a + SampleField(1, 1) + b) +
                              BytesField(1, a + VarintField(9, 5) + b + SampleField(1, 1));
  auto decoded = DecodeWriteRequest(message, {});
  REQUIRE(decoded.ok());
  const WriteRequest request = std::move(*decoded);
  for (const WireSeries& series : request.series) {
    CHECK(series.labels == a + b);
    CHECK(series.samples == 1);
  }
}

TEST_CASE("unknown fields are skipped") {
  const std::string unknown = VarintField(15, 1) + DoubleField(14, 2) + BytesField(13, "xyz");
  const std::string message =
      unknown + BytesField(1, unknown + LabelFields({{"a", "b"}}) + unknown +
                                  BytesField(2, unknown + DoubleField(1, 3) + VarintField(2, 4)));
  const auto request = DecodeWriteRequest(message, {});
  REQUIRE(request.ok());
  CHECK(request->samples[0].value == 3);
  CHECK(request->samples[0].timestamp_ms == 4);
}

TEST_CASE("native histograms are read as they were written") {
  NativeHistogram histogram;
  histogram.schema = -2;
  histogram.zero_threshold = 0.25;
  histogram.zero_count = 7;
  histogram.sum = -1.5;
  histogram.reset_hint = CounterResetHint::kNotReset;
  histogram.positive_spans = {{-3, 2}, {4, 1}};
  histogram.positive_counts = {5, 0, uint64_t{1} << 62};
  histogram.negative_spans = {{0, 1}};
  histogram.negative_counts = {1};
  histogram.count = 13 + (uint64_t{1} << 62);
  NativeHistogram floats = histogram;
  floats.is_float = true;
  const auto request = DecodeWriteRequest(
      BytesField(1, LabelFields({{"a", "b"}}) + BytesField(4, HistogramMessage({-5, histogram})) +
                        BytesField(4, HistogramMessage({6, floats}))),
      {});
  REQUIRE(request.ok());
  REQUIRE(request->histograms.size() == 2);
  CHECK(request->series[0].histograms == 2);
  CHECK(request->histograms[0] == HistogramSample{-5, histogram});
  CHECK(request->histograms[1] == HistogramSample{6, floats});
}

TEST_CASE("numbers of histograms may come unpacked, and of both kinds") {
  const std::string message = VarintField(1, 9) + DoubleField(2, 4) + VarintField(6, 3) +
                              BytesField(11, VarintField(2, 2)) + DoubleField(13, 1.5) +
                              DoubleField(13, 2.5) + VarintField(12, 4) + VarintField(14, 77);
  const auto request =
      DecodeWriteRequest(BytesField(1, LabelFields({{"a", "b"}}) + BytesField(4, message)), {});
  REQUIRE(request.ok());
  const NativeHistogram& histogram = request->histograms[0].histogram;
  CHECK(histogram.is_float);
  CHECK(ValueOf(histogram.count) == 4);
  CHECK(histogram.zero_count == 0);
  CHECK(histogram.positive_counts == std::vector<HistogramCount>{BitsOf(1.5), BitsOf(2.5)});
  CHECK(histogram.reset_hint == CounterResetHint::kUnknown);
}

TEST_CASE("a histogram of very many buckets is cut to what validation refuses") {
  const auto request = DecodeWriteRequest(
      BytesField(1, LabelFields({{"a", "b"}}) +
                        BytesField(4, BytesField(11, VarintField(2, 1 << 20)) +
                                          BytesField(12, std::string(1 << 20, '\0')))),
      {});
  REQUIRE(request.ok());
  CHECK(request->histograms[0].histogram.positive_counts.size() == kMaxHistogramBuckets + 1);
  CHECK_FALSE(request->histograms[0].histogram.Validate().ok());
}

TEST_CASE("limits are kept to while reading") {
  const std::string series = SeriesField({{"a", "b"}}, {{1, 1}, {2, 2}});
  CHECK(DecodeStatus(series + series, {2, 4}).ok());
  CHECK(absl::IsResourceExhausted(DecodeStatus(series + series + series, {2, 0})));
  CHECK(absl::IsResourceExhausted(DecodeStatus(series + series, {0, 3})));
}

TEST_CASE("malformed messages are refused with a place") {
  const std::string good = SeriesField({{"a", "b"}}, {{1, 1}});
  const std::string bad[] = {
      good + "\x0a",                                    // no length
      good + std::string("\x0a\x05", 2) + "abc",        // length past the end
      std::string("\x00\x01", 2),                       // field number 0
      std::string("\x0b\x01", 2),                       // a group
      std::string("\x0f\x01", 2),                       // wire type 7
      VarintField(1, 5),                                // TimeSeries as a varint
      BytesField(1, VarintField(2, 5)),                 // Sample as a varint
      BytesField(1, BytesField(2, VarintField(1, 5))),  // value as a varint
      BytesField(1, BytesField(2, DoubleField(2, 5))),  // timestamp as a double
      std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12),  // varint too long
  };
  for (const std::string& message : bad) {
    const Status status = DecodeStatus(message);
    CHECK(absl::IsInvalidArgument(status));
    CHECK(MessageOf(status).find("byte") != std::string_view::npos);
  }
}

TEST_CASE("every cut of a message is refused or reads as less") {
  const std::string message = SeriesField({{"__name__", "m"}, {"a", "1"}}, {{1000, 0.5}}) +
                              MetadataField(1, "m", "help", "bytes");
  for (size_t length = 0; length < message.size(); ++length) {
    const auto request = DecodeWriteRequest(std::string_view(message).substr(0, length), {});
    if (request.ok()) {
      CHECK(request->series.size() + request->metadata.size() < 2);
    } else {
      CHECK(absl::IsInvalidArgument(request.status()));
    }
  }
}

TEST_CASE("malformed labels are refused") {
  std::vector<Label> labels;
  CHECK_FALSE(DecodeLabels("\x0a\x05"
                           "ab",
                           &labels)
                  .ok());
  CHECK_FALSE(DecodeLabels(BytesField(1, VarintField(1, 3)), &labels).ok());
  CHECK(DecodeLabels("", &labels).ok());
  CHECK(labels.empty());
}

}  // namespace silverback::wire
