// Samples in the exposition formats that Prometheus scrapes: text, and protobuf (io.prometheus.client.MetricFamily).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "engine/labels/label_set.h"

namespace silverback {

/// One sample of a series that has a name: of a float, unless there is a histogram.
struct Federated {
  LabelSet labels;
  TimestampMs timestamp_ms = 0;
  double value = 0;
  std::optional<NativeHistogram> histogram;
};

struct ExpositionFormat {
  enum class Encoding {
    kText,
    kProtobuf,             // messages with their length in front
    kProtobufText,         // messages in protobuf's text format, a blank line behind each
    kProtobufCompactText,  // the same, a message a line
  };
  Encoding encoding = Encoding::kText;
  bool utf8 =
      false;  // names that are not plain are written as they are; otherwise "_" stands for what is not plain
};

/// The first of the formats that an Accept header asks for, by its weights; text if there is none.
ExpositionFormat NegotiateExposition(std::string_view accept);
std::string ContentTypeOf(ExpositionFormat format);

/// `samples` in order of names. `kText` has no native histograms: those of custom buckets become classic ones, others are left out.
std::string WriteExposition(std::span<const Federated> samples, ExpositionFormat format);

}  // namespace silverback
