#include "remote_write/receiver/receiver.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "remote_write/receiver/write_answer.h"
#include "remote_write/wire/snappy_block.h"
#include "remote_write/wire/write_request.h"

namespace silverback {
namespace {

/// OpenMetrics' bound on the names and values of an exemplar's labels together.
constexpr size_t kMaxExemplarLabelChars = 128;
/// Descriptions longer than this are not kept.
constexpr size_t kMaxMetadataBytes = 64 << 10;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

std::optional<WriteHttpAnswer> CheckHeaders(const WriteHttpRequest& request) {
  const std::string_view type = request.content_type;
  const std::string_view media = Trim(type.substr(0, type.find(';')));
  if (!media.empty() && !EqualIgnoringCase(media, "application/x-protobuf")) {
    return WrongMediaType(
        fmt::format("Content-Type is {}; remote_write 1.0 is application/x-protobuf", media));
  }
  if (type.find("io.prometheus.write.v2") != std::string_view::npos) {
    return WrongMediaType(
        "remote_write 2.0 (io.prometheus.write.v2.Request) is not supported; send "
        "prometheus.WriteRequest");
  }
  const std::string_view encoding = Trim(request.content_encoding);
  if (!encoding.empty() && !EqualIgnoringCase(encoding, "snappy")) {
    return WrongMediaType(
        fmt::format("Content-Encoding is {}; remote_write 1.0 is snappy (block format)", encoding));
  }
  return std::nullopt;
}

/// Holds a request's share of the memory for requests that are being taken.
class Share {
 public:
  Share(std::atomic<uint64_t>* used, size_t bytes, size_t limit) : used_(used), bytes_(bytes) {
    const uint64_t before = used_->fetch_add(bytes);
    // A request that is alone is always taken, however large.
    granted_ = before == 0 || before + bytes <= limit;
  }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;
  ~Share() { used_->fetch_sub(bytes_); }
  bool granted() const { return granted_; }

 private:
  std::atomic<uint64_t>* used_;
  size_t bytes_;
  bool granted_;
};

std::string SeriesText(std::string_view fields) {
  std::vector<Label> labels;
  if (!wire::DecodeLabels(fields, &labels).ok()) return "a series with malformed labels";
  const auto set = LabelSet::FromLabels(labels);
  return set.ok() ? set->ToString() : "a series with invalid labels";
}

/// Gives every series to the appender. Its error is that of malformed labels: nothing has been committed then.
Status AppendSamples(const wire::WriteRequest& request, Appender* appender) {
  std::vector<Label> labels;
  for (const wire::WireSeries& series : request.series) {
    const std::span<const Sample> samples = request.SamplesOf(series);
    if (samples.empty() || appender->AppendKnown(series.labels, samples)) continue;
    RETURN_IF_ERROR(wire::DecodeLabels(series.labels, &labels));
    appender->AppendNew(series.labels, labels, samples);
  }
  return absl::OkStatus();
}

size_t CharactersIn(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::optional<Exemplar> ToExemplar(const wire::WireExemplar& wire_exemplar) {
  std::vector<Label> labels;
  if (!wire::DecodeLabels(wire_exemplar.labels, &labels).ok()) return std::nullopt;
  size_t characters = 0;
  for (const Label& label : labels) {
    if (!IsValidUtf8(label.name) || !IsValidUtf8(label.value)) return std::nullopt;
    characters += CharactersIn(label.name) + CharactersIn(label.value);
  }
  if (characters > kMaxExemplarLabelChars) return std::nullopt;
  auto set = LabelSet::FromLabels(std::move(labels));
  if (!set.ok()) return std::nullopt;
  return Exemplar{std::move(set).value(), wire_exemplar.value, wire_exemplar.timestamp_ms};
}

/// Stores the exemplars; those that are invalid or of unknown series are counted in `*dropped`.
Status StoreExemplars(const wire::WriteRequest& request, Database* database, uint64_t* dropped) {
  std::vector<Exemplar> exemplars;
  for (const wire::WireSeries& series : request.series) {
    if (series.exemplars == 0) continue;
    exemplars.clear();
    for (const wire::WireExemplar& wire_exemplar : request.ExemplarsOf(series)) {
      if (auto exemplar = ToExemplar(wire_exemplar)) exemplars.push_back(*std::move(exemplar));
    }
    *dropped += series.exemplars - exemplars.size();
    if (exemplars.empty()) continue;
    const Status stored = database->PutExemplars(series.labels, exemplars);
    if (absl::IsNotFound(stored)) {
      *dropped += exemplars.size();
    } else if (!stored.ok()) {
      return stored;
    }
  }
  return absl::OkStatus();
}

Status StoreMetadata(const wire::WriteRequest& request, Database* database) {
  std::vector<MetricMetadata> metadata;
  for (const wire::WireMetadata& entry : request.metadata) {
    const size_t bytes = entry.family.size() + entry.help.size() + entry.unit.size();
    if (entry.family.empty() || bytes > kMaxMetadataBytes || !IsValidUtf8(entry.family)) continue;
    metadata.push_back({std::string(entry.family), std::string(wire::MetricTypeName(entry.type)),
                        std::string(entry.help), std::string(entry.unit)});
  }
  return metadata.empty() ? absl::OkStatus() : database->PutMetadata(metadata);
}

std::string HistogramExample(const wire::WriteRequest& request) {
  for (const wire::WireSeries& series : request.series) {
    if (series.histograms > 0) return SeriesText(series.labels);
  }
  return "";
}

}  // namespace

Receiver::Receiver(Database* database, const ReceiverLimits& limits)
    : database_(database), limits_(limits) {}

WriteHttpAnswer Receiver::Handle(const WriteHttpRequest& request) {
  return Counted(Take(request));
}

WriteHttpAnswer Receiver::RefuseBody(size_t bytes) {
  return Counted(TooLarge(fmt::format("the body has {} bytes", bytes), limits_.max_compressed_bytes,
                          "--remote-write.max-compressed-bytes"));
}

WriteHttpAnswer Receiver::Counted(WriteHttpAnswer answer) {
  ++metrics_.requests;
  if (answer.status == 413) ++metrics_.requests_too_large;
  if (answer.status == 503) ++metrics_.requests_put_off;
  return answer;
}

WriteHttpAnswer Receiver::Take(const WriteHttpRequest& request) {
  const auto malformed = [this](WriteHttpAnswer answer) {
    ++metrics_.requests_malformed;
    return answer;
  };
  if (auto wrong = CheckHeaders(request)) return malformed(*std::move(wrong));
  if (request.body.size() > limits_.max_compressed_bytes) {
    return TooLarge(fmt::format("the body has {} bytes", request.body.size()),
                    limits_.max_compressed_bytes, "--remote-write.max-compressed-bytes");
  }
  const auto length = wire::ClaimedLength(request.body);
  if (!length.ok()) return malformed(Malformed(MessageOf(length.status())));
  if (*length > limits_.max_decompressed_bytes) {
    return TooLarge(fmt::format("the body has {} bytes when decompressed", *length),
                    limits_.max_decompressed_bytes, "--remote-write.max-decompressed-bytes");
  }
  const Share share(&metrics_.inflight_bytes, *length, limits_.max_inflight_bytes);
  if (!share.granted()) {
    return TryLater(fmt::format(
        "overloaded: requests of {} bytes are being taken (--remote-write.max-inflight-bytes)",
        limits_.max_inflight_bytes));
  }
  const auto message = wire::Decompress(request.body);
  if (!message.ok()) return malformed(Malformed(MessageOf(message.status())));
  metrics_.compressed_bytes += request.body.size();
  metrics_.decompressed_bytes += message->size;
  return Store(message->view());
}

WriteHttpAnswer Receiver::Store(std::string_view message) {
  const auto request = wire::DecodeWriteRequest(message, {limits_.max_series, limits_.max_samples});
  if (absl::IsResourceExhausted(request.status())) {
    const bool samples = MessageOf(request.status()).ends_with("samples");
    return TooLarge(fmt::format("the request holds {}", MessageOf(request.status())),
                    samples ? limits_.max_samples : limits_.max_series,
                    samples ? "--remote-write.max-samples" : "--remote-write.max-series");
  }
  if (!request.ok()) {
    ++metrics_.requests_malformed;
    return Malformed(MessageOf(request.status()));
  }
  metrics_.samples += request->samples.size();
  metrics_.series += request->series.size();
  metrics_.exemplars += request->exemplars.size();
  metrics_.metadata += request->metadata.size();
  metrics_.histograms_refused += request->histograms;

  AppendResult stored;
  if (!request->samples.empty()) {
    const auto appender = database_->NewAppender();
    if (const Status labels = AppendSamples(*request, appender.get()); !labels.ok()) {
      ++metrics_.requests_malformed;
      return Malformed(MessageOf(labels));
    }
    auto committed = appender->Commit();
    if (!committed.ok()) return StorageFailed(committed.status());
    stored = std::move(committed).value();
  }
  uint64_t dropped = 0;
  const Status exemplars = StoreExemplars(*request, database_, &dropped);
  metrics_.exemplars_dropped += dropped;
  if (!exemplars.ok()) return StorageFailed(exemplars);
  if (const Status metadata = StoreMetadata(*request, database_); !metadata.ok()) {
    return StorageFailed(metadata);
  }
  WriteHttpAnswer answer =
      Stored(stored, request->histograms,
             request->histograms > 0 ? HistogramExample(*request) : std::string());
  if (answer.status == 400) ++metrics_.requests_partial;
  return answer;
}

}  // namespace silverback
