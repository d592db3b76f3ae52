// What a sender was promised: the book against which a restarted server is held.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/types.h"

namespace silverback {

/// The samples of one series, as a sender knows them. A sample of a request that was never answered may or may not be
/// there; one that was acknowledged must be. Not thread-safe.
class SeriesLedger {
 public:
  /// The sender is about to send this sample.
  void Sending(const Sample& sample);
  /// The request with all samples of `Sending` since the last call was acknowledged.
  void Acknowledged();
  /// The request failed or was never answered: its samples are possible, no more.
  void Unanswered();

  /// Compares what the server returned (ascending) with the book. Empty: as promised. Otherwise the first contradiction, in
  /// words. With `allow_missing`, samples that are gone (or back at a value that was overwritten) are counted in
  /// `*missing` and struck from the book (or put back) instead.
  std::string Compare(std::span<const Sample> found, bool allow_missing, uint64_t* missing);

  size_t acknowledged_samples() const;
  TimestampMs newest_ms() const {
    return entries_.empty() ? kMinTimestampMs : entries_.rbegin()->first;
  }

 private:
  struct Entry {
    std::optional<double> acknowledged;
    std::vector<double> possible;  // sent, never answered
    std::vector<double> earlier;   // acknowledged, then overwritten
  };
  std::map<TimestampMs, Entry> entries_;
  std::vector<Sample> in_flight_;
};

}  // namespace silverback
