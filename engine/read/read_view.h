// What a query reads from: one consistent state of the database.
//
// The engine's door (engine/database/database.h) hands views out; the types stand here so that the
// layers below the door can implement them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/index/selection.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"
#include "engine/read/series_reader.h"

namespace silverback {

/// One selected series: metric id and series id, ordered as series are stored.
using SeriesHandle = SelectedSeries;

/// Where the blocks that are read stay in memory.
enum class CacheUse : uint8_t {
  kNone,    // nowhere
  kStore,   // in the store's block cache
  kRecent,  // and, opened, among the recent blocks (engine/read/recent_blocks.h), where they are looked for first
};

/// What a reader wants beside times and values.
struct ReadOptions {
  bool starts = false;                // start timestamps: `Run::starts`
  CacheUse cache = CacheUse::kStore;  // see `ReadView::CacheFor`
};

/// Streams the samples of the series given to `ReadView::Read`, in the order given.
class SeriesCursor {
 public:
  virtual ~SeriesCursor() = default;
  /// Moves to the next series; false at the end. `*out` borrows from the cursor until its next
  /// move. A series without samples in the range is returned with no runs. Damaged blocks are left
  /// out and added to `losses()`.
  virtual StatusOr<bool> Next(SeriesRuns* out) = 0;
  /// What could not be read so far.
  virtual std::span<const ReadLoss> losses() const = 0;
  /// Bytes that the cursor holds at the moment.
  virtual size_t memory_bytes() const = 0;
};

/// One consistent state of the database. Series are read in storage order by any number of cursors,
/// each for one thread; every other function may be called from any thread. Holds parts and head
/// chunks while it lives.
class ReadView {
 public:
  virtual ~ReadView() = default;

  /// The series that satisfy all matchers and may have samples in `range`, in storage order (by
  /// metric id, series id). `cancelled`, if given, is looked at now and then: when it turns true
  /// the result is a Cancelled error.
  virtual StatusOr<std::vector<SeriesHandle>> Select(
      std::span<const Matcher> matchers, TimeRange range,
      const std::atomic<bool>* cancelled = nullptr) const = 0;

  /// The label sets of `series`, in the same order.
  virtual StatusOr<std::vector<LabelSet>> LabelsOf(std::span<const SeriesHandle> series) const = 0;

  /// A cursor over the samples of `series` (in storage order) within the closed `range`. The view
  /// must outlive it.
  virtual StatusOr<std::unique_ptr<SeriesCursor>> Read(std::span<const SeriesHandle> series,
                                                       TimeRange range,
                                                       const ReadOptions& options = {}) const = 0;

  /// Where a read of `series` in `range`, by however many cursors, is to leave its blocks. To be asked once a read: the answer
  /// depends on what was asked for before.
  virtual CacheUse CacheFor(std::span<const SeriesHandle> /*series*/, TimeRange /*range*/) const {
    return CacheUse::kStore;
  }

  /// Names / values of labels of series that satisfy the matchers and may have samples in `range`;
  /// sorted. At most `limit` (0: all).
  virtual StatusOr<std::vector<std::string>> LabelNames(
      std::span<const Matcher> matchers, TimeRange range, size_t limit,
      const std::atomic<bool>* cancelled = nullptr) const = 0;
  virtual StatusOr<std::vector<std::string>> LabelValues(
      std::string_view name, std::span<const Matcher> matchers, TimeRange range, size_t limit,
      const std::atomic<bool>* cancelled = nullptr) const = 0;

  /// From the oldest to the newest sample that is visible; empty when there is none.
  virtual TimeRange Bounds() const = 0;
};

}  // namespace silverback
