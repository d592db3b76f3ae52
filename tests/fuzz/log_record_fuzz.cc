// Payloads of log records. What decodes must mean the same after another round trip.
#include <span>
#include <string>
#include <vector>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/base/value.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

/// Few bytes can stand for very many samples of the same value; beyond this they are counted only.
constexpr size_t kMaxKeptSamples = 1 << 16;

struct Collector : WriteRecordVisitor {
  void OnDefinition(const SeriesDefinition& definition) override {
    definitions.push_back({definition.id, definition.metric, ""});
    labels.emplace_back(definition.label_set);
  }
  void OnSamples(SeriesId id, const SampleSpan& samples) override {
    kept += samples.size();
    if (kept <= kMaxKeptSamples) {
      ids.push_back(id);
      columns.emplace_back(samples.begin(), samples.end());
      starts.emplace_back(samples.starts.begin(), samples.starts.end());
    }
  }

  void OnHistogram(SeriesId id, const HistogramSample& sample) override {
    // One after the other makes groups of one: what they mean stays the same.
    if (++kept <= kMaxKeptSamples) histograms.emplace_back(id, sample);
  }

  std::string Encode() {
    for (size_t i = 0; i < labels.size(); ++i) definitions[i].label_set = labels[i];
    std::vector<SeriesSamples> series;
    for (size_t i = 0; i < ids.size(); ++i) {
      series.push_back({ids[i], SampleSpan(columns[i], starts[i])});
    }
    std::vector<SeriesHistograms> groups;
    for (const auto& [id, sample] : histograms) groups.push_back({id, std::span(&sample, 1)});
    std::string out;
    EncodeWriteRecord(definitions, series, groups, &out);
    return out;
  }

  std::vector<SeriesDefinition> definitions;
  std::vector<std::string> labels;
  std::vector<SeriesId> ids;
  std::vector<std::vector<Sample>> columns;
  std::vector<std::vector<TimestampMs>> starts;
  std::vector<std::pair<SeriesId, HistogramSample>> histograms;
  size_t kept = 0;
};

void CheckEqual(const Collector& a, const Collector& b) {
  SB_CHECK(a.ids == b.ids);
  SB_CHECK(a.labels == b.labels);
  SB_CHECK(a.histograms == b.histograms);
  for (size_t i = 0; i < a.columns.size(); ++i) {
    SB_CHECK_EQ(a.columns[i].size(), b.columns[i].size());
    for (size_t j = 0; j < a.columns[i].size(); ++j) {
      SB_CHECK_EQ(a.columns[i][j].timestamp_ms, b.columns[i][j].timestamp_ms);
      SB_CHECK(SameBits(a.columns[i][j].value, b.columns[i][j].value));
      SB_CHECK_EQ(SampleSpan(a.columns[i], a.starts[i]).StartOf(j),
                  SampleSpan(b.columns[i], b.starts[i]).StartOf(j));
    }
  }
}

}  // namespace
}  // namespace silverback

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  Collector first;
  const Status status = DecodeWriteRecord({reinterpret_cast<const char*>(data), size}, &first);
  if (!status.ok()) {
    SB_CHECK(absl::IsDataLoss(status));
    return 0;
  }
  if (first.kept > kMaxKeptSamples) return 0;
  Collector second;
  SB_CHECK(DecodeWriteRecord(first.Encode(), &second).ok());
  CheckEqual(first, second);
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback;
  std::vector<std::vector<Sample>> columns;
  for (int i = 0; i < 30; ++i) {
    columns.push_back({{1000, 17.0 * i}, {2000, 17.5 * i}, {3000, 1.0 / (i + 1)}, {4000, 0}});
  }
  std::vector<SeriesSamples> scrape;
  std::vector<SeriesSamples> batch;
  std::vector<SeriesSamples> irregular;
  for (SeriesId id = 0; id < columns.size(); ++id) {
    scrape.push_back({id * 3, std::span(columns[id]).first(1)});
    batch.push_back({id, columns[id]});
    irregular.push_back({id * id * 1000, std::span(columns[id]).subspan(id % 3)});
  }
  const std::vector<SeriesDefinition> definitions = {{1, 2, "labels"}, {7, 3, "more"}};
  std::vector<std::string> seeds;
  for (const auto* series : {&scrape, &batch, &irregular}) {
    EncodeWriteRecord(definitions, *series, {}, &seeds.emplace_back());
  }
  const std::vector<TimestampMs> starts = {900, 900, kNoStart, 950};
  std::vector<SeriesSamples> started;
  for (SeriesId id = 0; id < columns.size(); ++id) {
    started.push_back({id, SampleSpan(columns[id], starts)});
  }
  EncodeWriteRecord(definitions, started, {}, &seeds.emplace_back());
  // Without definitions, codes are packed.
  for (const auto* series : {&batch, &started}) {
    EncodeWriteRecord({}, *series, {}, &seeds.emplace_back());
  }
  std::vector<HistogramSample> histograms;
  for (int i = 0; i < 5; ++i) {
    HistogramSample& sample = histograms.emplace_back();
    sample.timestamp_ms = 1000 * i;
    sample.start_ms = i < 4 ? 500 : kNoStart;
    sample.histogram.is_float = i >= 3;
    sample.histogram.schema = i == 2 ? kCustomBucketsSchema : 3;
    sample.histogram.positive_spans = {{1, 2}, {3, 1}};
    sample.histogram.positive_counts = {1, 2, 3};
    sample.histogram.count = 6;
    if (i == 2) sample.histogram.custom_values = {1, 2, 3, 4, 5, 6, 7};
    if (sample.histogram.is_float) {
      for (HistogramCount& count : sample.histogram.positive_counts) count = BitsOf(2.5 + i);
      sample.histogram.count = BitsOf(11);
    }
  }
  const std::vector<SeriesHistograms> groups = {{3, histograms},
                                                {4, std::span(histograms).first(1)}};
  EncodeWriteRecord(definitions, scrape, groups, &seeds.emplace_back());
  return seeds;
}
