// The words of a receiver's answers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/database/database.h"
#include "remote_write/receiver/receiver.h"

namespace silverback {

WriteHttpAnswer Malformed(std::string_view reason);
WriteHttpAnswer TooLarge(std::string_view what, uint64_t limit, std::string_view flag);
WriteHttpAnswer WrongMediaType(std::string_view reason);
WriteHttpAnswer TryLater(std::string_view cause);

/// The answer to an error of the storage: what can pass later is a 503.
WriteHttpAnswer StorageFailed(const Status& status);

/// The answer to a request that was stored, as far as it was. `histograms` native histograms came with it; they are
/// refused. 503 where a new series met the limit of series, since the client can send it again once there is room.
WriteHttpAnswer Stored(const AppendResult& result, uint64_t histograms,
                       std::string_view histogram_example);

}  // namespace silverback
