#include "tests/support/write_message/write_message.h"

#include <algorithm>
#include <snappy.h>

#include "engine/base/coding.h"

namespace silverback::testing {
namespace {

void PutTag(std::string* out, int tag, int wire_type) {
  PutVarint(out, static_cast<uint64_t>(tag) << 3 | static_cast<uint64_t>(wire_type));
}

}  // namespace

std::string BytesField(int tag, std::string_view bytes) {
  std::string out;
  PutTag(&out, tag, 2);
  PutLengthPrefixed(&out, bytes);
  return out;
}

std::string VarintField(int tag, uint64_t value) {
  std::string out;
  PutTag(&out, tag, 0);
  PutVarint(&out, value);
  return out;
}

std::string DoubleField(int tag, double value) {
  std::string out;
  PutTag(&out, tag, 1);
  PutFixed(&out, value);
  return out;
}

std::string LabelFields(const LabelPairs& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    out += BytesField(1, BytesField(1, name) + BytesField(2, value));
  }
  return out;
}

std::string SampleField(TimestampMs timestamp_ms, double value, TimestampMs start_ms) {
  std::string fields = DoubleField(1, value) + VarintField(2, static_cast<uint64_t>(timestamp_ms));
  if (start_ms != kNoStart) fields += VarintField(3, static_cast<uint64_t>(start_ms));
  return BytesField(2, fields);
}

std::string ExemplarField(const LabelPairs& labels, TimestampMs timestamp_ms, double value) {
  return BytesField(3, LabelFields(labels) + DoubleField(2, value) +
                           VarintField(3, static_cast<uint64_t>(timestamp_ms)));
}

std::string SeriesField(const LabelPairs& labels, const std::vector<Sample>& samples) {
  std::string series = LabelFields(labels);
  for (const Sample& sample : samples) series += SampleField(sample.timestamp_ms, sample.value);
  return BytesField(1, series);
}

std::string MetadataField(uint32_t type, std::string_view family, std::string_view help,
                          std::string_view unit) {
  return BytesField(
      3, VarintField(1, type) + BytesField(2, family) + BytesField(4, help) + BytesField(5, unit));
}

std::string HistogramMessage(const HistogramSample& sample) {
  const NativeHistogram& histogram = sample.histogram;
  const auto double_of = [](HistogramCount count) { return ValueOf(count); };
  std::string out;
  if (histogram.is_float) {
    out += DoubleField(2, double_of(histogram.count)) +
           DoubleField(7, double_of(histogram.zero_count));
  } else {
    out += VarintField(1, histogram.count) + VarintField(6, histogram.zero_count);
  }
  out += DoubleField(3, histogram.sum) + VarintField(4, ZigZag(histogram.schema)) +
         DoubleField(5, histogram.zero_threshold);
  const auto side = [&](int tag, const std::vector<HistogramSpan>& spans,
                        const std::vector<HistogramCount>& counts) {
    for (const HistogramSpan& span : spans) {
      out += BytesField(tag, VarintField(1, ZigZag(span.offset)) + VarintField(2, span.length));
    }
    std::string packed;
    uint64_t last = 0;
    for (const HistogramCount count : counts) {
      if (histogram.is_float) {
        PutFixed(&packed, count);
      } else {
        PutSignedVarint(&packed, static_cast<int64_t>(count - last));
      }
      last = count;
    }
    if (!packed.empty()) out += BytesField(tag + (histogram.is_float ? 2 : 1), packed);
  };
  side(8, histogram.negative_spans, histogram.negative_counts);
  side(11, histogram.positive_spans, histogram.positive_counts);
  out += VarintField(14, static_cast<uint64_t>(histogram.reset_hint));
  out += VarintField(15, static_cast<uint64_t>(sample.timestamp_ms));
  for (const double bound : histogram.custom_values) out += DoubleField(16, bound);
  if (sample.start_ms != kNoStart) out += VarintField(17, static_cast<uint64_t>(sample.start_ms));
  return out;
}

NativeHistogram SmallHistogram(uint64_t count) {
  NativeHistogram histogram;
  histogram.positive_spans = {{0, 1}};
  histogram.positive_counts = {count};
  histogram.count = count;
  histogram.sum = static_cast<double>(count);
  return histogram;
}

uint32_t V2Message::Symbol(const std::string& text) {
  const auto it = std::find(symbols_.begin(), symbols_.end(), text);
  if (it != symbols_.end()) return static_cast<uint32_t>(it - symbols_.begin());
  symbols_.push_back(text);
  return static_cast<uint32_t>(symbols_.size() - 1);
}

std::string V2Message::Refs(const LabelPairs& labels) {
  std::string packed;
  for (const auto& [name, value] : labels) {
    PutVarint(&packed, Symbol(name));
    PutVarint(&packed, Symbol(value));
  }
  return BytesField(1, packed);
}

void V2Message::AddSamples(const LabelPairs& labels, const std::vector<Sample>& samples) {
  std::string fields = Refs(labels);
  for (const Sample& sample : samples) fields += SampleField(sample.timestamp_ms, sample.value);
  Add(fields);
}

std::string V2Message::Metadata(uint32_t type, const std::string& help, const std::string& unit) {
  return BytesField(
      5, VarintField(1, type) + VarintField(3, Symbol(help)) + VarintField(4, Symbol(unit)));
}

std::string V2Message::Encode(bool symbols_last) const {
  std::string symbols;
  for (const std::string& symbol : symbols_) symbols += BytesField(4, symbol);
  return symbols_last ? series_ + symbols : symbols + series_;
}

std::string Snappy(std::string_view bytes) {
  std::string out;
  snappy::Compress(bytes.data(), bytes.size(), &out);
  return out;
}

std::string SnappyClaim(uint64_t length) {
  std::string out;
  PutVarint(&out, length);
  return out;
}

}  // namespace silverback::testing
