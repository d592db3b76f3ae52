#include "engine/head/generation.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/base/check.h"

namespace silverback {
namespace {

/// The tails of a generation. They stay in memory until the next seal and are asked for once a series: sorted arrays, where a hash
/// table would take nearly three times as much.
class TailTable : public SeriesTails {
 public:
  using Entry = std::pair<SeriesId, SeriesTail>;

  /// Takes the tails of a shard's series; `entries` is put in order for that.
  void SetShard(size_t shard, std::vector<Entry>* entries) {
    std::sort(entries->begin(), entries->end(),
              [](const Entry& a, const Entry& b) { return a.first < b.first; });
    shards_[shard].Set(*entries);
  }

  std::optional<SeriesTail> Find(SeriesId series) const override {
    return shards_[Generation::ShardOf(series)].Find(series);
  }

 private:
  class Shard {
   public:
    void Set(std::span<const Entry> entries) {
      const auto [first, last] = std::minmax_element(
          entries.begin(), entries.end(),
          [](const Entry& a, const Entry& b) { return a.second.last_ms < b.second.last_ms; });
      if (first == entries.end()) return;
      first_ms_ = first->second.last_ms;
      // Unsigned: the distance of two int64 may not fit one.
      const auto apart =
          static_cast<uint64_t>(last->second.last_ms) - static_cast<uint64_t>(first_ms_);
      const bool near = apart <= std::numeric_limits<uint32_t>::max();
      series_.reserve(entries.size());
      bits_.reserve(entries.size());
      (near ? near_.reserve(entries.size()) : far_.reserve(entries.size()));
      for (const auto& [series, tail] : entries) {
        series_.push_back(series);
        bits_.push_back(tail.last_bits);
        if (near) {
          near_.push_back(static_cast<uint32_t>(tail.last_ms - first_ms_));
        } else {
          far_.push_back(tail.last_ms);
        }
      }
    }

    std::optional<SeriesTail> Find(SeriesId series) const {
      const auto it = std::lower_bound(series_.begin(), series_.end(), series);
      if (it == series_.end() || *it != series) return std::nullopt;
      const auto at = static_cast<size_t>(it - series_.begin());
      return SeriesTail{far_.empty() ? first_ms_ + near_[at] : far_[at], bits_[at]};
    }

   private:
    std::vector<SeriesId> series_;  // ascending
    std::vector<uint64_t> bits_;
    // The times: from the first on, or, where one is 49 days and more after another, as they are.
    std::vector<uint32_t> near_;
    std::vector<TimestampMs> far_;
    TimestampMs first_ms_ = 0;
  };
  std::array<Shard, Generation::kShards> shards_;
};

/// The tails of all series but some.
class TailsWithout : public SeriesTails {
 public:
  TailsWithout(std::shared_ptr<const SeriesTails> all, SeriesBitmap without)
      : all_(std::move(all)), without_(std::move(without)) {}

  std::optional<SeriesTail> Find(SeriesId series) const override {
    return without_.contains(series) ? std::nullopt : all_->Find(series);
  }
  const std::shared_ptr<const SeriesTails>& all() const { return all_; }
  const SeriesBitmap& without() const { return without_; }

 private:
  const std::shared_ptr<const SeriesTails> all_;
  const SeriesBitmap without_;
};

std::optional<SeriesTail> TailOf(const SeriesTails* tails, SeriesId series) {
  return tails == nullptr ? std::nullopt : tails->Find(series);
}

}  // namespace

Generation::Generation(Sequence first_sequence, std::shared_ptr<const SeriesTails> tails,
                       TimestampMs floor_ms)
    : first_sequence_(first_sequence), floor_ms_(floor_ms), tails_(std::move(tails)) {}

void Generation::Append(SeriesId series, MetricId metric, const SampleSpan& samples,
                        AppendCounts* counts) {
  AppendAny(series, metric, samples, counts);
}

void Generation::Append(SeriesId series, MetricId metric, std::span<const HistogramSample> samples,
                        AppendCounts* counts) {
  AppendAny(series, metric, samples, counts);
}

template <typename Samples>
void Generation::AppendAny(SeriesId series, MetricId metric, const Samples& samples,
                           AppendCounts* counts) {
  if (samples.empty()) return;
  Shard& shard = At(series);
  {
    const std::lock_guard lock(shard.mutex);
    if (SeriesBuffer* const buffer = shard.series.Find(NumberOf(series)); buffer != nullptr) {
      AppendTo(buffer, &shard, samples, counts);
      Widen(samples);
      return;
    }
  }
  // Appends to a shard are serialised, so nobody else adds the series meanwhile; the tail is looked up outside
  // of the lock because it may lie in another generation's shard.
  const std::shared_ptr<const SeriesTails> tails = TailsBefore();
  auto buffer = std::make_unique<SeriesBuffer>(metric, TailOf(tails.get(), series));
  {
    const std::lock_guard lock(ids_mutex_);
    ids_.add(series);
  }
  const std::lock_guard lock(shard.mutex);
  // Whoever forgets tails changes them first and then looks through the shards: the buffer is in the shard by then, or sees here that
  // they have changed.
  if (TailsBefore() != tails) buffer->ForgetTail();
  SeriesBuffer* const added = buffer.get();
  shard.series.Add(NumberOf(series), std::move(buffer));
  ++shard.stats.series;
  shard.stats.bytes += sizeof(SeriesBuffer);
  AppendTo(added, &shard, samples, counts);
  Widen(samples);
}

// Without the locks: only appends change the maps, and the caller is the one who appends to these shards.
void Generation::Prefetch(std::span<const SeriesId> series) const {
  SB_DCHECK_LE(series.size(), kPrefetchMax);
  std::array<const SeriesBuffer*, kPrefetchMax> buffers;
  size_t count = 0;
  for (const SeriesId id : series) At(id).series.Prefetch(NumberOf(id));
  for (const SeriesId id : series) {
    const SeriesBuffer* const buffer = At(id).series.Find(NumberOf(id));
    if (buffer == nullptr) continue;
    buffer->Prefetch();
    buffers[count++] = buffer;
  }
  for (size_t i = 0; i < count; ++i) buffers[i]->PrefetchEnd();
}

bool Generation::AppendIfPresent(SeriesId series, std::span<const HistogramSample> samples,
                                 AppendCounts* counts) {
  Shard& shard = At(series);
  const std::lock_guard lock(shard.mutex);
  SeriesBuffer* const buffer = shard.series.Find(NumberOf(series));
  if (buffer == nullptr) return false;
  AppendTo(buffer, &shard, samples, counts);
  Widen(samples);
  return true;
}

// Some at a time, so that what is fetched for all of them is still there when their turn comes.
void Generation::AppendIfPresent(std::span<const SampleRun> runs, const SampleSpan& samples,
                                 AppendCounts* counts, std::vector<size_t>* absent) {
  if (runs.empty()) return;
  Shard& shard = At(runs[0].series);
  const std::lock_guard lock(shard.mutex);
  std::array<SeriesBuffer*, kPrefetchMax> buffers;
  size_t at = 0;
  for (size_t first = 0; first < runs.size(); first += kPrefetchMax) {
    const auto some = runs.subspan(first, std::min(kPrefetchMax, runs.size() - first));
    for (const SampleRun& run : some) shard.series.Prefetch(NumberOf(run.series));
    for (size_t i = 0; i < some.size(); ++i) {
      SB_DCHECK_EQ(ShardOf(some[i].series), ShardOf(runs[0].series));
      buffers[i] = shard.series.Find(NumberOf(some[i].series));
      if (buffers[i] != nullptr) buffers[i]->Prefetch();
    }
    for (size_t i = 0; i < some.size(); ++i) {
      if (buffers[i] != nullptr) buffers[i]->PrefetchEnd();
    }
    for (size_t i = 0; i < some.size(); at += some[i++].count) {
      if (buffers[i] == nullptr) {
        absent->push_back(first + i);
        continue;
      }
      const SampleSpan of_run = samples.subspan(at, some[i].count);
      AppendTo(buffers[i], &shard, of_run, counts);
      Widen(of_run);
    }
  }
}

template <typename Samples>
void Generation::AppendTo(SeriesBuffer* buffer, Shard* shard, const Samples& samples,
                          AppendCounts* counts) {
  SB_DCHECK_EQ(last_sequence_, Sequence{0});
  const size_t bytes_before = buffer->memory_bytes();
  const uint32_t chunks_before = buffer->chunk_count();
  const uint64_t late_before = buffer->late_count();
  buffer->Append(samples, counts);
  ++shard->stats.rows;
  shard->stats.bytes += buffer->memory_bytes() - bytes_before;
  shard->stats.chunks += buffer->chunk_count() - chunks_before;
  shard->stats.late_samples += buffer->late_count() - late_before;
}

// Appends to other shards may widen it at the same time.
template <typename Samples>
void Generation::Widen(const Samples& samples) {
  TimestampMs oldest_ms = oldest_ms_.load(std::memory_order_relaxed);
  TimestampMs newest_ms = newest_ms_.load(std::memory_order_relaxed);
  for (const auto& sample : samples) {
    const TimestampMs t = sample.timestamp_ms;
    while (t < oldest_ms &&
           !oldest_ms_.compare_exchange_weak(oldest_ms, t, std::memory_order_relaxed)) {
    }
    while (t > newest_ms &&
           !newest_ms_.compare_exchange_weak(newest_ms, t, std::memory_order_relaxed)) {
    }
  }
}

void Generation::Freeze(Sequence last_sequence) {
  last_sequence_ = last_sequence;
}

std::optional<SeriesCopy> Generation::Copy(SeriesId series, TimeRange range) const {
  const Shard& shard = At(series);
  const std::lock_guard lock(shard.mutex);
  const SeriesBuffer* const buffer = shard.series.Find(NumberOf(series));
  if (buffer == nullptr) return std::nullopt;
  return buffer->Copy(range, floor_ms_);
}

std::vector<SelectedSeries> Generation::Series() const {
  std::vector<SelectedSeries> all;
  all.reserve(SeriesIds().cardinality());  // growing would take half as much again
  for (size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    shards_[i].series.ForEach([&](uint64_t number, const SeriesBuffer& buffer) {
      all.push_back({.metric = buffer.metric(), .series = SeriesOf(i, number)});
    });
  }
  std::sort(all.begin(), all.end());
  return all;
}

SeriesBitmap Generation::SeriesIds() const {
  const std::lock_guard lock(ids_mutex_);
  return ids_;
}

bool Generation::Contains(SeriesId series) const {
  const Shard& shard = At(series);
  const std::lock_guard lock(shard.mutex);
  return shard.series.Find(NumberOf(series)) != nullptr;
}

std::optional<SeriesTail> Generation::Find(SeriesId series) const {
  const Shard& shard = At(series);
  const std::lock_guard lock(shard.mutex);
  const SeriesBuffer* const buffer = shard.series.Find(NumberOf(series));
  if (buffer == nullptr) return std::nullopt;
  return buffer->tail();
}

std::shared_ptr<const SeriesTails> Generation::TailsBefore() const {
  const std::lock_guard lock(tails_mutex_);
  return tails_;
}

void Generation::ForgetTails(const SeriesBitmap& series) {
  {
    const std::lock_guard lock(tails_mutex_);
    if (const auto* less = dynamic_cast<const TailsWithout*>(tails_.get())) {
      tails_ = std::make_shared<TailsWithout>(less->all(), less->without() | series);
    } else if (tails_ != nullptr) {
      tails_ = std::make_shared<TailsWithout>(tails_, series);
    }
  }
  for (const SeriesId id : series) {
    Shard& shard = At(id);
    const std::lock_guard lock(shard.mutex);
    if (SeriesBuffer* const buffer = shard.series.Find(NumberOf(id)); buffer != nullptr) {
      buffer->ForgetTail();
    }
  }
}

void Generation::ReplaceTails(std::shared_ptr<const SeriesTails> tails) {
  const std::lock_guard lock(tails_mutex_);
  tails_.swap(tails);
}

std::shared_ptr<const SeriesTails> Generation::CopyTails() const {
  auto table = std::make_shared<TailTable>();
  std::vector<TailTable::Entry> entries;
  for (size_t i = 0; i < kShards; ++i) {
    entries.clear();
    {
      const std::lock_guard lock(shards_[i].mutex);
      shards_[i].series.ForEach([&](uint64_t number, const SeriesBuffer& buffer) {
        if (const auto tail = buffer.tail(); tail.has_value()) {
          entries.emplace_back(SeriesOf(i, number), *tail);
        }
      });
    }
    table->SetShard(i, &entries);
  }
  return table;
}

Generation::Stats Generation::stats() const {
  Stats total;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total.series += shard.stats.series;
    total.chunks += shard.stats.chunks;
    total.late_samples += shard.stats.late_samples;
    total.bytes += shard.stats.bytes + shard.series.memory_bytes();
    total.rows += shard.stats.rows;
  }
  return total;
}

}  // namespace silverback
