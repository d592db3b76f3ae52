#include "tools/client/write_request.h"

#include <snappy.h>

#include <protozero/pbf_writer.hpp>

namespace silverback {
namespace {

// Field numbers of prometheus' prompb: WriteRequest.timeseries; TimeSeries.labels, .samples; Label;
// Sample.
constexpr protozero::pbf_tag_type kTimeseries = 1;
constexpr protozero::pbf_tag_type kLabels = 1;
constexpr protozero::pbf_tag_type kSamples = 2;
constexpr protozero::pbf_tag_type kFirst = 1;   // Label.name, Sample.value
constexpr protozero::pbf_tag_type kSecond = 2;  // Label.value, Sample.timestamp

}  // namespace

std::string WriteRequestBuilder::EncodeLabels(const LabelSet& labels) {
  std::string out;
  protozero::pbf_writer series(out);
  for (const Label& label : labels) {
    protozero::pbf_writer message(series, kLabels);
    message.add_string(kFirst, label.name.data(), label.name.size());
    message.add_string(kSecond, label.value.data(), label.value.size());
  }
  return out;
}

void WriteRequestBuilder::Add(const std::string& encoded_labels, std::span<const Sample> samples) {
  scratch_ = encoded_labels;
  protozero::pbf_writer series(scratch_);
  for (const Sample& sample : samples) {
    protozero::pbf_writer message(series, kSamples);
    message.add_double(kFirst, sample.value);
    message.add_int64(kSecond, sample.timestamp_ms);
  }
  AddFields(scratch_, samples.size());
}

void WriteRequestBuilder::AddFields(const std::string& fields, size_t samples) {
  protozero::pbf_writer request(message_);
  request.add_message(kTimeseries, fields);
  ++series_;
  samples_ += samples;
}

std::string WriteRequestBuilder::Finish() {
  std::string compressed;
  snappy::Compress(message_.data(), message_.size(), &compressed);
  message_.clear();
  series_ = 0;
  samples_ = 0;
  return compressed;
}

}  // namespace silverback
