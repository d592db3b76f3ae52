#include "engine/head/histogram_buffer.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "engine/base/coding.h"

namespace silverback {
namespace {

/// A chunk that reached either is closed: a late histogram decodes no more than one.
constexpr uint32_t kChunkHistograms = 128;
constexpr size_t kChunkBytes = 64 << 10;

/// Calls `visit` with each histogram of a chunk, in order, until it says false.
template <typename Visit>
void ForEach(std::string_view bytes, uint32_t count, TimestampMs first_ms, const Visit& visit) {
  HistogramStreamReader reader(bytes);
  HistogramSample sample;
  sample.timestamp_ms = first_ms;
  for (uint32_t i = 0; i < count; ++i) {
    int64_t step = 0;
    if (!reader.ReadNumber(&step) || !reader.Next(&sample.histogram)) return;
    sample.timestamp_ms = static_cast<TimestampMs>(static_cast<uint64_t>(sample.timestamp_ms) +
                                                   static_cast<uint64_t>(step));
    if (!visit(sample)) return;
  }
}

bool DecodeOne(std::string_view bytes, NativeHistogram* histogram) {
  return HistogramStreamReader(bytes).Next(histogram);
}

}  // namespace

void HistogramCopy::Read(TimeRange range, std::vector<HistogramSample>* out) const {
  out->clear();
  std::vector<HistogramSample> in_order;
  for (const Chunk& chunk : chunks_) {
    if (chunk.last_ms < range.min_ms || chunk.first_ms > range.max_ms) continue;
    ForEach(*chunk.bytes, chunk.count, chunk.first_ms, [&](const HistogramSample& sample) {
      if (sample.timestamp_ms >= range.min_ms) in_order.push_back(sample);
      return sample.timestamp_ms < range.max_ms;
    });
  }
  while (!in_order.empty() && in_order.back().timestamp_ms > range.max_ms) in_order.pop_back();
  if (others_.empty()) {
    out->swap(in_order);
    return;
  }
  auto next = in_order.begin();
  HistogramSample other;
  for (const auto& [t, bytes] : others_) {
    if (!range.Contains(t)) continue;
    for (; next != in_order.end() && next->timestamp_ms < t; ++next) {
      out->push_back(std::move(*next));
    }
    if (next != in_order.end() && next->timestamp_ms == t) ++next;
    if (bytes.empty() || !DecodeOne(bytes, &other.histogram)) continue;
    other.timestamp_ms = t;
    out->push_back(other);
  }
  std::move(next, in_order.end(), std::back_inserter(*out));
}

void HistogramBuffer::Append(const HistogramSample& sample) {
  if (count_ >= kChunkHistograms || open_.size() >= kChunkBytes) CloseChunk();
  if (count_ == 0) first_ms_ = last_ms_ = sample.timestamp_ms;
  PutSignedVarint(&open_, static_cast<int64_t>(static_cast<uint64_t>(sample.timestamp_ms) -
                                               static_cast<uint64_t>(last_ms_)));
  writer_.Add(sample.histogram, &open_);
  last_ms_ = sample.timestamp_ms;
  ++count_;
}

void HistogramBuffer::CloseChunk() {
  closed_bytes_ += open_.size();
  closed_.push_back({.first_ms = first_ms_,
                     .last_ms = last_ms_,
                     .count = count_,
                     .bytes = std::make_shared<const std::string>(open_)});
  open_.clear();
  writer_ = HistogramStreamWriter();
  count_ = 0;
}

void HistogramBuffer::Put(const HistogramSample& sample) {
  std::string bytes;
  HistogramStreamWriter().Add(sample.histogram, &bytes);
  std::string& place = others_[sample.timestamp_ms];
  other_bytes_ += bytes.size();
  other_bytes_ -= place.size();
  place = std::move(bytes);
}

void HistogramBuffer::Remove(TimestampMs t) {
  std::string& place = others_[t];
  other_bytes_ -= place.size();
  place.clear();
}

std::optional<uint64_t> HistogramBuffer::HashAt(TimestampMs t) const {
  NativeHistogram found;
  if (const auto it = others_.find(t); it != others_.end()) {
    if (it->second.empty() || !DecodeOne(it->second, &found)) return std::nullopt;
    return HashHistogram(found);
  }
  std::optional<uint64_t> hash;
  const auto look = [&](std::string_view bytes, uint32_t count, TimestampMs first_ms) {
    ForEach(bytes, count, first_ms, [&](const HistogramSample& sample) {
      if (sample.timestamp_ms == t) hash = HashHistogram(sample.histogram);
      return sample.timestamp_ms < t;
    });
  };
  if (count_ > 0 && t >= first_ms_) {
    if (t <= last_ms_) look(open_, count_, first_ms_);
    return hash;
  }
  const auto chunk = std::partition_point(closed_.begin(), closed_.end(),
                                          [&](const auto& c) { return c.last_ms < t; });
  if (chunk != closed_.end() && t >= chunk->first_ms) {
    look(*chunk->bytes, chunk->count, chunk->first_ms);
  }
  return hash;
}

HistogramCopy HistogramBuffer::Copy(TimeRange range) const {
  HistogramCopy copy;
  for (const HistogramCopy::Chunk& chunk : closed_) {
    if (chunk.last_ms >= range.min_ms && chunk.first_ms <= range.max_ms) {
      copy.chunks_.push_back(chunk);
    }
  }
  if (count_ > 0 && last_ms_ >= range.min_ms && first_ms_ <= range.max_ms) {
    copy.chunks_.push_back({.first_ms = first_ms_,
                            .last_ms = last_ms_,
                            .count = count_,
                            .bytes = std::make_shared<const std::string>(open_)});
  }
  for (auto it = others_.lower_bound(range.min_ms);
       it != others_.end() && it->first <= range.max_ms; ++it) {
    copy.others_.emplace_back(it->first, it->second);
  }
  return copy;
}

size_t HistogramBuffer::memory_bytes() const {
  return sizeof(*this) + open_.capacity() + writer_.heap_bytes() +
         closed_.capacity() * sizeof(HistogramCopy::Chunk) + closed_.size() * 64 + closed_bytes_ +
         others_.size() * 56 + other_bytes_;
}

}  // namespace silverback
