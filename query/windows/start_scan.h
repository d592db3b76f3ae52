// Start timestamps of a series searched for what they say of counter resets. The cost follows the runs that start
// timestamps are held as, not the samples.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "query/windows/series_rows.h"

namespace silverback {

struct StartFindings {
  /// Samples of which start timestamps say that the counter began anew, with the sample before each; ascending.
  struct Reset {
    size_t row = 0;
    size_t previous_row = 0;
    friend bool operator==(const Reset&, const Reset&) = default;
  };
  std::vector<Reset> resets;
  /// Samples that overlap with the one before (`IsStartOverlap`); ascending.
  std::vector<size_t> overlaps;

  void clear() {
    resets.clear();
    overlaps.clear();
  }
};

/// Replaces `*out` by what is found among the rows of `range`, of which `stale` (ascending) are stale markers and no
/// samples.
void ScanStarts(const SeriesRows& rows, RowRange range, std::span<const size_t> stale,
                StartFindings* out);

}  // namespace silverback
