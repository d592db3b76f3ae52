#include "engine/log/record.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "../histogram/random_histograms.h"

#include "engine/base/value.h"

namespace silverback {
namespace {

struct Series {
  SeriesId id = 0;
  std::vector<Sample> samples;
  std::vector<TimestampMs> starts = {};  // none, or as many
};

struct Definition {
  SeriesId id = 0;
  MetricId metric = 0;
  std::string label_set;
  friend bool operator==(const Definition&, const Definition&) = default;
};

/// Collects what a record holds; pieces of one series that follow each other are joined.
class Collector : public WriteRecordVisitor {
 public:
  void OnDefinition(const SeriesDefinition& d) override {
    definitions.push_back({d.id, d.metric, std::string(d.label_set)});
  }
  void OnSamples(SeriesId id, const SampleSpan& samples) override {
    if (series.empty() || series.back().id != id) series.push_back({id, {}});
    Series& last = series.back();
    last.samples.insert(last.samples.end(), samples.begin(), samples.end());
    last.starts.insert(last.starts.end(), samples.starts.begin(), samples.starts.end());
  }
  void OnHistogram(SeriesId id, const HistogramSample& sample) override {
    histograms.emplace_back(id, sample);
  }

  std::vector<Definition> definitions;
  std::vector<Series> series;
  std::vector<std::pair<SeriesId, HistogramSample>> histograms;
};

std::string Encode(const std::vector<Definition>& definitions, const std::vector<Series>& series) {
  std::vector<SeriesDefinition> d;
  for (const Definition& one : definitions) d.push_back({one.id, one.metric, one.label_set});
  std::vector<SeriesSamples> s;
  for (const Series& one : series) s.push_back({one.id, SampleSpan(one.samples, one.starts)});
  std::string out;
  EncodeWriteRecord(d, s, {}, &out);
  return out;
}

bool SameSeries(const Series& a, const Series& b) {
  return a.id == b.id && std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(),
                                    b.samples.end(), [](const Sample& x, const Sample& y) {
                                      return x.timestamp_ms == y.timestamp_ms &&
                                             SameBits(x.value, y.value);
                                    });
}

/// Encodes, decodes, compares; returns the bytes.
std::string RoundTrip(const std::vector<Series>& series,
                      const std::vector<Definition>& definitions = {}) {
  std::string payload = Encode(definitions, series);
  Collector got;
  const Status status = DecodeWriteRecord(payload, &got);
  INFO(status.ToString());
  REQUIRE(status.ok());
  CHECK(got.definitions == definitions);
  REQUIRE(got.series.size() == series.size());
  for (size_t i = 0; i < series.size(); ++i) {
    INFO("series " << i);
    REQUIRE(SameSeries(got.series[i], series[i]));
  }
  return payload;
}

/// One series with these values, 15 s apart.
Series Column(const std::vector<double>& values, SeriesId id = 1) {
  Series series{id, {}};
  for (size_t i = 0; i < values.size(); ++i) {
    series.samples.push_back({1'700'000'000'000 + static_cast<int64_t>(i) * 15'000, values[i]});
  }
  return series;
}

std::string Hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) out += fmt::format("{:02x} ", static_cast<uint8_t>(byte));
  if (!out.empty()) out.pop_back();
  return out;
}

TEST_CASE("the example of the format's description is what the encoder writes") {
  const std::vector<Definition> definitions = {{7, 2,
                                                std::string("\x01"
                                                            "a"
                                                            "\x01"
                                                            "x",
                                                            4)}};
  const std::vector<Series> series = {
      {7, {{1000, 5}}}, {8, {{1000, 7}}}, {9, {{1000, 0.25}}}, {12, {{1000, 0.25}, {2000, 0}}}};
  CHECK(Hex(Encode(definitions, series)) ==
        "01 01 0e 02 04 01 61 01 78 "  // write, one definition: id +7, metric 2, 4 bytes
        "01 03 01 d0 0f 1d 01 11 0c 0a 04 02 32 "  // floats, 3 series x 1, time +1000, ids 7 8 9,
                                                   // values
        "01 01 02 00 a0 1f 08 f0");  // floats, 1 series x 2, time +0, step 1000, id +2, values
}

TEST_CASE("histograms come back as they went in, behind the floats") {
  testing::RandomHistograms source(3);
  std::vector<HistogramSample> first;
  std::vector<HistogramSample> second;
  for (int i = 0; i < 40; ++i) first.push_back({1000 * i, source.Next()});
  for (int i = 0; i < 3; ++i) second.push_back({-7 * i, source.Next()});
  const std::vector<Sample> floats = {{5, 1}, {6, 2}};
  const std::vector<SeriesSamples> samples = {{9, floats}};
  const std::vector<SeriesHistograms> histograms = {{4, first}, {5, second}, {2, second}};
  std::string payload;
  EncodeWriteRecord({}, samples, histograms, &payload);
  Collector got;
  REQUIRE(DecodeWriteRecord(payload, &got).ok());
  REQUIRE(got.series.size() == 1);
  std::vector<std::pair<SeriesId, HistogramSample>> expected;
  for (const SeriesHistograms& one : histograms) {
    for (const HistogramSample& sample : one.histograms) expected.emplace_back(one.id, sample);
  }
  CHECK(got.histograms == expected);
  for (size_t size = 1; size < payload.size(); ++size) {
    Collector part;
    const Status status = DecodeWriteRecord(std::string_view(payload).substr(0, size), &part);
    if (status.ok()) CHECK(part.histograms.size() < expected.size());
  }
}

TEST_CASE("the example with start timestamps is what the encoder writes") {
  const std::vector<Series> series = {{7, {{1000, 5}}, {900}},
                                      {8, {{1000, 7}}, {900}},
                                      {9, {{1000, 0.25}}, {}},
                                      {10, {{1000, 0.25}}, {950}}};
  CHECK(Hex(Encode({}, series)) ==
        "01 00 "                 // write, no definition
        "03 04 01 d0 0f 1d 02 "  // floats with starts, 4 series x 1, time, ids
        "95 1c 00 02 cc 01 "     // 900, again, none, 50 after the last known
        "11 0c 0a 04 02 32");
}

TEST_CASE("start timestamps survive, known to all, to some and to none") {
  const auto seed = GENERATE(range(0u, 30u));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<Series> series;
  std::vector<std::vector<HistogramSample>> histograms(5);
  testing::RandomHistograms source(seed);
  const auto any_start = [&]() -> TimestampMs {
    switch (random() % 5) {
      case 0:
        return kNoStart;
      case 1:
        return 1'700'000'000'000;
      case 2:
        return random() % 2 == 0 ? kMaxStartMs : -kMaxStartMs;
      default:
        return static_cast<TimestampMs>(random() >> 3) / (1 + static_cast<int64_t>(random() % 99));
    }
  };
  for (SeriesId id = 0; id < 40; ++id) {
    Series one = Column(std::vector<double>(1 + random() % 3, id), id);
    const bool known = random() % 2 == 0;
    for (size_t i = 0; known && i < one.samples.size(); ++i) one.starts.push_back(any_start());
    series.push_back(one);
  }
  std::vector<SeriesSamples> samples;
  for (const Series& one : series) {
    samples.push_back({one.id, SampleSpan(one.samples, one.starts)});
  }
  std::vector<SeriesHistograms> groups;
  std::vector<std::pair<SeriesId, HistogramSample>> expected;
  for (SeriesId id = 0; id < histograms.size(); ++id) {
    for (uint64_t i = 0; i <= random() % 4; ++i) {
      histograms[id].push_back(
          {static_cast<TimestampMs>(i), source.Next(), id % 2 == 0 ? any_start() : kNoStart});
      expected.emplace_back(id, histograms[id].back());
    }
    groups.push_back({id, histograms[id]});
  }
  std::string payload;
  EncodeWriteRecord({}, samples, groups, &payload);
  Collector got;
  REQUIRE(DecodeWriteRecord(payload, &got).ok());
  CHECK(got.histograms == expected);
  REQUIRE(got.series.size() == series.size());
  for (size_t i = 0; i < series.size(); ++i) {
    REQUIRE(SameSeries(got.series[i], series[i]));
    const SampleSpan sent(series[i].samples, series[i].starts);
    const SampleSpan read(got.series[i].samples, got.series[i].starts);
    for (size_t n = 0; n < sent.size(); ++n) REQUIRE(read.StartOf(n) == sent.StartOf(n));
  }
  for (size_t size = 0; size < payload.size(); ++size) {
    Collector part;
    const Status status = DecodeWriteRecord(std::string_view(payload).substr(0, size), &part);
    if (!status.ok()) CHECK(absl::IsDataLoss(status));
  }
}

TEST_CASE("every kind of value survives bit for bit") {
  const double denormal = std::numeric_limits<double>::denorm_min();
  const double inf = std::numeric_limits<double>::infinity();
  RoundTrip({Column({0.0,
                     -0.0,
                     0.0,
                     1,
                     -1,
                     0.1,
                     -0.1,
                     0.25,
                     1e15,
                     9007199254740991.0,
                     9007199254740992.0,
                     9007199254740993.0,
                     -9007199254740992.0,
                     1e22,
                     1e300,
                     inf,
                     -inf,
                     denormal,
                     -denormal,
                     std::numeric_limits<double>::min(),
                     std::numeric_limits<double>::max(),
                     ValueOf(kStaleNanBits),
                     ValueOf(kNormalNanBits),
                     ValueOf(0xffffffffffffffffULL),
                     M_PI,
                     M_PI,
                     -M_PI,
                     1.0 / 3,
                     123456.789,
                     0.000001,
                     1e-15,
                     1e-16,
                     4503599627370497.5,
                     0.3,
                     3e-5})});
}

TEST_CASE("random bit patterns and decimals survive bit for bit, whatever their order") {
  const auto seed = GENERATE(range(0u, 40u));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<Series> series;
  SeriesId id = 0;
  const size_t per_series = random() % 3 == 0 ? 1 : random() % 50 + 1;
  for (int i = 0; i < 60; ++i) {
    std::vector<double> values;
    for (size_t j = 0; j < per_series; ++j) {
      const auto integer = static_cast<double>(static_cast<int64_t>(random()) >> (random() % 64));
      switch (random() % 7) {
        case 0:
          values.push_back(ValueOf(random()));
          break;
        case 1:
          values.push_back(ValueOf(random() << (random() % 64)));
          break;
        case 2:
          values.push_back(integer / std::pow(10.0, static_cast<double>(random() % 17)));
          break;
        case 3:
          values.push_back(values.empty() ? 0 : values.back());
          break;
        case 4:
          values.push_back(std::nextafter(integer, 1e300));
          break;
        case 5:
          values.push_back(0);
          break;
        default:
          values.push_back(integer);
      }
    }
    id += random() % 4 == 0 ? static_cast<SeriesId>(random() % 100'000) + 1 : 1;
    series.push_back(Column(values, id));
  }
  RoundTrip(series);
}

TEST_CASE("timestamps survive whatever they are") {
  const auto seed = GENERATE(range(0u, 20u));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::vector<Series> series;
  for (SeriesId id = 1; id <= 30; ++id) {
    Series one{id, {}};
    auto t = static_cast<int64_t>(random() >> (random() % 64));
    for (size_t i = 0; i < 1 + random() % 20; ++i) {
      one.samples.push_back({t, 1});
      t = static_cast<int64_t>(static_cast<uint64_t>(t) + (random() >> (random() % 64)));
    }
    series.push_back(one);
  }
  series.push_back({31, {{kMinTimestampMs, 1}, {kMaxTimestampMs, 1}, {kMinTimestampMs, 2}}});
  series.push_back({32, {{kMaxTimestampMs, 1}}});
  RoundTrip(series);
}

TEST_CASE("series keep their order, whatever their ids") {
  RoundTrip({Column({1}, 5), Column({2}, 3), Column({3}, 4294967295u), Column({4}, 0),
             Column({5}, 1), Column({6}, 3)});
}

TEST_CASE("definitions survive, in any order of ids") {
  RoundTrip({}, {});
  RoundTrip({}, {{9, 4294967295u, "abc"},
                 {10, 0, ""},
                 {2, 1, std::string(5000, 'x')},
                 {4294967295u, 3, std::string("\0\xff", 2)}});
}

TEST_CASE("a series without samples takes no bytes") {
  CHECK(Encode({}, {{3, {}}}) == Encode({}, {}));
}

TEST_CASE("a series longer than a group may be is split and comes back whole") {
  std::vector<double> values(200'001);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i * i);
  RoundTrip({Column({1}, 1), Column(values, 2), Column({1}, 3)});
}

TEST_CASE("more series than a group may hold are split and come back whole") {
  std::vector<Series> series;
  for (SeriesId id = 0; id < 30'000; ++id)
    series.push_back(Column(std::vector<double>(40, id), id));
  RoundTrip(series);
}

TEST_CASE("a scrape costs under four bytes a sample, a batch of forty under two") {
  std::mt19937_64 random(1);
  std::vector<Series> scrape;
  std::vector<Series> batch;
  for (SeriesId id = 0; id < 10'000; ++id) {
    auto counter = static_cast<double>(random() % 1'000'000);
    scrape.push_back(Column({counter}, id));
    std::vector<double> values;
    for (int i = 0; i < 40; ++i) values.push_back(counter += static_cast<double>(random() % 200));
    batch.push_back(Column(values, id));
  }
  CHECK(RoundTrip(scrape).size() < 4 * 10'000);
  CHECK(RoundTrip(batch).size() < 2 * 400'000);
}

TEST_CASE("codes are packed where a scrape's series have many samples each") {
  std::vector<Series> series;
  std::mt19937_64 random(3);
  for (SeriesId id = 1; id <= 30; ++id) {
    std::vector<double> values(40, id);
    if (id % 3 == 0) {
      for (double& value : values) value = static_cast<double>(random() % 1000);
    }
    series.push_back(Column(values, id));
  }
  std::string payload = RoundTrip(series);
  CHECK(payload.substr(0, 3) ==
        std::string("\x01\x00\x05", 3));  // no definitions, floats with packed codes
  for (Series& one : series) one.starts.assign(one.samples.size(), 900);
  payload = Encode({}, series);
  CHECK(payload.substr(0, 3) == std::string("\x01\x00\x06", 3));
  Collector got;
  REQUIRE(DecodeWriteRecord(payload, &got).ok());
  REQUIRE(got.series.size() == series.size());
  for (size_t i = 0; i < series.size(); ++i) {
    CHECK(SameSeries(got.series[i], series[i]));
    CHECK(got.series[i].starts == series[i].starts);
  }
  for (size_t size = 0; size < payload.size(); ++size) {
    Collector part;
    const Status status = DecodeWriteRecord(std::string_view(payload).substr(0, size), &part);
    INFO("cut at " << size);
    CHECK((absl::IsDataLoss(status) || part.series.empty()));
  }
}

TEST_CASE("with label sets a record is compressed as a whole, and its codes are not packed") {
  std::vector<Series> series;
  std::vector<Definition> definitions;
  for (SeriesId id = 1; id <= 30; ++id) {
    series.push_back(Column(std::vector<double>(40, id), id));
    definitions.push_back({id, 1, "some labels that resemble each other " + std::to_string(id)});
  }
  CHECK(RoundTrip(series, definitions).front() == '\x02');
}

TEST_CASE("every cut of a record is refused or holds a part of what was written") {
  const std::vector<Series> series = {Column({1, 2.5, M_PI, 0, 1e300}, 1), Column({7}, 9),
                                      Column({8}, 10), Column({0.125}, 12)};
  const std::string payload = Encode({{1, 2, "labels"}}, series);
  for (size_t size = 0; size < payload.size(); ++size) {
    Collector got;
    const Status status = DecodeWriteRecord(std::string_view(payload).substr(0, size), &got);
    INFO("cut at " << size);
    if (status.ok())
      CHECK(got.series.size() < series.size());
    else
      CHECK(absl::IsDataLoss(status));
    REQUIRE(got.series.size() <= series.size());
    for (size_t i = 0; i < got.series.size(); ++i) CHECK(SameSeries(got.series[i], series[i]));
  }
}

TEST_CASE("unknown types and kinds are refused by name") {
  Collector got;
  CHECK(DecodeWriteRecord("", &got).code() == absl::StatusCode::kDataLoss);
  CHECK(MessageOf(DecodeWriteRecord("\x07", &got)) ==
        "log record: type 7 is not known to this version");
  CHECK(MessageOf(DecodeWriteRecord(std::string("\x01\x00\x09\x01\x01", 5), &got)) ==
        "log record: groups of kind 9 are not known to this version");
}

TEST_CASE("counts that the bytes cannot hold are refused before memory is taken") {
  Collector got;
  std::string payload("\x01\x00\x01", 3);
  SECTION("many series") {
    payload += std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01", 11);
  }
  SECTION("many samples") {
    payload += std::string("\x01\xff\xff\xff\xff\x0f", 6);
  }
  SECTION("more values than a group may have, packed") {
    payload = std::string("\x01\x00\x05", 3) + std::string("\xff\xff\x7f\xff\x01", 5);
  }
  SECTION("no series") {
    payload += std::string("\x00\x01\x00\x00\x00", 5);
  }
  CHECK(absl::IsDataLoss(DecodeWriteRecord(payload, &got)));
  CHECK(got.series.empty());
}

TEST_CASE("garbled records are refused or decode to something, and never crash") {
  std::mt19937_64 random(7);
  std::vector<Series> series;
  for (SeriesId id = 0; id < 20; ++id)
    series.push_back(Column({1.5 * id, 2.25, M_PI * id}, id * id));
  for (SeriesId id = 20; id < 30; ++id) {
    series.push_back({id, {{1000, 1}, {2000, 2}}, {900, 900 + id}});
  }
  const std::string good = Encode({{1, 2, "labels"}}, series);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (size_t i = 0; i < 1 + random() % 4; ++i) {
      bad[random() % bad.size()] = static_cast<char>(random());
    }
    Collector got;
    const Status status = DecodeWriteRecord(bad, &got);
    CHECK((status.ok() || absl::IsDataLoss(status)));
  }
}

}  // namespace
}  // namespace silverback
