// The words of a receiver's answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/status.h"
#include "engine/database/database.h"
#include "remote_write/receiver/receiver.h"

namespace silverback {

WriteHttpAnswer Malformed(std::string_view reason);
WriteHttpAnswer TooLarge(std::string_view what, uint64_t limit, std::string_view flag);
/// The same for a limit that no flag sets; `what` says it.
WriteHttpAnswer TooLarge(std::string_view what);
WriteHttpAnswer WrongMediaType(std::string_view reason);
WriteHttpAnswer TryLater(std::string_view cause);

/// The answer to an error of the storage: what can pass later is a 503.
WriteHttpAnswer StorageFailed(const Status& status);

/// What of a request did not reach the storage because it makes no sense.
struct RefusedSeries {
  uint64_t series = 0;
  uint64_t samples = 0;  // histograms included
  std::string example;   // "": nothing was refused

  void Add(uint64_t samples_of_series, std::string what) {
    ++series;
    samples += samples_of_series;
    if (example.empty()) example = std::move(what);
  }
};

/// The answer to a request that was stored, as far as it was. 503 where a new series met the limit of series, since the
/// client can send it again once there is room.
WriteHttpAnswer Stored(const AppendResult& result, const RefusedSeries& refused);

}  // namespace silverback
