// FormParameters of a request: form decoding, and values as upstream reads and refuses them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

/// Name-value pairs in the order in which they came: those of the body first, then those of the URL, so that the body's
/// win where one value is asked for.
class FormParameters {
 public:
  void Add(std::string name, std::string value) {
    pairs_.emplace_back(std::move(name), std::move(value));
  }
  /// Decodes `a=b&c=d` ("+" and "%20" are a space). Pairs with a broken escape or a semicolon are left out, as Go does.
  void AddEncoded(std::string_view encoded);

  /// The first value of `name`, or "".
  std::string_view First(std::string_view name) const;
  /// All values of `name`.
  std::vector<std::string_view> All(std::string_view name) const;
  bool empty() const { return pairs_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

/// Percent-decodes; with `plus_is_space` "+" becomes a space. Nothing if an escape is broken.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);

/// The times that stand for "from the beginning" and "to the end" in optional ranges, and the widest that are taken.
extern const TimestampMs kMinApiTimeMs;
extern const TimestampMs kMaxApiTimeMs;

/// A time as float seconds ("1435781451.781", "1.79e9") or RFC 3339 ("2026-08-07T12:00:00.123Z"). The error is
/// upstream's: `cannot parse "x" to a valid timestamp`.
StatusOr<TimestampMs> ParseTime(std::string_view text);

/// The parameter `name` as a time, or `fallback` when it is absent or empty.
StatusOr<TimestampMs> ParseTimeParameter(const FormParameters& parameters, std::string_view name,
                                         TimestampMs fallback);

/// A duration in nanoseconds: float seconds or Prometheus' syntax ("1h30m").
StatusOr<int64_t> ParseApiDurationNs(std::string_view text);

/// `limit`: 0 (also when absent) is none. Errors as upstream words them.
StatusOr<int64_t> ParseLimit(std::string_view text);

/// A decimal integer of 64 bits with an optional sign, as Go's strconv takes it. Errors are those of the Go function that
/// upstream calls: `strconv.Atoi: parsing "x": invalid syntax`.
StatusOr<int64_t> ParseInteger(std::string_view text,
                               std::string_view go_function = "strconv.Atoi");

/// Prometheus' escaping of names that are not plain (`U__service_2e_name` is `service.name`). Anything that does not
/// start with `U__`, or is broken, is returned as it is.
std::string UnescapeName(std::string_view name);

}  // namespace silverback
