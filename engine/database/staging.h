// Where a request's samples stand on their way to the log and the head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/types.h"
#include "engine/head/wire_keys.h"
#include "engine/log/record.h"

namespace silverback {

/// The arrays of one appender, which keep their memory for the next.
struct Staging {
  /// Samples of one series: rows [begin, end) of `samples`, and of the appender's histograms.
  struct Entry {
    Hash128Value wire_hash;
    WireBinding binding;  // of a new series: set by `ResolveNew`; series 0: refused
    size_t begin = 0;
    size_t end = 0;
    size_t histograms_begin = 0;
    size_t histograms_end = 0;
    int64_t new_series = -1;  // place among the appender's new label sets; -1: a known one

    size_t samples() const { return end - begin; }
    size_t histograms() const { return histograms_end - histograms_begin; }
  };

  std::vector<Entry> entries;
  std::vector<Sample> samples;
  std::vector<TimestampMs> starts;            // of `samples`; empty until one is known
  std::vector<SeriesSamples> record_samples;  // of the record that is being encoded
  std::string payloads;                       // of all records, one behind the other

  void Clear() {
    entries.clear();
    samples.clear();
    starts.clear();
    record_samples.clear();
    payloads.clear();
  }
  size_t memory_bytes() const {
    return entries.capacity() * sizeof(Entry) + samples.capacity() * sizeof(Sample) +
           starts.capacity() * sizeof(TimestampMs) +
           record_samples.capacity() * sizeof(SeriesSamples) + payloads.capacity();
  }
};

}  // namespace silverback
