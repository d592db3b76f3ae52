// Histograms as texts.
#include <fmt/format.h>

#include "query/model/float_text.h"
#include "query/model/histogram_buckets.h"

namespace silverback {
namespace {

std::string BucketText(const HistogramBucket& bucket) {
  return fmt::format("{}{},{}{}:{}", bucket.lower_inclusive ? '[' : '(',
                     FormatShortest(bucket.lower), FormatShortest(bucket.upper),
                     bucket.upper_inclusive ? ']' : ')', FormatShortest(bucket.count));
}

std::string List(const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) {
    if (text.size() > 1) text += ' ';
    text += FormatShortest(value);
  }
  return text + "]";
}

class Notation {
 public:
  void Add(std::string_view key, std::string_view value) {
    if (!text_.empty()) text_ += ' ';
    text_ += fmt::format("{}:{}", key, value);
  }
  void AddNonZero(std::string_view key, double value) {
    if (value != 0) Add(key, FormatShortest(value));
  }
  void AddSide(std::string_view offset_key, std::string_view buckets_key, const BucketSide& side) {
    if (side.counts.empty()) return;
    const std::vector<int32_t> indexes = side.Indexes();
    if (indexes[0] != 0) Add(offset_key, fmt::format("{}", indexes[0]));
    // The notation knows no gaps: they are buckets without observations.
    std::vector<double> counts;
    for (size_t i = 0; i < indexes.size(); ++i) {
      counts.resize(static_cast<size_t>(indexes[i] - indexes[0]));
      counts.push_back(side.counts[i]);
    }
    Add(buckets_key, List(counts));
  }
  std::string Finish() const { return "{{" + text_ + "}}"; }

 private:
  std::string text_;
};

std::string_view HintName(ResetHint hint) {
  switch (hint) {
    case ResetHint::kReset:
      return "reset";
    case ResetHint::kNotReset:
      return "not_reset";
    case ResetHint::kGauge:
      return "gauge";
    case ResetHint::kUnknown:
      break;
  }
  return "";
}

}  // namespace

std::string FloatHistogram::ToString() const {
  std::string text = fmt::format("{{count:{}, sum:{}", FormatShortest(count), FormatShortest(sum));
  const std::vector<int32_t> below = negative.Indexes();
  for (size_t i = below.size(); i > 0; --i) {
    if (negative.counts[i - 1] == 0) continue;
    text += ", " + BucketText(BucketAt(*this, false, below[i - 1], negative.counts[i - 1]));
  }
  if (zero_count != 0) text += ", " + BucketText(ZeroBucketOf(*this));
  const std::vector<int32_t> above = positive.Indexes();
  for (size_t i = 0; i < above.size(); ++i) {
    if (positive.counts[i] == 0) continue;
    text += ", " + BucketText(BucketAt(*this, true, above[i], positive.counts[i]));
  }
  return text + "}";
}

std::string FloatHistogram::ToTestNotation() const {
  Notation notation;
  if (schema != 0) notation.Add("schema", fmt::format("{}", schema));
  notation.AddNonZero("count", count);
  notation.AddNonZero("sum", sum);
  notation.AddNonZero("z_bucket", zero_count);
  notation.AddNonZero("z_bucket_w", zero_threshold);
  if (custom()) notation.Add("custom_values", List(custom_values));
  if (hint != ResetHint::kUnknown) notation.Add("counter_reset_hint", HintName(hint));
  notation.AddSide("offset", "buckets", positive);
  notation.AddSide("n_offset", "n_buckets", negative);
  return notation.Finish();
}

}  // namespace silverback
