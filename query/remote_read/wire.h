// The messages of Prometheus' remote read protocol (prompb/remote.proto), and the frames of its stream.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"

namespace silverback::remote_read {

enum class ResponseType : uint8_t { kSamples, kStreamedXorChunks };

struct ReadQuery {
  TimeRange range;
  std::vector<Matcher> matchers;
};

struct ReadRequest {
  std::vector<ReadQuery> queries;
  ResponseType response = ResponseType::kSamples;  // the first of the accepted ones that there is
};

/// Decompresses (snappy block) and reads a request. InvalidArgument when it is malformed, claims more than
/// `max_decompressed_bytes`, or accepts only types of answers that there are not.
StatusOr<ReadRequest> DecodeReadRequest(std::string_view body, size_t max_decompressed_bytes);

/// Field `number` of wire type 2.
void AppendField(std::string* out, uint32_t number, std::string_view bytes);

/// The label fields (number 1) of a TimeSeries or a ChunkedSeries.
void AppendLabels(std::string* out, const LabelSet& labels);
/// A sample field (number 2) of a TimeSeries.
void AppendSample(std::string* out, TimestampMs t, double value);

/// A histogram field (number 4) of a TimeSeries.
void AppendHistogram(std::string* out, TimestampMs t, const NativeHistogram& histogram);

/// The numbers of the wire.
enum class ChunkEncoding : uint8_t { kXor = 1, kHistogram = 2, kFloatHistogram = 3 };

/// One chunk field (number 2) of a ChunkedSeries.
void AppendChunk(std::string* out, TimeRange range, ChunkEncoding encoding, std::string_view data);

/// A ChunkedReadResponse of one series, as a frame: length, CRC-32C, message.
std::string Frame(std::string_view chunked_series, int64_t query_index);

std::string Compress(std::string_view bytes);

}  // namespace silverback::remote_read
