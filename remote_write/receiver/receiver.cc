#include "remote_write/receiver/receiver.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "remote_write/receiver/write_answer.h"
#include "remote_write/wire/snappy_block.h"
#include "remote_write/wire/write_request.h"
#include "remote_write/wire/write_request_v2.h"

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

enum class Version { kV1, kV2 };

constexpr std::string_view kV1Message = "prometheus.WriteRequest";
constexpr std::string_view kV2Message = "io.prometheus.write.v2.Request";

/// Which message a Content-Type says, or why none, as Prometheus words it.
StatusOr<Version> VersionOf(std::string_view content_type) {
  std::string_view rest = content_type;
  const auto next_part = [&rest] {
    const size_t end = std::min(rest.find(';'), rest.size());
    const std::string_view part = Trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
  };
  const std::string_view media = next_part();
  if (!media.empty() && !EqualIgnoringCase(media, "application/x-protobuf")) {
    return InvalidArgument(
        "expected application/x-protobuf as the first (media) part, got {} content-type",
        content_type);
  }
  while (!rest.empty()) {
    const std::string_view part = next_part();
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      return InvalidArgument("expected parameters to be key-values, got {} in {} content-type",
                             part, content_type);
    }
    if (!EqualIgnoringCase(Trim(part.substr(0, equals)), "proto")) continue;
    const std::string_view message = Trim(part.substr(equals + 1));
    if (message == kV1Message) return Version::kV1;
    if (message == kV2Message) return Version::kV2;
    return InvalidArgument(
        "got {} content type; unknown type for remote write protobuf message {}, supported: {}, {}",
        content_type, message, kV1Message, kV2Message);
  }
  return Version::kV1;
}

std::optional<WriteHttpAnswer> CheckEncoding(std::string_view content_encoding) {
  const std::string_view encoding = Trim(content_encoding);
  if (encoding.empty() || EqualIgnoringCase(encoding, "snappy")) return std::nullopt;
  return WrongMediaType(
      fmt::format("{} encoding (compression) is not accepted by this server; only snappy is "
                  "acceptable (block format)",
                  encoding));
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

/// Gives every series to the appender. An error is that of malformed labels: nothing has been committed then. Of series
/// that are not known, those without a metric name are refused if `name_required`.
Status AppendAll(const wire::WriteRequest& request, bool name_required, bool take_histograms,
                 Appender* appender, RefusedSeries* refused) {
  std::vector<Label> labels;
  // Far enough ahead for the memory to arrive, near enough for it to stay in the cache.
  constexpr size_t kAhead = 16;
  for (size_t i = 0; i < std::min(kAhead, request.series.size()); ++i) {
    appender->Expect(request.series[i].labels);
  }
  for (size_t i = 0; i < request.series.size(); ++i) {
    const wire::WireSeries& series = request.series[i];
    if (i + kAhead < request.series.size()) appender->Expect(request.series[i + kAhead].labels);
    const SampleSpan samples = request.SamplesOf(series);
    std::span<const HistogramSample> histograms = request.HistogramsOf(series);
    if (!take_histograms && !histograms.empty()) {
      refused->Add(histograms.size(), "native histograms are not supported");
      histograms = {};
    }
    if (samples.empty() && histograms.empty()) continue;
    if (appender->AppendKnown(series.labels, samples, histograms)) continue;
    RETURN_IF_ERROR(wire::DecodeLabels(series.labels, &labels));
    const auto is_name = [](const Label& label) { return label.name == kMetricName; };
    if (name_required && std::none_of(labels.begin(), labels.end(), is_name)) {
      const auto set = LabelSet::FromLabels(labels);
      refused->Add(samples.size() + histograms.size(),
                   fmt::format("invalid metric name or labels, got {}",
                               set.ok() ? set->ToString() : "labels that are not valid"));
      continue;
    }
    appender->AppendNew(series.labels, labels, samples, histograms);
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

/// Stores the exemplars; those that are invalid or of unknown series are counted in `*dropped`, the others in `*stored`.
Status StoreExemplars(const wire::WriteRequest& request, Database* database, uint64_t* dropped,
                      uint64_t* stored) {
  std::vector<Exemplar> exemplars;
  for (const wire::WireSeries& series : request.series) {
    if (series.exemplars == 0) continue;
    exemplars.clear();
    for (const wire::WireExemplar& wire_exemplar : request.ExemplarsOf(series)) {
      if (auto exemplar = ToExemplar(wire_exemplar)) exemplars.push_back(*std::move(exemplar));
    }
    *dropped += series.exemplars - exemplars.size();
    if (exemplars.empty()) continue;
    const Status put = database->PutExemplars(series.labels, exemplars);
    if (absl::IsNotFound(put)) {
      *dropped += exemplars.size();
    } else if (!put.ok()) {
      return put;
    } else {
      *stored += exemplars.size();
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

/// The metric family of a series by its name and the family's type.
std::string FamilyOf(std::string_view name, std::string_view type) {
  const auto without = [&name](std::string_view suffix) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) name.remove_suffix(suffix.size());
  };
  const size_t before = name.size();
  const auto try_all = [&](std::initializer_list<std::string_view> suffixes) {
    for (const std::string_view suffix : suffixes) {
      if (name.size() == before) without(suffix);
    }
  };
  if (type == "histogram") try_all({"_bucket", "_count", "_sum"});
  if (type == "gaugehistogram") try_all({"_bucket", "_gcount", "_gsum"});
  if (type == "summary") try_all({"_count", "_sum"});
  return std::string(name);
}

/// Stores what series say about their metrics, where that is news.
Status StoreMetadataV2(const wire::WriteRequestV2& v2, KnownMetadata* known, Database* database) {
  std::vector<MetricMetadata> news;
  std::vector<Label> labels;
  std::string bytes;
  for (size_t i = 0; i < v2.request.metadata.size(); ++i) {
    const wire::WireMetadata& entry = v2.request.metadata[i];
    const wire::WireSeries& series = v2.request.series[v2.metadata_series[i]];
    bytes.assign(series.labels);
    for (const std::string_view text : {entry.help, entry.unit}) {
      PutLengthPrefixed(&bytes, text);
    }
    PutVarint(&bytes, entry.type);
    if (!known->Add(Hash64(bytes)) || !wire::DecodeLabels(series.labels, &labels).ok()) continue;
    const auto name = std::find_if(labels.begin(), labels.end(),
                                   [](const Label& label) { return label.name == kMetricName; });
    if (name == labels.end() || name->value.empty() || !IsValidUtf8(name->value)) continue;
    if (name->value.size() + entry.help.size() + entry.unit.size() > kMaxMetadataBytes) continue;
    const std::string type(wire::MetricTypeName(entry.type));
    MetricMetadata description{FamilyOf(name->value, type), type, std::string(entry.help),
                               std::string(entry.unit)};
    // The series of a family stand together.
    if (!news.empty() && news.back().family == description.family) {
      news.back() = std::move(description);
    } else {
      news.push_back(std::move(description));
    }
  }
  return news.empty() ? absl::OkStatus() : database->PutMetadata(news);
}

uint64_t RefusedHistograms(const AppendResult& result) {
  uint64_t refused = 0;
  for (const AppendResult::Rejected& rejected : result.rejected) refused += rejected.histograms;
  return refused;
}

}  // namespace

bool KnownMetadata::Add(uint64_t hash) {
  const std::lock_guard lock(mutex_);
  if (hashes_.size() >= kMost) hashes_.clear();
  return hashes_.insert(hash).second;
}

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
  const auto version = VersionOf(request.content_type);
  if (!version.ok()) return malformed(WrongMediaType(MessageOf(version.status())));
  WriteHttpAnswer answer = TakeBody(request, *version == Version::kV2);
  // Whatever goes wrong: a 2.0 sender is told that nothing was written, too.
  if (*version == Version::kV2 && !answer.written.has_value()) answer.written.emplace();
  return answer;
}

WriteHttpAnswer Receiver::TakeBody(const WriteHttpRequest& request, bool is_v2) {
  const auto malformed = [this](WriteHttpAnswer answer) {
    ++metrics_.requests_malformed;
    return answer;
  };
  if (auto wrong = CheckEncoding(request.content_encoding)) return malformed(*std::move(wrong));
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
  const auto memory = memory_.Lend();
  if (const Status status = wire::Decompress(request.body, &memory->message); !status.ok()) {
    return malformed(Malformed(MessageOf(status)));
  }
  metrics_.compressed_bytes += request.body.size();
  metrics_.decompressed_bytes += memory->message.size();
  return is_v2 ? StoreV2(&*memory) : StoreV1(&*memory);
}

WriteHttpAnswer Receiver::DecodingFailed(const Status& status) {
  const std::string_view message = MessageOf(status);
  if (!absl::IsResourceExhausted(status)) {
    ++metrics_.requests_malformed;
    return Malformed(message);
  }
  const std::string what = fmt::format("the request holds {}", message);
  if (message.ends_with("samples")) {
    return TooLarge(what, limits_.max_samples, "--remote-write.max-samples");
  }
  if (message.ends_with("bytes of labels")) {
    return TooLarge(what, limits_.max_decompressed_bytes, "--remote-write.max-decompressed-bytes");
  }
  if (message.ends_with("series") || message.ends_with("metadata entries")) {
    return TooLarge(what, limits_.max_series, "--remote-write.max-series");
  }
  return TooLarge(what);
}

void Receiver::Count(const wire::WriteRequest& request) {
  metrics_.samples += request.samples.size();
  metrics_.histograms += request.histograms.size();
  metrics_.series += request.series.size();
  metrics_.exemplars += request.exemplars.size();
  metrics_.metadata += request.metadata.size();
}

bool Receiver::StoreSamples(const wire::WriteRequest& request, bool name_required,
                            RefusedSeries refused, WriteHttpAnswer* answer,
                            WrittenCounts* written) {
  AppendResult stored;
  if (!request.samples.empty() || !request.histograms.empty()) {
    const auto appender = database_->NewAppender();
    if (const Status labels =
            AppendAll(request, name_required, limits_.take_histograms, appender.get(), &refused);
        !labels.ok()) {
      ++metrics_.requests_malformed;
      *answer = Malformed(MessageOf(labels));
      return false;
    }
    auto committed = appender->Commit();
    if (!committed.ok()) {
      *answer = StorageFailed(committed.status());
      return false;
    }
    stored = std::move(committed).value();
  }
  metrics_.histograms_refused += RefusedHistograms(stored);
  written->histograms = stored.histograms_stored + stored.histograms_duplicate;
  written->samples = stored.samples_stored + stored.samples_duplicate - written->histograms;
  uint64_t dropped = 0;
  const Status exemplars = StoreExemplars(request, database_, &dropped, &written->exemplars);
  metrics_.exemplars_dropped += dropped;
  *answer = exemplars.ok() ? Stored(stored, refused) : StorageFailed(exemplars);
  return exemplars.ok();
}

WriteHttpAnswer Receiver::StoreV1(RequestMemory* memory) {
  wire::WriteRequest& request = memory->v2.request;
  if (const Status decoded = wire::DecodeWriteRequest(
          memory->message.view(), {limits_.max_series, limits_.max_samples}, &request);
      !decoded.ok()) {
    return DecodingFailed(decoded);
  }
  Count(request);
  WriteHttpAnswer answer;
  WrittenCounts written;
  if (!StoreSamples(request, /*name_required=*/false, {}, &answer, &written)) return answer;
  if (const Status metadata = StoreMetadata(request, database_); !metadata.ok()) {
    return StorageFailed(metadata);
  }
  if (answer.status == 400) ++metrics_.requests_partial;
  return answer;
}

WriteHttpAnswer Receiver::StoreV2(RequestMemory* memory) {
  wire::WriteRequestV2& v2 = memory->v2;
  if (const Status decoded = wire::DecodeWriteRequestV2(memory->message.view(),
                                                        {limits_.max_series, limits_.max_samples},
                                                        limits_.max_decompressed_bytes, &v2);
      !decoded.ok()) {
    return DecodingFailed(decoded);
  }
  Count(v2.request);
  metrics_.exemplars_dropped += v2.refused_exemplars;
  RefusedSeries refused{v2.refused_series, v2.refused_samples, v2.first_refusal};
  WriteHttpAnswer answer;
  WrittenCounts written;
  const bool stored =
      StoreSamples(v2.request, /*name_required=*/true, std::move(refused), &answer, &written);
  answer.written = written;
  if (!stored) return answer;
  if (const Status metadata = StoreMetadataV2(v2, &known_metadata_, database_); !metadata.ok()) {
    answer = StorageFailed(metadata);
    answer.written = written;
    return answer;
  }
  if (answer.status == 400) ++metrics_.requests_partial;
  return answer;
}

}  // namespace silverback
