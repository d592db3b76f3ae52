#include "remote_write/receiver/receiver.h"

#include <catch2/catch.hpp>

#include "tests/support/fakes/fake_database.h"
#include "tests/support/write_message/write_message.h"

namespace silverback::testing {
namespace {

struct ReceiverFixture {
  FakeDatabase database;
  ReceiverLimits limits = {.take_histograms = true};

  WriteHttpAnswer Send(const std::string& body, std::string_view type = "application/x-protobuf",
                       std::string_view encoding = "snappy") {
    if (receiver == nullptr) receiver = std::make_unique<Receiver>(&database, limits);
    return receiver->Handle({type, encoding, body});
  }
  WriteHttpAnswer SendMessage(const std::string& message) { return Send(Snappy(message)); }

  std::unique_ptr<Receiver> receiver;
};

const LabelPairs kUp = {{"__name__", "up"}, {"job", "a"}};

}  // namespace

TEST_CASE("a good request is 204 and stored") {
  ReceiverFixture f;
  const WriteHttpAnswer answer = f.SendMessage(SeriesField(kUp, {{1000, 1}, {2000, 0}}));
  CHECK(answer.status == 204);
  CHECK(answer.text.empty());
  REQUIRE(f.database.AllSeries().size() == 1);
  CHECK(f.database.AllSeries()[0].samples == std::map<TimestampMs, double>{{1000, 1}, {2000, 0}});
}

TEST_CASE("a known series is found by its bytes") {
  ReceiverFixture f;
  CHECK(f.SendMessage(SeriesField(kUp, {{1000, 1}})).status == 204);
  CHECK(f.SendMessage(SeriesField(kUp, {{2000, 1}})).status == 204);
  CHECK(f.database.AllSeries().size() == 1);
  CHECK(f.database.AllSeries()[0].samples.size() == 2);
}

TEST_CASE("the last written value wins") {
  ReceiverFixture f;
  CHECK(f.SendMessage(SeriesField(kUp, {{1000, 1}})).status == 204);
  CHECK(f.SendMessage(SeriesField(kUp, {{1000, 2}})).status == 204);
  CHECK(f.database.AllSeries()[0].samples.at(1000) == 2);
}

TEST_CASE("an empty request is 204") {
  ReceiverFixture f;
  CHECK(f.SendMessage("").status == 204);
  CHECK(f.database.commits() == 0);
}

TEST_CASE("what is invalid is refused, what is valid is stored") {
  ReceiverFixture f;
  f.database.SetTimeLimits({0, 5000});
  NativeHistogram broken = SmallHistogram(3);
  broken.count = 4;
  const WriteHttpAnswer answer = f.SendMessage(
      SeriesField(kUp, {{1000, 1}, {9000, 1}}) + SeriesField({{"b", "1"}, {"b", "2"}}, {{1, 1}}) +
      SeriesField({{"", "x"}}, {{1, 1}}) + SeriesField({{"z", "ok"}}, {{3, 1}, {-1, 1}}) +
      BytesField(1, LabelFields({{"h", "x"}}) + BytesField(4, HistogramMessage({2000, broken}))));
  CHECK(answer.status == 400);
  CHECK(answer.retry_after_seconds == 0);
  for (const char* part :
       {"invalid label set: 2 samples of 2 series refused, for example",
        "too far in the future: 1 sample of 1 series refused, for example up{job=\"a\"}",
        "older than the retention: 1 sample of 1 series refused",
        "invalid histogram: 1 sample of 1 series refused, for example {h=\"x\"}",
        "3 observations found in buckets, but the Count field is 4: histogram's observation count "
        "should equal the number of observations found in the buckets (in absence of NaN)",
        "2 samples stored"}) {
    CAPTURE(part, answer.text);
    CHECK(answer.text.find(part) != std::string::npos);
  }
  CHECK(f.database.AllSeries().size() == 3);
  CHECK(f.receiver->metrics().requests_partial == 1);
  CHECK(f.receiver->metrics().histograms_refused == 1);
}

TEST_CASE("bad label sets are refused each for its reason") {
  struct Row {
    LabelPairs labels;
    bool valid;
  };
  const Row rows[] = {
      {{{"a", "1"}}, true},
      {{{"a", "1"}, {"a", "2"}}, false},
      {{{"b", "1"}, {"a", "2"}}, true},
      {{{"a", "1"}, {"b", "1"}, {"a", "2"}}, false},
      {{{"", "1"}}, false},
      {{}, false},
      {{{"a\xff", "1"}}, false},
      {{{"a", "\xff"}}, false},
      {{{"http.status", "1"}}, true},
      {{{std::string(2000, 'n'), "1"}}, false},
      {{{"a", std::string(5000, 'v')}}, false},
  };
  for (const Row& row : rows) {
    ReceiverFixture f;
    const WriteHttpAnswer answer = f.SendMessage(SeriesField(row.labels, {{1, 1}}));
    CAPTURE(answer.text);
    CHECK(answer.status == (row.valid ? 204 : 400));
  }
}

TEST_CASE("a request above a limit is 413, names limit and flag, and stores nothing") {
  ReceiverFixture f;
  f.limits.max_compressed_bytes = 2000;
  f.limits.max_decompressed_bytes = 4000;
  f.limits.max_series = 3;
  f.limits.max_samples = 5;
  std::string noise;
  for (int i = 0; i < 1000; ++i) noise += std::to_string(i * 7919);
  std::string four_series;
  for (int i = 0; i < 4; ++i) four_series += SeriesField({{"a", std::to_string(i)}}, {{1, 1}});
  struct Row {
    std::string body;
    const char* flag;
  };
  const Row rows[] = {
      {std::string(2001, 'x'), "2000 (--remote-write.max-compressed-bytes)"},
      {Snappy(std::string(5000, 'x')), "4000 (--remote-write.max-decompressed-bytes)"},
      {Snappy(four_series), "3 (--remote-write.max-series)"},
      {Snappy(SeriesField(kUp, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}})),
       "5 (--remote-write.max-samples)"},
  };
  for (const Row& row : rows) {
    const WriteHttpAnswer answer = f.Send(row.body);
    CAPTURE(answer.text);
    CHECK(answer.status == 413);
    CHECK(answer.text.find(row.flag) != std::string::npos);
  }
  CHECK(f.receiver->RefuseBody(9999).status == 413);
  CHECK(f.database.commits() == 0);
  CHECK(f.receiver->metrics().requests_too_large == 5);
}

TEST_CASE("a claim above the limit is refused without decompressing") {
  ReceiverFixture f;
  f.limits.max_decompressed_bytes = 1 << 20;
  std::string bomb = SnappyClaim(uint64_t{2} << 20) + std::string(100000, '\0');
  CHECK(f.Send(bomb).status == 413);
}

TEST_CASE("malformed bodies are 400 with a reason and store nothing") {
  ReceiverFixture f;
  const std::string good = SeriesField(kUp, {{1000, 1}});
  const std::string bodies[] = {
      "",
      "garbage",
      good,  // not compressed
      Snappy(good).substr(0, 10),
      Snappy(good) + "x",
      Snappy(good + "\x0a"),
      Snappy("garbage"),
      SnappyClaim(0xffffffff),
      Snappy(good + BytesField(1, BytesField(1, "\x0a\x50"))),  // nothing in a label; no samples
  };
  for (size_t i = 0; i + 1 < std::size(bodies); ++i) {
    CAPTURE(i);
    const WriteHttpAnswer answer = f.Send(bodies[i]);
    CHECK(answer.status == 400);
    CHECK(answer.text.size() > 10);
    CHECK(answer.text.back() == '\n');
  }
  CHECK(f.database.commits() == 0);
  const std::string bad_label = good + BytesField(1, BytesField(1, "\x0a\x50") + SampleField(1, 1));
  CHECK(f.SendMessage(bad_label).status == 400);
  CHECK(f.database.commits() == 0);
}

TEST_CASE("wrong types and encodings are 415") {
  ReceiverFixture f;
  const std::string body = Snappy(SeriesField(kUp, {{1000, 1}}));
  struct Row {
    const char* type;
    const char* encoding;
    int status;
  };
  const Row rows[] = {
      {"application/x-protobuf", "snappy", 204},
      {"application/x-protobuf;proto=prometheus.WriteRequest", "snappy", 204},
      {"Application/X-Protobuf ; charset=utf-8", "Snappy", 204},
      {"", "", 204},
      {"application/x-protobuf;proto=io.prometheus.write.v3.Request", "snappy", 415},
      {"application/x-protobuf;proto", "snappy", 415},
      {"application/json", "snappy", 415},
      {"text/plain", "", 415},
      {"application/x-protobuf", "gzip", 415},
      {"application/x-protobuf", "zstd", 415},
      {"application/x-protobuf", "identity", 415},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type, row.encoding);
    CHECK(f.Send(body, row.type, row.encoding).status == row.status);
  }
}

TEST_CASE("native histograms are stored with the floats of their series") {
  ReceiverFixture f;
  NativeHistogram floats = SmallHistogram(0);
  floats.is_float = true;
  floats.count = BitsOf(2.5);
  floats.positive_counts = {BitsOf(2.5)};
  NativeHistogram custom = SmallHistogram(5);
  custom.schema = kCustomBucketsSchema;
  custom.custom_values = {0.5, 1};
  custom.reset_hint = CounterResetHint::kGauge;
  NativeHistogram fine = SmallHistogram(7);
  fine.schema = 10;
  const std::string message =
      BytesField(1, LabelFields(kUp) + SampleField(500, 1) +
                        BytesField(4, HistogramMessage({1000, SmallHistogram(3)})) +
                        BytesField(4, HistogramMessage({2000, floats})) +
                        BytesField(4, HistogramMessage({3000, custom})) +
                        BytesField(4, HistogramMessage({4000, fine})));
  const WriteHttpAnswer answer = f.SendMessage(message);
  CAPTURE(answer.text);
  CHECK(answer.status == 204);
  CHECK_FALSE(answer.written.has_value());
  REQUIRE(f.database.AllSeries().size() == 1);
  const auto series = f.database.AllSeries()[0];
  CHECK(series.samples.size() == 1);
  fine.schema = kMaxExponentialSchema;
  CHECK(series.histograms ==
        std::map<TimestampMs, NativeHistogram>{
            {1000, SmallHistogram(3)}, {2000, floats}, {3000, custom}, {4000, fine}});
}

TEST_CASE("native histograms are refused where they are not to be taken") {
  ReceiverFixture f;
  f.limits.take_histograms = false;
  const WriteHttpAnswer answer =
      f.SendMessage(BytesField(1, LabelFields(kUp) + SampleField(500, 1) +
                                      BytesField(4, HistogramMessage({1000, SmallHistogram(3)}))));
  CHECK(answer.status == 400);
  CHECK(answer.text.find("native histograms are not supported") != std::string::npos);
  REQUIRE(f.database.AllSeries().size() == 1);
  CHECK(f.database.AllSeries()[0].samples.size() == 1);
  CHECK(f.database.AllSeries()[0].histograms.empty());
}

constexpr std::string_view kV2Type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

TEST_CASE("a 2.0 request is stored, and its answer says what was written") {
  ReceiverFixture f;
  V2Message message;
  message.Add(
      message.Refs(kUp) + SampleField(1000, 1) + SampleField(2000, 2) +
      BytesField(3, HistogramMessage({3000, SmallHistogram(4)})) +
      BytesField(4, message.Refs({{"trace_id", "t"}}) + DoubleField(2, 5) + VarintField(3, 1000)) +
      message.Metadata(2, "Whether it is up.", ""));
  for (int i = 0; i < 2; ++i) {
    const WriteHttpAnswer answer = f.Send(Snappy(message.Encode(i == 1)), kV2Type);
    CAPTURE(answer.text);
    CHECK(answer.status == 204);
    REQUIRE(answer.written.has_value());
    CHECK(answer.written->samples == 2);
    CHECK(answer.written->histograms == 1);
    CHECK(answer.written->exemplars == 1);
  }
  REQUIRE(f.database.AllSeries().size() == 1);
  CHECK(f.database.AllSeries()[0].histograms.at(3000) == SmallHistogram(4));
  REQUIRE(f.database.Metadata()->size() == 1);
  CHECK(f.database.Metadata()->at(0).family == "up");
  CHECK(f.database.Metadata()->at(0).type == "gauge");
  CHECK(f.database.Metadata()->at(0).help == "Whether it is up.");
}

TEST_CASE("a series has the same key whether it comes by 1.0 or by 2.0") {
  ReceiverFixture f;
  CHECK(f.SendMessage(SeriesField(kUp, {{1000, 1}})).status == 204);
  V2Message message;
  message.AddSamples(kUp, {{2000, 2}});
  CHECK(f.Send(Snappy(message.Encode()), kV2Type).status == 204);
  REQUIRE(f.database.AllSeries().size() == 1);
  CHECK(f.database.AllSeries()[0].samples.size() == 2);
}

TEST_CASE("of a 2.0 request the valid series are stored, and counted truly") {
  ReceiverFixture f;
  NativeHistogram broken = SmallHistogram(3);
  broken.positive_counts = {2};
  V2Message message;
  message.AddSamples(kUp, {{1000, 1}});
  message.Add(message.Refs({{"no", "name"}}) + SampleField(1000, 1));
  message.Add(BytesField(1, "\x01\x7f") + SampleField(1000, 1));
  message.Add(BytesField(1, "\x01") + SampleField(1000, 1));
  message.Add(message.Refs({{"__name__", "empty"}}));
  message.Add(message.Refs({{"__name__", "h"}}) +
              BytesField(3, HistogramMessage({1000, SmallHistogram(1)})) +
              BytesField(3, HistogramMessage({2000, broken})));
  message.Add(message.Refs({{"__name__", "m"}}) + SampleField(1000, 1) +
              BytesField(5, VarintField(3, 999)));
  const WriteHttpAnswer answer = f.Send(Snappy(message.Encode()), kV2Type);
  CAPTURE(answer.text);
  CHECK(answer.status == 400);
  REQUIRE(answer.written.has_value());
  CHECK(answer.written->samples == 1);
  CHECK(answer.written->histograms == 1);
  CHECK(answer.text.find("malformed series: 4 samples of 5 series refused, for example parsing "
                         "labels for series: labelRefs 1 (name) = 127 (value) outside of symbols "
                         "table") != std::string::npos);
  CHECK(answer.text.find("invalid histogram: 1 sample") != std::string::npos);
  CHECK(f.database.AllSeries().size() == 2);
}

TEST_CASE("a 2.0 request that cannot be stored says that nothing was written") {
  ReceiverFixture f;
  V2Message message;
  message.AddSamples(kUp, {{1000, 1}});
  f.database.FailWith(Status(absl::StatusCode::kUnavailable, "the cause"));
  for (const std::string& body : {Snappy(message.Encode()), std::string("junk")}) {
    const WriteHttpAnswer answer = f.Send(body, kV2Type);
    CHECK(answer.status == (body == "junk" ? 400 : 503));
    REQUIRE(answer.written.has_value());
    CHECK(answer.written->samples == 0);
  }
}

TEST_CASE("references cannot blow a 2.0 request up") {
  ReceiverFixture f;
  f.limits.max_decompressed_bytes = 10000;
  V2Message message;
  const std::string name(2000, 'n');
  for (int i = 0; i < 10; ++i) message.AddSamples({{"__name__", name}}, {{1000, 1}});
  const WriteHttpAnswer answer = f.Send(Snappy(message.Encode()), kV2Type);
  CAPTURE(answer.text);
  CHECK(answer.status == 413);
  CHECK(answer.text.find("more than 10000 bytes of labels") != std::string::npos);
}

TEST_CASE("what can pass later is 503 with Retry-After, what cannot is 500") {
  const std::string message = SeriesField(kUp, {{1000, 1}});
  struct Row {
    absl::StatusCode code;
    int status;
  };
  for (const Row& row :
       {Row{absl::StatusCode::kResourceExhausted, 503}, Row{absl::StatusCode::kUnavailable, 503},
        Row{absl::StatusCode::kInternal, 500}}) {
    ReceiverFixture f;
    f.database.FailWith(Status(row.code, "the cause"));
    const WriteHttpAnswer answer = f.SendMessage(message);
    CHECK(answer.status == row.status);
    CHECK((answer.retry_after_seconds > 0) == (row.status == 503));
    CHECK(answer.text.find("the cause") != std::string::npos);
    CHECK(f.SendMessage(MetadataField(1, "m", "", "")).status == row.status);
  }
}

TEST_CASE("a new series at the limit of series is 503, the known ones are stored") {
  ReceiverFixture f;
  f.database.SetMaxSeries(1);
  CHECK(f.SendMessage(SeriesField(kUp, {{1000, 1}})).status == 204);
  const WriteHttpAnswer answer =
      f.SendMessage(SeriesField(kUp, {{2000, 1}}) + SeriesField({{"a", "b"}}, {{1, 1}}));
  CHECK(answer.status == 503);
  CHECK(answer.retry_after_seconds > 0);
  CHECK(answer.text.find("--storage.max-series") != std::string::npos);
  CHECK(f.database.AllSeries()[0].samples.size() == 2);
}

TEST_CASE("requests beyond the memory for all are put off, a lone one never") {
  ReceiverFixture f;
  f.limits.max_inflight_bytes = 10;
  CHECK(f.SendMessage(SeriesField(kUp, {{1000, 1}})).status == 204);
  CHECK(f.receiver->metrics().inflight_bytes == 0);
}

TEST_CASE("metadata and exemplars are kept") {
  ReceiverFixture f;
  const std::string series = BytesField(
      1, LabelFields(kUp) + SampleField(1000, 1) + ExemplarField({{"trace", "t"}}, 1000, 2));
  const std::string unknown =
      BytesField(1, LabelFields({{"no", "such"}}) + ExemplarField({}, 1, 2));
  const std::string too_long =
      BytesField(1, LabelFields(kUp) + ExemplarField({{"trace", std::string(200, 'x')}}, 1, 2));
  CHECK(f.SendMessage(series + unknown + too_long + MetadataField(2, "up", "Is it?", "")).status ==
        204);
  REQUIRE(f.database.exemplars().size() == 1);
  CHECK(f.database.exemplars()[0].first == R"(up{job="a"})");
  CHECK(f.database.exemplars()[0].second.labels.Get("trace") == "t");
  CHECK(f.receiver->metrics().exemplars_dropped == 2);
  REQUIRE(f.database.Metadata()->size() == 1);
  CHECK((*f.database.Metadata())[0].type == "gauge");
  CHECK((*f.database.Metadata())[0].help == "Is it?");
}

}  // namespace silverback::testing
