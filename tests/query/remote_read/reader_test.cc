#include "query/remote_read/reader.h"

#include <snappy.h>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <protozero/pbf_reader.hpp>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "tests/support/memory_database/memory_database.h"

namespace silverback::remote_read {
namespace {

class ReadFixture {
 public:
  ReadFixture() {
    for (const char* i : {"b", "a", "c"}) {
      std::vector<Sample> samples;
      for (int s = 0; s < 300; ++s) samples.push_back({1000 * s, 1.0 * s});
      database.Add(LabelSet{{"__name__", "m"}, {"i", i}}, samples);
    }
    auto opened = database.NewView();
    REQUIRE(opened.ok());
    view = *opened;
    request.queries.push_back({{10'000, 259'000}, {Matcher::Equal("__name__", "m")}});
  }

  MemoryDatabase database;
  std::shared_ptr<const ReadView> view;
  ReadRequest request;
  ReadLimits limits;
};

std::string Text(protozero::data_view view) {
  return {view.data(), view.size()};
}

/// The value of label `i`.
std::string LabelOf(const std::string& series) {
  std::string value;
  protozero::pbf_reader field(series);
  while (field.next()) {
    if (field.tag() != 1) {
      field.skip();
      continue;
    }
    std::string name;
    protozero::pbf_reader label = field.get_message();
    while (label.next()) (label.tag() == 1 ? name : value) = Text(label.get_view());
    if (name == "i") return value;
  }
  return value;
}

size_t CountFields(const std::string& message, uint32_t number) {
  size_t count = 0;
  protozero::pbf_reader field(message);
  while (field.next()) {
    count += field.tag() == number;
    field.skip();
  }
  return count;
}

/// Calls `take` with each chunk of the first series' frames.
template <typename Take>
void MustStream(const ReadView& view, const ReadRequest& request, const Take& take) {
  const Status status = StreamChunks(view, request, {}, nullptr, [&](std::string_view frame) {
    uint64_t length = 0;
    REQUIRE(GetVarint(&frame, &length));
    frame.remove_prefix(4);
    protozero::pbf_reader message(frame.data(), frame.size());
    REQUIRE(message.next(1));
    protozero::pbf_reader series = message.get_message();
    while (series.next()) series.tag() == 2 ? take(series.get_message()) : series.skip();
    return true;
  });
  REQUIRE(status.ok());
}

}  // namespace

TEST_CASE_METHOD(ReadFixture, "samples of the range come series by series") {
  const auto answer = ReadSamples(*view, request, limits, nullptr);
  REQUIRE(answer.ok());
  std::string message;
  REQUIRE(snappy::Uncompress(answer->data(), answer->size(), &message));
  protozero::pbf_reader response(message);
  REQUIRE(response.next(1));
  protozero::pbf_reader result = response.get_message();
  size_t series = 0;
  while (result.next(1)) {
    ++series;
    CHECK(CountFields(Text(result.get_view()), 2) == 250);
  }
  CHECK(series == 3);
}

TEST_CASE("floats and histograms of one series come as they lie in time") {
  MemoryDatabase database;
  std::vector<Sample> samples;
  std::vector<HistogramSample> histograms;
  for (int i = 0; i < 10; ++i) samples.push_back({1000 * i, 1.0 * i});
  for (int i = 10; i < 20; ++i) {
    NativeHistogram histogram;
    histogram.positive_spans = {{0, 1}};
    histogram.positive_counts = {static_cast<HistogramCount>(i % 15)};
    histogram.count = histogram.positive_counts.front();
    histograms.push_back({1000 * i, histogram});
  }
  database.Add(LabelSet{{"__name__", "m"}}, samples, histograms);
  const auto view = database.NewView();
  REQUIRE(view.ok());
  ReadRequest request;
  request.queries.push_back({{5000, 17'000}, {Matcher::Equal("__name__", "m")}});
  const auto answer = ReadSamples(**view, request, {}, nullptr);
  REQUIRE(answer.ok());
  std::string message;
  REQUIRE(snappy::Uncompress(answer->data(), answer->size(), &message));
  protozero::pbf_reader response(message);
  REQUIRE(response.next(1));
  protozero::pbf_reader result = response.get_message();
  REQUIRE(result.next(1));
  const std::string series = Text(result.get_view());
  CHECK(CountFields(series, 2) == 5);
  CHECK(CountFields(series, 4) == 8);
  // Of the chunks the third begins with a counter reset.
  std::vector<int64_t> chunks;
  MustStream(**view, request, [&](protozero::pbf_reader chunk) {
    while (chunk.next()) {
      chunk.tag() <= 3 ? chunks.push_back(chunk.get_int64()) : chunk.skip();
    }
  });
  CHECK(chunks == std::vector<int64_t>{5000, 9000, 1, 10'000, 14'000, 2, 15'000, 17'000, 2});
}

TEST_CASE_METHOD(ReadFixture, "an answer that is too large is refused by the name of its limit") {
  limits.max_samples = 749;
  const auto many = ReadSamples(*view, request, limits, nullptr);
  CHECK(absl::IsResourceExhausted(many.status()));
  CHECK(MessageOf(many.status()).find("exceeded sample limit (749)") != std::string_view::npos);
  limits = {};
  limits.max_bytes = 5000;
  CHECK(absl::IsResourceExhausted(ReadSamples(*view, request, limits, nullptr).status()));
  const std::atomic<bool> cancelled{true};
  CHECK(absl::IsCancelled(ReadSamples(*view, request, {}, &cancelled).status()));
}

TEST_CASE_METHOD(ReadFixture, "chunks come in frames, series in order of labels") {
  limits.max_frame_bytes = 1;  // a chunk a frame
  std::vector<std::string> labels;
  const Status status = StreamChunks(*view, request, limits, nullptr, [&](std::string_view frame) {
    uint64_t length = 0;
    REQUIRE(GetVarint(&frame, &length));
    uint32_t checksum = 0;
    REQUIRE(GetBigEndian32(&frame, &checksum));
    REQUIRE(frame.size() == length);
    CHECK(Crc32c(frame) == checksum);
    protozero::pbf_reader message(frame.data(), frame.size());
    REQUIRE(message.next(1));
    const std::string series = Text(message.get_view());
    CHECK(CountFields(series, 2) == 1);
    labels.push_back(LabelOf(series));
    return true;
  });
  REQUIRE(status.ok());
  // 250 samples: chunks of 120, 120 and 10.
  CHECK(labels == std::vector<std::string>{"a", "a", "a", "b", "b", "b", "c", "c", "c"});
  // A reader that has gone ends the stream.
  int frames = 0;
  CHECK(absl::IsCancelled(
      StreamChunks(*view, request, {}, nullptr, [&](std::string_view) { return ++frames < 2; })));
  CHECK(frames == 2);
}

}  // namespace silverback::remote_read
