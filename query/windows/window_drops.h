// How often and how far a series falls within windows, where falls are too many to list them: a gauge that a rate is asked
// of. Runs are summed up in chunks; blocks that list their falls are not decoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/block/facts.h"
#include "query/windows/gathered.h"
#include "query/windows/run_summaries.h"
#include "query/windows/series_windows.h"

namespace silverback {

/// A window's outermost samples, and the sum of those that a smaller one follows. Gathered as the kinds of gathered.h are.
struct DropsOfSamples {
  double first = 0;
  double last = 0;
  double dropped = 0;  // by falling to zero before each sample that is less than the one before it
  uint64_t count = 0;

  void Add(double value) {
    if (count == 0) first = value;
    if (count > 0 && value < last) dropped += last;
    last = value;
    ++count;
  }
  void Merge(const DropsOfSamples& later) {
    if (later.count == 0) return;
    const uint64_t samples = count + later.count;
    Add(later.first);
    dropped += later.dropped;
    last = later.last;
    count = samples;
  }
  bool TakeFinite(GatherChunk values);
};

class WindowDrops {
 public:
  /// Whether falls are so many, of rows that so many windows share, that listing each costs more than this.
  static bool Serve(const SeriesWindows& windows);

  /// Takes a series. Borrows its rows.
  void Reset(const SeriesRows* rows);

  /// Of the samples among `rows`. REQUIRES: neither end moves back from one call to the next.
  DropsOfSamples Within(RowRange rows);

  size_t memory_bytes() const { return summaries_.memory_bytes(); }

 private:
  const SeriesRows* rows_ = nullptr;
  Summaries<DropsOfSamples> summaries_;
};

}  // namespace silverback
