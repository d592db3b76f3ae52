// The streams of samples that every contender gets.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "tools/client/api_client.h"

namespace silverback {

/// A stream of one sample per series and round, as live scraping makes it. The same options give the same samples.
struct LiveOptions {
  uint32_t series = 100'000;
  uint32_t first_round = 0;  // earlier rounds are taken as sent before
  uint32_t rounds = 120;
  uint32_t samples_per_request = 5'000;
  uint32_t churn_rounds =
      0;  // every so many rounds a tenth of the series is replaced by new ones; 0: never
  TimestampMs start_ms = 0;  // of round 0
  int64_t interval_ms = 15'000;
  uint32_t senders = 2;
  double samples_per_second = 0;  // 0: as fast as requests are acknowledged
  bool at_wall_clock = false;     // a round bears the time at which it is sent, not one of its own
  const std::atomic<bool>* stop = nullptr;  // ends the stream early, after a request
};

struct LiveReport {
  uint64_t samples = 0;  // acknowledged
  double seconds = 0;
  double request_p99_ms = 0;
};

/// Sends a request until it is acknowledged; a minute of overload or another refusal is an error with the server's text.
Status WriteUntilAcknowledged(ApiClient* client, const std::string& body);

/// Sends the stream to `url`, each request until it is acknowledged.
StatusOr<LiveReport> SendLive(const std::string& url, const LiveOptions& options);

/// A matcher that selects all series of the stream, and no other.
inline constexpr const char* kLiveSelector = R"({__name__=~"live_metric_.*"})";

}  // namespace silverback
