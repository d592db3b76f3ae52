#include "query/api/protobuf_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <span>

#include <protozero/pbf_reader.hpp>

#include "engine/labels/label_set.h"
#include "query/api/number_text.h"

namespace silverback {
namespace {

enum class Kind : uint8_t { kString, kDouble, kInt64, kSint32, kUint32, kType, kMessage };

struct Field {
  uint32_t number;
  std::string_view name;
  Kind kind;
  std::span<const Field> fields = {};  // of a message
};

// io.prometheus.client, as far as it is written here.
constexpr Field kLabelPair[] = {{1, "name", Kind::kString}, {2, "value", Kind::kString}};
constexpr Field kUntyped[] = {{1, "value", Kind::kDouble}};
constexpr Field kBucket[] = {{2, "upper_bound", Kind::kDouble},
                             {4, "cumulative_count_float", Kind::kDouble}};
constexpr Field kBucketSpan[] = {{1, "offset", Kind::kSint32}, {2, "length", Kind::kUint32}};
constexpr Field kHistogram[] = {{2, "sample_sum", Kind::kDouble},
                                {3, "bucket", Kind::kMessage, kBucket},
                                {4, "sample_count_float", Kind::kDouble},
                                {5, "schema", Kind::kSint32},
                                {6, "zero_threshold", Kind::kDouble},
                                {8, "zero_count_float", Kind::kDouble},
                                {9, "negative_span", Kind::kMessage, kBucketSpan},
                                {11, "negative_count", Kind::kDouble},
                                {12, "positive_span", Kind::kMessage, kBucketSpan},
                                {14, "positive_count", Kind::kDouble}};
constexpr Field kMetric[] = {{1, "label", Kind::kMessage, kLabelPair},
                             {5, "untyped", Kind::kMessage, kUntyped},
                             {6, "timestamp_ms", Kind::kInt64},
                             {7, "histogram", Kind::kMessage, kHistogram}};
constexpr Field kMetricFamily[] = {
    {1, "name", Kind::kString}, {3, "type", Kind::kType}, {4, "metric", Kind::kMessage, kMetric}};
constexpr std::array<std::string_view, 6> kTypes = {"COUNTER", "GAUGE",     "SUMMARY",
                                                    "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM"};

std::string DoubleText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string text;
  AppendDoubleGeneral(&text, value);
  return text;
}

class Printer {
 public:
  explicit Printer(ProtobufText style) : indented_(style == ProtobufText::kIndented) {}

  void Print(std::string_view message, std::span<const Field> fields) {
    protozero::pbf_reader reader(message.data(), message.size());
    while (reader.next()) {
      const auto field = std::find_if(fields.begin(), fields.end(),
                                      [&](const Field& one) { return one.number == reader.tag(); });
      field == fields.end() ? reader.skip() : PrintField(*field, &reader);
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  void PrintField(const Field& field, protozero::pbf_reader* reader) {
    if (!out_.empty() && !indented_ && out_.back() != '{') out_ += ' ';
    if (indented_) out_.append(2 * depth_, ' ');
    out_ += field.name;
    out_ += indented_ ? ": " : ":";
    if (field.kind == Kind::kMessage) {
      out_ += indented_ ? "{\n" : "{";
      ++depth_;
      const auto inner = reader->get_view();
      Print({inner.data(), inner.size()}, field.fields);
      --depth_;
      if (indented_) out_.append(2 * depth_, ' ');
      out_ += '}';
    } else {
      out_ += ValueText(field.kind, reader);
    }
    if (indented_) out_ += '\n';
  }

  static std::string ValueText(Kind kind, protozero::pbf_reader* reader) {
    switch (kind) {
      case Kind::kString: {
        const auto text = reader->get_view();
        return Quote({text.data(), text.size()});
      }
      case Kind::kDouble:
        return DoubleText(reader->get_double());
      case Kind::kInt64:
        return fmt::format("{}", reader->get_int64());
      case Kind::kSint32:
        return fmt::format("{}", reader->get_sint32());
      case Kind::kUint32:
        return fmt::format("{}", reader->get_uint32());
      case Kind::kType:
        return std::string(kTypes.at(static_cast<size_t>(reader->get_enum())));
      case Kind::kMessage:
        break;
    }
    return {};
  }

  const bool indented_;
  size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string MetricFamilyText(std::string_view message, ProtobufText style) {
  Printer printer(style);
  printer.Print(message, kMetricFamily);
  return printer.Take();
}

}  // namespace silverback
