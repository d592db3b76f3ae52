// A stream of request durations, each as a native histogram and as classic buckets, so that both ways can be asked.
#pragma once

#include <cstdint>
#include <string>

#include "bench/compare/streams.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

/// The same options give the same samples.
struct HistogramOptions {
  uint32_t services = 10;
  uint32_t instances = 20;  // of each service
  uint32_t scrapes = 2'880;
  uint32_t scrapes_per_request = 20;
  TimestampMs start_ms = 0;  // of the first scrape
  int64_t interval_ms = 15'000;
};

/// Sends `native_seconds` and `classic_seconds_{bucket,sum,count}` to `url`; a histogram counts as one sample.
StatusOr<LiveReport> SendHistograms(const std::string& url, const HistogramOptions& options);

}  // namespace silverback
