#include "query/windows/series_rows.h"

#include <algorithm>

#include "engine/base/value.h"

namespace silverback {

void SeriesRows::Reset(std::span<const Run> runs) {
  runs_ = runs;
  firsts_.assign(1, 0);
  has_starts_ = false;
  for (const Run& run : runs) {
    if (run.size() > 0) {
      if (firsts_.back() == 0) first_time_ = run.times().front();
      last_time_ = run.times().back();
    }
    firsts_.push_back(firsts_.back() + run.size());
    has_starts_ |= !run.starts().empty();
  }
}

size_t SeriesRows::RunOf(size_t row) const {
  return static_cast<size_t>(std::upper_bound(firsts_.begin(), firsts_.end(), row) -
                             firsts_.begin()) -
         1;
}

void CollectStaleRows(const SeriesRows& rows, RowRange range, std::vector<size_t>* stale) {
  stale->clear();
  ForRuns(rows, range, [&](size_t r, size_t first, size_t from, size_t to) {
    const Run& run = rows.runs()[r];
    if (run.block() == nullptr) {
      const auto values = run.decoded();
      for (size_t i = from; i < to; ++i) {
        if (IsStale(values[i])) stale->push_back(first + i);
      }
      return;
    }
    const auto& listed = run.block()->facts().stale_rows;
    const size_t offset = run.block_offset();
    for (auto it = std::lower_bound(listed.begin(), listed.end(), offset + from);
         it != listed.end() && *it < offset + to; ++it) {
      stale->push_back(first + *it - offset);
    }
  });
}

}  // namespace silverback
