#include "engine/block/histogram_section.h"

#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/codec/choose.h"
#include "engine/codec/codec.h"
#include "engine/codec/compact_double.h"
#include "engine/codec/integers.h"
#include "engine/codec/kernels.h"

namespace silverback {
namespace {

static_assert(kMaxSectionRows == codec::kMaxVectorValues);
static_assert(kMaxSectionRows == codec::kMaxColumnValues);

// The first byte.
constexpr uint8_t kFloatFlag = 1;
constexpr uint8_t kHintsVaryFlag = 2;
constexpr unsigned kHintShift = 2;
constexpr uint8_t kKnownBits = 15;

void PutSpans(std::string* out, std::span<const HistogramSpan> spans) {
  PutVarint(out, spans.size());
  for (const HistogramSpan& span : spans) {
    PutSignedVarint(out, span.offset);
    PutVarint(out, span.length);
  }
}

bool GetSpans(std::string_view* in, std::vector<HistogramSpan>* spans, uint64_t* buckets) {
  uint64_t count = 0;
  // Each span takes at least two bytes, so a damaged count cannot make us allocate.
  if (!GetVarint(in, &count) || count > kMaxHistogramSpans || count > in->size() / 2) return false;
  spans->resize(count);
  *buckets = 0;
  for (HistogramSpan& span : *spans) {
    int64_t offset = 0;
    uint64_t length = 0;
    if (!GetSignedVarint(in, &offset) || !GetVarint(in, &length) ||
        offset != static_cast<int32_t>(offset) || length > kMaxHistogramBuckets) {
      return false;
    }
    span = {static_cast<int32_t>(offset), static_cast<uint32_t>(length)};
    *buckets += length;
  }
  return *buckets <= kMaxHistogramBuckets;
}

/// The observations in all buckets, modulo 2^64.
HistogramCount InBuckets(const NativeHistogram& histogram) {
  HistogramCount total = histogram.zero_count;
  for (const HistogramCount count : histogram.positive_counts) total += count;
  for (const HistogramCount count : histogram.negative_counts) total += count;
  return total;
}

/// Appends one column after the other.
class ColumnWriter {
 public:
  ColumnWriter(std::span<const NativeHistogram> histograms, std::string* out)
      : histograms_(histograms), out_(out) {}

  /// A column of doubles: `value(histogram)` says the bits.
  template <typename Value>
  void Doubles(const Value& value) {
    doubles_.clear();
    for (const NativeHistogram& histogram : histograms_) {
      doubles_.push_back(ValueOf(value(histogram)));
    }
    std::string encoded;
    const codec::CodecId id = codec::EncodeSmallest(doubles_, /*allow_runs=*/true, &encoded);
    PutFixed(out_, static_cast<uint8_t>(id));
    PutLengthPrefixed(out_, encoded);
  }

  /// A column of counts of the histograms' flavour.
  template <typename Value>
  void Counts(const Value& value) {
    if (histograms_.front().is_float) return Doubles(value);
    integers_.clear();
    for (const NativeHistogram& histogram : histograms_) integers_.push_back(value(histogram));
    std::string encoded;
    codec::EncodeIntegers(integers_, &encoded);
    PutLengthPrefixed(out_, encoded);
  }

 private:
  std::span<const NativeHistogram> histograms_;
  std::string* out_;
  std::vector<double> doubles_;
  std::vector<uint64_t> integers_;
};

void PutHints(std::span<const NativeHistogram> histograms, std::string* out) {
  std::string runs;
  uint64_t count = 0;
  for (size_t begin = 0; begin < histograms.size(); ++count) {
    size_t end = begin + 1;
    while (end < histograms.size() && histograms[end].reset_hint == histograms[begin].reset_hint) {
      ++end;
    }
    PutVarint(&runs, (end - begin) << 2 | static_cast<uint8_t>(histograms[begin].reset_hint));
    begin = end;
  }
  PutVarint(out, count);
  out->append(runs);
}

}  // namespace

void PutHistogramSection(std::span<const NativeHistogram> histograms, std::string* out) {
  SB_CHECK(!histograms.empty() && histograms.size() <= kMaxSectionRows);
  const NativeHistogram& first = histograms.front();
  const bool hints_vary = std::any_of(
      histograms.begin(), histograms.end(),
      [&](const NativeHistogram& histogram) { return histogram.reset_hint != first.reset_hint; });
  const auto hint = hints_vary ? uint8_t{0} : static_cast<uint8_t>(first.reset_hint);
  out->push_back(static_cast<char>((first.is_float ? kFloatFlag : 0) |
                                   (hints_vary ? kHintsVaryFlag : 0) | hint << kHintShift));
  PutSignedVarint(out, first.schema);
  if (!first.has_custom_buckets()) codec::PutCompactDouble(out, first.zero_threshold);
  PutSpans(out, first.positive_spans);
  if (first.has_custom_buckets()) {
    PutVarint(out, first.custom_values.size());
    for (const double bound : first.custom_values) codec::PutCompactDouble(out, bound);
  } else {
    PutSpans(out, first.negative_spans);
  }
  if (hints_vary) PutHints(histograms, out);
  ColumnWriter columns(histograms, out);
  columns.Counts([](const NativeHistogram& histogram) {
    return histogram.is_float ? histogram.count : histogram.count - InBuckets(histogram);
  });
  if (!first.has_custom_buckets()) {
    columns.Counts([](const NativeHistogram& histogram) { return histogram.zero_count; });
  }
  columns.Doubles([](const NativeHistogram& histogram) { return BitsOf(histogram.sum); });
  for (size_t i = 0; i < first.positive_counts.size(); ++i) {
    columns.Counts([i](const NativeHistogram& histogram) { return histogram.positive_counts[i]; });
  }
  for (size_t i = 0; i < first.negative_counts.size(); ++i) {
    columns.Counts([i](const NativeHistogram& histogram) { return histogram.negative_counts[i]; });
  }
}

bool HistogramSection::Parse(std::string_view bytes, uint32_t rows) {
  if (rows == 0 || rows > kMaxSectionRows) return false;
  rows_ = rows;
  uint8_t flags = 0;
  return GetFixed(&bytes, &flags) && flags <= kKnownBits && ParseLayout(&bytes, flags) &&
         ParseHints(&bytes, flags) && ParseColumns(&bytes) && bytes.empty();
}

bool HistogramSection::ParseLayout(std::string_view* in, uint8_t flags) {
  layout_ = NativeHistogram();
  layout_.is_float = (flags & kFloatFlag) != 0;
  int64_t schema = 0;
  if (!GetSignedVarint(in, &schema) || schema != static_cast<int32_t>(schema)) return false;
  layout_.schema = static_cast<int32_t>(schema);
  const bool custom = layout_.has_custom_buckets();
  if (!custom && !codec::GetCompactDouble(in, &layout_.zero_threshold)) return false;
  uint64_t positive = 0;
  uint64_t negative = 0;
  if (!GetSpans(in, &layout_.positive_spans, &positive)) return false;
  if (custom) {
    uint64_t bounds = 0;
    if (!GetVarint(in, &bounds) || bounds > kMaxHistogramCustomValues || bounds > in->size() / 2) {
      return false;
    }
    layout_.custom_values.resize(bounds);
    for (double& bound : layout_.custom_values) {
      if (!codec::GetCompactDouble(in, &bound)) return false;
    }
  } else if (!GetSpans(in, &layout_.negative_spans, &negative)) {
    return false;
  }
  if (positive + negative > kMaxHistogramBuckets) return false;
  // Each bucket has a column of two bytes or more.
  if (positive + negative > in->size() / 2) return false;
  layout_.positive_counts.assign(positive, 0);
  layout_.negative_counts.assign(negative, 0);
  return true;
}

bool HistogramSection::ParseHints(std::string_view* in, uint8_t flags) {
  hints_.clear();
  if ((flags & kHintsVaryFlag) == 0) {
    hints_.push_back({0, static_cast<CounterResetHint>(flags >> kHintShift)});
    return true;
  }
  uint64_t count = 0;
  if (flags >> kHintShift != 0 || !GetVarint(in, &count) || count > rows_) return false;
  uint64_t row = 0;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t run = 0;
    if (!GetVarint(in, &run) || run >> 2 == 0 || run >> 2 > rows_ - row) return false;
    hints_.push_back({static_cast<uint32_t>(row), static_cast<CounterResetHint>(run & 3)});
    row += run >> 2;
  }
  return row == rows_;
}

bool HistogramSection::ParseColumns(std::string_view* in) {
  const size_t before_buckets = has_zero_count() ? 3 : 2;
  columns_.resize(before_buckets + layout_.positive_counts.size() + layout_.negative_counts.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    const bool doubles = layout_.is_float || i + 1 == before_buckets;
    if (doubles && (!GetFixed(in, &column.codec) || codec::FindCodec(column.codec) == nullptr)) {
      return false;
    }
    if (!GetLengthPrefixed(in, &column.bytes)) return false;
  }
  return true;
}

bool HistogramSection::DecodeDoubles(const Column& column, uint32_t begin, uint32_t end,
                                     double* out) const {
  return codec::FindCodec(column.codec)->decode(column.bytes, rows_, begin, end, out);
}

template <typename Place>
bool HistogramSection::DecodeCounts(const Column& column, uint32_t begin, uint32_t end,
                                    const Place& place) const {
  if (layout_.is_float) {
    std::array<double, kMaxSectionRows> values;
    if (!DecodeDoubles(column, begin, end, values.data())) return false;
    for (uint32_t row = begin; row < end; ++row) place(row - begin, BitsOf(values[row - begin]));
    return true;
  }
  codec::IntegerColumn integers;
  if (!integers.Parse(column.bytes, rows_)) return false;
  if (end - begin == 1) {
    place(0, integers.At(begin));
    return true;
  }
  std::array<uint64_t, codec::kChunkValues> chunk;
  const codec::Kernels& kernels = codec::ActiveKernels();
  for (uint32_t row = begin; row < end;) {
    const uint32_t index = row / codec::kChunkValues;
    const uint32_t base = index * codec::kChunkValues;
    const uint32_t chunk_end = std::min(end, base + codec::kChunkValues);
    integers.DecodeChunk(index, row - base, chunk_end - base, kernels, chunk.data());
    for (; row < chunk_end; ++row) place(row - begin, chunk[row - base]);
  }
  return true;
}

bool HistogramSection::Decode(uint32_t begin, uint32_t end, NativeHistogram* out) const {
  if (begin == end) return true;
  const uint32_t rows = end - begin;
  auto hint =
      std::upper_bound(hints_.begin(), hints_.end(), begin,
                       [](uint32_t row, const HintRun& run) { return row < run.first_row; });
  for (uint32_t i = 0; i < rows; ++i) {
    out[i] = layout_;
    while (hint != hints_.end() && hint->first_row <= begin + i) ++hint;
    out[i].reset_hint = (hint - 1)->hint;
  }
  size_t at = 0;
  if (!DecodeCounts(columns_[at++], begin, end,
                    [out](uint32_t i, HistogramCount count) { out[i].count = count; })) {
    return false;
  }
  if (has_zero_count() &&
      !DecodeCounts(columns_[at++], begin, end,
                    [out](uint32_t i, HistogramCount count) { out[i].zero_count = count; })) {
    return false;
  }
  std::array<double, kMaxSectionRows> sums;
  if (!DecodeDoubles(columns_[at++], begin, end, sums.data())) return false;
  for (uint32_t i = 0; i < rows; ++i) out[i].sum = sums[i];
  for (size_t b = 0; b < layout_.positive_counts.size(); ++b) {
    if (!DecodeCounts(columns_[at++], begin, end, [out, b](uint32_t i, HistogramCount count) {
          out[i].positive_counts[b] = count;
        })) {
      return false;
    }
  }
  for (size_t b = 0; b < layout_.negative_counts.size(); ++b) {
    if (!DecodeCounts(columns_[at++], begin, end, [out, b](uint32_t i, HistogramCount count) {
          out[i].negative_counts[b] = count;
        })) {
      return false;
    }
  }
  if (!layout_.is_float) {
    for (uint32_t i = 0; i < rows; ++i) out[i].count += InBuckets(out[i]);
  }
  return true;
}

}  // namespace silverback
