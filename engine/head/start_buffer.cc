#include "engine/head/start_buffer.h"

#include <algorithm>

namespace silverback {

void StartBuffer::Append(TimestampMs t, TimestampMs start_ms) {
  const TimestampMs before = changes_.empty() ? kNoStart : changes_.back().second;
  if (start_ms != before) changes_.emplace_back(t, start_ms);
}

void StartBuffer::Put(TimestampMs t, TimestampMs start_ms) {
  others_.insert_or_assign(t, start_ms);
}

StartCopy StartBuffer::Copy(TimeRange range) const {
  StartCopy copy;
  auto first = std::partition_point(changes_.begin(), changes_.end(), [&](const auto& change) {
    return change.first <= range.min_ms;
  });
  if (first != changes_.begin()) --first;  // what holds at the beginning
  for (; first != changes_.end() && first->first <= range.max_ms; ++first) {
    copy.changes_.push_back(*first);
  }
  for (auto it = others_.lower_bound(range.min_ms);
       it != others_.end() && it->first <= range.max_ms; ++it) {
    copy.others_.emplace_back(it->first, it->second);
  }
  return copy;
}

}  // namespace silverback
