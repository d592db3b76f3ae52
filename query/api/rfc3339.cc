#include "query/api/rfc3339.h"

#include <chrono>
#include <fmt/format.h>

namespace silverback {
namespace {

/// Takes exactly `count` digits from the front.
bool TakeDigits(std::string_view* in, int count, int* value) {
  if (in->size() < static_cast<size_t>(count)) return false;
  *value = 0;
  for (int i = 0; i < count; ++i) {
    const char c = (*in)[static_cast<size_t>(i)];
    if (c < '0' || c > '9') return false;
    *value = *value * 10 + (c - '0');
  }
  in->remove_prefix(static_cast<size_t>(count));
  return true;
}

bool TakeChar(std::string_view* in, char c) {
  if (!in->starts_with(c)) return false;
  in->remove_prefix(1);
  return true;
}

/// ".123456" to milliseconds; absent is 0.
bool TakeFraction(std::string_view* in, int* milliseconds) {
  *milliseconds = 0;
  if (!TakeChar(in, '.') && !TakeChar(in, ',')) return true;
  int scale = 100;
  size_t digits = 0;
  for (; digits < in->size() && (*in)[digits] >= '0' && (*in)[digits] <= '9'; ++digits) {
    *milliseconds += ((*in)[digits] - '0') * scale;
    scale /= 10;
  }
  in->remove_prefix(digits);
  return digits > 0;
}

/// "Z", "+02:00"; minutes east of UTC.
bool TakeZone(std::string_view* in, int* minutes) {
  *minutes = 0;
  if (TakeChar(in, 'Z')) return true;
  const bool west = in->starts_with('-');
  if (!west && !in->starts_with('+')) return false;
  in->remove_prefix(1);
  int hour = 0;
  int minute = 0;
  if (!TakeDigits(in, 2, &hour) || !TakeChar(in, ':') || !TakeDigits(in, 2, &minute)) return false;
  if (hour > 24 || minute > 60) return false;
  *minutes = (hour * 60 + minute) * (west ? -1 : 1);
  return true;
}

}  // namespace

std::optional<TimestampMs> ParseRfc3339Ms(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0, zone = 0;
  const bool read =
      TakeDigits(&text, 4, &year) && TakeChar(&text, '-') && TakeDigits(&text, 2, &month) &&
      TakeChar(&text, '-') && TakeDigits(&text, 2, &day) && TakeChar(&text, 'T') &&
      TakeDigits(&text, 2, &hour) && TakeChar(&text, ':') && TakeDigits(&text, 2, &minute) &&
      TakeChar(&text, ':') && TakeDigits(&text, 2, &second) && TakeFraction(&text, &millisecond) &&
      TakeZone(&text, &zone) && text.empty();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!read || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = days * 86400 + hour * 3600 + (minute - zone) * 60 + second;
  return seconds * 1000 + millisecond;
}

std::string FormatRfc3339(TimestampMs time) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> instant{std::chrono::milliseconds(time)};
  const auto day = floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(instant - day);
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto rest = clock.subseconds().count(); rest != 0) {
    out += fmt::format(".{:03}", rest);
    while (out.back() == '0') out.pop_back();
  }
  out.push_back('Z');
  return out;
}

}  // namespace silverback
