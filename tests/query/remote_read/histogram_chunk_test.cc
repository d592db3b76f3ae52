#include "query/remote_read/histogram_chunk.h"

#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "../../engine/histogram/random_histograms.h"
#include "bit_reader.h"

namespace silverback::remote_read {
namespace {

using testing::RandomHistograms;

std::vector<HistogramSpan> ReadSpans(BitReader* in) {
  std::vector<HistogramSpan> spans(in->VarbitUint());
  for (HistogramSpan& span : spans) {
    span.length = static_cast<uint32_t>(in->VarbitUint());
    span.offset = static_cast<int32_t>(in->VarbitInt());
  }
  return spans;
}

size_t BucketsOf(const std::vector<HistogramSpan>& spans) {
  size_t buckets = 0;
  for (const HistogramSpan& span : spans) buckets += span.length;
  return buckets;
}

NativeHistogram ReadLayout(BitReader* in) {
  NativeHistogram layout;
  const uint64_t threshold = in->Bits(8);
  if (threshold == 255) {
    layout.zero_threshold = std::bit_cast<double>(in->Bits(64));
  } else if (threshold > 0) {
    layout.zero_threshold = std::ldexp(0.5, static_cast<int>(threshold) - 243);
  }
  layout.schema = static_cast<int32_t>(in->VarbitInt());
  layout.positive_spans = ReadSpans(in);
  layout.negative_spans = ReadSpans(in);
  layout.positive_counts.resize(BucketsOf(layout.positive_spans));
  layout.negative_counts.resize(BucketsOf(layout.negative_spans));
  if (!layout.has_custom_buckets()) return layout;
  layout.custom_values.resize(in->VarbitUint());
  for (double& bound : layout.custom_values) {
    const uint64_t thousandths = in->VarbitUint();
    bound = thousandths == 0 ? std::bit_cast<double>(in->Bits(64))
                             : static_cast<double>(thousandths - 1) / 1000;
  }
  return layout;
}

/// The samples of a chunk, hints left out.
std::vector<HistogramSample> ReadChunk(std::string bytes, bool is_float) {
  BitReader in(std::move(bytes));
  const uint64_t count = in.Bits(16);
  in.Bits(8);
  NativeHistogram layout = ReadLayout(&in);
  layout.is_float = is_float;
  const size_t buckets = layout.positive_counts.size() + layout.negative_counts.size();
  std::vector<uint64_t> values(buckets + 3);  // time, count, zero count, buckets
  std::vector<uint64_t> changes(values.size());
  std::vector<XorReader> floats(values.size());
  XorReader sum;
  std::vector<HistogramSample> samples;
  for (uint64_t i = 0; i < count; ++i) {
    NativeHistogram one = layout;
    const auto field = [&](size_t at, bool as_integer) {
      if (!as_integer) {
        values[at] = i == 0 ? floats[at].Start(&in) : floats[at].Next(&in);
      } else if (i == 0) {
        const bool is_unsigned = at == 1 || at == 2;
        values[at] = is_unsigned ? in.VarbitUint() : static_cast<uint64_t>(in.VarbitInt());
      } else {
        values[at] += changes[at] += static_cast<uint64_t>(in.VarbitInt());
      }
    };
    field(0, true);
    field(1, !is_float);
    field(2, !is_float);
    one.sum = std::bit_cast<double>(i == 0 ? sum.Start(&in) : sum.Next(&in));
    for (size_t at = 3; at < values.size(); ++at) field(at, !is_float);
    one.count = values[1];
    one.zero_count = values[2];
    size_t at = 3;
    for (auto* counts : {&one.positive_counts, &one.negative_counts}) {
      uint64_t left = 0;
      for (HistogramCount& bucket : *counts) {
        bucket = is_float ? values[at] : left + values[at];
        left = bucket;
        ++at;
      }
    }
    samples.push_back({static_cast<TimestampMs>(values[0]), std::move(one)});
  }
  CHECK(in.AtEnd());
  return samples;
}

NativeHistogram Simple(HistogramCount count) {
  NativeHistogram histogram;
  histogram.schema = 1;
  histogram.zero_threshold = 0x1p-128;
  histogram.positive_spans = {{0, 2}};
  histogram.positive_counts = {count, 1};
  histogram.count = count + 1;
  histogram.sum = 1;
  return histogram;
}

}  // namespace

TEST_CASE("any histograms survive their chunks") {
  const uint64_t seed = std::random_device()();
  CAPTURE(seed);
  for (uint64_t round = 0; round < 20; ++round) {
    RandomHistograms source(seed + round);
    std::mt19937_64 random(seed + round);
    HistogramChunk chunk;
    std::vector<HistogramSample> written;
    const auto check = [&] {
      const bool is_float = chunk.is_float();
      const std::vector<HistogramSample> read = ReadChunk(chunk.Take(), is_float);
      REQUIRE(read.size() == written.size());
      for (size_t i = 0; i < read.size(); ++i) {
        written[i].histogram.reset_hint = CounterResetHint::kUnknown;
        REQUIRE(read[i] == written[i]);
      }
      written.clear();
    };
    TimestampMs t = -5;
    for (int i = 0; i < 300; ++i) {
      const NativeHistogram histogram = source.Next();
      if (!chunk.Fits(histogram)) check();
      t += static_cast<TimestampMs>(random() % 4 == 0 ? random() % 100'000'000 : 15'000);
      chunk.Append(t, histogram);
      written.push_back({t, histogram});
    }
    check();
  }
}

TEST_CASE("what goes down, has other buckets or another hint begins a new chunk") {
  HistogramChunk chunk;
  CHECK(chunk.Fits(NativeHistogram::StaleMarker()));
  chunk.Append(1, Simple(5));
  CHECK(chunk.Fits(Simple(5)));
  CHECK_FALSE(chunk.Fits(Simple(4)));
  CHECK_FALSE(chunk.Fits(NativeHistogram::StaleMarker()));
  NativeHistogram other = Simple(9);
  other.schema = 2;
  CHECK_FALSE(chunk.Fits(other));
  other = Simple(9);
  other.reset_hint = CounterResetHint::kReset;
  CHECK_FALSE(chunk.Fits(other));
  other.reset_hint = CounterResetHint::kGauge;
  CHECK_FALSE(chunk.Fits(other));
  CHECK(chunk.Take()[2] == '\0');
  chunk.Append(1, other);
  other.positive_counts = {1, 1};
  CHECK(chunk.Fits(other));
  CHECK(chunk.Take()[2] == '\xc0');
  other.reset_hint = CounterResetHint::kReset;
  chunk.Append(1, other);
  CHECK(chunk.Take()[2] == '\x80');
  chunk.Append(1, NativeHistogram::StaleMarker());
  CHECK_FALSE(chunk.Fits(Simple(1)));
}

TEST_CASE("a histogram chunk's bytes are Prometheus'") {
  HistogramChunk chunk;
  chunk.Append(1, Simple(3));
  // One sample, no flag; threshold 2^-128 is 116.
  std::string expected = {'\0', '\1', '\0', '\x74'};
  // Schema 1: 10 001; one span: 10 001, length 2: 10 010, offset 0: 0; no negative: 0; time 1: 10 001; count 4: 10 100;
  // zero count 0: 0; the sum 1.0: 64 bits; buckets 3: 10 011 and -2: 10 110.
  const std::string bits =
      "10001"
      "10001"
      "10010"
      "0"
      "0"
      "10001"
      "10100"
      "0"
      "0011111111110000"
      "000000000000000000000000000000000000000000000000"
      "10011"
      "10110";
  for (size_t i = 0; i < bits.size(); i += 8) {
    expected +=
        static_cast<char>(std::stoi((bits.substr(i, 8) + "0000000").substr(0, 8), nullptr, 2));
  }
  CHECK(chunk.Take() == expected);
}

}  // namespace silverback::remote_read
