// What the database's tests share: options with a clock, a model of the contents.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "engine/database/database.h"
#include "engine/histogram/histogram_stream.h"
#include "tests/support/temporary_directory.h"

namespace silverback::testing {

inline constexpr TimestampMs kHour = 3600 * 1000;
inline constexpr TimestampMs kDay = 24 * kHour;
/// 2026-03-10T12:00:00Z.
inline constexpr TimestampMs kNoon = 1'773'144'000'000;

/// Options for tests: no background work, a small cache, a clock that stands still.
inline DatabaseOptions TestOptions(const std::string& path, TimestampMs now = kNoon) {
  DatabaseOptions options;
  options.path = path;
  options.background = false;
  options.wal_sync = WalSync::kOff;
  options.block_cache_bytes = 8 << 20;
  options.wal_segment_bytes = 1 << 20;
  options.clock = [now] { return now; };
  return options;
}

inline std::unique_ptr<Database> MustOpen(const DatabaseOptions& options) {
  auto database = Database::Open(options);
  if (!database.ok()) FAIL(std::string(MessageOf(database.status())));
  return std::move(database).value();
}

inline void MustBeOk(const Status& status) {
  INFO(MessageOf(status));
  REQUIRE(status.ok());
}

/// Appends samples of `{__name__="NAME", i="I"}`, as a client that has sent the series before, or
/// not.
inline void Add(Appender* appender, const std::string& name, int i,
                std::span<const Sample> samples) {
  const std::string value = std::to_string(i);
  const std::string key = name + "/" + value;
  if (appender->AppendKnown(key, samples)) return;
  const std::vector<Label> labels = {{"__name__", name}, {"i", value}};
  appender->AppendNew(key, labels, samples);
}

inline AppendResult MustCommit(Appender* appender) {
  auto result = appender->Commit();
  if (!result.ok()) FAIL(std::string(MessageOf(result.status())));
  return std::move(result).value();
}

inline AppendResult AddOne(Database* database, const std::string& name, int i,
                           std::vector<Sample> samples) {
  const auto appender = database->NewAppender();
  Add(appender.get(), name, i, samples);
  return MustCommit(appender.get());
}

/// What a database should hold: series, as printed, to time to the value's bits, or a histogram's hash.
using Contents = std::map<std::string, std::map<TimestampMs, uint64_t>>;

inline std::string SeriesName(const std::string& name, int i) {
  return LabelSet{{"__name__", name}, {"i", std::to_string(i)}}.ToString();
}

/// Notes what `Add` adds.
inline void AddTo(Contents* contents, const std::string& name, int i,
                  const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    (*contents)[SeriesName(name, i)][sample.timestamp_ms] = BitsOf(sample.value);
  }
}

inline Contents Clip(const Contents& contents, TimeRange range) {
  Contents clipped;
  for (const auto& [series, samples] : contents) {
    for (const auto& [t, bits] : samples) {
      if (range.Contains(t)) clipped[series][t] = bits;
    }
  }
  return clipped;
}

/// Everything that a view shows in `range`, read through runs; checks what runs promise.
inline Contents ReadAll(const ReadView& view, TimeRange range = {}) {
  Contents contents;
  const auto series = view.Select({}, range);
  if (!series.ok()) FAIL(std::string(MessageOf(series.status())));
  REQUIRE(std::is_sorted(series->begin(), series->end()));
  const auto labels = view.LabelsOf(*series);
  REQUIRE(labels.ok());
  auto cursor = view.Read(*series, range, {.cache = view.CacheFor(*series, range)});
  REQUIRE(cursor.ok());
  SeriesRuns runs;
  for (size_t i = 0;; ++i) {
    const auto more = (*cursor)->Next(&runs);
    REQUIRE(more.ok());
    if (!*more) break;
    REQUIRE(runs.series == (*series)[i].series);
    std::map<TimestampMs, uint64_t> samples;
    for (const Run& run : runs.runs) {
      REQUIRE(run.size() > 0);
      if (run.is_histogram()) {
        std::vector<NativeHistogram> histograms(run.size());
        run.Histograms(0, run.size(), histograms.data());
        NativeHistogram one;
        for (size_t row = 0; row < run.size(); ++row) {
          const TimestampMs t = run.times()[row];
          REQUIRE(range.Contains(t));
          REQUIRE((samples.empty() || samples.rbegin()->first < t));
          run.HistogramAt(row, &one);
          REQUIRE(one == histograms[row]);
          REQUIRE(run.IsStaleHistogram(row) == one.IsStale());
          samples[t] = HashHistogram(one);
        }
        continue;
      }
      std::vector<double> values(run.size());
      run.Values(0, run.size(), values.data());
      if (run.facts() != nullptr) REQUIRE(run.size() == run.block()->rows());
      for (size_t row = 0; row < run.size(); ++row) {
        const TimestampMs t = run.times()[row];
        REQUIRE(range.Contains(t));
        REQUIRE((samples.empty() || samples.rbegin()->first < t));
        REQUIRE(SameBits(run.ValueAt(row), values[row]));
        samples[t] = BitsOf(values[row]);
      }
    }
    if (!samples.empty()) contents[(*labels)[i].ToString()] = std::move(samples);
  }
  for (const ReadLoss& loss : (*cursor)->losses()) FAIL_CHECK(loss.reason);
  return contents;
}

inline Contents ReadAll(const Database& database, TimeRange range = {}) {
  const auto view = database.NewView();
  REQUIRE(view.ok());
  return ReadAll(**view, range);
}

/// The files below a directory, with their sizes. Empty if one went while they were listed.
inline std::map<std::string, uint64_t> FileSizes(const std::string& directory) {
  std::map<std::string, uint64_t> sizes;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; it != end;
       it.increment(error)) {
    if (error) return {};
    if (!it->is_regular_file(error)) continue;
    sizes[it->path().string()] = it->file_size(error);
    if (error) return {};
  }
  return sizes;
}

/// Copies a directory as a kill would leave it. RocksDB's compactions may add, lengthen and delete files meanwhile (a manifest that is
/// older than the folder names files that are gone): then the copy begins anew, until nothing has changed between its begin and its end.
inline void CopyDirectory(const std::string& from, const std::string& to) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto before = FileSizes(from);
    std::filesystem::remove_all(to);
    std::error_code error;
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, error);
    if (!error && !before.empty() && before == FileSizes(from)) return;
    if (error && error != std::errc::no_such_file_or_directory) FAIL(error.message());
  }
  FAIL("files kept changing while " << from << " was copied");
}

/// Fails with the first difference, not with a dump of everything.
inline void CheckSame(const Contents& actual, const Contents& expected) {
  for (const auto& [series, samples] : expected) {
    INFO("series " << series);
    const auto it = actual.find(series);
    REQUIRE(it != actual.end());
    for (const auto& [t, bits] : samples) {
      INFO("time " << t);
      const auto sample = it->second.find(t);
      REQUIRE(sample != it->second.end());
      REQUIRE(sample->second == bits);
    }
    REQUIRE(it->second.size() == samples.size());
  }
  REQUIRE(actual.size() == expected.size());
}

}  // namespace silverback::testing
