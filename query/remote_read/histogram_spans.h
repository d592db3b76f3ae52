// Spans of native histograms in protobuf, alike in all messages that have them.
#pragma once

#include <cstdint>
#include <span>

#include <protozero/pbf_writer.hpp>

#include "engine/histogram/native_histogram.h"

namespace silverback {

/// Adds `spans` to the message that `writer` writes, each as a message BucketSpan in field `number`.
void AddSpans(uint32_t number, std::span<const HistogramSpan> spans, protozero::pbf_writer* writer);

}  // namespace silverback
