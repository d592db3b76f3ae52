#include "tests/support/write_message/write_message.h"

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

std::string SampleField(TimestampMs timestamp_ms, double value) {
  return BytesField(2, DoubleField(1, value) + VarintField(2, static_cast<uint64_t>(timestamp_ms)));
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
