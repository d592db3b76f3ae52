#include "remote_write/receiver/receiver.h"

#include <catch2/catch.hpp>

#include "tests/support/fakes/fake_database.h"
#include "tests/support/write_message/write_message.h"

namespace silverback::testing {
namespace {

struct ReceiverFixture {
  FakeDatabase database;
  ReceiverLimits limits;

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
  const WriteHttpAnswer answer = f.SendMessage(
      SeriesField(kUp, {{1000, 1}, {9000, 1}}) + SeriesField({{"b", "1"}, {"a", "2"}}, {{1, 1}}) +
      SeriesField({{"", "x"}}, {{1, 1}}) + SeriesField({{"z", "ok"}}, {{3, 1}, {-1, 1}}) +
      BytesField(1, LabelFields({{"h", "x"}}) + BytesField(4, "histogram")));
  CHECK(answer.status == 400);
  CHECK(answer.retry_after_seconds == 0);
  for (const char* part :
       {"invalid label set: 2 samples of 2 series refused, for example",
        "too far in the future: 1 sample of 1 series refused, for example up{job=\"a\"}",
        "older than the retention: 1 sample of 1 series refused",
        "native histograms are not supported: 1 histogram refused, for example of {h=\"x\"}",
        "2 samples stored"}) {
    CAPTURE(part, answer.text);
    CHECK(answer.text.find(part) != std::string::npos);
  }
  CHECK(f.database.AllSeries().size() == 2);
  CHECK(f.receiver->metrics().requests_partial == 1);
}

TEST_CASE("bad label sets are refused each for its reason") {
  struct Row {
    LabelPairs labels;
    bool valid;
  };
  const Row rows[] = {
      {{{"a", "1"}}, true},
      {{{"a", "1"}, {"a", "2"}}, false},
      {{{"b", "1"}, {"a", "2"}}, false},
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
      {"application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy", 415},
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
