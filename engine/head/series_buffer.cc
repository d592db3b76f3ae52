#include "engine/head/series_buffer.h"

#include <algorithm>
#include <iterator>

#include "engine/base/value.h"

namespace silverback {
namespace {

void DecodeInto(std::string_view bytes, uint32_t count, std::vector<Sample>* out) {
  const size_t before = out->size();
  out->resize(before + count);
  out->resize(before + GorillaReader(bytes, count).ReadAll(out->data() + before));
}

bool Earlier(const Sample& sample, TimestampMs t) {
  return sample.timestamp_ms < t;
}

/// Merges two lists in order of time; of equal times `late` wins. Appends to `*out`.
void MergeLate(std::span<const Sample> chunk, std::span<const Sample> late,
               std::vector<Sample>* out) {
  size_t c = 0;
  for (const Sample& sample : late) {
    while (c < chunk.size() && chunk[c].timestamp_ms < sample.timestamp_ms) {
      out->push_back(chunk[c++]);
    }
    if (c < chunk.size() && chunk[c].timestamp_ms == sample.timestamp_ms) ++c;
    out->push_back(sample);
  }
  out->insert(out->end(), chunk.begin() + static_cast<ptrdiff_t>(c), chunk.end());
}

/// The part of `samples` (in order of time) that lies in `range`.
std::span<const Sample> Clip(std::span<const Sample> samples, TimeRange range) {
  const auto begin = std::lower_bound(samples.begin(), samples.end(), range.min_ms, Earlier);
  auto end = std::lower_bound(begin, samples.end(), range.max_ms, Earlier);
  if (end != samples.end() && end->timestamp_ms == range.max_ms) ++end;
  return {begin, end};
}

template <typename AnySample>
void SplitAt(TimestampMs base_ms, std::vector<AnySample>* in_order, std::vector<AnySample>* late) {
  late->clear();
  if (in_order->empty() || in_order->front().timestamp_ms > base_ms) return;
  const auto border =
      std::partition_point(in_order->begin(), in_order->end(),
                           [&](const AnySample& sample) { return sample.timestamp_ms <= base_ms; });
  late->assign(std::move_iterator(in_order->begin()), std::move_iterator(border));
  in_order->erase(in_order->begin(), border);
}

}  // namespace

void SeriesCopy::Read(TimeRange range, std::vector<Sample>* out) const {
  ReadFloats(range, out);
  if (histograms_ == nullptr || out->empty()) return;
  std::vector<HistogramSample> covering;
  histograms_->Read({out->front().timestamp_ms, out->back().timestamp_ms}, &covering);
  auto next = covering.begin();
  std::erase_if(*out, [&](const Sample& sample) {
    while (next != covering.end() && next->timestamp_ms < sample.timestamp_ms) ++next;
    return next != covering.end() && next->timestamp_ms == sample.timestamp_ms;
  });
}

void SeriesCopy::Read(TimeRange range, std::vector<HistogramSample>* out) const {
  if (histograms_ == nullptr) {
    out->clear();
  } else {
    histograms_->Read(range, out);
  }
}

// Without late samples the chunks are the answer, decoded in place: `*out` keeps its memory from one series of a seal to the next.
void SeriesCopy::ReadFloats(TimeRange range, std::vector<Sample>* out) const {
  std::vector<Sample> beside_late;
  std::vector<Sample>* const decoded = late_.empty() ? out : &beside_late;
  out->clear();
  size_t count = 0;
  for (const Chunk& chunk : chunks_) count += chunk.count;
  decoded->reserve(count);
  for (const Chunk& chunk : chunks_) {
    if (chunk.last_ms < range.min_ms || chunk.first_ms > range.max_ms) continue;
    DecodeInto(*chunk.bytes, chunk.count, decoded);
  }
  const std::span<const Sample> in_range = Clip(*decoded, range);
  if (late_.empty()) {
    const auto first = in_range.data() - decoded->data();
    decoded->resize(static_cast<size_t>(first) + in_range.size());
    decoded->erase(decoded->begin(), decoded->begin() + first);
  } else {
    MergeLate(in_range, Clip(late_, range), out);
  }
}

void SeriesCopy::Split(std::vector<Sample>* in_order, std::vector<Sample>* late) const {
  Read(TimeRange{}, in_order);
  SplitAt(base_ms_, in_order, late);
}

void SeriesCopy::Split(std::vector<HistogramSample>* in_order,
                       std::vector<HistogramSample>* late) const {
  Read(TimeRange{}, in_order);
  SplitAt(base_ms_, in_order, late);
}

SeriesBuffer::SeriesBuffer(MetricId metric, const std::optional<SeriesTail>& tail)
    : metric_(metric), has_tail_(tail.has_value()), has_last_(tail.has_value()) {
  if (tail.has_value()) open_.SetLast(tail->last_ms, tail->last_bits);
}

void SeriesBuffer::Append(const SampleSpan& samples, AppendCounts* counts) {
  Lookup lookup;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (const size_t in_order = InOrderFrom(samples.samples.subspan(i)); in_order > 0) {
      AppendInOrder(samples.subspan(i, in_order));
      counts->stored += in_order;
      i += in_order;
      if (i == samples.size()) break;
    }
    const Sample& sample = samples[i];
    if (LastAt(sample.timestamp_ms) == BitsOf(sample.value)) {
      ++counts->duplicate;
    } else if (AppendLate(sample, &lookup, counts)) {
      NoteStart(sample.timestamp_ms, samples.StartOf(i), /*in_order=*/false);
    }
  }
}

size_t SeriesBuffer::InOrderFrom(std::span<const Sample> samples) const {
  if (has_last_ && samples[0].timestamp_ms <= Last().last_ms) return 0;
  size_t count = 1;
  while (count < samples.size() && samples[count].timestamp_ms > samples[count - 1].timestamp_ms) {
    ++count;
  }
  return count;
}

SeriesBuffer::Extras& SeriesBuffer::Extra() {
  if (extras_ == nullptr) {
    extras_ = std::make_unique<Extras>();
    if (has_tail_) extras_->base_ms = BaseOfTail();
  }
  return *extras_;
}

TimestampMs SeriesBuffer::BaseMs(TimestampMs floor_ms) const {
  if (!has_tail_) return floor_ms;
  return extras_ == nullptr ? BaseOfTail() : extras_->base_ms;
}

void SeriesBuffer::KeepStart(TimestampMs t, TimestampMs start_ms, bool in_order) {
  std::unique_ptr<StartBuffer>& starts = Extra().starts;
  if (starts == nullptr) {
    starts = std::make_unique<StartBuffer>();
    has_starts_ = true;
  }
  if (in_order) {
    starts->Append(t, start_ms);
  } else {
    starts->Put(t, start_ms);
  }
}

void SeriesBuffer::AppendInOrder(const SampleSpan& samples) {
  for (size_t at = 0; at < samples.size();) {
    if (open_.count() >= kChunkSamples) CloseChunk();
    const size_t count = std::min<size_t>(samples.size() - at, kChunkSamples - open_.count());
    open_.Append(samples.samples.subspan(at, count));
    at += count;
  }
  has_last_ = true;
  last_gone_ = false;
  last_outside_ = false;
  if (samples.starts.empty() && !has_starts_) return;
  for (size_t i = 0; i < samples.size(); ++i) {
    NoteStart(samples[i].timestamp_ms, samples.StartOf(i), /*in_order=*/true);
  }
}

bool SeriesBuffer::AppendLate(const Sample& sample, Lookup* lookup, AppendCounts* counts) {
  const TimestampMs t = sample.timestamp_ms;
  const uint64_t bits = BitsOf(sample.value);
  const bool covered = histograms() != nullptr && histograms()->HashAt(t).has_value();
  if (covered) histograms()->Remove(t);
  std::optional<uint64_t> before = FloatAt(t, lookup);
  if (!before.has_value()) before = LastAt(t);
  if (before == bits && !covered) {
    ++counts->duplicate;
    return false;
  }
  Extra().late.insert_or_assign(t, sample.value);
  ++counts->stored;
  if (covered || before.has_value()) ++counts->overwritten;
  if (t < Last().last_ms) {
    ++counts->late;
  } else {
    SetLastOutsideChunks(t, bits);
  }
  return true;
}

void SeriesBuffer::Append(std::span<const HistogramSample> samples, AppendCounts* counts) {
  if (samples.empty()) return;
  std::unique_ptr<HistogramBuffer>& buffer = Extra().histograms;
  if (buffer == nullptr) buffer = std::make_unique<HistogramBuffer>();
  Lookup lookup;
  for (const HistogramSample& sample : samples) {
    const uint64_t hash = HashHistogram(sample.histogram);
    if (!has_last_ || sample.timestamp_ms > Last().last_ms) {
      buffer->Append(sample);
      SetLastOutsideChunks(sample.timestamp_ms, hash);
      NoteStart(sample.timestamp_ms, sample.start_ms, /*in_order=*/true);
      ++counts->stored;
      ++counts->histograms_stored;
    } else if (LastAt(sample.timestamp_ms) == hash) {
      ++counts->duplicate;
      ++counts->histograms_duplicate;
    } else if (AppendLate(sample, hash, &lookup, counts)) {
      NoteStart(sample.timestamp_ms, sample.start_ms, /*in_order=*/false);
    }
  }
}

bool SeriesBuffer::AppendLate(const HistogramSample& sample, uint64_t hash, Lookup* lookup,
                              AppendCounts* counts) {
  const TimestampMs t = sample.timestamp_ms;
  std::optional<uint64_t> before = histograms()->HashAt(t);
  if (before == hash) {
    ++counts->duplicate;
    ++counts->histograms_duplicate;
    return false;
  }
  if (!before.has_value()) before = FloatAt(t, lookup);
  if (!before.has_value()) before = LastAt(t);
  histograms()->Put(sample);
  ++counts->stored;
  ++counts->histograms_stored;
  if (before.has_value()) ++counts->overwritten;
  if (t < Last().last_ms) {
    ++counts->late;
  } else {
    SetLastOutsideChunks(t, hash);
  }
  return true;
}

std::optional<uint64_t> SeriesBuffer::FloatAt(TimestampMs t, Lookup* lookup) const {
  if (extras_ != nullptr) {
    if (const auto it = extras_->late.find(t); it != extras_->late.end()) return BitsOf(it->second);
  }
  // The newest float of all stands in no need of decoding; what is newest may be a histogram.
  if (t == Last().last_ms && histograms() == nullptr) return LastAt(t);
  return ChunkValueAt(t, lookup);
}

std::optional<uint64_t> SeriesBuffer::ChunkValueAt(TimestampMs t, Lookup* lookup) const {
  if (!lookup->valid || t < lookup->first_ms || t > lookup->last_ms) {
    std::string_view bytes;
    uint32_t count = 0;
    if (!open_.empty() && t >= open_.first_timestamp_ms()) {
      if (t > open_.last_timestamp_ms()) return std::nullopt;
      bytes = open_.bytes();
      count = open_.count();
      lookup->first_ms = open_.first_timestamp_ms();
      lookup->last_ms = open_.last_timestamp_ms();
    } else {
      const auto chunks = closed();
      const auto chunk = std::partition_point(chunks.begin(), chunks.end(),
                                              [&](const auto& c) { return c.last_ms < t; });
      if (chunk == chunks.end() || t < chunk->first_ms) return std::nullopt;
      bytes = *chunk->bytes;
      count = chunk->count;
      lookup->first_ms = chunk->first_ms;
      lookup->last_ms = chunk->last_ms;
    }
    lookup->samples.clear();
    DecodeInto(bytes, count, &lookup->samples);
    // The open chunk grows when samples in order follow in the same call; then its end is past
    // `last_ms` and it is decoded again.
    lookup->valid = true;
  }
  const auto it = std::lower_bound(lookup->samples.begin(), lookup->samples.end(), t, Earlier);
  if (it == lookup->samples.end() || it->timestamp_ms != t) return std::nullopt;
  return BitsOf(it->value);
}

void SeriesBuffer::CloseChunk() {
  Extra().closed.push_back({.first_ms = open_.first_timestamp_ms(),
                            .last_ms = open_.last_timestamp_ms(),
                            .count = open_.count(),
                            .bytes = std::make_shared<const std::string>(open_.bytes())});
  const SeriesTail last{open_.last_timestamp_ms(), open_.last_bits()};
  open_ = GorillaChunk();
  open_.SetLast(last.last_ms, last.last_bits);
}

SeriesCopy SeriesBuffer::Copy(TimeRange range, TimestampMs floor_ms) const {
  SeriesCopy copy;
  copy.base_ms_ = BaseMs(floor_ms);
  for (const SeriesCopy::Chunk& chunk : closed()) {
    if (chunk.last_ms >= range.min_ms && chunk.first_ms <= range.max_ms) {
      copy.chunks_.push_back(chunk);
    }
  }
  if (!open_.empty() && open_.last_timestamp_ms() >= range.min_ms &&
      open_.first_timestamp_ms() <= range.max_ms) {
    copy.chunks_.push_back({.first_ms = open_.first_timestamp_ms(),
                            .last_ms = open_.last_timestamp_ms(),
                            .count = open_.count(),
                            .bytes = std::make_shared<const std::string>(open_.bytes())});
  }
  if (extras_ != nullptr) {
    for (auto it = extras_->late.lower_bound(range.min_ms);
         it != extras_->late.end() && it->first <= range.max_ms; ++it) {
      copy.late_.push_back({it->first, it->second});
    }
    if (extras_->starts != nullptr) {
      copy.starts_ = std::make_shared<const StartCopy>(extras_->starts->Copy(range));
    }
  }
  if (histograms() != nullptr) {
    copy.histograms_ = std::make_shared<const HistogramCopy>(histograms()->Copy(range));
  }
  return copy;
}

void SeriesBuffer::ForgetTail() {
  if (!has_last_ || !open_.empty() || !closed().empty())
    return;  // it came in order, to this buffer
  const bool late = extras_ != nullptr && extras_->late.contains(Last().last_ms);
  const bool histogram =
      histograms() != nullptr && histograms()->HashAt(Last().last_ms).has_value();
  if (!late && !histogram) last_gone_ = true;
}

std::optional<SeriesTail> SeriesBuffer::tail() const {
  if (!has_last_ || last_gone_) return std::nullopt;
  return Last();
}

size_t SeriesBuffer::memory_bytes() const {
  size_t bytes = sizeof(*this) + open_.heap_bytes();
  // A closed chunk's string and control block; its bytes vary, 2 KiB is what 1,024 samples take.
  bytes += closed().size() * (sizeof(SeriesCopy::Chunk) + 64 + 2048);
  if (extras_ != nullptr) {
    bytes += sizeof(Extras) + extras_->late.size() * 20;
    if (extras_->starts != nullptr) bytes += extras_->starts->memory_bytes();
  }
  if (histograms() != nullptr) bytes += histograms()->memory_bytes();
  return bytes;
}

}  // namespace silverback
