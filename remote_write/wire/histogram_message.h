// Native histograms on the wire: the message Histogram of remote_write 1.0, and of 2.0, which has the same fields.
//
//     Histogram  { oneof { uint64 count_int = 1; double count_float = 2; } double sum = 3; sint32 schema = 4;
//                  double zero_threshold = 5; oneof { uint64 zero_count_int = 6; double zero_count_float = 7; }
//                  repeated BucketSpan negative_spans = 8; repeated sint64 negative_deltas = 9;
//                  repeated double negative_counts = 10; the same for positive ones = 11, 12, 13;
//                  ResetHint reset_hint = 14; int64 timestamp = 15; repeated double custom_values = 16;
//                  int64 start_timestamp = 17 (2.0 only); }
//     BucketSpan { sint32 offset = 1; uint32 length = 2; }
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/base/status.h"
#include "engine/histogram/native_histogram.h"

namespace silverback::wire {

/// Spans, buckets and custom bounds of all histograms of a request: what bounds the memory that they take.
inline constexpr size_t kMaxRequestCounts = size_t{1} << 24;

/// The error of a request that has more.
Status TooManyCounts();

/// Decodes one histogram and adds what it holds to `*counts`. It is not validated; exponential schemas finer than the
/// storage's are brought down to its finest. Of a list that is beyond the bounds of native_histogram.h, just so much is
/// kept that validation refuses it. Throws protozero's exceptions when the message is malformed.
HistogramSample DecodeHistogram(std::string_view message, size_t* counts);

}  // namespace silverback::wire
