// Start timestamps of one series in one head generation, by time. Series of which none is known have no such object.
#pragma once

#include <absl/container/btree_map.h>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/types.h"
#include "engine/block/starts.h"

namespace silverback {

/// Start timestamps at some moment.
class StartCopy {
 public:
  /// Replaces `*out` by the start timestamps of `samples` (of any kind), which are in order of time.
  template <typename AnySample>
  void Of(std::span<const AnySample> samples, StartColumn* out) const {
    out->clear();
    auto change = changes_.begin();
    auto other = others_.begin();
    TimestampMs start_ms = kNoStart;
    for (size_t row = 0; row < samples.size(); ++row) {
      const TimestampMs t = samples[row].timestamp_ms;
      for (; change != changes_.end() && change->first <= t; ++change) start_ms = change->second;
      while (other != others_.end() && other->first < t) ++other;
      const bool is_other = other != others_.end() && other->first == t;
      out->SetFrom(row, is_other ? other->second : start_ms);
    }
  }

 private:
  friend class StartBuffer;
  std::vector<std::pair<TimestampMs, TimestampMs>> changes_;
  std::vector<std::pair<TimestampMs, TimestampMs>> others_;
};

/// What samples in order brought, as the times at which it changed, and what came otherwise. Not safe for concurrent use.
class StartBuffer {
 public:
  /// A sample at `t`, later than all before.
  void Append(TimestampMs t, TimestampMs start_ms);
  /// A sample at any time, in the place of the one that was there.
  void Put(TimestampMs t, TimestampMs start_ms);

  StartCopy Copy(TimeRange range) const;
  /// Bytes on the heap, this object included.
  size_t memory_bytes() const {
    return sizeof(*this) + changes_.capacity() * sizeof(changes_[0]) + others_.size() * 20;
  }

 private:
  std::vector<std::pair<TimestampMs, TimestampMs>> changes_;  // from when on, start timestamp
  absl::btree_map<TimestampMs, TimestampMs> others_;
};

}  // namespace silverback
