// The door of the engine: samples in, samples out.
//
// A Database owns one data directory: RocksDB, the write-ahead log, the head and the background work (seal, merge,
// retention). No other process can open it meanwhile. Every method is safe to call from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"
#include "engine/read/read_view.h"
#include "engine/upkeep/verify.h"

namespace rocksdb {
class Env;
}

namespace silverback {

class FileSystem;

/// How much a crash of the machine can cost. A crash of the process alone costs nothing in any mode.
enum class WalSync : uint8_t {
  kCommit,    // every acknowledged sample is on disk (default)
  kInterval,  // up to `wal_sync_interval_ms` of acknowledged samples can be lost
  kOff,       // what the kernel had not written back can be lost
};

struct DatabaseOptions {
  std::string path;
  TimestampMs retention_ms = TimestampMs{400} * 24 * 3600 * 1000;
  int64_t seal_window_ms =
      4 * 3600 * 1000;  // the head is sealed at multiples of it (--storage.seal-window)
  int64_t merge_interval_ms = 60 * 1000;  // how often the merger looks for work; 0: never by itself
  uint64_t merge_bytes_per_second = 0;  // written by merges in the background at most; 0: no limit
  uint64_t wal_max_bytes = uint64_t{128}
                           << 20;  // unsealed log at which a seal starts whatever the time
  uint64_t wal_segment_bytes = uint64_t{32} << 20;
  /// Rows (a row: samples of one series in one request) since the last seal at which the next starts. What a restart reads again
  /// costs by rows; bytes do not bound it, as those of a million series that hardly change are few.
  uint64_t wal_max_rows = 20'000'000;
  WalSync wal_sync = WalSync::kCommit;
  int64_t wal_sync_interval_ms = 100;
  uint64_t block_cache_bytes = uint64_t{512} << 20;
  TimestampMs exemplar_retention_ms =
      TimestampMs{400} * 24 * 3600 * 1000;  // of exemplars; never longer than samples
  /// Exemplars kept of a series, the newest; up to an eighth more may lie on disk. 0: no limit.
  uint64_t max_exemplars_per_series = 100'000;
  uint32_t max_series = 0;                 // series on disk and in the head; 0: no limit
  int64_t max_future_ms = 10 * 60 * 1000;  // samples further ahead of the clock are refused
  LabelLimits label_limits;
  bool background = true;  // seal, merge and retention run by themselves; off for tools and tests
  bool read_only = false;  // open for reading: nothing on disk changes, no samples are taken
  Clock clock = &WallClockMs;
  FileSystem* file_system = nullptr;  // null: the machine's; tests inject faults
  rocksdb::Env* store_env = nullptr;  // the same for the files that RocksDB writes
  /// Called between the steps of seal, merge, retention and snapshot, and of the store ("store: ingested", see
  /// StoreOptions), with the step's name, from the thread that works; tests copy the directory there, cut the power, or
  /// hold the step. May be empty.
  std::function<void(std::string_view step)> step_hook;
};

/// Why samples of a request were refused, kept apart so that the answer can say how many of each.
enum class RejectReason : uint8_t {
  kInvalidLabels,
  kTooFarAhead,
  kTooOld,
  kSeriesLimit,
  kInvalidHistogram,
};

/// What became of one request. Native histograms are samples too, and counted again apart.
struct AppendResult {
  uint64_t samples_stored = 0;     // new or changed; durable as the mode promises
  uint64_t samples_duplicate = 0;  // already there with the same value
  uint64_t samples_overwritten =
      0;  // same time, another value: the new one counts from now on (part of stored)
  uint64_t samples_late = 0;          // out of order (part of stored)
  uint64_t histograms_stored = 0;     // part of samples_stored
  uint64_t histograms_duplicate = 0;  // part of samples_duplicate
  uint64_t series_created = 0;
  struct Rejected {
    RejectReason reason;
    uint64_t samples = 0;
    uint64_t histograms = 0;  // part of samples
    uint64_t series = 0;
    std::string example;  // the first case: series and what was wrong
  };
  std::vector<Rejected> rejected;  // at most one entry a reason; empty: all taken
};

/// One request's samples on their way in. Not thread-safe; use one for each request, then throw it away.
///
///     auto appender = database->NewAppender();
///     for (series in request)
///       if (!appender->AppendKnown(wire_key, samples)) appender->AppendNew(wire_key, labels, samples);
///     auto result = appender->Commit();   // returns once the samples are durable and visible
class Appender {
 public:
  virtual ~Appender() = default;

  /// Says that `AppendKnown` of this key comes soon, so that memory can be fetched meanwhile. `wire_key` must keep its
  /// place until then. A hint: nothing depends on it.
  virtual void Expect(std::string_view /*wire_key*/) {}

  /// Adds samples of the series that `wire_key` (any bytes that stand for a label set, the label part of the request
  /// as it came) was bound to by an earlier `AppendNew`. False if the key is unknown: nothing was added. `samples` and
  /// `histograms` are copied; histograms that are not valid are counted as rejected in the result of `Commit`. Where both
  /// hold the same time, the histogram is the one written last. Start timestamps are kept with what is stored.
  virtual bool AppendKnown(std::string_view wire_key, const SampleSpan& samples,
                           std::span<const HistogramSample> histograms) = 0;
  bool AppendKnown(std::string_view wire_key, const SampleSpan& samples) {
    return AppendKnown(wire_key, samples, {});
  }

  /// Adds samples of a series given by its labels in any order, and binds `wire_key` to it.
  /// Invalid labels are counted as rejected in the result of `Commit`.
  virtual void AppendNew(std::string_view wire_key, std::span<const Label> labels,
                         const SampleSpan& samples,
                         std::span<const HistogramSample> histograms) = 0;
  void AppendNew(std::string_view wire_key, std::span<const Label> labels,
                 const SampleSpan& samples) {
    AppendNew(wire_key, labels, samples, {});
  }

  /// Logs, syncs and publishes what was added. Valid samples are stored even when others were rejected. Errors:
  /// ResourceExhausted (log at twice its cap, disk full), Unavailable (shutting down), Internal (the log failed);
  /// after an error nothing is promised about any sample of the request: the client sends it again.
  virtual StatusOr<AppendResult> Commit() = 0;
};

/// A metric family's description, as remote_write carries it.
struct MetricMetadata {
  std::string family;
  std::string
      type;  // lower case: counter, gauge, histogram, gaugehistogram, summary, info, stateset, unknown
  std::string help;
  std::string unit;
};

/// An exemplar of a series.
struct Exemplar {
  LabelSet labels;
  double value = 0;
  TimestampMs timestamp_ms = 0;
};

/// The exemplars of one series, in order of time (of equal times by value, then labels).
struct SeriesExemplars {
  LabelSet labels;
  std::vector<Exemplar> exemplars;
};

/// Numbers for /metrics, status/tsdb and the curious; a snapshot, cheap to take.
struct DatabaseStats {
  uint64_t series_total = 0, series_in_head = 0;
  uint64_t head_chunks = 0, head_bytes = 0, head_late_samples = 0, head_generations = 0;
  TimeRange head_range{0, -1};
  uint64_t samples_appended = 0, samples_duplicate = 0, samples_overwritten = 0, samples_late = 0;
  uint64_t samples_rejected = 0;
  uint64_t wal_bytes = 0, wal_segments = 0, wal_records = 0, wal_syncs = 0, wal_sync_ns = 0;
  uint64_t wal_damaged_records = 0;
  uint64_t parts = 0, blocks = 0, samples_in_parts = 0, part_bytes = 0;
  uint64_t seals = 0, seal_failures = 0, merges = 0, merge_failures = 0, retention_drops = 0;
  uint64_t seal_ns = 0, merge_ns = 0;
  uint64_t block_cache_bytes = 0, block_cache_capacity = 0, block_cache_hits = 0,
           block_cache_misses = 0;
  uint64_t label_cache_bytes = 0;
  uint64_t recent_blocks_bytes = 0;
  uint64_t postings_cache_bytes = 0;
  uint64_t disk_bytes = 0;
};

/// A part, as status pages show it.
struct PartSummary {
  PartId id = 0;
  bool late = false;  // of samples that came out of order
  TimeRange time;
  uint64_t series = 0, samples = 0, blocks = 0, bytes = 0;
  uint64_t deletions = 0;  // tombstones that touch it
};

class Database {
 public:
  /// Opens or creates the directory and replays the log. Errors name path and cause: FailedPrecondition when another
  /// process holds it, or its format is newer than this program; DataLoss when nothing can be read.
  static StatusOr<std::unique_ptr<Database>> Open(DatabaseOptions options);

  /// Closes: refuses further writes, finishes the ones that run, stops background work, syncs the log.
  virtual ~Database() = default;

  virtual std::unique_ptr<Appender> NewAppender() = 0;
  /// Stores descriptions of metric families; later ones replace earlier ones.
  virtual Status PutMetadata(std::span<const MetricMetadata> metadata) = 0;
  virtual StatusOr<std::vector<MetricMetadata>> Metadata() const = 0;
  /// Stores exemplars of the series bound to `wire_key` by an earlier append; NotFound if there is none.
  virtual Status PutExemplars(std::string_view wire_key, std::span<const Exemplar> exemplars) = 0;
  /// The exemplars within the closed `range` of the series that satisfy all matchers of any of the sets; series without
  /// any are left out, the others sorted by labels. ResourceExhausted beyond `max_exemplars`.
  virtual StatusOr<std::vector<SeriesExemplars>> FindExemplars(
      std::span<const std::vector<Matcher>> matcher_sets, TimeRange range, size_t max_exemplars,
      const std::atomic<bool>* cancelled) const = 0;

  /// The state of this moment. Holds parts, head chunks and disk space while it lives: drop it soon.
  virtual StatusOr<std::shared_ptr<const ReadView>> NewView() const = 0;

  /// Seals the head now: when it returns, everything acknowledged before the call lies in parts.
  virtual Status Seal() = 0;
  /// Seals, then merges until every partition is in its final shape, applies retention, drops what is dead.
  virtual Status Compact(const ProgressFunction& progress) = 0;
  /// Deletes the samples within the closed `range`, acknowledged before the call, of the series that satisfy all matchers of any
  /// of the sets. Durable when it returns; seals the head. Samples of the range that are written afterwards count. The
  /// disk's room is freed by merges, or by `CleanTombstones`.
  virtual Status Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) = 0;
  /// Rewrites the parts that hold deleted samples without them; series without any sample left are forgotten.
  virtual Status CleanTombstones(const ProgressFunction& progress) = 0;
  /// The live parts, oldest samples first.
  virtual std::vector<PartSummary> Parts() const = 0;
  /// Applies retention now.
  virtual Status ApplyRetention() = 0;
  /// Reads every block, timeline, posting and log record; compares facts with samples.
  virtual StatusOr<VerifyReport> Verify(const ProgressFunction& progress) = 0;
  /// A consistent copy of everything acknowledged before the call, into a new directory that `Open` opens. Files that
  /// never change are hard-linked where the file system allows it.
  virtual Status Snapshot(const std::string& target, const ProgressFunction& progress) = 0;

  virtual DatabaseStats Stats() const = 0;
  virtual const DatabaseOptions& options() const = 0;
};

}  // namespace silverback
