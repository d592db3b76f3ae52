// Parts of UTC dates, in the proleptic Gregorian calendar.
#include <cmath>
#include <cstdint>
#include <limits>

#include "query/functions/elementwise_kernels.h"

namespace silverback {
namespace {

constexpr int64_t kDay = 86400;

/// Whole seconds, cut towards zero; what does not fit (NaN too) is the smallest number, as Go's conversion gives it.
int64_t WholeSeconds(double seconds) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(seconds >= -kLimit && seconds < kLimit)) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(seconds);
}

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

int64_t FloorMod(int64_t a, int64_t b) {
  return a - FloorDiv(a, b) * b;
}

struct DayAndSecond {
  int64_t day = 0;  // since 1 January 1970
  int64_t second = 0;
};

DayAndSecond Split(double unix_seconds) {
  const int64_t seconds = WholeSeconds(unix_seconds);
  // Go counts seconds from 1 March of the year -292277022400 in 64 unsigned bits: what lies before wraps round.
  constexpr int64_t kEarliest = -9223372028741760000;
  if (seconds < kEarliest) {
    const auto wrapped = static_cast<uint64_t>(seconds);
    return {static_cast<int64_t>(wrapped / kDay), static_cast<int64_t>(wrapped % kDay)};
  }
  return {FloorDiv(seconds, kDay), FloorMod(seconds, kDay)};
}

int64_t Days(double unix_seconds) {
  return Split(unix_seconds).day;
}

int64_t SecondOfDay(double unix_seconds) {
  return Split(unix_seconds).second;
}

struct Date {
  int64_t year = 0;
  int64_t month = 0;  // 1 to 12
  int64_t day = 0;    // 1 to 31
};

/// Years are counted from 1 March, so that the leap day comes last; an era is 400 of them.
Date DateOf(int64_t days) {
  const int64_t shifted = days + 719468;  // days since 1 March of year 0
  const int64_t era = FloorDiv(shifted, 146097);
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * march_month + 2) / 5 + 1};
}

bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t DaysBefore(int64_t month, bool leap) {
  constexpr int64_t kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
  return kBefore[month - 1] + (leap && month > 2 ? 1 : 0);
}

}  // namespace

double DaysInMonth(double unix_seconds) {
  const Date date = DateOf(Days(unix_seconds));
  const bool leap = IsLeap(date.year);
  return static_cast<double>(DaysBefore(date.month + 1, leap) - DaysBefore(date.month, leap));
}

double DayOfMonth(double unix_seconds) {
  return static_cast<double>(DateOf(Days(unix_seconds)).day);
}

double DayOfWeek(double unix_seconds) {
  return static_cast<double>(FloorMod(Days(unix_seconds) + 4, 7));  // 1 January 1970 was a Thursday
}

double DayOfYear(double unix_seconds) {
  const Date date = DateOf(Days(unix_seconds));
  return static_cast<double>(DaysBefore(date.month, IsLeap(date.year)) + date.day);
}

double Hour(double unix_seconds) {
  return static_cast<double>(SecondOfDay(unix_seconds) / 3600);
}

double Minute(double unix_seconds) {
  return static_cast<double>(SecondOfDay(unix_seconds) % 3600 / 60);
}

double Month(double unix_seconds) {
  return static_cast<double>(DateOf(Days(unix_seconds)).month);
}

double Year(double unix_seconds) {
  return static_cast<double>(DateOf(Days(unix_seconds)).year);
}

}  // namespace silverback
