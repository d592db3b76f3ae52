// Native histograms of one series as bytes, one after the other, each beside its predecessor: what
// the log and the head keep. Exact. A histogram with the buckets of the one before takes little more
// than a byte for each bucket that changed. Bytes: docs/format/log.md, "Histograms".
#pragma once

#include <string>
#include <string_view>

#include "engine/histogram/native_histogram.h"

namespace silverback {

/// Appends histograms to a string. Keeps the last one.
class HistogramStreamWriter {
 public:
  /// REQUIRES: `histogram` is valid. `*out` is the same string in all calls, or what is put behind it.
  void Add(const NativeHistogram& histogram, std::string* out);

  size_t heap_bytes() const { return last_.memory_bytes() - sizeof(last_); }

 private:
  NativeHistogram last_;
  bool any_ = false;
};

/// Reads what a writer wrote, from its beginning. Safe on any bytes: no histogram that it gives
/// exceeds the bounds of native_histogram.h, and the number of counts is that of the spans. Beyond
/// that, damaged bytes may give a histogram that is not valid.
class HistogramStreamReader {
 public:
  /// Borrows `in`.
  explicit HistogramStreamReader(std::string_view in) : in_(in) {}

  /// A signed varint that the writer's owner put between two histograms.
  bool ReadNumber(int64_t* number);

  /// Replaces `*histogram`; false if the bytes end or make no sense.
  bool Next(NativeHistogram* histogram);

  /// The bytes behind those that were read.
  std::string_view rest() const { return in_; }

 private:
  bool ReadLayout();
  bool ReadSpans(std::vector<HistogramSpan>* spans, uint64_t* buckets);
  bool ReadCounts(bool relative);

  std::string_view in_;
  NativeHistogram last_;
  bool any_ = false;
};

/// A hash by which equal histograms are found; 64 bits.
uint64_t HashHistogram(const NativeHistogram& histogram);

}  // namespace silverback
