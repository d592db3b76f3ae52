#include "engine/log/record.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/residuals.h"
#include "engine/histogram/histogram_stream.h"
#include "engine/log/code_runs.h"
#include "engine/log/group_kind.h"
#include "engine/log/payload_compression.h"
#include "engine/log/payload_type.h"
#include "engine/log/start_stream.h"
#include "engine/log/value_stream.h"

namespace silverback {

namespace {

using log::ValueDecoder;
using log::ValueEncoder;

using log::GroupKind;
using log::GroupShape;
using log::kMaxSamplesPerGroup;
using log::kMaxSamplesPerSeries;
using log::PayloadType;
using log::StartDecoder;
using log::StartEncoder;

uint64_t Difference(TimestampMs a, TimestampMs b) {
  return static_cast<uint64_t>(a) - static_cast<uint64_t>(b);
}

bool SameTimestamps(const SampleSpan& a, const SampleSpan& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Sample& x, const Sample& y) {
    return x.timestamp_ms == y.timestamp_ms;
  });
}

/// Writes groups: series with the same timestamps.
class GroupEncoder {
 public:
  /// `packs`: codes are packed where that gains; otherwise the whole payload will be compressed.
  GroupEncoder(bool packs, std::string* out) : packs_(packs), out_(out) {}

  /// REQUIRES: 1 to kMaxSamplesPerSeries histograms.
  void Encode(const SeriesHistograms& series) {
    const bool has_starts =
        std::any_of(series.histograms.begin(), series.histograms.end(),
                    [](const HistogramSample& sample) { return sample.start_ms != kNoStart; });
    PutKind(has_starts ? GroupKind::kHistogramWithStarts : GroupKind::kHistogram);
    PutSignedVarint(out_, static_cast<int64_t>(series.id) - expected_id_);
    expected_id_ = static_cast<int64_t>(series.id) + 1;
    PutVarint(out_, series.histograms.size());
    EncodeTimestamps(series.histograms);
    if (has_starts) {
      StartEncoder::Column column(&starts_, out_);
      for (const HistogramSample& sample : series.histograms) column.Add(sample.start_ms);
    }
    HistogramStreamWriter histograms;
    for (const HistogramSample& sample : series.histograms) histograms.Add(sample.histogram, out_);
  }

  /// REQUIRES: `series` is not empty; all have the same timestamps, 1 to kMaxSamplesPerSeries of
  /// them.
  void Encode(std::span<const SeriesSamples> series) {
    const SampleSpan& first = series.front().samples;
    const bool has_starts = std::any_of(series.begin(), series.end(), HasStarts);
    const size_t kind_at = out_->size();
    PutKind(has_starts ? GroupKind::kFloatWithStarts : GroupKind::kFloat);
    PutVarint(out_, series.size());
    PutVarint(out_, first.size());
    EncodeTimestamps(first.samples);
    EncodeIds(series);
    if (has_starts) EncodeStarts(series);
    if (EncodeValues(series, series.size() * first.size())) {
      (*out_)[kind_at] = static_cast<char>(has_starts ? GroupKind::kFloatPackedWithStarts
                                                      : GroupKind::kFloatPacked);
    }
  }

 private:
  static bool HasStarts(const SeriesSamples& series) {
    const auto& starts = series.samples.starts;
    return std::any_of(starts.begin(), starts.end(), [](TimestampMs s) { return s != kNoStart; });
  }

  void PutKind(GroupKind kind) { out_->push_back(static_cast<char>(kind)); }

  void EncodeStarts(std::span<const SeriesSamples> series) {
    StartEncoder::Column column(&starts_, out_);
    for (const SeriesSamples& one : series) {
      for (size_t i = 0; i < one.samples.size(); ++i) column.Add(one.samples.StartOf(i));
    }
  }

  template <typename AnySample>
  void EncodeTimestamps(std::span<const AnySample> samples) {
    PutSignedVarint(out_, static_cast<int64_t>(Difference(samples[0].timestamp_ms, base_ms_)));
    base_ms_ = samples[0].timestamp_ms;
    ResidualWriter residuals(out_);
    uint64_t step = 0;
    for (size_t i = 1; i < samples.size(); ++i) {
      const uint64_t next = Difference(samples[i].timestamp_ms, samples[i - 1].timestamp_ms);
      residuals.Add(static_cast<int64_t>(next - step));
      step = next;
    }
    residuals.Finish();
  }

  void EncodeIds(std::span<const SeriesSamples> series) {
    ResidualWriter residuals(out_);
    for (const SeriesSamples& one : series) {
      residuals.Add(static_cast<int64_t>(one.id) - expected_id_);
      expected_id_ = static_cast<int64_t>(one.id) + 1;
    }
    residuals.Finish();
  }

  /// Says whether their codes are packed.
  bool EncodeValues(std::span<const SeriesSamples> series, size_t count) {
    const size_t begin = out_->size();
    const size_t code_bytes = (count + 1) / 2;
    out_->resize(begin + code_bytes + count * log::kMaxValueBytes + log::kValueSlackBytes);
    char* code_out = out_->data() + begin;
    char* value_out = code_out + code_bytes;
    unsigned pending = 0;
    size_t done = 0;
    // What is written through `char*` could be a member for all that a compiler knows; a local stays in registers.
    ValueEncoder values = values_;
    for (const SeriesSamples& one : series) {
      for (const Sample& sample : one.samples) {
        const unsigned code = values.Encode(sample.value, &value_out);
        if (done++ % 2 == 0) {
          pending = code;
        } else {
          *code_out++ = static_cast<char>(pending | code << 4);
        }
      }
    }
    values_ = values;
    if (done % 2 != 0) *code_out = static_cast<char>(pending);
    out_->resize(static_cast<size_t>(value_out - out_->data()));
    const auto codes = std::string_view(*out_).substr(begin, code_bytes);
    if (!packs_ || !log::PackCodes(codes, &packed_)) return false;
    out_->replace(begin, code_bytes, packed_);
    return true;
  }

  const bool packs_;
  std::string* out_;
  std::string packed_;
  TimestampMs base_ms_ = 0;
  int64_t expected_id_ = 0;
  ValueEncoder values_;
  StartEncoder starts_;
};

void EncodeHistograms(const SeriesHistograms& series, GroupEncoder* groups) {
  for (size_t at = 0; at < series.histograms.size(); at += kMaxSamplesPerSeries) {
    const size_t count = std::min(kMaxSamplesPerSeries, series.histograms.size() - at);
    groups->Encode(SeriesHistograms{series.id, series.histograms.subspan(at, count)});
  }
}

void EncodeLongSeries(const SeriesSamples& series, GroupEncoder* groups) {
  for (size_t at = 0; at < series.samples.size(); at += kMaxSamplesPerSeries) {
    const size_t count = std::min(kMaxSamplesPerSeries, series.samples.size() - at);
    const SeriesSamples piece{series.id, series.samples.subspan(at, count)};
    groups->Encode({&piece, 1});
  }
}

/// Reads groups; the counterpart of GroupEncoder.
class GroupDecoder {
 public:
  explicit GroupDecoder(WriteRecordVisitor* visitor) : visitor_(visitor) {}

  /// Decodes the group at the front of `in` and advances.
  Status Decode(std::string_view* in) {
    const auto kind = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    const std::optional<GroupShape> shape = log::ShapeOf(kind);
    if (!shape.has_value()) {
      return DataLoss("log record: groups of kind {} are not known to this version", kind);
    }
    if (shape->histograms) return DecodeHistograms(in, shape->has_starts);
    uint64_t series = 0;
    uint64_t samples = 0;
    if (!GetVarint(in, &series) || !GetVarint(in, &samples) ||
        !log::CanHold(*shape, series, samples, in->size())) {
      return DataLoss("log record: a group's counts are damaged ({} series, {} samples each)",
                      series, samples);
    }
    RETURN_IF_ERROR(DecodeTimestamps(in, samples));
    ResidualReader ids(*in, series);
    ResidualReader behind_ids = ids;
    if (!behind_ids.Skip()) return DataLoss("log record: series ids are damaged");
    *in = behind_ids.rest();
    StartDecoder::Column starts;
    if (shape->has_starts) {
      starts = StartDecoder::Column(&starts_, *in, series * samples);
      StartDecoder::Column behind_starts = starts;
      if (!behind_starts.Skip()) return DamagedStarts();
      *in = behind_starts.rest();
    }
    const char* codes = nullptr;
    RETURN_IF_ERROR(TakeCodes(in, (series * samples + 1) / 2, shape->packed_codes, &codes));
    return DecodeSeries(in, codes, ids, series, shape->has_starts ? &starts : nullptr);
  }

 private:
  static Status DamagedStarts() { return DataLoss("log record: start timestamps are damaged"); }

  Status DecodeHistograms(std::string_view* in, bool has_starts) {
    int64_t residual = 0;
    uint64_t count = 0;
    if (!GetSignedVarint(in, &residual) || !GetVarint(in, &count) || count == 0 ||
        count > kMaxSamplesPerSeries || count > in->size()) {
      return DataLoss("log record: a group of {} histograms is damaged", count);
    }
    const uint64_t id = static_cast<uint64_t>(expected_id_) + static_cast<uint64_t>(residual);
    if (id > UINT32_MAX) return DataLoss("log record: series id {} is out of range", id);
    expected_id_ = static_cast<int64_t>(id) + 1;
    RETURN_IF_ERROR(DecodeTimestamps(in, count));
    start_column_.assign(count, kNoStart);
    if (has_starts) {
      StartDecoder::Column starts(&starts_, *in, count);
      for (TimestampMs& start_ms : start_column_) {
        if (!starts.Next(&start_ms)) return DamagedStarts();
      }
      *in = starts.rest();
    }
    HistogramStreamReader reader(*in);
    HistogramSample sample;
    for (size_t i = 0; i < count; ++i) {
      if (!reader.Next(&sample.histogram) || !sample.histogram.Validate().ok()) {
        return DataLoss("log record: histogram {} of a group is damaged", i + 1);
      }
      sample.timestamp_ms = samples_[i].timestamp_ms;
      sample.start_ms = start_column_[i];
      visitor_->OnHistogram(static_cast<SeriesId>(id), sample);
    }
    *in = reader.rest();
    return absl::OkStatus();
  }

  Status DecodeTimestamps(std::string_view* in, uint64_t count) {
    int64_t difference = 0;
    if (!GetSignedVarint(in, &difference)) {
      return DataLoss("log record: timestamps are damaged");
    }
    uint64_t timestamp = static_cast<uint64_t>(base_ms_) + static_cast<uint64_t>(difference);
    base_ms_ = static_cast<TimestampMs>(timestamp);
    samples_.resize(count);
    samples_[0].timestamp_ms = base_ms_;
    ResidualReader residuals(*in, count - 1);
    uint64_t step = 0;
    for (size_t i = 1; i < count; ++i) {
      int64_t residual = 0;
      if (!residuals.Next(&residual)) return DataLoss("log record: timestamps are damaged");
      step += static_cast<uint64_t>(residual);
      timestamp += step;
      samples_[i].timestamp_ms = static_cast<TimestampMs>(timestamp);
    }
    *in = residuals.rest();
    return absl::OkStatus();
  }

  /// Takes a group's codes off the front; they stay where they are, or in `codes_`.
  Status TakeCodes(std::string_view* in, size_t size, bool packed, const char** codes) {
    if (packed) {
      if (!log::UnpackCodes(in, size, &codes_)) {
        return DataLoss("log record: packed value codes are damaged");
      }
      *codes = codes_.data();
      return absl::OkStatus();
    }
    if (size > in->size()) return DataLoss("log record: value codes end early");
    *codes = in->data();
    in->remove_prefix(size);
    return absl::OkStatus();
  }

  Status DecodeSeries(std::string_view* in, const char* codes, ResidualReader ids, uint64_t series,
                      StartDecoder::Column* starts) {
    const char* bytes = in->data();
    const char* const end = bytes + in->size();
    size_t at = 0;
    for (uint64_t i = 0; i < series; ++i) {
      int64_t residual = 0;
      if (!ids.Next(&residual)) return DataLoss("log record: series ids are damaged");
      const uint64_t id = static_cast<uint64_t>(expected_id_) + static_cast<uint64_t>(residual);
      if (id > UINT32_MAX) return DataLoss("log record: series id {} is out of range", id);
      expected_id_ = static_cast<int64_t>(id) + 1;
      for (Sample& sample : samples_) {
        const unsigned code = (static_cast<uint8_t>(codes[at / 2]) >> (at % 2 * 4)) & 15u;
        ++at;
        if (!values_.Decode(code, &bytes, end, &sample.value)) {
          return DataLoss("log record: value {} of a group is damaged", at);
        }
      }
      start_column_.resize(starts == nullptr ? 0 : samples_.size());
      for (TimestampMs& start_ms : start_column_) {
        if (!starts->Next(&start_ms)) return DamagedStarts();
      }
      visitor_->OnSamples(static_cast<SeriesId>(id), SampleSpan(samples_, start_column_));
    }
    in->remove_prefix(static_cast<size_t>(bytes - in->data()));
    return absl::OkStatus();
  }

  WriteRecordVisitor* visitor_;
  TimestampMs base_ms_ = 0;
  int64_t expected_id_ = 0;
  ValueDecoder values_;
  StartDecoder starts_;
  std::vector<Sample> samples_;  // of one series; the timestamps are those of the whole group
  std::vector<TimestampMs> start_column_;
  std::string codes_;  // of a packed group
};

Status DecodeDefinitions(std::string_view* in, WriteRecordVisitor* visitor) {
  uint64_t count = 0;
  if (!GetVarint(in, &count)) return DataLoss("log record: the number of definitions is damaged");
  int64_t expected_id = 0;
  for (uint64_t i = 0; i < count; ++i) {
    int64_t residual = 0;
    uint64_t metric = 0;
    std::string_view label_set;
    if (!GetSignedVarint(in, &residual) || !GetVarint(in, &metric) ||
        !GetLengthPrefixed(in, &label_set)) {
      return DataLoss("log record: definition {} of {} is damaged", i + 1, count);
    }
    const uint64_t id = static_cast<uint64_t>(expected_id) + static_cast<uint64_t>(residual);
    if (id > UINT32_MAX || metric > UINT32_MAX) {
      return DataLoss("log record: definition {} of {}: ids are out of range", i + 1, count);
    }
    expected_id = static_cast<int64_t>(id) + 1;
    visitor->OnDefinition({static_cast<SeriesId>(id), static_cast<MetricId>(metric), label_set});
  }
  return absl::OkStatus();
}

}  // namespace

void EncodeWriteRecord(std::span<const SeriesDefinition> definitions,
                       std::span<const SeriesSamples> samples,
                       std::span<const SeriesHistograms> histograms, std::string* out) {
  const size_t record_begin = out->size();
  out->push_back(static_cast<char>(PayloadType::kWrite));
  PutVarint(out, definitions.size());
  int64_t expected_id = 0;
  for (const SeriesDefinition& definition : definitions) {
    PutSignedVarint(out, static_cast<int64_t>(definition.id) - expected_id);
    expected_id = static_cast<int64_t>(definition.id) + 1;
    PutVarint(out, definition.metric);
    PutLengthPrefixed(out, definition.label_set);
  }
  // What compresses best are label sets, and buckets of histograms: with those the payload is compressed as a whole.
  const bool as_a_whole = !definitions.empty() || !histograms.empty();
  GroupEncoder groups(/*packs=*/!as_a_whole, out);
  for (size_t begin = 0; begin < samples.size();) {
    const SampleSpan& first = samples[begin].samples;
    size_t end = begin + 1;
    if (first.size() > kMaxSamplesPerSeries) {
      EncodeLongSeries(samples[begin], &groups);
    } else if (!first.empty()) {
      while (end < samples.size() && (end - begin + 1) * first.size() <= kMaxSamplesPerGroup &&
             SameTimestamps(first, samples[end].samples)) {
        ++end;
      }
      groups.Encode(samples.subspan(begin, end - begin));
    }
    begin = end;
  }
  for (const SeriesHistograms& series : histograms) EncodeHistograms(series, &groups);
  if (as_a_whole) log::CompressPayload(record_begin, out);
}

Status DecodeWriteRecord(std::string_view payload, WriteRecordVisitor* visitor) {
  std::string plain;
  ASSIGN_OR_RETURN(payload, log::PlainPayload(payload, &plain));
  if (payload.empty()) return DataLoss("log record: empty");
  if (!log::IsPayloadType(payload.front(), PayloadType::kWrite)) {
    return DataLoss("log record: type {} is not known to this version",
                    static_cast<uint8_t>(payload.front()));
  }
  payload.remove_prefix(1);
  RETURN_IF_ERROR(DecodeDefinitions(&payload, visitor));
  GroupDecoder groups(visitor);
  while (!payload.empty()) RETURN_IF_ERROR(groups.Decode(&payload));
  return absl::OkStatus();
}

}  // namespace silverback
