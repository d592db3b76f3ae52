// Series without samples left leave registry, postings and activity.
#pragma once

#include <limits>
#include <span>

#include "engine/base/status.h"
#include "engine/store/calendar.h"
#include "engine/store/series_bitmap.h"
#include "engine/upkeep/live_engine.h"

namespace silverback {

/// Finds the series whose last sample has passed retention, by elimination, and removes them.
///
/// Of the day. Each time that the cutoff comes to another day: every series without activity on that day or later. Costs a
/// walk over the rows of all series and of the activity since (a million series and 400 days: a second), once a day.
///
/// Within the day. When parts with samples before the cutoff have gone, which only they may have had: of the series that
/// were active on the cutoff's day and on none after it, those that neither the head nor a part that is left has. Costs
/// the rows of activity since the cutoff, and in each part that begins by that day as many seeks as it has series or as are still
/// in question, whichever are fewer; nothing while no such part goes. Only where the retention is shorter than
/// `kWithinDayBelowMs`: for others a day is less than merged parts, which span a tenth of the retention, lag behind anyway.
///
/// So a series leaves when the last part with samples of it is dropped, or a day later. Not safe for concurrent use; no
/// merge may run meanwhile.
class SeriesSweep {
 public:
  static constexpr int64_t kWithinDayBelowMs = 10 * kDayMs;

  explicit SeriesSweep(LiveEngine* engine) : engine_(engine) {}

  /// To be called when parts have left the state of which the oldest sample is at `first_ms`, by a merge or retention that
  /// leaves out what is before `cutoff_ms`.
  void PartsGone(TimestampMs first_ms, TimestampMs cutoff_ms) {
    parts_gone_ |= first_ms < cutoff_ms;
  }

  /// Does what is due, as above. What a seal comes in between is left to the next call.
  Status Run(TimestampMs cutoff_ms);

  /// What became of series that were to be forgotten.
  struct Forgotten {
    SeriesBitmap series;    // removed, or unknown before
    bool complete = false;  // false: a seal came in between, the rest was not looked at
  };
  /// Removes series that have no sample in the parts of `state` from registry, postings and wire keys; those that the head
  /// has by now stay. A crash leaves each of them either wholly there or gone.
  StatusOr<Forgotten> Forget(const EngineStateRef& state, const SeriesBitmap& series);

 private:
  /// False if a seal came in between: try again.
  StatusOr<bool> SweepDay(Day day);
  StatusOr<bool> SweepWithinDay(Day day);
  /// Those that are not in the head by now, with the gate closed; false, and nothing is removed, if a seal came in between.
  StatusOr<bool> ForgetSome(const EngineState& state, std::span<const SeriesId> ids,
                            SeriesBitmap* forgotten);
  /// The series that have samples in parts on a day from `first` to `last`.
  StatusOr<SeriesBitmap> ActiveOn(Day first, Day last) const;
  /// Takes out of `series` those that the part has blocks of; all, if the part cannot be read.
  Status TakeOutSeriesOf(const PartMeta& part, SeriesBitmap* series) const;

  LiveEngine* const engine_;
  Day swept_ = std::numeric_limits<Day>::min();  // the last day that was swept
  bool parts_gone_ =
      true;  // since the last sweep within the day; at first perhaps before the start
};

}  // namespace silverback
