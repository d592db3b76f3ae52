#include "query/windows/histogram_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/base/value.h"

namespace silverback {
namespace {

/// Rows that are decoded ahead, and how near a row must follow the ones before for that.
constexpr size_t kRowsAhead = 64;
constexpr size_t kNearRows = 8;

ResetHint HintFrom(CounterResetHint hint) {
  switch (hint) {
    case CounterResetHint::kReset:
      return ResetHint::kReset;
    case CounterResetHint::kNotReset:
      return ResetHint::kNotReset;
    case CounterResetHint::kGauge:
      return ResetHint::kGauge;
    case CounterResetHint::kUnknown:
      break;
  }
  return ResetHint::kUnknown;
}

CounterResetHint HintTo(ResetHint hint) {
  switch (hint) {
    case ResetHint::kReset:
      return CounterResetHint::kReset;
    case ResetHint::kNotReset:
      return CounterResetHint::kNotReset;
    case ResetHint::kGauge:
      return CounterResetHint::kGauge;
    case ResetHint::kUnknown:
      break;
  }
  return CounterResetHint::kUnknown;
}

void CopySide(const NativeHistogram& h, const std::vector<HistogramSpan>& spans,
              const std::vector<HistogramCount>& counts, BucketSide* out) {
  out->spans.clear();
  for (const HistogramSpan& span : spans) out->spans.push_back({span.offset, span.length});
  out->counts.clear();
  for (const HistogramCount count : counts) out->counts.push_back(h.ToDouble(count));
}

void CopySide(const BucketSide& side, std::vector<HistogramSpan>* spans,
              std::vector<HistogramCount>* counts) {
  for (const BucketSpan& span : side.spans) spans->push_back({span.offset, span.length});
  for (const double count : side.counts) counts->push_back(BitsOf(count));
}

/// Without buckets.
FloatHistogram StatisticsOf(const FloatHistogram& h) {
  FloatHistogram statistics;
  statistics.hint = h.hint;
  statistics.schema = h.schema;
  statistics.count = h.count;
  statistics.sum = h.sum;
  return statistics;
}

}  // namespace

bool HaveHistograms(std::span<const Run> runs) {
  return std::any_of(runs.begin(), runs.end(), [](const Run& run) { return run.is_histogram(); });
}

void ToFloatHistogram(const NativeHistogram& h, FloatHistogram* out) {
  out->hint = HintFrom(h.reset_hint);
  out->schema = h.schema;
  out->zero_threshold = h.zero_threshold;
  out->zero_count = h.ToDouble(h.zero_count);
  out->count = h.ToDouble(h.count);
  out->sum = h.sum;
  CopySide(h, h.positive_spans, h.positive_counts, &out->positive);
  CopySide(h, h.negative_spans, h.negative_counts, &out->negative);
  out->custom_values = h.custom_values;
}

NativeHistogram ToNativeHistogram(const FloatHistogram& h) {
  NativeHistogram out;
  out.is_float = true;
  out.reset_hint = HintTo(h.hint);
  out.schema = h.schema;
  out.zero_threshold = h.zero_threshold;
  out.zero_count = BitsOf(h.zero_count);
  out.count = BitsOf(h.count);
  out.sum = h.sum;
  CopySide(h.positive, &out.positive_spans, &out.positive_counts);
  CopySide(h.negative, &out.negative_spans, &out.negative_counts);
  out.custom_values = h.custom_values;
  return out;
}

void HistogramReader::Reset(const SeriesRows* rows) {
  rows_ = rows;
  last_row_.reset();
  last_found_ = false;
  last_given_ = nullptr;
  buffer_begin_ = buffer_end_ = 0;
}

const NativeHistogram& HistogramReader::Stored(const Run& run, size_t first, size_t row) {
  if (row >= buffer_begin_ && row < buffer_end_) return buffer_[row - buffer_begin_];
  const bool goes_on =
      buffer_end_ > buffer_begin_ && row >= buffer_end_ && row - buffer_end_ < kNearRows;
  const size_t rows = goes_on ? std::min(kRowsAhead, first + run.size() - row) : 1;
  if (buffer_.size() < rows) buffer_.resize(rows);
  run.Histograms(row - first, row - first + rows, buffer_.data());
  buffer_begin_ = row;
  buffer_end_ = row + rows;
  return buffer_.front();
}

size_t HistogramReader::memory_bytes() const {
  // Histograms of one series are about as large as each other.
  const size_t one = buffer_.empty() ? 0 : buffer_.front().memory_bytes();
  return buffer_.capacity() * one + 2 * last_.memory_bytes();
}

bool HistogramReader::Decode(size_t row, FloatHistogram* out) {
  const size_t r = rows_->RunOf(row);
  const Run& run = rows_->runs()[r];
  if (!run.is_histogram()) return false;
  const NativeHistogram& stored = Stored(run, rows_->firsts()[r], row);
  if (stored.IsStale()) return false;
  ToFloatHistogram(stored, out);
  if (out->hint != ResetHint::kGauge) out->hint = ResetHint::kUnknown;
  return true;
}

bool HistogramReader::SeekBefore(size_t row) {
  if (row == 0) return false;
  if (last_row_ == row - 1) {
    std::swap(before_, last_);
    return last_found_;
  }
  return Decode(row - 1, &before_);
}

ResetHint HistogramReader::HintOf(size_t row, const FloatHistogram& h) {
  if (h.hint == ResetHint::kGauge || !SeekBefore(row)) return h.hint;
  const bool reset = h.DetectReset(before_);
  const bool continues = !reset && before_.hint != ResetHint::kGauge &&
                         h.schema == before_.schema && h.zero_threshold == before_.zero_threshold &&
                         h.custom_values == before_.custom_values;
  if (continues) return ResetHint::kNotReset;
  if (!options_.stats_only || RowCursor(*rows_).TimeAt(row - 1) < options_.resets_from_ms) {
    return ResetHint::kUnknown;
  }
  return reset ? ResetHint::kReset : ResetHint::kNotReset;
}

HistogramPtr HistogramReader::At(size_t row) {
  if (last_row_ == row) return last_given_;
  FloatHistogram h;
  const bool found = Decode(row, &h);
  HistogramPtr given;
  if (found) {
    const ResetHint hint = HintOf(row, h);
    FloatHistogram told = options_.stats_only ? StatisticsOf(h) : h;
    told.hint = hint;
    given = std::make_shared<const FloatHistogram>(std::move(told));
  }
  last_row_ = row;
  last_found_ = found;
  last_ = std::move(h);
  last_given_ = given;
  return given;
}

}  // namespace silverback
