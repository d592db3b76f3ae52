// The view of one engine state.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/read/engine_state.h"
#include "engine/read/read_view.h"
#include "engine/read/substrate.h"

namespace silverback {

/// Pins `state`: its parts and generations stay readable while the view lives. Samples before
/// `cutoff_ms` are past retention and are not seen.
class StateView : public ReadView {
 public:
  StateView(std::shared_ptr<Substrate> substrate, EngineStateRef state, TimestampMs cutoff_ms);

  StatusOr<std::vector<SeriesHandle>> Select(std::span<const Matcher> matchers, TimeRange range,
                                             const std::atomic<bool>* cancelled) const override;
  StatusOr<std::vector<LabelSet>> LabelsOf(std::span<const SeriesHandle> series) const override;
  StatusOr<std::unique_ptr<SeriesCursor>> Read(std::span<const SeriesHandle> series,
                                               TimeRange range,
                                               const ReadOptions& options = {}) const override;
  CacheUse CacheFor(std::span<const SeriesHandle> series, TimeRange range) const override;
  StatusOr<std::vector<std::string>> LabelNames(std::span<const Matcher> matchers, TimeRange range,
                                                size_t limit,
                                                const std::atomic<bool>* cancelled) const override;
  StatusOr<std::vector<std::string>> LabelValues(std::string_view name,
                                                 std::span<const Matcher> matchers, TimeRange range,
                                                 size_t limit,
                                                 const std::atomic<bool>* cancelled) const override;
  TimeRange Bounds() const override;

  const EngineState& state() const { return *state_; }

  /// The series that the registry knows, in storage order.
  StatusOr<std::vector<SeriesHandle>> HandlesOf(const SeriesBitmap& ids) const;

 private:
  TimeRange Clip(TimeRange range) const;
  /// The series of the generations that may have samples in `range`.
  SeriesBitmap HeadSeries(TimeRange range) const;
  /// The series of which deletions left no sample in `range`; of those that only reading could tell, many are not looked at.
  StatusOr<SeriesBitmap> Hidden(TimeRange range, const SeriesBitmap& head) const;
  StatusOr<SeriesBitmap> FindHidden(TimeRange range, const SeriesBitmap& head) const;
  SelectionScope ScopeOf(TimeRange range, const SeriesBitmap& head, const SeriesBitmap& hidden,
                         const std::atomic<bool>* cancelled) const;
  /// Reads label sets through the cache, as of the moment.
  VisitLabels LabelsVisitor(const std::atomic<bool>* cancelled) const;
  /// True if the tombstones of the series cover every part in `range` that could hold samples of it.
  bool IsCovered(SeriesId series, TimeRange range) const;

  const std::shared_ptr<Substrate> substrate_;
  const EngineStateRef state_;
  /// Taken after the state: it knows every series that the state's parts had, and those that have left since keep their
  /// labels as long as the view lives.
  std::optional<uint64_t> version_;  // of the registry at moment_, if it did not change meanwhile
  const std::unique_ptr<KvSnapshot> moment_;
  const TimestampMs cutoff_ms_;
  mutable std::mutex hidden_mutex_;
  mutable std::optional<std::pair<TimeRange, SeriesBitmap>> hidden_;  // what was asked for last
};

}  // namespace silverback
