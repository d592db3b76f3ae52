#include "remote_write/wire/write_request_v2.h"

#include <algorithm>
#include <vector>

#include "engine/base/coding.h"
#include "remote_write/wire/fields.h"
#include "remote_write/wire/histogram_message.h"
#include "remote_write/wire/sample_message.h"
#include "remote_write/wire/sample_run.h"

namespace silverback::wire {
namespace {

/// Tags of length-delimited fields 1 and 2.
constexpr char kField1 = 0x0a;
constexpr char kField2 = 0x12;
/// Symbols, and references of one series: what bounds the memory that they take beyond the message's.
constexpr size_t kMaxSymbols = size_t{1} << 22;
constexpr size_t kMaxRefs = size_t{1} << 16;
/// Resolved labels are kept in pieces of this size, which do not move.
constexpr size_t kPieceBytes = 64 << 10;

size_t VarintBytes(size_t value) {
  size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

uint32_t TakeUint32(pbf_reader& field) {
  Expect(field, pbf_wire_type::varint);
  return field.get_uint32();
}

void TakeRefs(pbf_reader& field, std::vector<uint32_t>* refs) {
  if (field.wire_type() != pbf_wire_type::length_delimited) {
    refs->push_back(TakeUint32(field));
    return;
  }
  for (const uint32_t ref : field.get_packed_uint32()) {
    refs->push_back(ref);
    if (refs->size() > kMaxRefs) return;
  }
}

struct MetadataMessage {
  uint32_t type = 0;
  uint32_t help_ref = 0;
  uint32_t unit_ref = 0;
};

MetadataMessage DecodeMetadata(std::string_view bytes) {
  MetadataMessage metadata;
  pbf_reader field = Message(bytes);
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        metadata.type = static_cast<uint32_t>(TakeInt64(field));
        break;
      case 3:
        metadata.help_ref = TakeUint32(field);
        break;
      case 4:
        metadata.unit_ref = TakeUint32(field);
        break;
      default:
        field.skip();
    }
  }
  return metadata;
}

class Decoder {
 public:
  Decoder(const WriteRequestLimits& limits, size_t max_label_bytes, WriteRequestV2* out)
      : limits_(limits), max_label_bytes_(max_label_bytes), out_(out), request_(out->request) {}

  Status Decode(std::string_view message) {
    pbf_reader field = Message(message);
    try {
      // Symbols stand in front, as a rule; a message may have them anywhere.
      pbf_reader symbols = field;
      while (symbols.next(4)) {
        symbols_.push_back(TakeBytes(symbols));
        if (symbols_.size() > kMaxSymbols)
          return ResourceExhausted("more than {} symbols", kMaxSymbols);
      }
      while (field.next(5)) RETURN_IF_ERROR(DecodeSeries(TakeBytes(field)));
    } catch (const protozero::exception& error) {
      const size_t at = message.size() - field.length();
      return InvalidArgument(
          "the body is not an io.prometheus.write.v2.Request: {} in the field that ends at byte {}",
          error.what(), at);
    }
    return absl::OkStatus();
  }

 private:
  Status DecodeSeries(std::string_view bytes) {
    if (limits_.max_series != 0 &&
        request_.series.size() + out_->refused_series >= limits_.max_series) {
      return ResourceExhausted("more than {} series", limits_.max_series);
    }
    WireSeries series;
    series.first_sample = static_cast<uint32_t>(request_.samples.size());
    series.first_exemplar = static_cast<uint32_t>(request_.exemplars.size());
    series.first_histogram = static_cast<uint32_t>(request_.histograms.size());
    refs_.clear();
    exemplars_.clear();
    MetadataMessage metadata;
    pbf_reader field = Message(bytes);
    while (TakeSamples(&field), field.next()) {
      switch (field.tag()) {
        case 1:
          TakeRefs(field, &refs_);
          break;
        case 2:
          TakeSample(field);
          break;
        case 3:
          request_.histograms.push_back(DecodeHistogram(TakeBytes(field), &counts_));
          break;
        case 4:
          exemplars_.push_back(TakeBytes(field));
          break;
        case 5:
          metadata = DecodeMetadata(TakeBytes(field));
          break;
        default:
          field.skip();
      }
      if (refs_.size() > kMaxRefs) return TooManyRefs();
      if (counts_ > kMaxRequestCounts) return TooManyCounts();
      if (TooManySamples()) return ResourceExhausted("more than {} samples", limits_.max_samples);
    }
    series.samples = static_cast<uint32_t>(request_.samples.size()) - series.first_sample;
    series.histograms = static_cast<uint32_t>(request_.histograms.size()) - series.first_histogram;
    std::string problem = ProblemOf(series, metadata);
    if (!problem.empty()) {
      Refuse(series, std::move(problem));
      return absl::OkStatus();
    }
    if (label_bytes_ + ResolvedBytes(refs_) > max_label_bytes_) return TooManyLabels();
    series.labels = Resolve(refs_);
    for (const std::string_view exemplar : exemplars_) RETURN_IF_ERROR(DecodeExemplar(exemplar));
    series.exemplars = static_cast<uint32_t>(request_.exemplars.size()) - series.first_exemplar;
    AddMetadata(metadata);
    request_.series.push_back(series);
    return absl::OkStatus();
  }

  /// Those that stand next and are of the usual shape, without start timestamps; none beyond the limit, which is for the general
  /// way to tell.
  void TakeSamples(pbf_reader* field) {
    std::string_view rest = View(field->data());
    const size_t limit =
        limits_.max_samples == 0 ? rest.size() : limits_.max_samples - SamplesSoFar();
    if (TakeSampleRun(&rest, limit, &request_.samples) == 0) return;
    if (!request_.starts.empty()) request_.starts.resize(request_.samples.size(), kNoStart);
    *field = Message(rest);
  }

  void TakeSample(pbf_reader& field) {
    TimestampMs start_ms = kNoStart;
    request_.samples.push_back(DecodeSample(TakeBytes(field), &start_ms));
    if (start_ms == kNoStart && request_.starts.empty()) return;
    request_.starts.resize(request_.samples.size(), kNoStart);
    request_.starts.back() = start_ms;
  }

  static Status TooManyRefs() {
    return ResourceExhausted("more than {} label references", kMaxRefs);
  }
  Status TooManyLabels() const {
    return ResourceExhausted("more than {} bytes of labels", max_label_bytes_);
  }

  /// What is wrong with references, as Prometheus words it; "" if nothing is.
  std::string ProblemOfRefs(const std::vector<uint32_t>& refs) const {
    if (refs.size() % 2 != 0) return fmt::format("invalid labelRefs length {}", refs.size());
    for (size_t i = 0; i < refs.size(); i += 2) {
      if (refs[i] >= symbols_.size() || refs[i + 1] >= symbols_.size()) {
        return fmt::format("labelRefs {} (name) = {} (value) outside of symbols table (size {})",
                           refs[i], refs[i + 1], symbols_.size());
      }
    }
    return "";
  }

  std::string ProblemOf(const WireSeries& series, const MetadataMessage& metadata) const {
    if (std::string problem = ProblemOfRefs(refs_); !problem.empty()) {
      return "parsing labels for series: " + problem;
    }
    for (const auto& [name, ref] :
         {std::pair("unit_ref", metadata.unit_ref), std::pair("help_ref", metadata.help_ref)}) {
      // A message without symbols has no metadata either.
      if (ref >= symbols_.size() && ref != 0) {
        return fmt::format(
            "parsing metadata for series: metadata {} {} outside of symbols table (size {})", name,
            ref, symbols_.size());
      }
    }
    // Prometheus 3.14 sends exemplars in TimeSeries of their own (and its own receiver refuses them).
    if (series.samples == 0 && series.histograms == 0 && exemplars_.empty()) {
      return "TimeSeries must contain at least one sample or histogram";
    }
    return "";
  }

  void Refuse(const WireSeries& series, std::string problem) {
    ++out_->refused_series;
    out_->refused_samples += uint64_t{series.samples} + series.histograms;
    out_->refused_exemplars += exemplars_.size();
    if (out_->first_refusal.empty()) out_->first_refusal = std::move(problem);
    request_.samples.resize(series.first_sample);
    if (!request_.starts.empty()) request_.starts.resize(series.first_sample);
    request_.histograms.resize(series.first_histogram);
  }

  Status DecodeExemplar(std::string_view bytes) {
    WireExemplar exemplar;
    refs_.clear();
    pbf_reader field = Message(bytes);
    while (field.next()) {
      switch (field.tag()) {
        case 1:
          TakeRefs(field, &refs_);
          break;
        case 2:
          exemplar.value = TakeDouble(field);
          break;
        case 3:
          exemplar.timestamp_ms = TakeInt64(field);
          break;
        default:
          field.skip();
      }
      if (refs_.size() > kMaxRefs) return TooManyRefs();
    }
    if (std::string problem = ProblemOfRefs(refs_); !problem.empty()) {
      ++out_->refused_exemplars;
      if (out_->first_refusal.empty()) out_->first_refusal = "parsing exemplar: " + problem;
      return absl::OkStatus();
    }
    if (label_bytes_ + ResolvedBytes(refs_) > max_label_bytes_) return TooManyLabels();
    exemplar.labels = Resolve(refs_);
    request_.exemplars.push_back(exemplar);
    return absl::OkStatus();
  }

  size_t InnerBytes(uint32_t name, uint32_t value) const {
    const size_t n = symbols_[name].size();
    const size_t v = symbols_[value].size();
    return 1 + VarintBytes(n) + n + 1 + VarintBytes(v) + v;
  }

  /// REQUIRES: references that make sense.
  size_t ResolvedBytes(const std::vector<uint32_t>& refs) const {
    size_t bytes = 0;
    for (size_t i = 0; i < refs.size() && bytes <= max_label_bytes_; i += 2) {
      const size_t inner = InnerBytes(refs[i], refs[i + 1]);
      bytes += 1 + VarintBytes(inner) + inner;
    }
    return bytes;
  }

  std::string_view Resolve(const std::vector<uint32_t>& refs) {
    const size_t bytes = ResolvedBytes(refs);
    label_bytes_ += bytes;
    auto& pieces = request_.joined_labels;
    if (pieces.empty() || pieces.back().capacity() - pieces.back().size() < bytes) {
      pieces.emplace_back().reserve(std::max(bytes, kPieceBytes));
    }
    std::string* const out = &pieces.back();
    const size_t begin = out->size();
    for (size_t i = 0; i < refs.size(); i += 2) {
      out->push_back(kField1);
      PutVarint(out, InnerBytes(refs[i], refs[i + 1]));
      out->push_back(kField1);
      PutLengthPrefixed(out, symbols_[refs[i]]);
      out->push_back(kField2);
      PutLengthPrefixed(out, symbols_[refs[i + 1]]);
    }
    return std::string_view(*out).substr(begin);
  }

  void AddMetadata(const MetadataMessage& metadata) {
    const auto symbol = [this](uint32_t ref) {
      return ref < symbols_.size() ? symbols_[ref] : std::string_view();
    };
    WireMetadata entry;
    entry.type = metadata.type;
    entry.help = symbol(metadata.help_ref);
    entry.unit = symbol(metadata.unit_ref);
    if (entry.type == 0 && entry.help.empty() && entry.unit.empty()) return;
    request_.metadata.push_back(entry);
    out_->metadata_series.push_back(static_cast<uint32_t>(request_.series.size()));
  }

  size_t SamplesSoFar() const {
    return request_.samples.size() + request_.exemplars.size() + exemplars_.size() +
           request_.histograms.size();
  }
  bool TooManySamples() const {
    return limits_.max_samples != 0 && SamplesSoFar() > limits_.max_samples;
  }

  const WriteRequestLimits& limits_;
  const size_t max_label_bytes_;
  WriteRequestV2* const out_;
  WriteRequest& request_;
  std::vector<std::string_view> symbols_;
  std::vector<uint32_t> refs_;
  std::vector<std::string_view> exemplars_;
  size_t label_bytes_ = 0;
  size_t counts_ = 0;
};

}  // namespace

StatusOr<WriteRequestV2> DecodeWriteRequestV2(std::string_view message,
                                              const WriteRequestLimits& limits,
                                              size_t max_label_bytes) {
  WriteRequestV2 request;
  RETURN_IF_ERROR(DecodeWriteRequestV2(message, limits, max_label_bytes, &request));
  return request;
}

Status DecodeWriteRequestV2(std::string_view message, const WriteRequestLimits& limits,
                            size_t max_label_bytes, WriteRequestV2* request) {
  request->Clear();
  return Decoder(limits, max_label_bytes, request).Decode(message);
}

void WriteRequestV2::Clear() {
  request.Clear();
  metadata_series.clear();
  refused_series = 0;
  refused_samples = 0;
  first_refusal.clear();
  refused_exemplars = 0;
}

}  // namespace silverback::wire
