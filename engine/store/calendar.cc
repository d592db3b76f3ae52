#include "engine/store/calendar.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace silverback {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr Partition PartitionOfDate(const year_month_day& date) {
  return (static_cast<int>(date.year()) - 1970) * 12 +
         static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

TimestampMs Clamp(TimestampMs t) {
  return std::clamp(t, kMinCalendarMs, kMaxCalendarMs);
}

year_month_day DateOf(Day day) {
  return year_month_day(sys_days(days(day)));
}

// The first millisecond of a partition that lies inside the calendar.
TimestampMs StartOf(Partition partition) {
  const int64_t year = 1970 + FloorDiv(partition, 12);
  const auto month = static_cast<unsigned>(partition - FloorDiv(partition, 12) * 12 + 1);
  const sys_days first(std::chrono::year(static_cast<int>(year)) / std::chrono::month(month) / 1);
  return first.time_since_epoch().count() * kDayMs;
}

constexpr Partition kFirstPartition = (-9999 - 1970) * 12;
constexpr Partition kLastPartition = (9999 - 1970) * 12 + 11;

}  // namespace

Day DayOf(TimestampMs t) {
  return static_cast<Day>(FloorDiv(Clamp(t), kDayMs));
}

Partition PartitionOf(TimestampMs t) {
  return PartitionOfDate(DateOf(DayOf(t)));
}

TimeRange RangeOf(Partition partition) {
  partition = std::clamp(partition, kFirstPartition, kLastPartition);
  TimeRange range;
  if (partition > kFirstPartition) range.min_ms = StartOf(partition);
  if (partition < kLastPartition) range.max_ms = StartOf(partition + 1) - 1;
  return range;
}

std::string PartitionName(Partition partition) {
  const int64_t year = 1970 + FloorDiv(partition, 12);
  return fmt::format("{:04d}-{:02d}", year, partition - FloorDiv(partition, 12) * 12 + 1);
}

std::string DayName(Day day) {
  const year_month_day date = DateOf(day);
  return fmt::format("{:04d}-{:02d}-{:02d}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string FormatTime(TimestampMs t) {
  if (t < kMinCalendarMs || t > kMaxCalendarMs) return fmt::format("{}", t);
  const Day day = DayOf(t);
  const int64_t in_day = t - day * kDayMs;
  return fmt::format("{}T{:02d}:{:02d}:{:02d}.{:03d}Z", DayName(day), in_day / 3'600'000,
                     in_day / 60'000 % 60, in_day / 1000 % 60, in_day % 1000);
}

}  // namespace silverback
