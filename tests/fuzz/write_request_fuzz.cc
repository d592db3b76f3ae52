// remote_write bodies: whatever the bytes, compressed or not, the answer is an error or a request within its limits.
#include "fuzz.h"

#include "engine/base/check.h"
#include "remote_write/wire/snappy_block.h"
#include "remote_write/wire/write_request.h"
#include "tests/support/write_message/write_message.h"

namespace {

using namespace silverback;  // NOLINT: this file is a leaf

constexpr wire::WriteRequestLimits kLimits = {100, 1000};

bool Within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void CheckMessage(std::string_view message) {
  const auto request = wire::DecodeWriteRequest(message, kLimits);
  if (!request.ok()) {
    SB_CHECK(absl::IsInvalidArgument(request.status()) ||
             absl::IsResourceExhausted(request.status()));
    return;
  }
  SB_CHECK_LE(request->series.size(), kLimits.max_series);
  SB_CHECK_LE(request->samples.size() + request->exemplars.size() + request->histograms.size(),
              kLimits.max_samples);
  for (const HistogramSample& sample : request->histograms) {
    sample.histogram.Validate().IgnoreError();
  }
  std::vector<Label> labels;
  for (const wire::WireSeries& series : request->series) {
    SB_CHECK_EQ(request->SamplesOf(series).size(), series.samples);
    if (!wire::DecodeLabels(series.labels, &labels).ok()) continue;
    if (request->joined_labels.empty()) SB_CHECK(Within(series.labels, message));
    for (const Label& label : labels) SB_CHECK(Within(label.name, series.labels));
    ValidateLabels(labels, LabelLimits{}).IgnoreError();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckMessage(bytes);
  const auto length = wire::ClaimedLength(bytes);
  if (length.ok() && *length < (1 << 20)) {
    const auto buffer = wire::Decompress(bytes);
    if (buffer.ok()) CheckMessage(buffer->view());
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback::testing;  // NOLINT: this file is a leaf
  const std::string message =
      SeriesField({{"__name__", "m"}, {"a", "1"}}, {{1000, 0.5}, {2000, 1}}) +
      BytesField(1, SampleField(7, 8) + LabelFields({{"x", "y"}}) +
                        ExemplarField({{"trace_id", "t"}}, 9, 10) + LabelFields({{"z", "w"}})) +
      BytesField(
          1, LabelFields({{"h", ""}}) + BytesField(4, HistogramMessage({1, SmallHistogram(3)}))) +
      MetadataField(1, "m", "help", "bytes");
  return {message, Snappy(message), SnappyClaim(1 << 19)};
}
