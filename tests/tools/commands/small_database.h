// A database with a bit of everything, for tests of commands.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/database/database.h"

namespace silverback {

/// Two months meet here: 2026-10-31T21:00:00Z to 2026-11-01T05:00:00Z, a sample every 30 s.
inline constexpr TimestampMs kSmallStartMs = 1'793'480'400'000;
inline constexpr TimestampMs kSmallEndMs = kSmallStartMs + 8LL * 3600 * 1000;
inline constexpr int64_t kSmallIntervalMs = 30'000;

/// Options for it: a clock that stands at its end, no background work.
DatabaseOptions SmallOptions(const std::string& path);

/// Adds samples [`begin_ms`, `end_ms`) of all its series: counters `requests_total` with resets, gauges `load` with staleness
/// markers and NaN, a histogram `latency_seconds_bucket`, a name that is no plain one, native histograms `waits`.
void AddSmallSamples(Database* database, TimestampMs begin_ms, TimestampMs end_ms);

/// Fills a new directory: most of it sealed in several parts, some of them merged, late and overwritten samples, metadata, an
/// exemplar; the last hour is in the log alone.
void MakeSmallDatabase(const std::string& path);

/// The answers to a list of questions about it (instant and range queries, look-ups, metadata), each with its question:
/// asked of a directory that nothing holds, or of a server if `url` is not empty.
std::vector<std::string> AskSmallDatabase(const std::string& directory,
                                          const std::string& url = "");

}  // namespace silverback
