// A head generation: all samples between two seals, in memory.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/types.h"
#include "engine/head/buffer_pages.h"
#include "engine/head/series_buffer.h"
#include "engine/index/selection.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

/// Knows the newest samples of series in what was sealed (or is being sealed) last, so that a new
/// generation can tell a retry or a late sample from a new one. Safe for concurrent use.
class SeriesTails {
 public:
  virtual ~SeriesTails() = default;
  virtual std::optional<SeriesTail> Find(SeriesId series) const = 0;
};

/// So many samples of a series, in a list of samples of several.
struct SampleRun {
  SeriesId series = 0;
  uint32_t count = 0;
};

/// Collects appended samples until it is frozen; then it never changes again. Series are spread
/// over shards with a lock each.
///
/// Appends of a series must come in the order of their log records ("last written wins" is by order of calls); the caller
/// serialises those of all series of a shard. Reading is safe at any time from any thread.
class Generation : public SeriesTails {
 public:
  /// `first_sequence`: of the first record that can be inside. `tails` (may be null) knows the
  /// generation before; series that it does not know count samples up to `floor_ms` as late.
  Generation(Sequence first_sequence, std::shared_ptr<const SeriesTails> tails,
             TimestampMs floor_ms);

  /// Series of different shards can be appended to side by side.
  static constexpr size_t kShards = 64;
  static constexpr size_t ShardOf(SeriesId series) { return series % kShards; }

  /// Appends samples of a series, or native histograms (valid ones). REQUIRES: not frozen.
  void Append(SeriesId series, MetricId metric, const SampleSpan& samples, AppendCounts* counts);
  void Append(SeriesId series, MetricId metric, std::span<const HistogramSample> samples,
              AppendCounts* counts);
  /// Begins to fetch the memory that `Append` of these series will touch, for all of them at once: a series costs three
  /// dependent accesses (slot, buffer, end of the chunk), which would wait for memory one after the other. Called by
  /// the one who appends. REQUIRES: at most `kPrefetchMax` series.
  static constexpr size_t kPrefetchMax = 32;
  void Prefetch(std::span<const SeriesId> series) const;
  /// As `Append`, if the generation has the series; false, and nothing happened, if it has not.
  bool AppendIfPresent(SeriesId series, std::span<const HistogramSample> samples,
                       AppendCounts* counts);
  /// The same for runs of `samples`, one behind the other, under one lock; adds the places of runs whose series the generation
  /// does not have to `absent`. REQUIRES: all series are of one shard.
  void AppendIfPresent(std::span<const SampleRun> runs, const SampleSpan& samples,
                       AppendCounts* counts, std::vector<size_t>* absent);

  /// No sample comes after this; every record up to `last_sequence` is inside.
  void Freeze(Sequence last_sequence);

  Sequence first_sequence() const { return first_sequence_; }
  /// REQUIRES: frozen.
  Sequence last_sequence() const { return last_sequence_; }

  /// The series' samples in `range`, undecoded; nullopt if the generation has no such series.
  std::optional<SeriesCopy> Copy(SeriesId series, TimeRange range) const;
  /// All series, in storage order.
  std::vector<SelectedSeries> Series() const;
  /// The ids of all series.
  SeriesBitmap SeriesIds() const;
  bool Contains(SeriesId series) const;

  /// From the oldest to the newest sample; empty when there is none.
  TimeRange time_range() const {
    return {oldest_ms_.load(std::memory_order_relaxed), newest_ms_.load(std::memory_order_relaxed)};
  }
  bool empty() const { return time_range().empty(); }

  std::optional<SeriesTail> Find(SeriesId series) const override;
  /// Replaces the tails that the constructor was given (which would keep the generation before in
  /// memory).
  void ReplaceTails(std::shared_ptr<const SeriesTails> tails);
  /// The tails of these series, of what was sealed before, hold no longer: it was deleted. Samples that were appended
  /// to this generation stay. Safe beside appends.
  void ForgetTails(const SeriesBitmap& series);
  /// The newest sample of each series, apart from the generation.
  std::shared_ptr<const SeriesTails> CopyTails() const;

  struct Stats {
    uint64_t series = 0;
    uint64_t chunks = 0;
    uint64_t late_samples = 0;
    uint64_t bytes = 0;
    uint64_t rows = 0;  // runs of samples that were appended
  };
  Stats stats() const;

 private:
  struct Shard {
    mutable std::mutex mutex;
    BufferPages series;  // by NumberOf
    Stats stats;
  };

  /// Of a series in its shard; `ShardOf` and this are the series.
  static constexpr uint64_t NumberOf(SeriesId series) { return series / kShards; }
  static constexpr SeriesId SeriesOf(size_t shard, uint64_t number) {
    return static_cast<SeriesId>(number * kShards + shard);
  }
  Shard& At(SeriesId series) { return shards_[ShardOf(series)]; }
  const Shard& At(SeriesId series) const { return shards_[ShardOf(series)]; }
  std::shared_ptr<const SeriesTails> TailsBefore() const;
  // `Samples` is SampleSpan, or a span of histograms.
  template <typename Samples>
  void AppendAny(SeriesId series, MetricId metric, const Samples& samples, AppendCounts* counts);
  template <typename Samples>
  void AppendTo(SeriesBuffer* buffer, Shard* shard, const Samples& samples, AppendCounts* counts);
  template <typename Samples>
  void Widen(const Samples& samples);

  const Sequence first_sequence_;
  Sequence last_sequence_ = 0;
  const TimestampMs floor_ms_;
  std::array<Shard, kShards> shards_;
  std::atomic<TimestampMs> oldest_ms_{kMaxTimestampMs};
  std::atomic<TimestampMs> newest_ms_{kMinTimestampMs};
  mutable std::mutex ids_mutex_;
  SeriesBitmap ids_;
  mutable std::mutex tails_mutex_;
  std::shared_ptr<const SeriesTails> tails_;
};

}  // namespace silverback
