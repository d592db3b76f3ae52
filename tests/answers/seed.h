// The samples that recorded answers are about: the same on every machine and at every time.
#pragma once

#include <vector>

#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "engine/labels/label_set.h"

namespace silverback::answers {

/// 2026-01-01T00:00:00Z. Two hours of scrapes, one every 15 seconds, begin here.
inline constexpr TimestampMs kStartMs = 1'767'225'600'000;
inline constexpr int64_t kScrapeMs = 15'000;
inline constexpr int kScrapes = 481;

/// Instant queries are asked at this time; range queries over this grid.
inline constexpr TimestampMs kInstantMs = kStartMs + 90 * 60'000;
inline constexpr TimestampMs kRangeStartMs = kStartMs + 50 * 60'000;
inline constexpr TimestampMs kRangeEndMs = kStartMs + 106 * 60'000;
inline constexpr int64_t kRangeStepMs = 7 * 60'000;

struct SeededSeries {
  LabelSet labels;
  std::vector<Sample> samples = {};              // in order of time
  std::vector<HistogramSample> histograms = {};  // in order of time
  bool late = false;                             // every second sample is sent after all others
};

/// Counters with resets, gauges, classic and native histograms, values at the edges, series that go stale and come back, series out of order,
/// with gaps and with uneven times, and what info() and joins need.
std::vector<SeededSeries> SeedSeries();

/// One request's samples.
struct Batch {
  std::vector<SeededSeries> series;
};

/// The series in the order in which they are sent: by time, then what is late.
std::vector<Batch> SeedBatches();

}  // namespace silverback::answers
