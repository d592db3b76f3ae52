#include "series_notation.h"

#include <charconv>
#include <memory>
#include <optional>

#include "histogram_notation.h"

#include "engine/base/value.h"
#include "query/syntax/parser.h"
#include "query/syntax/text.h"

namespace silverback::promqltest {
namespace {

constexpr uint64_t kMaxRepetitions = 1'000'000;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsSpace(char c) {
  return c == ' ' || c == '\t';
}

/// Reads one item of a sequence.
class ItemParser {
 public:
  explicit ItemParser(std::string_view item) : rest_(item) {}

  Status Parse(std::vector<SequenceValue>* values) {
    if (Accept("_")) return ParseOmitted(values);
    if (rest_.starts_with("{{")) return ParseHistogram(values);
    if (Accept("stale")) {
      values->push_back({.value = ValueOf(kStaleNanBits)});
      return Finish();
    }
    return ParseNumbers(values);
  }

 private:
  bool Accept(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  Status Finish() const {
    if (rest_.empty()) return absl::OkStatus();
    return InvalidArgument("{} is left over", Quote(rest_));
  }

  Status ParseOmitted(std::vector<SequenceValue>* values) {
    uint64_t count = 1;
    if (Accept("x")) {
      ASSIGN_OR_RETURN(count, ParseCount());
    }
    values->insert(values->end(), count, SequenceValue{.omitted = true});
    return Finish();
  }

  Status ParseHistogram(std::vector<SequenceValue>* values) {
    uint64_t count = 0;
    ASSIGN_OR_RETURN(NotedHistogram current, TakeHistogram());
    NotedHistogram change = current;
    const bool adds = Accept("+");
    const bool changes = adds || Accept("-");
    if (changes) {
      ASSIGN_OR_RETURN(change, TakeHistogram());
    }
    if (Accept("x")) {
      ASSIGN_OR_RETURN(count, ParseCount());
    }
    for (uint64_t i = 0; i <= count; ++i) {
      values->push_back({.histogram = std::make_shared<FloatHistogram>(current.histogram),
                         .hint_given = change.hint_given});
      if (!changes) continue;
      const auto outcome = adds ? AddHistogram(change.histogram, &current.histogram)
                                : SubtractHistogram(change.histogram, &current.histogram);
      if (outcome.incompatible) return InvalidArgument("buckets do not go together");
    }
    return Finish();
  }

  StatusOr<NotedHistogram> TakeHistogram() {
    const size_t end = rest_.find("}}");
    if (!rest_.starts_with("{{") || end == rest_.npos) {
      return InvalidArgument("a histogram is not closed");
    }
    const std::string_view text = rest_.substr(2, end - 2);
    rest_.remove_prefix(end + 2);
    return promqltest::ParseHistogram(text);
  }

  Status ParseNumbers(std::vector<SequenceValue>* values) {
    ASSIGN_OR_RETURN(double value, ParseSignedNumber());
    uint64_t count = 0;
    double change = 0;
    if (Accept("x")) {
      ASSIGN_OR_RETURN(count, ParseCount());
    } else if (!rest_.empty()) {
      ASSIGN_OR_RETURN(change, ParseSignedNumber());
      if (!Accept("x")) return InvalidArgument("a repetition is missing");
      ASSIGN_OR_RETURN(count, ParseCount());
    }
    const bool changes = change != 0;
    for (uint64_t i = 0; i <= count; ++i) {
      values->push_back({.value = value});
      if (changes) value += change;
    }
    return Finish();
  }

  StatusOr<uint64_t> ParseCount() {
    uint64_t count = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), count);
    if (error != std::errc() || count > kMaxRepetitions) {
      return InvalidArgument("bad repetition {}", Quote(rest_));
    }
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return count;
  }

  StatusOr<double> ParseSignedNumber() {
    const bool negative = rest_.starts_with('-');
    if (negative || rest_.starts_with('+')) rest_.remove_prefix(1);
    const std::string_view number = rest_.substr(0, NumberLength());
    if (number.empty()) return InvalidArgument("{} is no number", Quote(rest_));
    rest_.remove_prefix(number.size());
    ASSIGN_OR_RETURN(const double value, syntax::ParseNumber(number));
    return negative ? -value : value;
  }

  size_t NumberLength() const {
    for (const std::string_view special : {"Inf", "inf", "NaN", "nan"}) {
      if (rest_.starts_with(special)) return special.size();
    }
    size_t i = 0;
    const auto digits = [&] {
      while (i < rest_.size() && (IsDigit(rest_[i]) || rest_[i] == '.' || rest_[i] == '_')) ++i;
    };
    digits();
    if (i > 0 && i < rest_.size() && (rest_[i] == 'e' || rest_[i] == 'E')) {
      ++i;
      if (i < rest_.size() && (rest_[i] == '+' || rest_[i] == '-')) ++i;
      digits();
    }
    return i;
  }

  std::string_view rest_;
};

/// Reads one item of a `@st` sequence.
class StartItemParser {
 public:
  explicit StartItemParser(std::string_view item) : rest_(item) {}

  Status Parse(std::vector<std::optional<int64_t>>* starts) {
    uint64_t count = 0;
    if (Accept("_")) {
      if (!rest_.empty()) {
        ASSIGN_OR_RETURN(count, ParseRepetition());
        if (count == 0) return InvalidArgument("no repetition at all");
        --count;
      }
      starts->insert(starts->end(), count + 1, std::nullopt);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(int64_t start, ParseDuration());
    int64_t change = 0;
    if (rest_.starts_with('+') || rest_.starts_with('-')) {
      ASSIGN_OR_RETURN(change, ParseDuration());
      ASSIGN_OR_RETURN(count, ParseRepetition());
    } else if (!rest_.empty()) {
      ASSIGN_OR_RETURN(count, ParseRepetition());
    }
    for (uint64_t i = 0; i <= count; ++i, start += change) starts->push_back(start);
    return absl::OkStatus();
  }

 private:
  bool Accept(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  StatusOr<uint64_t> ParseRepetition() {
    uint64_t count = 0;
    if (!Accept("x")) return InvalidArgument("bad repetition {}", Quote(rest_));
    const char* const end = rest_.data() + rest_.size();
    const auto [stop, error] = std::from_chars(rest_.data(), end, count);
    if (error != std::errc() || stop != end || count > kMaxRepetitions) {
      return InvalidArgument("bad repetition {}", Quote(rest_));
    }
    return count;
  }

  StatusOr<int64_t> ParseDuration() {
    const bool negative = Accept("-");
    if (!negative) Accept("+");
    size_t length = 0;
    while (length < rest_.size() && IsDigit(rest_[length])) ++length;
    while (length < rest_.size() && rest_[length] >= 'a' && rest_[length] <= 'z' &&
           rest_[length] != 'x') {
      ++length;
    }
    ASSIGN_OR_RETURN(const int64_t duration, syntax::ParseDurationMs(rest_.substr(0, length)));
    rest_.remove_prefix(length);
    return negative ? -duration : duration;
  }

  std::string_view rest_;
};

/// The next item of a sequence: up to white space outside of a histogram.
std::string_view TakeItem(std::string_view* rest) {
  while (!rest->empty() && IsSpace(rest->front())) rest->remove_prefix(1);
  size_t end = 0;
  int depth = 0;
  while (end < rest->size() && (depth > 0 || !IsSpace((*rest)[end]))) {
    if ((*rest)[end] == '{') ++depth;
    if ((*rest)[end] == '}') --depth;
    ++end;
  }
  const std::string_view item = rest->substr(0, end);
  rest->remove_prefix(end);
  return item;
}

}  // namespace

StatusOr<std::vector<std::optional<int64_t>>> ParseStarts(std::string_view sequence) {
  std::vector<std::optional<int64_t>> starts;
  for (std::string_view item = TakeItem(&sequence); !item.empty(); item = TakeItem(&sequence)) {
    const Status status = StartItemParser(item).Parse(&starts);
    if (!status.ok()) return WithContext(status, fmt::format("start timestamp {}", Quote(item)));
  }
  return starts;
}

StatusOr<std::pair<std::string_view, std::string_view>> SplitMetric(std::string_view line) {
  size_t i = 0;
  while (i < line.size() && !IsSpace(line[i]) && line[i] != '{' && line[i] != '@') ++i;
  if (i < line.size() && line[i] == '{') {
    char quote = '\0';
    for (++i; i < line.size() && (quote != '\0' || line[i] != '}'); ++i) {
      const char c = line[i];
      if (quote != '\0' && quote != '`' && c == '\\') {
        ++i;
      } else if (c == quote) {
        quote = '\0';
      } else if (quote == '\0' && (c == '"' || c == '\'' || c == '`')) {
        quote = c;
      }
    }
    if (i >= line.size()) return InvalidArgument("the braces of {} are not closed", Quote(line));
    ++i;
  }
  return std::pair(line.substr(0, i), line.substr(i));
}

StatusOr<SeriesLine> ParseSeriesLine(std::string_view line) {
  ASSIGN_OR_RETURN(const auto parts, SplitMetric(line));
  SeriesLine series;
  ASSIGN_OR_RETURN(series.labels, syntax::ParseMetric(parts.first));
  std::string_view rest = parts.second;
  for (std::string_view item = TakeItem(&rest); !item.empty(); item = TakeItem(&rest)) {
    const Status status = ItemParser(item).Parse(&series.values);
    if (!status.ok()) {
      return WithContext(status, fmt::format("item {} of {}", Quote(item), Quote(line)));
    }
  }
  return series;
}

}  // namespace silverback::promqltest
