// One series in one head generation: what was appended since the last seal.
#pragma once

#include <absl/container/btree_map.h>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/types.h"
#include "engine/codec/gorilla_chunk.h"
#include "engine/head/histogram_buffer.h"
#include "engine/head/start_buffer.h"

namespace silverback {

/// What became of appended samples, native histograms included.
struct AppendCounts {
  uint64_t stored = 0;                // new, or another value than before
  uint64_t duplicate = 0;             // the same time and value stood there already
  uint64_t overwritten = 0;           // same time, another value (part of stored)
  uint64_t late = 0;                  // older than the series' newest sample (part of stored)
  uint64_t histograms_stored = 0;     // part of stored
  uint64_t histograms_duplicate = 0;  // part of duplicate

  AppendCounts& operator+=(const AppendCounts& other) {
    stored += other.stored;
    duplicate += other.duplicate;
    overwritten += other.overwritten;
    late += other.late;
    histograms_stored += other.histograms_stored;
    histograms_duplicate += other.histograms_duplicate;
    return *this;
  }
};

/// The newest sample of a series.
struct SeriesTail {
  TimestampMs last_ms = 0;
  uint64_t last_bits = 0;  // of a histogram: its hash
};

/// A series' samples at some moment, taken out under the lock and decoded without it. Chunks are
/// shared with the buffer.
class SeriesCopy {
 public:
  /// Replaces `*out` by the samples in `range`, in order of time, the last written of each time: the
  /// floats, and the histograms. A time occurs in one of them only.
  void Read(TimeRange range, std::vector<Sample>* out) const;
  void Read(TimeRange range, std::vector<HistogramSample>* out) const;

  /// Splits all samples by whether they are later than the series' newest sample of the generation
  /// before; each list in order of time. A time occurs in one of them only.
  void Split(std::vector<Sample>* in_order, std::vector<Sample>* late) const;
  void Split(std::vector<HistogramSample>* in_order, std::vector<HistogramSample>* late) const;

  bool has_histograms() const { return histograms_ != nullptr; }

  /// Replaces `*out` by the start timestamps of `samples`: what `Read` or `Split` gave.
  template <typename AnySample>
  void StartsOf(const std::vector<AnySample>& samples, StartColumn* out) const {
    out->clear();
    if (starts_ != nullptr) starts_->Of(std::span(samples), out);
  }

 private:
  friend class SeriesBuffer;
  struct Chunk {
    TimestampMs first_ms = 0;
    TimestampMs last_ms = 0;
    uint32_t count = 0;
    std::shared_ptr<const std::string> bytes;
  };
  std::vector<Chunk> chunks_;                        // in order of time
  std::vector<Sample> late_;                         // in order of time
  std::shared_ptr<const HistogramCopy> histograms_;  // null: there are none
  std::shared_ptr<const StartCopy> starts_;          // the same
  TimestampMs base_ms_ = kMinTimestampMs;

  void ReadFloats(TimeRange range, std::vector<Sample>* out) const;
};

/// Chunks of samples in order, and a map of those that came late. The last written wins: what came late
/// over the chunks (a time enters it only after the chunk's sample of that time), and in it the
/// later over the earlier; a histogram over the float of the same time (a float that is written
/// later takes the histogram away). Not safe for concurrent use.
class SeriesBuffer {
 public:
  /// `tail`: the newest sample of the series in the generation before, if that is known.
  SeriesBuffer(MetricId metric, const std::optional<SeriesTail>& tail);

  MetricId metric() const { return metric_; }

  /// Begins to fetch this object; then, once it is there, the end of the open chunk.
  void Prefetch() const {
    const auto* bytes = reinterpret_cast<const char*>(this);
    for (size_t at = 0; at < sizeof(*this); at += 64) __builtin_prefetch(bytes + at, 1);
  }
  void PrefetchEnd() const { open_.PrefetchEnd(); }

  /// A sample that stands there with the same value already keeps its start timestamp.
  void Append(const SampleSpan& samples, AppendCounts* counts);
  /// REQUIRES: valid histograms.
  void Append(std::span<const HistogramSample> samples, AppendCounts* counts);

  /// The newest sample is no longer there if it was of the generation before: the same again is then no duplicate.
  void ForgetTail();

  /// The samples in `range`, undecoded. Of a series without a tail those up to `floor_ms` are late when the copy is split; of others, those
  /// up to the tail, and such as came after later ones and lie between it and the first of a chunk.
  SeriesCopy Copy(TimeRange range, TimestampMs floor_ms) const;

  /// The newest sample, that of the generation before included; nullopt if there is none, or it is no longer there.
  std::optional<SeriesTail> tail() const;

  uint32_t chunk_count() const {
    return static_cast<uint32_t>(closed().size()) + !open_.empty() +
           (histograms() == nullptr ? 0 : histograms()->chunk_count());
  }
  uint64_t late_count() const {
    return (extras_ == nullptr ? 0 : extras_->late.size()) +
           (histograms() == nullptr ? 0 : histograms()->late_count());
  }
  /// Bytes on the heap, this object included.
  size_t memory_bytes() const;

 private:
  /// A chunk that reached this many samples is closed: a late sample decodes no more than one.
  static constexpr uint32_t kChunkSamples = 1024;

  /// Chunk samples decoded to look late ones up; kept for one `Append`.
  struct Lookup {
    bool valid = false;
    TimestampMs first_ms = 0;
    TimestampMs last_ms = 0;
    std::vector<Sample> samples;
  };

  /// The newest sample. REQUIRES: has_last_.
  SeriesTail Last() const {
    return last_outside_ ? extras_->last : SeriesTail{open_.last_timestamp_ms(), open_.last_bits()};
  }
  /// What the newest sample's time holds; nullopt at other times, and where it is no longer there.
  std::optional<uint64_t> LastAt(TimestampMs t) const {
    if (!has_last_ || last_gone_) return std::nullopt;
    const SeriesTail last = Last();
    return t == last.last_ms ? std::optional(last.last_bits) : std::nullopt;
  }
  /// The newest sample is now one that is not in a chunk.
  void SetLastOutsideChunks(TimestampMs t, uint64_t bits) {
    has_last_ = true;
    last_gone_ = false;
    last_outside_ = true;
    Extra().last = {t, bits};
  }
  /// How many samples, from the first on, follow the newest one and each other in time. REQUIRES: there are any.
  size_t InOrderFrom(std::span<const Sample> samples) const;
  void AppendInOrder(const SampleSpan& samples);
  /// Say whether the sample was not there yet.
  bool AppendLate(const Sample& sample, Lookup* lookup, AppendCounts* counts);
  bool AppendLate(const HistogramSample& sample, uint64_t hash, Lookup* lookup,
                  AppendCounts* counts);
  /// Takes the start timestamp of a sample that was stored.
  void NoteStart(TimestampMs t, TimestampMs start_ms, bool in_order) {
    if (start_ms != kNoStart || has_starts_) KeepStart(t, start_ms, in_order);
  }
  void KeepStart(TimestampMs t, TimestampMs start_ms, bool in_order);
  /// The float of a time that is not later than `last_ms_`, whether or not a histogram covers it.
  std::optional<uint64_t> FloatAt(TimestampMs t, Lookup* lookup) const;
  /// The chunks' value at `t`; nullopt if there is none.
  std::optional<uint64_t> ChunkValueAt(TimestampMs t, Lookup* lookup) const;
  void CloseChunk();

  /// What a series with few samples, all in order, does not have; behind one pointer, and not looked at when samples come in order.
  struct Extras {
    TimestampMs base_ms = 0;                // of a series with a tail, as `BaseMs` has it
    std::vector<SeriesCopy::Chunk> closed;  // in order of time
    absl::btree_map<TimestampMs, double> late;
    std::unique_ptr<StartBuffer> starts;          // null: none is known
    std::unique_ptr<HistogramBuffer> histograms;  // null: there are none
    SeriesTail last;                              // the newest sample, if last_outside_
  };
  Extras& Extra();
  /// Samples up to this are late when a copy is split. A tail stands where the chunk's last sample will, so that once there is one, what is
  /// known is that the tail was before the first.
  TimestampMs BaseMs(TimestampMs floor_ms) const;
  /// REQUIRES: has_tail_.
  TimestampMs BaseOfTail() const {
    return open_.empty() ? open_.last_timestamp_ms() : open_.first_timestamp_ms() - 1;
  }
  /// Null if there are none.
  HistogramBuffer* histograms() const {
    return extras_ == nullptr ? nullptr : extras_->histograms.get();
  }
  std::span<const SeriesCopy::Chunk> closed() const {
    return extras_ == nullptr ? std::span<const SeriesCopy::Chunk>() : extras_->closed;
  }

  MetricId metric_;
  const bool has_tail_;
  bool has_last_ : 1;
  // The newest sample was deleted: its time still parts late samples from others.
  bool last_gone_ : 1 = false;
  bool last_outside_ : 1 = false;  // the newest sample is in no chunk
  bool has_starts_ : 1 = false;    // extras_->starts is there
  // While it is empty, its last sample is that of the chunk before, or of the generation before.
  GorillaChunk open_;
  std::unique_ptr<Extras> extras_;
};
// A million series are what many of these are: one more byte would cost 16, the allocator's next size, and another line of the cache each time.
static_assert(sizeof(SeriesBuffer) == 64);

}  // namespace silverback
