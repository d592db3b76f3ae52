// remote_write 2.0 messages: whatever the bytes, the answer is an error or a request within its limits, whose labels can
// be read.
#include "fuzz.h"

#include "engine/base/check.h"
#include "remote_write/wire/write_request_v2.h"
#include "tests/support/write_message/write_message.h"

namespace {

using namespace silverback;  // NOLINT: this file is a leaf

constexpr wire::WriteRequestLimits kLimits = {100, 1000};
constexpr size_t kMaxLabelBytes = 1 << 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = wire::DecodeWriteRequestV2(bytes, kLimits, kMaxLabelBytes);
  if (!decoded.ok()) {
    SB_CHECK(absl::IsInvalidArgument(decoded.status()) ||
             absl::IsResourceExhausted(decoded.status()));
    return 0;
  }
  const wire::WriteRequest& request = decoded->request;
  SB_CHECK_LE(request.series.size(), kLimits.max_series);
  SB_CHECK_LE(request.samples.size() + request.exemplars.size() + request.histograms.size(),
              kLimits.max_samples);
  if (!request.starts.empty()) SB_CHECK_EQ(request.starts.size(), request.samples.size());
  SB_CHECK_EQ(request.metadata.size(), decoded->metadata_series.size());
  std::vector<Label> labels;
  size_t samples = 0;
  for (const wire::WireSeries& series : request.series) {
    samples += request.SamplesOf(series).size() + request.HistogramsOf(series).size();
    SB_CHECK_LE(series.labels.size(), kMaxLabelBytes);
    SB_CHECK(wire::DecodeLabels(series.labels, &labels).ok());
    for (const wire::WireExemplar& exemplar : request.ExemplarsOf(series)) {
      SB_CHECK(wire::DecodeLabels(exemplar.labels, &labels).ok());
    }
  }
  SB_CHECK_EQ(samples, request.samples.size() + request.histograms.size());
  for (const uint32_t series : decoded->metadata_series) SB_CHECK_LT(series, request.series.size());
  for (const HistogramSample& sample : request.histograms) {
    sample.histogram.Validate().IgnoreError();
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback::testing;  // NOLINT: this file is a leaf
  NativeHistogram floats = SmallHistogram(0);
  floats.is_float = true;
  NativeHistogram custom = SmallHistogram(5);
  custom.schema = kCustomBucketsSchema;
  custom.custom_values = {0.5, 1};
  V2Message message;
  message.AddSamples({{"__name__", "m"}, {"a", "1"}}, {{1000, 0.5}, {2000, 1}});
  message.Add(message.Refs({{"__name__", "h"}}) +
              BytesField(3, HistogramMessage({3000, SmallHistogram(4)})) +
              BytesField(3, HistogramMessage({4000, floats})) +
              BytesField(3, HistogramMessage({5000, custom})) +
              BytesField(4, message.Refs({{"trace_id", "t"}}) + DoubleField(2, 5)) +
              message.Metadata(3, "help", "seconds"));
  message.Add(BytesField(1, "\x01\x7f") + SampleField(1, 2));
  message.Add(message.Refs({{"__name__", "s"}}) + SampleField(1000, 2, 900) +
              BytesField(3, HistogramMessage({3000, SmallHistogram(4), 900})));
  return {message.Encode(), message.Encode(true)};
}
