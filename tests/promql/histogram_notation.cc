#include "histogram_notation.h"

#include <cmath>
#include <vector>

#include "query/syntax/text.h"

namespace silverback::promqltest {
namespace {

StatusOr<double> ParseSigned(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  ASSIGN_OR_RETURN(const double value, syntax::ParseNumber(text));
  return negative ? -value : value;
}

std::string_view TrimSpaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

StatusOr<std::vector<double>> ParseList(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) {
    return InvalidArgument("{} is no list", Quote(text));
  }
  text = TrimSpaces(text.substr(1, text.size() - 2));
  std::vector<double> values;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    ASSIGN_OR_RETURN(const double value, ParseSigned(text.substr(0, end)));
    values.push_back(value);
    text = TrimSpaces(text.substr(end));
  }
  return values;
}

StatusOr<ResetHint> ParseHint(std::string_view text) {
  if (text == "unknown") return ResetHint::kUnknown;
  if (text == "reset") return ResetHint::kReset;
  if (text == "not_reset") return ResetHint::kNotReset;
  if (text == "gauge") return ResetHint::kGauge;
  return InvalidArgument("{} is no hint", Quote(text));
}

class Reader {
 public:
  StatusOr<NotedHistogram> Read(std::string_view text) {
    text = TrimSpaces(text);
    while (!text.empty()) {
      const size_t colon = text.find(':');
      if (colon == text.npos) return InvalidArgument("{} has no value", Quote(text));
      const size_t end =
          std::min(text.find(text[colon + 1] == '[' ? ']' : ' ', colon), text.size() - 1);
      const std::string_view value = TrimSpaces(text.substr(colon + 1, end - colon));
      RETURN_IF_ERROR(Set(text.substr(0, colon), value));
      text = TrimSpaces(text.substr(end + 1));
    }
    FloatHistogram& h = result_.histogram;
    if (!h.positive.counts.empty()) h.positive.spans = {SpanOf(offset_, h.positive)};
    if (!h.negative.counts.empty()) h.negative.spans = {SpanOf(negative_offset_, h.negative)};
    return result_;
  }

 private:
  static BucketSpan SpanOf(int32_t offset, const BucketSide& side) {
    return {offset, static_cast<uint32_t>(side.counts.size())};
  }

  Status Set(std::string_view key, std::string_view value) {
    FloatHistogram& h = result_.histogram;
    if (key == "buckets") return SetList(value, &h.positive.counts);
    if (key == "n_buckets") return SetList(value, &h.negative.counts);
    if (key == "custom_values") return SetList(value, &h.custom_values);
    if (key == "counter_reset_hint") {
      result_.hint_given = true;
      ASSIGN_OR_RETURN(h.hint, ParseHint(value));
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const double number, ParseSigned(value));
    if (key == "schema")
      h.schema = static_cast<int32_t>(number);
    else if (key == "offset")
      offset_ = static_cast<int32_t>(number);
    else if (key == "n_offset")
      negative_offset_ = static_cast<int32_t>(number);
    else if (key == "count")
      h.count = number;
    else if (key == "sum")
      h.sum = number;
    else if (key == "z_bucket")
      h.zero_count = number;
    else if (key == "z_bucket_w")
      h.zero_threshold = number;
    else
      return InvalidArgument("unknown key {}", Quote(key));
    return absl::OkStatus();
  }

  static Status SetList(std::string_view value, std::vector<double>* list) {
    ASSIGN_OR_RETURN(*list, ParseList(value));
    return absl::OkStatus();
  }

  NotedHistogram result_;
  int32_t offset_ = 0;
  int32_t negative_offset_ = 0;
};

}  // namespace

StatusOr<NotedHistogram> ParseHistogram(std::string_view text) {
  return Reader().Read(text);
}

}  // namespace silverback::promqltest
