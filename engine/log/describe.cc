#include "engine/log/describe.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

#include "engine/base/coding.h"
#include "engine/base/residuals.h"
#include "engine/base/types.h"
#include "engine/base/value.h"
#include "engine/histogram/histogram_stream.h"
#include "engine/labels/label_set.h"
#include "engine/log/code_runs.h"
#include "engine/log/group_kind.h"
#include "engine/log/payload_compression.h"
#include "engine/log/payload_type.h"
#include "engine/log/start_stream.h"
#include "engine/log/value_stream.h"

namespace silverback {
namespace {

constexpr uint8_t kSameLayoutFlag = 1;  // of a histogram's first byte
constexpr size_t kListedCounts = 8;

std::string LabelsText(std::string_view encoded) {
  const StatusOr<LabelSet> labels = LabelSet::FromEncoded(encoded);
  return labels.ok() ? labels->ToString() : "malformed labels";
}

/// How many bytes two lists of spans and one of custom bounds take that begin at `in`, with what precedes them. REQUIRES: they
/// are well formed, as HistogramStreamReader found.
size_t LayoutBytes(std::string_view in) {
  const size_t before = in.size();
  int64_t schema = 0;
  double unused = 0;
  GetSignedVarint(&in, &schema);
  GetFixed(&in, &unused);
  uint64_t count = 0;
  for (int side = 0; side < 2; ++side) {
    GetVarint(&in, &count);
    for (uint64_t i = 0; i < count; ++i) {
      int64_t offset = 0;
      uint64_t length = 0;
      GetSignedVarint(&in, &offset);
      GetVarint(&in, &length);
    }
  }
  GetVarint(&in, &count);
  return before - in.size() + count * sizeof(double);
}

std::string LayoutText(const NativeHistogram& histogram) {
  return fmt::format(
      "schema {}, zero threshold {}, {} positive and {} negative buckets, {} custom bounds",
      histogram.schema, histogram.zero_threshold, histogram.positive_counts.size(),
      histogram.negative_counts.size(), histogram.custom_values.size());
}

std::string CountsText(const NativeHistogram& histogram) {
  std::string text = fmt::format("count {}, zero count {}", histogram.ToDouble(histogram.count),
                                 histogram.ToDouble(histogram.zero_count));
  const auto add = [&](std::string_view side, const std::vector<HistogramCount>& counts) {
    if (counts.empty()) return;
    text += fmt::format(", {}:", side);
    for (size_t i = 0; i < std::min(counts.size(), kListedCounts); ++i) {
      text += fmt::format(" {}", histogram.ToDouble(counts[i]));
    }
    if (counts.size() > kListedCounts) text += " ...";
  };
  add("positive", histogram.positive_counts);
  add("negative", histogram.negative_counts);
  const Status valid = histogram.Validate();
  return valid.ok() ? text : fmt::format("{}; NOT VALID: {}", text, MessageOf(valid));
}

std::string_view HintText(CounterResetHint hint) {
  constexpr std::string_view kTexts[] = {"resets unknown", "after a reset", "without reset",
                                         "gauge"};
  return kTexts[static_cast<uint8_t>(hint)];
}

/// Takes a payload apart from its front.
class Describer {
 public:
  explicit Describer(std::string_view payload) : payload_(payload), rest_(payload) {}

  std::vector<LogField> Run() {
    if (log::IsCompressed(rest_)) {
      Block();
      return std::move(fields_);
    }
    bool whole = Type() && Definitions();
    for (group_ = 0; whole && !rest_.empty(); ++group_) whole = Group();
    if (!whole) {
      Add("malformed", rest_.size(),
          rest_.empty() ? "the payload ends here" : fmt::format("{} bytes", rest_.size()));
    }
    return std::move(fields_);
  }

 private:
  void Add(std::string name, size_t bytes, std::string text) {
    fields_.push_back({payload_.size() - rest_.size(), bytes, std::move(name), std::move(text)});
    rest_.remove_prefix(bytes);
  }

  void AddUpTo(std::string name, std::string_view after, std::string text) {
    Add(std::move(name), rest_.size() - after.size(), std::move(text));
  }

  std::string InGroup(std::string_view name) const {
    return fmt::format("group {}: {}", group_, name);
  }

  bool Type() {
    if (rest_.empty() || !log::IsPayloadType(rest_[0], log::PayloadType::kWrite)) return false;
    Add("type", 1, "1: a write");
    return true;
  }

  void Block() {
    std::string plain;
    const auto payload = log::PlainPayload(rest_, &plain);
    Add("type", 1, "2: a write, compressed");
    Add(payload.ok() ? "block" : "malformed", rest_.size(),
        payload.ok() ? fmt::format("snappy, {} bytes once decompressed", payload->size())
                     : std::string(MessageOf(payload.status())));
  }

  bool Definitions() {
    std::string_view after = rest_;
    uint64_t count = 0;
    if (!GetVarint(&after, &count)) return false;
    AddUpTo("definitions", after, fmt::format("{} new series", count));
    uint64_t expected = 0;
    for (uint64_t i = 0; i < count; ++i) {
      int64_t residual = 0;
      uint64_t metric = 0;
      std::string_view labels;
      after = rest_;
      if (!GetSignedVarint(&after, &residual) || !GetVarint(&after, &metric) ||
          !GetLengthPrefixed(&after, &labels)) {
        return false;
      }
      const uint64_t id = expected + static_cast<uint64_t>(residual);
      if (id > UINT32_MAX || metric > UINT32_MAX) return false;
      expected = id + 1;
      AddUpTo(fmt::format("definition {}", i), after,
              fmt::format("series {}, metric {}: {}", id, metric, LabelsText(labels)));
    }
    return true;
  }

  bool Group() {
    const auto kind = static_cast<uint8_t>(rest_[0]);
    const std::optional<log::GroupShape> shape = log::ShapeOf(kind);
    if (!shape.has_value()) return false;
    Add(InGroup("kind"), 1,
        fmt::format("{}: {}{}{}", kind, shape->histograms ? "native histogram" : "float",
                    shape->has_starts ? ", with start timestamps" : "",
                    shape->packed_codes ? ", with packed codes" : ""));
    return shape->histograms ? HistogramGroup(shape->has_starts) : FloatGroup(*shape);
  }

  bool FloatGroup(const log::GroupShape& shape) {
    uint64_t series = 0;
    uint64_t samples = 0;
    std::string_view after = rest_;
    if (!GetVarint(&after, &series) || series == 0) return false;
    AddUpTo(InGroup("series"), after, fmt::format("{}", series));
    if (!GetVarint(&after, &samples) || !log::CanHold(shape, series, samples, after.size())) {
      return false;
    }
    AddUpTo(InGroup("samples a series"), after, fmt::format("{}", samples));
    return Timestamps(samples) && Ids(series) && (!shape.has_starts || Starts(series * samples)) &&
           Values(series * samples, shape.packed_codes);
  }

  bool Starts(uint64_t count) {
    log::StartDecoder::Column column(&starts_, rest_, count);
    uint64_t known = 0;
    TimestampMs last_known_ms = kNoStart;
    for (uint64_t i = 0; i < count; ++i) {
      TimestampMs start_ms = kNoStart;
      if (!column.Next(&start_ms)) return false;
      if (start_ms == kNoStart) continue;
      ++known;
      last_known_ms = start_ms;
    }
    AddUpTo(InGroup("start timestamps"), column.rest(),
            known == 0
                ? std::string("none is known")
                : fmt::format("{} of {} are known, the last {} ms", known, count, last_known_ms));
    return true;
  }

  bool HistogramGroup(bool has_starts) {
    std::string_view after = rest_;
    int64_t residual = 0;
    if (!GetSignedVarint(&after, &residual)) return false;
    const uint64_t id = expected_id_ + static_cast<uint64_t>(residual);
    if (id > UINT32_MAX) return false;
    expected_id_ = id + 1;
    AddUpTo(InGroup("series id"), after, fmt::format("{}", id));
    uint64_t samples = 0;
    if (!GetVarint(&after, &samples) || samples == 0 || samples > log::kMaxSamplesPerSeries ||
        samples > after.size()) {
      return false;
    }
    AddUpTo(InGroup("samples"), after, fmt::format("{}", samples));
    return Timestamps(samples) && (!has_starts || Starts(samples)) && Histograms(samples);
  }

  bool Histograms(uint64_t samples) {
    HistogramStreamReader reader(rest_);
    NativeHistogram histogram;
    for (uint64_t i = 0; i < samples; ++i) {
      if (!reader.Next(&histogram)) return false;
      const auto name = [&](std::string_view field) {
        return InGroup(fmt::format("histogram {}: {}", i, field));
      };
      const auto flags = static_cast<uint8_t>(rest_[0]);
      const bool same_layout = (flags & kSameLayoutFlag) != 0;
      Add(name("flags"), 1,
          fmt::format("{}: {} counts, {}, {}", flags, histogram.is_float ? "float" : "integer",
                      same_layout ? "the layout of the one before" : "a layout of its own",
                      HintText(histogram.reset_hint)));
      if (!same_layout) Add(name("layout"), LayoutBytes(rest_), LayoutText(histogram));
      Add(name("sum"), sizeof(double),
          histogram.IsStale() ? "stale" : fmt::format("{}", histogram.sum));
      AddUpTo(name("counts"), reader.rest(), CountsText(histogram));
    }
    return true;
  }

  bool Timestamps(uint64_t samples) {
    std::string_view after = rest_;
    int64_t difference = 0;
    if (!GetSignedVarint(&after, &difference)) return false;
    base_ms_ += static_cast<uint64_t>(difference);
    ResidualReader residuals(after, samples - 1);
    uint64_t last = base_ms_;
    uint64_t step = 0;
    for (uint64_t i = 1; i < samples; ++i) {
      int64_t residual = 0;
      if (!residuals.Next(&residual)) return false;
      step += static_cast<uint64_t>(residual);
      last += step;
    }
    const auto first_ms = static_cast<TimestampMs>(base_ms_);
    AddUpTo(InGroup("timestamps"), residuals.rest(),
            samples == 1 ? fmt::format("{} ms", first_ms)
                         : fmt::format("{} to {} ms", first_ms, static_cast<TimestampMs>(last)));
    return true;
  }

  bool Ids(uint64_t series) {
    ResidualReader residuals(rest_, series);
    uint64_t first = 0;
    for (uint64_t i = 0; i < series; ++i) {
      int64_t residual = 0;
      if (!residuals.Next(&residual)) return false;
      const uint64_t id = expected_id_ + static_cast<uint64_t>(residual);
      if (id > UINT32_MAX) return false;
      if (i == 0) first = id;
      expected_id_ = id + 1;
    }
    AddUpTo(InGroup("series ids"), residuals.rest(),
            series == 1 ? fmt::format("{}", first)
                        : fmt::format("{} ids, the first {}, the last {}", series, first,
                                      expected_id_ - 1));
    return true;
  }

  bool Values(uint64_t count, bool packed) {
    const uint64_t code_bytes = (count + 1) / 2;
    std::string codes;
    std::string text = fmt::format("4 bits for each of {} values", count);
    std::string_view after = rest_;
    if (packed) {
      if (!log::UnpackCodes(&after, code_bytes, &codes)) return false;
      text += ", packed";
    } else {
      if (code_bytes > rest_.size()) return false;
      codes = rest_.substr(0, code_bytes);
      after.remove_prefix(code_bytes);
    }
    AddUpTo(InGroup("codes"), after, std::move(text));
    const char* bytes = rest_.data();
    const char* const end = bytes + rest_.size();
    double first = 0;
    double value = 0;
    for (uint64_t i = 0; i < count; ++i) {
      const unsigned code = (static_cast<uint8_t>(codes[i / 2]) >> (i % 2 * 4)) & 15u;
      if (!values_.Decode(code, &bytes, end, &value)) return false;
      if (i == 0) first = value;
    }
    Add(InGroup("values"), static_cast<size_t>(bytes - rest_.data()),
        count == 1 ? fmt::format("{}", first)
                   : fmt::format("the first {}, the last {}", first, value));
    return true;
  }

  std::string_view payload_;
  std::string_view rest_;
  std::vector<LogField> fields_;
  uint64_t group_ = 0;
  uint64_t base_ms_ = 0;
  uint64_t expected_id_ = 0;
  log::ValueDecoder values_;
  log::StartDecoder starts_;
};

}  // namespace

std::vector<LogField> DescribeWriteRecord(std::string_view payload) {
  return Describer(payload).Run();
}

}  // namespace silverback
