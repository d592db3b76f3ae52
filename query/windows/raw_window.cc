#include "query/windows/raw_window.h"

#include <algorithm>
#include <utility>

#include "engine/read/series_reader.h"
#include "query/windows/histogram_reader.h"
#include "query/windows/series_windows.h"
#include "query/windows/sliding_window.h"

namespace silverback {
namespace {

std::vector<Sample> Zip(const WindowSamples& samples) {
  std::vector<Sample> result;
  result.reserve(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    result.push_back({samples.times[i], samples.values[i]});
  }
  return result;
}

double Interpolate(const WindowSamples& samples, size_t a, TimestampMs t) {
  const double before = samples.values[a];
  return before + (samples.values[a + 1] - before) * static_cast<double>(t - samples.times[a]) /
                      static_cast<double>(samples.times[a + 1] - samples.times[a]);
}

/// The samples inside, and one at each border: the anchor's value, or the interpolated one.
std::vector<Sample> WithBorders(const WindowSamples& samples, TimestampMs start, TimestampMs end,
                                bool smoothed) {
  const auto begin = samples.times.begin();
  size_t last = samples.size() - 1;
  const auto limit = begin + static_cast<ptrdiff_t>(last);
  const auto after_start = static_cast<size_t>(std::upper_bound(begin, limit, start) - begin);
  size_t first = after_start == 0 ? 0 : after_start - 1;
  if (smoothed) last = static_cast<size_t>(std::lower_bound(begin, limit, end) - begin);
  if (samples.times[last] <= start) return {};

  const double left = smoothed && samples.times[first] < start ? Interpolate(samples, first, start)
                                                               : samples.values[first];
  const double right = smoothed && last > 0 && samples.times[last] > end
                           ? Interpolate(samples, last - 1, end)
                           : samples.values[last];
  std::vector<Sample> result = {{start, left}};
  if (samples.times[first] <= start) ++first;
  const size_t stop = samples.times[last] >= end ? last : last + 1;
  for (size_t i = first; i < stop; ++i) result.push_back({samples.times[i], samples.values[i]});
  result.push_back({end, right});
  return result;
}

}  // namespace

std::vector<Sample> CollectWindow(const SeriesRuns& series, TimestampMs start_ms,
                                  TimestampMs end_ms, WindowBorders borders, int64_t lookback_ms) {
  const StepGrid grid{end_ms, end_ms, 1};
  SeriesWindows windows(StepInstants(grid, 0, std::nullopt), SaturatingSubtract(end_ms, start_ms),
                        borders, lookback_ms);
  windows.Reset(series.runs);
  std::vector<TimestampMs> times;
  std::vector<double> values;
  std::vector<TimestampMs> starts;
  DecodeRows(windows.rows(), windows.Rows(0), &times, &values, &starts);
  const WindowSamples samples{times, values};
  if (borders == WindowBorders::kPlain || values.empty()) return Zip(samples);
  return WithBorders(samples, start_ms, end_ms, borders == WindowBorders::kSmoothed);
}

std::vector<HistogramPoint> CollectHistograms(const SeriesRuns& series, TimestampMs start_ms,
                                              TimestampMs end_ms) {
  std::vector<HistogramPoint> points;
  SeriesRows rows;
  rows.Reset(series.runs);
  HistogramReader reader({});
  reader.Reset(&rows);
  for (size_t r = 0; r < series.runs.size(); ++r) {
    const Run& run = series.runs[r];
    for (size_t row = 0; run.is_histogram() && row < run.size(); ++row) {
      const TimestampMs time = run.times()[row];
      if (time <= start_ms || time > end_ms) continue;
      HistogramPtr histogram = reader.At(rows.firsts()[r] + row);
      if (histogram != nullptr) points.push_back({time, std::move(histogram)});
    }
  }
  return points;
}

}  // namespace silverback
