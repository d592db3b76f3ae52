// io.prometheus.write.v2.Request, the message of remote_write 2.0, walked on the wire.
//
//     Request    { repeated string symbols = 4; repeated TimeSeries timeseries = 5; }
//     TimeSeries { repeated uint32 labels_refs = 1; repeated Sample samples = 2; repeated Histogram histograms = 3;
//                  repeated Exemplar exemplars = 4; Metadata metadata = 5; }
//     Sample     { double value = 1; int64 timestamp = 2; int64 start_timestamp = 3; }
//     Histogram  see histogram_message.h
//     Exemplar   { repeated uint32 labels_refs = 1; double value = 2; int64 timestamp = 3; }
//     Metadata   { MetricType type = 1; uint32 help_ref = 3; uint32 unit_ref = 4; }
//
// References are resolved to label fields as those of remote_write 1.0, put together from the symbols' bytes: so a
// series has the same key whichever way it came, and a known one costs no parsing of labels.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "remote_write/wire/write_request.h"

namespace silverback::wire {

/// What a 2.0 request holds. `request.metadata` has no families: see `MetadataSeries`.
struct WriteRequestV2 {
  WriteRequest request;
  /// For each entry of `request.metadata`, the series that it came with.
  std::vector<uint32_t> metadata_series;

  /// Series whose references make no sense, or which hold nothing: left out of `request`.
  uint64_t refused_series = 0;
  uint64_t refused_samples = 0;  // histograms included
  std::string first_refusal;
  uint64_t refused_exemplars = 0;

  /// Forgets everything; the arrays keep their memory.
  void Clear();
};

/// Reads a whole message, which must outlive the result. InvalidArgument when it is malformed; ResourceExhausted as soon
/// as it holds more than `limits` allow, or more than `max_label_bytes` of labels once references are resolved. Unknown
/// fields are skipped.
StatusOr<WriteRequestV2> DecodeWriteRequestV2(std::string_view message,
                                              const WriteRequestLimits& limits,
                                              size_t max_label_bytes);
/// The same into `*request`, whose memory is used again; what it held is forgotten. After an error it holds a part.
Status DecodeWriteRequestV2(std::string_view message, const WriteRequestLimits& limits,
                            size_t max_label_bytes, WriteRequestV2* request);

}  // namespace silverback::wire
