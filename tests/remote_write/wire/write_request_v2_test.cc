#include "remote_write/wire/write_request_v2.h"

#include <catch2/catch.hpp>

#include "tests/support/write_message/write_message.h"

namespace silverback::wire {
namespace {

using namespace silverback::testing;  // NOLINT: this file is a leaf

StatusOr<WriteRequestV2> Decode(const std::string& message) {
  return DecodeWriteRequestV2(message, {}, size_t{1} << 20);
}

TEST_CASE("start timestamps of samples and histograms are read, where a series has some") {
  V2Message message;
  message.Add(message.Refs({{"a", "1"}}) + SampleField(1000, 1));
  message.Add(message.Refs({{"a", "2"}}) + SampleField(1000, 2, 900) + SampleField(2000, 3) +
              SampleField(3000, 4, -5));
  // Refused: its samples and their start timestamps go.
  message.Add(BytesField(1, "\x01\x7f") + SampleField(1000, 5, 800));
  message.Add(message.Refs({{"a", "3"}}) + SampleField(1000, 6) +
              BytesField(3, HistogramMessage({2000, SmallHistogram(4), 700})) +
              BytesField(3, HistogramMessage({3000, SmallHistogram(4)})));
  const auto decoded = Decode(message.Encode());
  REQUIRE(decoded.ok());
  const WriteRequest& request = decoded->request;
  REQUIRE(request.series.size() == 3);
  CHECK(decoded->refused_series == 1);
  const auto starts_of = [&](size_t series) {
    const SampleSpan samples = request.SamplesOf(request.series[series]);
    std::vector<TimestampMs> starts;
    for (size_t i = 0; i < samples.size(); ++i) starts.push_back(samples.StartOf(i));
    return starts;
  };
  CHECK(starts_of(0) == std::vector<TimestampMs>{kNoStart});
  CHECK(starts_of(1) == std::vector<TimestampMs>{900, kNoStart, -5});
  CHECK(starts_of(2) == std::vector<TimestampMs>{kNoStart});
  const auto histograms = request.HistogramsOf(request.series[2]);
  REQUIRE(histograms.size() == 2);
  CHECK(histograms[0].start_ms == 700);
  CHECK(histograms[1].start_ms == kNoStart);
}

TEST_CASE("what a 2.0 request held before is forgotten when another is decoded into it") {
  V2Message first;
  first.Add(first.Refs({{"a", "1"}}) + SampleField(1000, 2, 900));
  first.Add(BytesField(1, "\x01\x7f") + SampleField(1000, 5, 800));
  WriteRequestV2 decoded;
  REQUIRE(DecodeWriteRequestV2(first.Encode(), {}, size_t{1} << 20, &decoded).ok());
  REQUIRE(decoded.refused_series == 1);
  REQUIRE(decoded.request.starts.size() == 1);

  V2Message second;
  second.AddSamples({{"b", "2"}}, {{7, 8}});
  const std::string message = second.Encode();
  REQUIRE(DecodeWriteRequestV2(message, {}, size_t{1} << 20, &decoded).ok());
  CHECK(decoded.request.series.size() == 1);
  CHECK(decoded.request.samples.size() == 1);
  CHECK(decoded.request.starts.empty());
  CHECK(decoded.refused_series == 0);
  CHECK(decoded.refused_samples == 0);
  CHECK(decoded.first_refusal.empty());
  CHECK(decoded.metadata_series.empty());
}

TEST_CASE("a request without start timestamps holds no column of them") {
  V2Message message;
  message.AddSamples({{"a", "1"}}, {{1000, 1}, {2000, 2}});
  const auto decoded = Decode(message.Encode());
  REQUIRE(decoded.ok());
  CHECK(decoded->request.starts.empty());
}

TEST_CASE("a series of exemplars alone is taken, one of nothing is refused") {
  V2Message message;
  const std::string exemplar = BytesField(
      4, message.Refs({{"trace_id", "7f"}}) + DoubleField(2, 0.25) + VarintField(3, 1500));
  message.Add(message.Refs({{"a", "1"}}) + exemplar);
  message.Add(message.Refs({{"a", "2"}}));
  const auto decoded = Decode(message.Encode());
  REQUIRE(decoded.ok());
  CHECK(decoded->refused_series == 1);
  CHECK(decoded->first_refusal == "TimeSeries must contain at least one sample or histogram");
  REQUIRE(decoded->request.series.size() == 1);
  CHECK(decoded->request.series[0].samples == 0);
  REQUIRE(decoded->request.exemplars.size() == 1);
  CHECK(decoded->request.exemplars[0].value == 0.25);
  CHECK(decoded->request.exemplars[0].timestamp_ms == 1500);
}

}  // namespace
}  // namespace silverback::wire
