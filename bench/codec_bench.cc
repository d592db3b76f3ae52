// Codecs and blocks: speed of encoding, decoding and point access, and bytes a value. Items are samples. Every
// benchmark compares what it decodes with what it encoded.
#include <array>
#include <benchmark/benchmark.h>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "bench/fleet/fleet.h"
#include "engine/base/value.h"
#include "engine/block/block.h"
#include "engine/block/timeline.h"
#include "engine/codec/choose.h"
#include "engine/codec/codec.h"
#include "engine/codec/gorilla_chunk.h"

namespace silverback {
namespace {

using Random = std::mt19937_64;

double Unit(Random& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

// Vectors as monitoring makes them, each the natural prey of one codec.
using Make = double (*)(double last, Random& random);
struct Source {
  const char* name;
  Make next;
};
constexpr std::array<Source, 9> kSources = {{
    {"constant", [](double, Random&) { return 1.0; }},
    {"runs", [](double last, Random& r) { return r() % 8 == 0 ? double(r() % 500) : last; }},
    {"counter", [](double last, Random& r) { return last + double(150 + r() % 64); }},
    {"counter_reset",
     [](double last, Random& r) {
       return r() % 500 == 0 ? 0 : last + double(150 + r() % 64 + (r() % 50 == 0 ? 2000 : 0));
     }},
    {"gauge_integer", [](double, Random& r) { return double(r() % 1000); }},
    {"gauge_decimal",
     [](double, Random& r) { return double(r() % 10000 + (r() % 50 == 0 ? 1 << 20 : 0)) / 100; }},
    {"gauge_stale",
     [](double, Random& r) {
       return r() % 100 == 0 ? ValueOf(kStaleNanBits) : double(r() % 1000);
     }},
    {"float_counter", [](double last, Random& r) { return last + 100 * Unit(r); }},
    {"float_gauge", [](double, Random& r) { return Unit(r) * (r() % 2 == 0 ? -1 : 1); }},
}};

constexpr size_t kVectors = 64;

// Some vectors of a source, and each encoded.
struct Encoded {
  std::vector<double> values;
  std::vector<std::string> bytes;
  std::vector<const codec::Codec*> codecs;
  size_t total_bytes = 0;

  // By the codec that is smallest, or by `forced`.
  explicit Encoded(const Source& source, const codec::Codec* forced = nullptr)
      : values(kVectors * kVectorSamples) {
    Random random(1);
    double last = 1e6;
    for (double& value : values) value = last = source.next(last, random);
    for (size_t i = 0; i < kVectors; ++i) {
      std::string encoded;
      if (forced != nullptr) {
        forced->encode(Vector(i), &encoded);
        codecs.push_back(forced);
      } else {
        const codec::CodecId id = codec::EncodeSmallest(Vector(i), true, &encoded);
        codecs.push_back(codec::FindCodec(static_cast<uint8_t>(id)));
      }
      total_bytes += encoded.size();
      bytes.push_back(std::move(encoded));
    }
  }

  std::span<const double> Vector(size_t i) const {
    return {values.data() + i * kVectorSamples, kVectorSamples};
  }

  void Report(benchmark::State& state, int64_t samples_per_round) const {
    state.SetItemsProcessed(state.iterations() * samples_per_round);
    state.SetLabel(std::string(codecs.back()->name));
    state.counters["bytes/value"] =
        static_cast<double>(total_bytes) / static_cast<double>(values.size());
  }
};

void BenchDecodeOf(benchmark::State& state, const Encoded& encoded) {
  std::array<double, kVectorSamples> out;
  for (size_t i = 0; i < kVectors; ++i) {
    encoded.codecs[i]->decode(encoded.bytes[i], kVectorSamples, 0, kVectorSamples, out.data());
    if (std::memcmp(out.data(), encoded.Vector(i).data(), sizeof(out)) != 0) {
      state.SkipWithError("decoded values differ");
    }
  }
  size_t i = 0;
  for (auto _ : state) {
    encoded.codecs[i]->decode(encoded.bytes[i], kVectorSamples, 0, kVectorSamples, out.data());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    i = (i + 1) % kVectors;
  }
  encoded.Report(state, kVectorSamples);
}

void BenchDecode(benchmark::State& state, const Source& source) {
  BenchDecodeOf(state, Encoded(source));
}

void BenchDecodeXor(benchmark::State& state, const Source& source) {
  BenchDecodeOf(state,
                Encoded(source, codec::FindCodec(static_cast<uint8_t>(codec::CodecId::kXor))));
}

void BenchEncode(benchmark::State& state, const Source& source) {
  const Encoded encoded(source);
  size_t i = 0;
  std::string out;
  for (auto _ : state) {
    out.clear();
    codec::EncodeSmallest(encoded.Vector(i), true, &out);
    benchmark::DoNotOptimize(out.data());
    i = (i + 1) % kVectors;
  }
  encoded.Report(state, kVectorSamples);
}

void BenchPoint(benchmark::State& state, const Source& source) {
  const Encoded encoded(source);
  size_t i = 0;
  uint32_t row = 0;
  for (auto _ : state) {
    double value = 0;
    encoded.codecs[i]->value_at(encoded.bytes[i], kVectorSamples, row, &value);
    benchmark::DoNotOptimize(value);
    i = (i + 1) % kVectors;
    row = (row + 389) % kVectorSamples;
  }
  encoded.Report(state, 1);
}

// A column of the fleet.
struct Column {
  std::string metric;
  size_t target = 0;
  std::vector<double> values;
};

struct Fleet {
  std::vector<std::vector<TimestampMs>> times;  // by target
  std::vector<Column> columns;
  size_t samples = 0;
};

// 17 days of the quickstart's fleet, two deployments a service among them: 12 blocks a series.
const Fleet& TheFleet() {
  static const Fleet fleet = [] {
    constexpr size_t kScrapes = 12 * kMaxBlockSamples;
    Fleet made;
    FleetOptions options;
    options.start_ms = 1'750'000'000'000;
    for (const auto& target : MakeFleet(options)) {
      const size_t first = made.columns.size();
      for (const LabelSet& labels : target->series()) {
        made.columns.push_back({std::string(labels.Get("__name__")), made.times.size(), {}});
      }
      std::vector<double> row(target->series().size());
      auto& times = made.times.emplace_back();
      for (size_t i = 0; i < kScrapes; ++i) {
        times.push_back(target->Scrape(row.data()));
        for (size_t c = 0; c < row.size(); ++c) made.columns[first + c].values.push_back(row[c]);
      }
      made.samples += kScrapes * row.size();
    }
    return made;
  }();
  return fleet;
}

std::vector<std::string> BuildColumn(const Fleet& fleet, const Column& column, size_t block_rows) {
  std::vector<std::string> blocks;
  const std::span<const TimestampMs> times = fleet.times[column.target];
  const std::span<const double> values = column.values;
  for (size_t begin = 0; begin < values.size(); begin += block_rows) {
    const size_t size = std::min(block_rows, values.size() - begin);
    blocks.push_back(BuildBlock(times.subspan(begin, size), values.subspan(begin, size),
                                {7, static_cast<uint32_t>(begin)}));
  }
  return blocks;
}

// Bytes a value of the fleet in blocks of state.range(0) rows, headers included, and the speed of making them.
void BenchFleetBuild(benchmark::State& state) {
  const Fleet& fleet = TheFleet();
  const auto block_rows = static_cast<size_t>(state.range(0));
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const Column& column : fleet.columns) {
      for (const std::string& block : BuildColumn(fleet, column, block_rows)) bytes += block.size();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(fleet.samples));
  state.counters["bytes/value"] = static_cast<double>(bytes) / static_cast<double>(fleet.samples);
}

// Where the fleet's bytes are: bytes a value and share of the bytes of one metric or codec.
void BenchFleetShares(benchmark::State& state, bool by_codec) {
  struct Share {
    double bytes = 0;
    double values = 0;
  };
  const Fleet& fleet = TheFleet();
  std::map<std::string, Share> shares;
  double total = 0;
  for (auto _ : state) {
    for (const Column& column : fleet.columns) {
      for (const std::string& block : BuildColumn(fleet, column, kMaxBlockSamples)) {
        const auto view = BlockView::Open(block);
        double vectors = 0;
        for (uint32_t i = 0; i < view->vector_count(); ++i) {
          const auto info = view->vector_info(i);
          Share& share = shares[by_codec ? std::string(info.codec) : column.metric];
          share.bytes += static_cast<double>(info.bytes);
          share.values += info.rows;
          vectors += static_cast<double>(info.bytes);
        }
        Share& headers = shares["(headers)"];
        headers.bytes += static_cast<double>(block.size()) - vectors;
        headers.values += view->rows();
        total += static_cast<double>(block.size());
      }
    }
  }
  for (const auto& [name, share] : shares) {
    state.counters[name + " B/v"] = share.bytes / share.values;
    state.counters[name + " %"] = 100 * share.bytes / total;
  }
}

// Opening each block and decoding it whole.
void BenchFleetDecode(benchmark::State& state) {
  const Fleet& fleet = TheFleet();
  std::vector<std::string> blocks;
  std::vector<double> out(kMaxBlockSamples);
  for (const Column& column : fleet.columns) {
    size_t row = 0;
    for (std::string& block : BuildColumn(fleet, column, kMaxBlockSamples)) {
      const auto view = BlockView::Open(block);
      view->Decode(0, view->rows(), out.data());
      if (std::memcmp(out.data(), column.values.data() + row, view->rows() * sizeof(double)) != 0) {
        state.SkipWithError("decoded values differ");
      }
      row += view->rows();
      blocks.push_back(std::move(block));
    }
  }
  for (auto _ : state) {
    for (const std::string& block : blocks) {
      const auto view = BlockView::Open(block);
      view->Decode(0, view->rows(), out.data());
      benchmark::DoNotOptimize(out.data());
      benchmark::ClobberMemory();
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(fleet.samples));
}

// Opening a block, with both checksums or the header's alone.
void BenchOpen(benchmark::State& state, BlockView::Verify verify) {
  const Fleet& fleet = TheFleet();
  const std::vector<std::string> blocks = BuildColumn(fleet, fleet.columns[0], kMaxBlockSamples);
  size_t i = 0;
  for (auto _ : state) {
    const auto view = BlockView::Open(blocks[i], verify);
    benchmark::DoNotOptimize(view->rows());
    i = (i + 1) % blocks.size();
  }
  state.SetItemsProcessed(state.iterations());
}

// The head's chunk, a window of four hours of each series.
constexpr size_t kHeadSamples = 960;

void BenchChunkAppend(benchmark::State& state) {
  const Fleet& fleet = TheFleet();
  size_t heap = 0;
  size_t samples = 0;
  size_t c = 0;
  for (auto _ : state) {
    const Column& column = fleet.columns[c];
    const auto& times = fleet.times[column.target];
    GorillaChunk chunk;
    for (size_t i = 0; i < kHeadSamples; ++i) chunk.Append(times[i], column.values[i]);
    heap += chunk.heap_bytes();
    samples += kHeadSamples;
    c = (c + 1) % fleet.columns.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(samples));
  state.counters["bytes/value"] = static_cast<double>(heap) / static_cast<double>(samples);
}

void BenchChunkRead(benchmark::State& state) {
  const Fleet& fleet = TheFleet();
  std::vector<GorillaChunk> chunks(fleet.columns.size());
  std::vector<Sample> samples(kHeadSamples);
  for (size_t c = 0; c < chunks.size(); ++c) {
    const Column& column = fleet.columns[c];
    for (size_t i = 0; i < kHeadSamples; ++i) {
      chunks[c].Append(fleet.times[column.target][i], column.values[i]);
    }
    GorillaReader(chunks[c].bytes(), kHeadSamples).ReadAll(samples.data());
    for (size_t i = 0; i < kHeadSamples; ++i) {
      if (!SameBits(samples[i].value, column.values[i]))
        state.SkipWithError("decoded values differ");
    }
  }
  size_t c = 0;
  for (auto _ : state) {
    GorillaReader(chunks[c].bytes(), kHeadSamples).ReadAll(samples.data());
    benchmark::DoNotOptimize(samples.data());
    c = (c + 1) % chunks.size();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kHeadSamples));
}

void BenchTimelineDecode(benchmark::State& state) {
  const auto& times = TheFleet().times[0];
  const std::string bytes = EncodeTimeline(times);
  std::vector<TimestampMs> decoded;
  for (auto _ : state) {
    if (!DecodeTimeline(bytes, &decoded).ok()) state.SkipWithError("not decoded");
  }
  if (decoded != times) state.SkipWithError("decoded times differ");
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(times.size()));
  state.counters["bytes/value"] =
      static_cast<double>(bytes.size()) / static_cast<double>(times.size());
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const Source& source : kSources) {
    const std::string name = source.name;
    const auto add = [&](const char* what, auto function) {
      benchmark::RegisterBenchmark((std::string(what) + "/" + name).c_str(),
                                   [=](benchmark::State& state) { function(state, source); });
    };
    add("Decode", &BenchDecode);
    add("DecodeXor", &BenchDecodeXor);
    add("Encode", &BenchEncode);
    add("Point", &BenchPoint);
  }
  return true;
}();
BENCHMARK(BenchFleetBuild)->Name("Fleet/Build")->Arg(120)->Arg(960)->Arg(8192)->Iterations(1);
BENCHMARK(BenchFleetDecode)->Name("Fleet/OpenAndDecode");
BENCHMARK_CAPTURE(BenchFleetShares, metrics, false)->Name("Fleet/ByMetric")->Iterations(1);
BENCHMARK_CAPTURE(BenchFleetShares, codecs, true)->Name("Fleet/ByCodec")->Iterations(1);
BENCHMARK_CAPTURE(BenchOpen, all, BlockView::Verify::kAll)->Name("Open/AllChecksums");
BENCHMARK_CAPTURE(BenchOpen, facts, BlockView::Verify::kFacts)->Name("Open/FactsOnly");
BENCHMARK(BenchChunkAppend)->Name("Chunk/Append");
BENCHMARK(BenchChunkRead)->Name("Chunk/Read");
BENCHMARK(BenchTimelineDecode)->Name("Timeline/Decode");

}  // namespace
}  // namespace silverback
