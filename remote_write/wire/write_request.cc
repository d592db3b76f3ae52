#include "remote_write/wire/write_request.h"

#include <array>

#include "remote_write/wire/fields.h"
#include "remote_write/wire/histogram_message.h"
#include "remote_write/wire/sample_message.h"
#include "remote_write/wire/sample_run.h"

namespace silverback::wire {
namespace {

WireMetadata DecodeMetadata(std::string_view bytes) {
  WireMetadata metadata;
  pbf_reader field = Message(bytes);
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        metadata.type = static_cast<uint32_t>(TakeInt64(field));
        break;
      case 2:
        metadata.family = TakeBytes(field);
        break;
      case 4:
        metadata.help = TakeBytes(field);
        break;
      case 5:
        metadata.unit = TakeBytes(field);
        break;
      default:
        field.skip();
    }
  }
  return metadata;
}

/// Collects the label fields of a message: a view while they stand side by side, as encoders write them, and a copy once
/// something stands between.
class LabelFields {
 public:
  explicit LabelFields(std::deque<std::string>* joined) : joined_(joined) {}

  /// A label field, from its tag to its end.
  void Add(const char* begin, const char* end) {
    const std::string_view piece(begin, static_cast<size_t>(end - begin));
    if (own_ != nullptr) {
      own_->append(piece);
    } else if (view_.empty()) {
      view_ = piece;
    } else if (view_.data() + view_.size() == begin) {
      view_ = {view_.data(), view_.size() + piece.size()};
    } else {
      own_ = &joined_->emplace_back(view_);
      own_->append(piece);
    }
  }
  std::string_view view() const { return own_ != nullptr ? std::string_view(*own_) : view_; }

 private:
  std::deque<std::string>* joined_;
  std::string_view view_;
  std::string* own_ = nullptr;
};

/// Of a request whose series have many samples each, labels included: growing the array would cost as much as filling it. Where
/// there are fewer, some of the room stays untouched.
constexpr size_t kBytesPerSample = 24;

class Decoder {
 public:
  Decoder(const WriteRequestLimits& limits, WriteRequest* out) : limits_(limits), out_(out) {}

  Status Decode(std::string_view message) {
    out_->samples.reserve(message.size() / kBytesPerSample);
    pbf_reader field = Message(message);
    try {
      while (field.next()) {
        switch (field.tag()) {
          case 1:
            RETURN_IF_ERROR(DecodeSeries(TakeBytes(field)));
            break;
          case 3:
            out_->metadata.push_back(DecodeMetadata(TakeBytes(field)));
            if (limits_.max_series != 0 && out_->metadata.size() > limits_.max_series) {
              return ResourceExhausted("more than {} metadata entries", limits_.max_series);
            }
            break;
          default:
            field.skip();
        }
      }
    } catch (const protozero::exception& error) {
      const size_t at = message.size() - field.length();
      return InvalidArgument(
          "the body is not a prometheus.WriteRequest: {} in the field that ends at byte {}",
          error.what(), at);
    }
    return absl::OkStatus();
  }

 private:
  Status DecodeSeries(std::string_view bytes) {
    if (limits_.max_series != 0 && out_->series.size() == limits_.max_series) {
      return ResourceExhausted("more than {} series", limits_.max_series);
    }
    WireSeries series;
    series.first_sample = static_cast<uint32_t>(out_->samples.size());
    series.first_exemplar = static_cast<uint32_t>(out_->exemplars.size());
    series.first_histogram = static_cast<uint32_t>(out_->histograms.size());
    LabelFields labels(&out_->joined_labels);
    pbf_reader field = Message(bytes);
    for (;;) {
      TakeSamples(&field, &series);
      const char* const begin = field.data().data();
      if (!field.next()) break;
      switch (field.tag()) {
        case 1:
          TakeBytes(field);
          labels.Add(begin, field.data().data());
          break;
        case 2:
          out_->samples.push_back(DecodeSample(TakeBytes(field)));
          ++series.samples;
          break;
        case 3:
          out_->exemplars.push_back(DecodeExemplar(TakeBytes(field)));
          ++series.exemplars;
          break;
        case 4:
          out_->histograms.push_back(DecodeHistogram(TakeBytes(field), &counts_));
          ++series.histograms;
          break;
        default:
          field.skip();
      }
      if (counts_ > kMaxRequestCounts) return TooManyCounts();
      if (TooManySamples()) return ResourceExhausted("more than {} samples", limits_.max_samples);
    }
    series.labels = labels.view();
    out_->series.push_back(series);
    return absl::OkStatus();
  }

  /// Those that stand next and are of the usual shape; none beyond the limit, which is for the general way to tell.
  void TakeSamples(pbf_reader* field, WireSeries* series) {
    std::string_view rest = View(field->data());
    const size_t limit =
        limits_.max_samples == 0 ? rest.size() : limits_.max_samples - SamplesSoFar();
    const size_t taken = TakeSampleRun(&rest, limit, &out_->samples);
    if (taken == 0) return;
    series->samples += static_cast<uint32_t>(taken);
    *field = Message(rest);
  }

  WireExemplar DecodeExemplar(std::string_view bytes) {
    WireExemplar exemplar;
    LabelFields labels(&out_->joined_labels);
    pbf_reader field = Message(bytes);
    const char* begin = field.data().data();
    while (field.next()) {
      switch (field.tag()) {
        case 1:
          TakeBytes(field);
          labels.Add(begin, field.data().data());
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
      begin = field.data().data();
    }
    exemplar.labels = labels.view();
    return exemplar;
  }

  size_t SamplesSoFar() const {
    return out_->samples.size() + out_->exemplars.size() + out_->histograms.size();
  }
  bool TooManySamples() const {
    return limits_.max_samples != 0 && SamplesSoFar() > limits_.max_samples;
  }

  const WriteRequestLimits& limits_;
  WriteRequest* out_;
  size_t counts_ = 0;
};

Label DecodeLabel(std::string_view bytes) {
  Label label;
  pbf_reader field = Message(bytes);
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        label.name = TakeBytes(field);
        break;
      case 2:
        label.value = TakeBytes(field);
        break;
      default:
        field.skip();
    }
  }
  return label;
}

}  // namespace

StatusOr<WriteRequest> DecodeWriteRequest(std::string_view message,
                                          const WriteRequestLimits& limits) {
  WriteRequest request;
  RETURN_IF_ERROR(DecodeWriteRequest(message, limits, &request));
  return request;
}

Status DecodeWriteRequest(std::string_view message, const WriteRequestLimits& limits,
                          WriteRequest* request) {
  request->Clear();
  return Decoder(limits, request).Decode(message);
}

void WriteRequest::Clear() {
  series.clear();
  samples.clear();
  starts.clear();
  exemplars.clear();
  metadata.clear();
  histograms.clear();
  joined_labels.clear();
}

size_t WriteRequest::memory_bytes() const {
  const auto bytes_of = [](const auto& array) { return array.capacity() * sizeof(array[0]); };
  size_t joined = 0;
  for (const std::string& labels : joined_labels) joined += sizeof labels + labels.capacity();
  return bytes_of(series) + bytes_of(samples) + bytes_of(starts) + bytes_of(exemplars) +
         bytes_of(metadata) + bytes_of(histograms) + joined;
}

Status DecodeLabels(std::string_view fields, std::vector<Label>* labels) {
  labels->clear();
  try {
    pbf_reader field = Message(fields);
    while (field.next()) labels->push_back(DecodeLabel(TakeBytes(field)));
  } catch (const protozero::exception& error) {
    return InvalidArgument("a label is malformed: {}", error.what());
  }
  return absl::OkStatus();
}

std::string_view MetricTypeName(uint32_t type) {
  constexpr std::array<std::string_view, 8> kNames = {
      "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"};
  return type < kNames.size() ? kNames[type] : kNames[0];
}

}  // namespace silverback::wire
