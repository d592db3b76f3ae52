#include "query/api/exposition.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

#include <protozero/pbf_writer.hpp>

#include "engine/base/coding.h"
#include "query/api/number_text.h"
#include "query/api/protobuf_text.h"
#include "query/remote_read/histogram_spans.h"

namespace silverback {
namespace {

using protozero::pbf_writer;

bool IsPlainName(std::string_view name, bool colons) {
  const auto letter = [colons](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// Every character that a plain name cannot have becomes "_".
std::string Underscored(std::string_view name, bool colons) {
  std::string plain;
  for (const char c : name) {
    if ((c & 0xc0) == 0x80) continue;  // of a character whose first byte is done
    const bool digit = c >= '0' && c <= '9' && !plain.empty();
    plain += digit || IsPlainName(std::string_view(&c, 1), colons) ? c : '_';
  }
  return plain;
}

void AppendEscaped(std::string* out, std::string_view text) {
  for (const char c : text) {
    if (c == '\\') {
      *out += "\\\\";
    } else if (c == '"') {
      *out += "\\\"";
    } else if (c == '\n') {
      *out += "\\n";
    } else {
      *out += c;
    }
  }
}

void AppendQuoted(std::string* out, std::string_view text) {
  *out += '"';
  AppendEscaped(out, text);
  *out += '"';
}

std::string NameOf(std::string_view name, bool colons, bool utf8) {
  return utf8 || IsPlainName(name, colons) ? std::string(name) : Underscored(name, colons);
}

/// The upper bounds of a histogram of custom buckets, and how many observations lie below each.
struct ClassicBucket {
  double upper_bound = 0;
  double cumulative_count = 0;
};

std::vector<ClassicBucket> ClassicBuckets(const NativeHistogram& histogram) {
  std::vector<double> counts(histogram.custom_values.size());
  size_t index = 0;
  size_t at = 0;
  for (const HistogramSpan& span : histogram.positive_spans) {
    index += static_cast<size_t>(std::max(span.offset, 0));
    for (uint32_t i = 0; i < span.length && at < histogram.positive_counts.size(); ++i, ++index) {
      const double count = histogram.ToDouble(histogram.positive_counts[at++]);
      if (index < counts.size()) counts[index] = count;  // the one behind ends at +Inf
    }
  }
  std::vector<ClassicBucket> buckets;
  double cumulative = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    buckets.push_back({histogram.custom_values[i], cumulative});
  }
  return buckets;
}

bool IsGauge(const Federated& one) {
  return one.histogram.has_value() && one.histogram->reset_hint == CounterResetHint::kGauge;
}

/// Whether a metric family goes on: the same name and kind.
bool SameFamily(const Federated& a, const Federated& b) {
  return a.labels.Get("__name__") == b.labels.Get("__name__") &&
         a.histogram.has_value() == b.histogram.has_value() && IsGauge(a) == IsGauge(b);
}

/// Labels but the name. An empty instance keeps the scraper from setting its own.
template <typename Take>
void ForEachLabel(const LabelSet& labels, const Take& take) {
  for (const Label& label : labels) {
    if (label.name != "__name__") take(label.name, label.value);
  }
  if (!labels.Has("instance")) take("instance", "");
}

class TextWriter {
 public:
  TextWriter(std::string* out, bool utf8) : out_(out), utf8_(utf8) {}

  void BeginFamily(const Federated& first) {
    name_ = NameOf(first.labels.Get("__name__"), true, utf8_);
    *out_ += "# TYPE ";
    IsPlainName(name_, true) ? void(*out_ += name_) : AppendQuoted(out_, name_);
    *out_ += first.histogram.has_value() ? " histogram\n" : " untyped\n";
  }

  void Add(const Federated& one) {
    if (!one.histogram.has_value()) return AddLine(one, "", nullptr, one.value);
    const double count = one.histogram->ToDouble(one.histogram->count);
    for (const ClassicBucket& bucket : ClassicBuckets(*one.histogram)) {
      AddLine(one, "_bucket", &bucket.upper_bound, bucket.cumulative_count);
    }
    constexpr double kAll = std::numeric_limits<double>::infinity();
    AddLine(one, "_bucket", &kAll, count);
    AddLine(one, "_sum", nullptr, one.histogram->sum);
    AddLine(one, "_count", nullptr, count);
  }

 private:
  void AddLine(const Federated& one, std::string_view suffix, const double* upper_bound,
               double value) {
    const std::string name = name_ + std::string(suffix);
    const bool quoted = !IsPlainName(name, true);
    if (!quoted) *out_ += name;
    *out_ += '{';
    if (quoted) AppendQuoted(out_, name);
    bool first = !quoted;
    ForEachLabel(one.labels, [&](std::string_view label, std::string_view text) {
      AddLabel(label, text, &first);
    });
    if (upper_bound != nullptr) {
      std::string bound;
      AppendDoubleGeneral(&bound, *upper_bound);
      AddLabel("le", bound, &first);
    }
    *out_ += "} ";
    AppendDoubleGeneral(out_, value);
    *out_ += ' ';
    AppendInteger(out_, one.timestamp_ms);
    *out_ += '\n';
  }

  void AddLabel(std::string_view name, std::string_view value, bool* first) {
    if (!*first) *out_ += ',';
    *first = false;
    const std::string written = NameOf(name, false, utf8_);
    IsPlainName(written, false) ? void(*out_ += written) : AppendQuoted(out_, written);
    *out_ += '=';
    AppendQuoted(out_, value);
  }

  std::string* out_;
  const bool utf8_;
  std::string name_;
};

void AddCounts(uint32_t number, const NativeHistogram& histogram,
               std::span<const HistogramCount> counts, pbf_writer* writer) {
  for (const HistogramCount count : counts) writer->add_double(number, histogram.ToDouble(count));
}

/// The message Histogram, all counts as floats.
void WriteHistogram(const NativeHistogram& histogram, pbf_writer writer) {
  writer.add_double(2, histogram.sum);
  if (histogram.has_custom_buckets()) {
    for (const ClassicBucket& one : ClassicBuckets(histogram)) {
      pbf_writer bucket(writer, 3);
      bucket.add_double(2, one.upper_bound);
      bucket.add_double(4, one.cumulative_count);
    }
    writer.add_double(4, histogram.ToDouble(histogram.count));
    return;
  }
  writer.add_double(4, histogram.ToDouble(histogram.count));
  writer.add_sint32(5, histogram.schema);
  writer.add_double(6, histogram.zero_threshold);
  writer.add_double(8, histogram.ToDouble(histogram.zero_count));
  AddSpans(9, histogram.negative_spans, &writer);
  AddCounts(11, histogram, histogram.negative_counts, &writer);
  AddSpans(12, histogram.positive_spans, &writer);
  AddCounts(14, histogram, histogram.positive_counts, &writer);
}

/// The message Metric.
void WriteMetric(const Federated& one, bool utf8, pbf_writer writer) {
  ForEachLabel(one.labels, [&](std::string_view name, std::string_view value) {
    pbf_writer label(writer, 1);
    label.add_string(1, NameOf(name, false, utf8));
    label.add_string(2, value.data(), value.size());
  });
  if (one.histogram.has_value()) {
    WriteHistogram(*one.histogram, pbf_writer(writer, 7));
  } else {
    pbf_writer(writer, 5).add_double(1, one.value);
  }
  writer.add_int64(6, one.timestamp_ms);
}

/// One MetricFamily.
std::string EncodeFamily(std::span<const Federated> samples, bool utf8) {
  enum Type { kUntyped = 3, kHistogram = 4, kGaugeHistogram = 5 };
  const Federated& first = samples.front();
  std::string message;
  pbf_writer writer(message);
  writer.add_string(1, NameOf(first.labels.Get("__name__"), true, utf8));
  writer.add_enum(3, !first.histogram.has_value() ? kUntyped
                     : IsGauge(first)             ? kGaugeHistogram
                                                  : kHistogram);
  for (const Federated& one : samples) WriteMetric(one, utf8, pbf_writer(writer, 4));
  return message;
}

using Encoding = ExpositionFormat::Encoding;

/// The encodings of protobuf, by their names in Accept and Content-Type.
constexpr std::pair<std::string_view, Encoding> kProtobufEncodings[] = {
    {"delimited", Encoding::kProtobuf},
    {"text", Encoding::kProtobufText},
    {"compact-text", Encoding::kProtobufCompactText}};

void AppendFamily(const std::string& message, Encoding encoding, std::string* out) {
  if (encoding == Encoding::kProtobuf) return PutLengthPrefixed(out, message);
  *out += MetricFamilyText(message, encoding == Encoding::kProtobufText ? ProtobufText::kIndented
                                                                        : ProtobufText::kCompact);
  *out += '\n';
}

/// One of the formats of an Accept header.
struct Offer {
  ExpositionFormat format;
  bool known = false;
  double weight = 1;
};

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// The text up to the first `separator`, which is taken off `*rest`.
std::string_view Next(std::string_view* rest, char separator) {
  const size_t end = std::min(rest->find(separator), rest->size());
  const std::string_view part = Trim(rest->substr(0, end));
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return part;
}

Offer ParseOffer(std::string_view text) {
  Offer offer;
  const std::string_view type = Next(&text, ';');
  std::string_view message;
  std::string_view encoding;
  std::string_view version;
  while (!text.empty()) {
    std::string_view value = Next(&text, ';');
    const std::string_view name = Next(&value, '=');
    if (name == "q") offer.weight = std::strtod(std::string(value).c_str(), nullptr);
    if (name == "proto") message = value;
    if (name == "encoding") encoding = value;
    if (name == "version") version = value;
    if (name == "escaping") offer.format.utf8 = value == "allow-utf-8";
  }
  if (type == "text/plain") {
    offer.known = version.empty() || version == "0.0.4" || version == "1.0.0";
  } else if (type == "application/vnd.google.protobuf" &&
             message == "io.prometheus.client.MetricFamily") {
    for (const auto& [name, known] : kProtobufEncodings) {
      if (name != encoding) continue;
      offer.known = true;
      offer.format.encoding = known;
    }
  }
  return offer;
}

}  // namespace

ExpositionFormat NegotiateExposition(std::string_view accept) {
  Offer best;
  best.weight = 0;
  while (!accept.empty()) {
    const Offer offer = ParseOffer(Next(&accept, ','));
    if (offer.known && offer.weight > best.weight) best = offer;
  }
  return best.format;
}

std::string ContentTypeOf(ExpositionFormat format) {
  const std::string escaping = format.utf8 ? "allow-utf-8" : "underscores";
  for (const auto& [name, encoding] : kProtobufEncodings) {
    if (encoding != format.encoding) continue;
    return fmt::format(
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding={}; "
        "escaping={}",
        name, escaping);
  }
  return fmt::format("text/plain; version={}; charset=utf-8; escaping={}",
                     format.utf8 ? "1.0.0" : "0.0.4", escaping);
}

std::string WriteExposition(std::span<const Federated> samples, ExpositionFormat format) {
  std::string out;
  for (size_t begin = 0; begin < samples.size();) {
    size_t end = begin + 1;
    while (end < samples.size() && SameFamily(samples[begin], samples[end])) ++end;
    const std::span<const Federated> family = samples.subspan(begin, end - begin);
    begin = end;
    if (format.encoding != Encoding::kText) {
      AppendFamily(EncodeFamily(family, format.utf8), format.encoding, &out);
      continue;
    }
    TextWriter text(&out, format.utf8);
    bool begun = false;
    for (const Federated& one : family) {
      if (one.histogram.has_value() && !one.histogram->has_custom_buckets()) continue;
      if (!begun) text.BeginFamily(one);
      begun = true;
      text.Add(one);
    }
  }
  return out;
}

}  // namespace silverback
