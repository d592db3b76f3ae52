// Native histograms of one series in one head generation, kept apart from its floats so that series
// of floats pay nothing.
#pragma once

#include <absl/container/btree_map.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/types.h"
#include "engine/histogram/histogram_stream.h"
#include "engine/histogram/native_histogram.h"

namespace silverback {

/// Histograms at some moment, taken out under the lock and decoded without it. Chunks are shared with
/// the buffer.
class HistogramCopy {
 public:
  /// Replaces `*out` by the histograms in `range`, in order of time, the last written of each time.
  void Read(TimeRange range, std::vector<HistogramSample>* out) const;

 private:
  friend class HistogramBuffer;
  struct Chunk {
    TimestampMs first_ms = 0;
    TimestampMs last_ms = 0;
    uint32_t count = 0;
    std::shared_ptr<const std::string> bytes;
  };
  std::vector<Chunk> chunks_;                                // in order of time
  std::vector<std::pair<TimestampMs, std::string>> others_;  // in order of time
};

/// Chunks of histograms in order, and a map of what came otherwise: late histograms, and times at
/// which a chunk's histogram counts no more. Not safe for concurrent use.
class HistogramBuffer {
 public:
  /// REQUIRES: later than all before.
  void Append(const HistogramSample& sample);
  /// Puts a histogram at any time; the one that was there counts no more.
  void Put(const HistogramSample& sample);
  /// Takes away the histogram at `t`, if there is one.
  void Remove(TimestampMs t);

  /// The hash of the histogram at `t`; nullopt if there is none.
  std::optional<uint64_t> HashAt(TimestampMs t) const;

  HistogramCopy Copy(TimeRange range) const;

  uint32_t chunk_count() const { return static_cast<uint32_t>(closed_.size()) + (count_ > 0); }
  uint64_t late_count() const { return others_.size(); }
  /// Bytes on the heap, this object included.
  size_t memory_bytes() const;

 private:
  void CloseChunk();

  // The open chunk: for each histogram a signed varint, its time less that of the one before (the
  // first: less `first_ms_`), and the histogram as histogram_stream.h has it.
  std::string open_;
  HistogramStreamWriter writer_;
  uint32_t count_ = 0;
  TimestampMs first_ms_ = 0;
  TimestampMs last_ms_ = 0;
  std::vector<HistogramCopy::Chunk> closed_;
  size_t closed_bytes_ = 0;
  /// A stream of one histogram each, or nothing: none here.
  absl::btree_map<TimestampMs, std::string> others_;
  size_t other_bytes_ = 0;
};

}  // namespace silverback
