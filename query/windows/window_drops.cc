#include "query/windows/window_drops.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "query/windows/reset_scan.h"

namespace silverback {
namespace {

/// With fewer rows that list no falls than this for each window that enters upon them, and windows shorter than the other,
/// listing falls is cheaper than summing up whole runs.
constexpr size_t kMinNewRows = 32;
constexpr size_t kMinWindowRows = 512;

/// Of rows [from, to) of a run of a block that lists its resets: two values are read.
DropsOfSamples OfListed(const Run& run, size_t from, size_t to) {
  const Facts& facts = run.block()->facts();
  const size_t begin = run.block_offset() + from;
  const size_t end = run.block_offset() + to;
  const auto& stale = facts.stale_rows;
  const auto first_stale = std::lower_bound(stale.begin(), stale.end(), begin);
  const auto last_stale = std::lower_bound(first_stale, stale.end(), end);
  DropsOfSamples drops;
  drops.count = to - from - static_cast<size_t>(last_stale - first_stale);
  if (drops.count == 0) return drops;
  size_t first = begin;
  for (auto it = first_stale; it != last_stale && *it == first; ++it) ++first;
  size_t last = end - 1;
  for (auto it = last_stale; it != first_stale && *(it - 1) == last; --it) --last;
  drops.first = run.ValueAt(first - run.block_offset());
  drops.last = run.ValueAt(last - run.block_offset());
  const auto after_first =
      std::upper_bound(facts.resets.begin(), facts.resets.end(), first,
                       [](size_t row, const CounterReset& reset) { return row < reset.row; });
  for (auto it = after_first; it != facts.resets.end() && it->row <= last; ++it) {
    drops.dropped += it->previous_value;
  }
  return drops;
}

}  // namespace

bool DropsOfSamples::TakeFinite(GatherChunk values) {
  // Whether a gauge falls is anyone's guess: a mask costs the same either way, a branch would be mistaken half of the time.
  using Doubles [[gnu::vector_size(16)]] = double;
  using Masks [[gnu::vector_size(16)]] = int64_t;
  constexpr size_t kWidth = 2;
  constexpr size_t kVectors = 4;
  const auto load = [&](size_t i) {
    Doubles loaded;
    std::memcpy(&loaded, &values[i], sizeof loaded);
    return loaded;
  };
  std::array<Doubles, kVectors> sums{};
  size_t i = 1;
  for (; i + kWidth * kVectors <= kGatherChunkRows; i += kWidth * kVectors) {
    for (size_t v = 0; v < kVectors; ++v) {
      const Doubles before = load(i + v * kWidth - 1);
      const Masks falls = load(i + v * kWidth) < before;
      sums[v] += (Doubles)((Masks)before & falls);
    }
  }
  for (; i < kGatherChunkRows; ++i) {
    if (values[i] < values[i - 1]) dropped += values[i - 1];
  }
  const Doubles sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  dropped += sum[0] + sum[1];
  first = values.front();
  last = values.back();
  count = kGatherChunkRows;
  return true;
}

bool WindowDrops::Serve(const SeriesWindows& windows) {
  const SeriesRows& rows = windows.rows();
  if (rows.has_starts()) return false;  // they tell of resets that values do not show
  size_t unlisted = 0;
  ForRuns(rows, windows.AllRows(), [&](size_t r, size_t, size_t from, size_t to) {
    if (!ResetScan::Lists(rows.runs()[r])) unlisted += to - from;
  });
  if (unlisted < kMinWindowRows) return false;
  if (unlisted >= kMinNewRows * (windows.end_window() - windows.first_window())) return true;
  size_t in_windows = 0;
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    in_windows += windows.Rows(w).size();
  }
  return in_windows >= kMinWindowRows * (windows.end_window() - windows.first_window());
}

void WindowDrops::Reset(const SeriesRows* rows) {
  rows_ = rows;
  summaries_.Reset(rows);
}

DropsOfSamples WindowDrops::Within(RowRange range) {
  DropsOfSamples drops;
  if (range.begin < range.end) summaries_.PassBefore(range.begin);
  ForRuns(*rows_, range, [&](size_t r, size_t, size_t from, size_t to) {
    const Run& run = rows_->runs()[r];
    if (ResetScan::Lists(run)) {
      drops.Merge(OfListed(run, from, to));
    } else {
      summaries_.OfRun(r).Merge(from, to, &drops);
    }
  });
  return drops;
}

}  // namespace silverback
