#include "tests/crash/ledger.h"

#include <algorithm>
#include <fmt/format.h>

#include "engine/base/value.h"

namespace silverback {
namespace {

bool Contains(const std::vector<double>& values, double value) {
  return std::any_of(values.begin(), values.end(), [&](double v) { return SameBits(v, value); });
}

}  // namespace

void SeriesLedger::Sending(const Sample& sample) {
  in_flight_.push_back(sample);
}

void SeriesLedger::Acknowledged() {
  for (const Sample& sample : in_flight_) {
    Entry& entry = entries_[sample.timestamp_ms];
    if (entry.acknowledged) entry.earlier.push_back(*entry.acknowledged);
    entry.acknowledged = sample.value;
    entry.possible.clear();  // the last written value wins
  }
  in_flight_.clear();
}

void SeriesLedger::Unanswered() {
  for (const Sample& sample : in_flight_) {
    entries_[sample.timestamp_ms].possible.push_back(sample.value);
  }
  in_flight_.clear();
}

std::string SeriesLedger::Compare(std::span<const Sample> found, bool allow_missing,
                                  uint64_t* missing) {
  auto next = found.begin();
  for (auto it = entries_.begin(); it != entries_.end();) {
    auto& [time, entry] = *it;
    if (next != found.end() && next->timestamp_ms < time) {
      return fmt::format("a sample that nobody sent: {} at {}", next->value, next->timestamp_ms);
    }
    if (next != found.end() && next->timestamp_ms == time) {
      const double value = next->value;
      const bool promised = entry.acknowledged && SameBits(*entry.acknowledged, value);
      const bool possible = Contains(entry.possible, value);
      const bool earlier =
          allow_missing && !promised && !possible && Contains(entry.earlier, value);
      if (earlier) ++*missing;
      if (!promised && !possible && !earlier) {
        return fmt::format(
            "the value at {} is {}, sent was {}", time, value,
            entry.acknowledged.value_or(entry.possible.empty() ? 0 : entry.possible[0]));
      }
      // What is there now must stay.
      entry.acknowledged = value;
      entry.possible.clear();
      entry.earlier.clear();
      ++next;
      ++it;
      continue;
    }
    if (entry.acknowledged && !allow_missing) {
      return fmt::format("the acknowledged sample at {} is missing", time);
    }
    if (entry.acknowledged) ++*missing;
    it = entries_.erase(it);
  }
  if (next != found.end()) {
    return fmt::format("a sample that nobody sent: {} at {}", next->value, next->timestamp_ms);
  }
  return {};
}

size_t SeriesLedger::acknowledged_samples() const {
  return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.acknowledged.has_value();
  }));
}

}  // namespace silverback
