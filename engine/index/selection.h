// Which series match: matchers and a time range to series, label names and label values.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/index/registry.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

/// One selected series; ordered as blocks are stored in parts.
struct SelectedSeries {
  MetricId metric = 0;
  SeriesId series = 0;
  friend auto operator<=>(const SelectedSeries&, const SelectedSeries&) = default;
};

/// Calls `visit` for the label sets of those of the series that exist, in any order.
using VisitLabels = std::function<Status(std::span<const SeriesId> series,
                                         const std::function<void(const LabelSet&)>& visit)>;

/// What a selection may look at.
struct SelectionScope {
  /// Series without samples on the days of this range are left out (unless the head has them).
  /// Pruning is by whole days: a selected series may still have no sample in the range; one that
  /// has is never left out.
  TimeRange range;
  /// The series that the pinned head generations hold; counts as active at any time. May be null.
  const SeriesBitmap* head = nullptr;
  /// The rows of the index are read as they were then. Null: as they are now.
  const KvSnapshot* moment = nullptr;
  /// The registry's version at `moment` (`Registry::version`, the same before it and after it); none if that is not known.
  std::optional<uint64_t> version = std::nullopt;
  /// Series that are left out: known to have no sample in the range. May be null.
  const SeriesBitmap* excluded = nullptr;
  /// Checked between steps; the call then returns Cancelled. May be null.
  const std::atomic<bool>* cancelled = nullptr;
  /// Where label sets are read, as of `moment`. Null: in the registry's rows.
  const VisitLabels* labels = nullptr;
};

/// Names or values, sorted bytewise.
struct LabelList {
  std::vector<std::string> values;
  /// True when a limit cut the list.
  bool truncated = false;
};

/// Answers from the postings of the store. Safe for concurrent use.
class Selector {
 public:
  /// `registry` must outlive the selector.
  explicit Selector(const Registry* registry);
  ~Selector();
  Selector(const Selector&) = delete;
  Selector& operator=(const Selector&) = delete;

  /// The series that all `matchers` select, sorted by (metric, series). No matcher selects all
  /// series.
  StatusOr<std::vector<SelectedSeries>> Select(std::span<const Matcher> matchers,
                                               const SelectionScope& scope) const;
  /// The same as a set of ids.
  StatusOr<SeriesBitmap> SelectBitmap(std::span<const Matcher> matchers,
                                      const SelectionScope& scope) const;

  /// Label names that occur in the selected series; `limit` 0 for no limit.
  StatusOr<LabelList> LabelNames(std::span<const Matcher> matchers, const SelectionScope& scope,
                                 size_t limit) const;
  /// Values of label `name` in the selected series; `limit` 0 for no limit.
  StatusOr<LabelList> LabelValues(std::string_view name, std::span<const Matcher> matchers,
                                  const SelectionScope& scope, size_t limit) const;

  /// Series per value of one label, largest first, at most `limit`: for status pages. Head and
  /// range play no part.
  StatusOr<std::vector<std::pair<std::string, uint64_t>>> CountByValue(std::string_view name,
                                                                       size_t limit) const;

  /// Memory for rows of postings that were read.
  size_t cache_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback
