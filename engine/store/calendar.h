// Months and days, UTC: months partition the parts, days the activity index.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/types.h"

namespace silverback {

/// Months since January 1970, UTC (negative before). A part never crosses one.
using Partition = int32_t;

/// Days since 1 January 1970, UTC (negative before).
using Day = int32_t;

inline constexpr TimestampMs kDayMs = 24LL * 3600 * 1000;

/// The first and the last time that the calendar covers: years -9999 to 9999. Functions below clamp
/// to it.
inline constexpr TimestampMs kMinCalendarMs = -377'705'116'800'000;  // -9999-01-01T00:00:00.000Z
inline constexpr TimestampMs kMaxCalendarMs = 253'402'300'799'999;   // 9999-12-31T23:59:59.999Z

/// The partition that holds `t`.
Partition PartitionOf(TimestampMs t);

/// First and last millisecond of a partition. The first and the last partition of the calendar
/// reach to the ends of time, so that every timestamp is inside its partition's range.
TimeRange RangeOf(Partition partition);

/// "2026-11".
std::string PartitionName(Partition partition);

/// The day that holds `t`.
Day DayOf(TimestampMs t);

/// "2026-11-24".
std::string DayName(Day day);

/// "2026-11-24T13:26:00.000Z"; times outside the calendar as plain milliseconds.
std::string FormatTime(TimestampMs t);

}  // namespace silverback
