// What a log record holds: the series that a write introduces, and its samples. Bytes:
// docs/format/log.md, "Payload".
//
// A record stands alone: nothing in it refers to another record, so that a damaged one cannot
// change what others mean. Values survive bit for bit.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"

namespace silverback {

/// A series that no earlier write has introduced. Borrowed.
struct SeriesDefinition {
  SeriesId id = 0;
  MetricId metric = 0;
  std::string_view label_set;  ///< LabelSet::encoded()
};

/// Float samples of one series, in the order in which the head shall apply them. Borrowed.
struct SeriesSamples {
  SeriesId id = 0;
  SampleSpan samples;
};

/// Native histograms of one series, likewise. Borrowed.
struct SeriesHistograms {
  SeriesId id = 0;
  std::span<const HistogramSample> histograms;
};

/// Appends the payload of a write to `out`, compressed or with packed codes where that gains. Series may come in any order and more than once; the
/// order is kept, all histograms behind all floats. Smallest where neighbours have ascending ids and
/// equal timestamps, as a scrape's have.
void EncodeWriteRecord(std::span<const SeriesDefinition> definitions,
                       std::span<const SeriesSamples> samples,
                       std::span<const SeriesHistograms> histograms, std::string* out);

/// Receives a decoded record. Views and spans are valid during the call.
class WriteRecordVisitor {
 public:
  virtual ~WriteRecordVisitor() = default;

  /// Comes before any samples. `label_set` is not checked: `LabelSet::FromEncoded` does that.
  virtual void OnDefinition(const SeriesDefinition& definition) = 0;

  /// Samples of one series. A series with very many may arrive in several calls.
  virtual void OnSamples(SeriesId id, const SampleSpan& samples) = 0;

  /// One native histogram of a series; it is valid.
  virtual void OnHistogram(SeriesId id, const HistogramSample& sample) = 0;
};

/// Decodes a payload. Safe on any bytes, with memory of at most `kMaxLogPayloadBytes`. DataLoss if they
/// are not a well-formed write record (or of a kind that this version does not know); what the
/// visitor got before that stands.
Status DecodeWriteRecord(std::string_view payload, WriteRecordVisitor* visitor);

}  // namespace silverback
