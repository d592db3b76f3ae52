// /api/v1/search/*: names and values that fit what a user types, best first, streamed as lines of JSON.
#include <algorithm>
#include <map>
#include <memory>

#include "engine/labels/label_set.h"
#include "query/api/handlers.h"
#include "query/api/search_score.h"
#include "query/api/selectors.h"

namespace silverback {
namespace {

constexpr int64_t kDefaultLimit = 100;
constexpr int64_t kDefaultBatch = 100;
constexpr size_t kTermsMax = 32;
constexpr int64_t kHourMs = 3600 * 1000;

enum class Order : uint8_t { kUp, kDown, kBestFirst };

struct Search {
  TimeRange range;
  MatcherSets sets;
  std::vector<std::string_view> terms;
  FuzzAlgorithm algorithm = FuzzAlgorithm::kSubsequence;
  double threshold = 0;
  bool case_sensitive = true;
  bool include_score = false;
  Order order = Order::kUp;
  size_t limit = 0;
  size_t batch = 0;
};

struct Hit {
  std::string value;
  double score = 1;
};

ApiError Bad(std::string message) {
  return {ErrorType::kBadData, std::move(message)};
}

std::optional<ApiError> ParseBool(const FormParameters& parameters, std::string_view name,
                                  bool* out) {
  constexpr std::string_view kTrue[] = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::string_view kFalse[] = {"0", "f", "F", "FALSE", "false", "False"};
  const std::string_view text = parameters.First(name);
  if (text.empty()) return std::nullopt;
  *out = std::find(std::begin(kTrue), std::end(kTrue), text) != std::end(kTrue);
  if (*out || std::find(std::begin(kFalse), std::end(kFalse), text) != std::end(kFalse)) {
    return std::nullopt;
  }
  return Bad(fmt::format("invalid {} {}: must be boolean", name, Quote(text)));
}

std::optional<ApiError> ParsePositive(const FormParameters& parameters, std::string_view name,
                                      int64_t fallback, size_t* out) {
  *out = static_cast<size_t>(fallback);
  const std::string_view text = parameters.First(name);
  if (text.empty()) return std::nullopt;
  const auto parsed = ParseInteger(text);
  if (!parsed.ok() || *parsed <= 0) {
    return Bad(fmt::format("invalid {} {}: must be a positive integer", name, Quote(text)));
  }
  *out = static_cast<size_t>(*parsed);
  return std::nullopt;
}

std::optional<ApiError> ParseFuzz(const FormParameters& parameters, Search* search) {
  if (const auto text = parameters.First("fuzz_threshold"); !text.empty()) {
    const auto parsed = ParseInteger(text);
    if (!parsed.ok() || *parsed < 0 || *parsed > 100) {
      return Bad(fmt::format("invalid fuzz_threshold {}: must be 0-100", Quote(text)));
    }
    search->threshold = static_cast<double>(*parsed) / 100.0;
  }
  const std::string_view algorithm = parameters.First("fuzz_alg");
  if (!algorithm.empty() && algorithm != "subsequence" && algorithm != "jarowinkler") {
    return Bad(fmt::format("unsupported fuzz_alg {}: must be one of [subsequence jarowinkler]",
                           Quote(algorithm)));
  }
  if (algorithm == "jarowinkler") search->algorithm = FuzzAlgorithm::kJaroWinkler;
  if (auto error = ParseBool(parameters, "case_sensitive", &search->case_sensitive)) return error;
  return ParseBool(parameters, "include_score", &search->include_score);
}

std::optional<ApiError> ParseOrder(const FormParameters& parameters, std::string_view endpoint,
                                   Search* search) {
  const std::string_view by = parameters.First("sort_by");
  const std::string_view direction = parameters.First("sort_dir");
  if (!direction.empty() && by.empty()) {
    return Bad("sort_dir is only valid when sort_by is set");
  }
  if (!direction.empty() && by == "score") {
    return Bad("sort_dir is not supported for sort_by=score");
  }
  if (!direction.empty() && direction != "asc" && direction != "dsc") {
    return Bad(fmt::format("invalid sort_dir {}: must be \"asc\" or \"dsc\"", Quote(direction)));
  }
  if (by == "score" && search->terms.empty()) {
    return Bad("sort_by=score requires search[] to be set");
  }
  if (!by.empty() && by != "alpha" && by != "score") {
    return Bad(fmt::format("invalid sort_by {} for {}: must be \"alpha\" or \"score\"", Quote(by),
                           endpoint));
  }
  if (by == "score") search->order = Order::kBestFirst;
  if (by == "alpha" && direction == "dsc") search->order = Order::kDown;
  return std::nullopt;
}

std::optional<ApiError> ParseSearch(const ApiContext& context, const ApiRequest& request,
                                    std::string_view endpoint, Search* search) {
  const FormParameters& parameters = request.parameters;
  const TimestampMs now = context.options.clock();
  const auto start = ParseTimeParameter(parameters, "start", now - kHourMs);
  if (!start.ok()) return BadData(start.status());
  const auto end = ParseTimeParameter(parameters, "end", now);
  if (!end.ok()) return BadData(end.status());
  if (*end < *start) return Bad("end timestamp must not be before start timestamp");
  search->range = {*start, *end};
  auto sets = ParseMatcherSets(parameters.All("match[]"), context.engine->options().parser);
  if (!sets.ok()) return BadData(sets.status());
  search->sets = std::move(sets).value();
  search->terms = parameters.All("search[]");
  if (search->terms.size() > kTermsMax) {
    return Bad(fmt::format("too many search[] terms: got {}, maximum is {}", search->terms.size(),
                           kTermsMax));
  }
  if (auto error = ParseFuzz(parameters, search)) return error;
  if (auto error = ParseOrder(parameters, endpoint, search)) return error;
  const auto limit_max = static_cast<int64_t>(context.options.search_limit_max);
  const int64_t fallback = limit_max > 0 ? std::min(limit_max, kDefaultLimit) : kDefaultLimit;
  if (auto error = ParsePositive(parameters, "limit", fallback, &search->limit)) return error;
  if (limit_max > 0 && search->limit > context.options.search_limit_max) {
    return Bad(
        fmt::format("limit {} exceeds the configured maximum ({}, see --web.search.max-limit)",
                    search->limit, limit_max));
  }
  return ParsePositive(parameters, "batch_size", kDefaultBatch, &search->batch);
}

/// At most one more than the limit.
std::vector<Hit> Rank(std::vector<std::string> values, const Search& search) {
  const SearchFilter filter(search.terms, search.algorithm, search.threshold,
                            search.case_sensitive);
  if (search.order == Order::kDown) std::reverse(values.begin(), values.end());
  std::vector<Hit> hits;
  for (std::string& value : values) {
    const double score = filter.Score(value);
    if (score < 0) continue;
    hits.push_back({std::move(value), score});
    if (search.order != Order::kBestFirst && hits.size() > search.limit) break;
  }
  if (search.order == Order::kBestFirst) {
    std::stable_sort(hits.begin(), hits.end(),
                     [](const Hit& a, const Hit& b) { return a.score > b.score; });
  }
  return hits;
}

using WriteDetails = std::function<void(JsonWriter&, const Hit&)>;

void WriteBatch(Sink& sink, std::span<const Hit> hits, const Search& search, std::string_view key,
                const WriteDetails& describe) {
  {
    JsonWriter json(&sink);
    json.BeginObject();
    json.Key("results");
    json.BeginArray();
    for (const Hit& hit : hits) {
      json.BeginObject();
      json.Key(key);
      json.String(hit.value);
      if (search.include_score) {
        json.Key("score");
        json.Float(hit.score);
      }
      if (describe) describe(json, hit);
      json.EndObject();
    }
    json.EndArray();
    json.EndObject();
  }
  sink.Write("\n");
}

void WriteTrailer(Sink& sink, bool has_more) {
  {
    JsonWriter json(&sink);
    json.BeginObject();
    json.Key("status");
    json.String("success");
    json.Key("has_more");
    json.Bool(has_more);
    json.EndObject();
  }
  sink.Write("\n");
}

ApiResponse Stream(std::vector<Hit> found, Search search, std::string_view key,
                   WriteDetails describe) {
  ApiResponse response;
  response.content_type = "application/x-ndjson; charset=utf-8";
  response.body = [found = std::move(found), search = std::move(search), key,
                   describe = std::move(describe)](Sink& sink) {
    const std::span<const Hit> hits = std::span(found).first(std::min(found.size(), search.limit));
    size_t at = 0;
    do {  // the first line comes even when there is nothing
      const size_t count = std::min(search.batch, hits.size() - at);
      WriteBatch(sink, hits.subspan(at, count), search, key, describe);
      if (!sink.Flush()) return;
      at += count;
    } while (at < hits.size());
    WriteTrailer(sink, found.size() > hits.size());
  };
  return response;
}

std::optional<ApiResponse> RefuseUnlessEnabled(const ApiContext& context) {
  if (context.options.enable_search) return std::nullopt;
  return Failure({ErrorType::kUnavailable, "search API disabled"});
}

/// Writes a metric's type, help and unit where they are known.
WriteDetails DescribeMetrics(std::vector<MetricMetadata> metadata) {
  auto families = std::make_shared<std::map<std::string, MetricMetadata, std::less<>>>();
  for (MetricMetadata& entry : metadata) {
    std::string family = entry.family;
    families->emplace(std::move(family), std::move(entry));
  }
  return [families](JsonWriter& json, const Hit& hit) {
    const auto found = families->find(hit.value);
    if (found == families->end()) return;
    const auto write = [&json](std::string_view key, const std::string& value) {
      if (value.empty()) return;
      json.Key(key);
      json.String(value);
    };
    write("type", found->second.type);
    write("help", found->second.help);
    write("unit", found->second.unit);
  };
}

ApiResponse SearchValues(ApiContext& context, const ApiRequest& request, const std::string& label,
                         Search search, std::string_view key, WriteDetails describe) {
  const auto view = context.database->NewView();
  if (!view.ok()) return Failure(LookupError(view.status()));
  auto values = UniteLookups(search.sets, [&](std::span<const Matcher> matchers) {
    return (*view)->LabelValues(label, matchers, search.range, 0, request.cancelled);
  });
  if (!values.ok()) return Failure(LookupError(values.status()));
  std::vector<Hit> hits = Rank(std::move(values).value(), search);
  return Stream(std::move(hits), std::move(search), key, std::move(describe));
}

}  // namespace

ApiResponse HandleSearchMetricNames(ApiContext& context, const ApiRequest& request) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  Search search;
  if (auto error = ParseSearch(context, request, "metric_names", &search)) return Failure(*error);
  bool with_metadata = false;
  if (auto error = ParseBool(request.parameters, "include_metadata", &with_metadata)) {
    return Failure(*error);
  }
  WriteDetails describe;
  if (with_metadata) {
    auto metadata = context.database->Metadata();
    if (!metadata.ok()) return Failure(LookupError(metadata.status()));
    describe = DescribeMetrics(std::move(metadata).value());
  }
  return SearchValues(context, request, "__name__", std::move(search), "name", std::move(describe));
}

ApiResponse HandleSearchLabelNames(ApiContext& context, const ApiRequest& request) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  Search search;
  if (auto error = ParseSearch(context, request, "label_names", &search)) return Failure(*error);
  const auto view = context.database->NewView();
  if (!view.ok()) return Failure(LookupError(view.status()));
  auto names = UniteLookups(search.sets, [&](std::span<const Matcher> matchers) {
    return (*view)->LabelNames(matchers, search.range, 0, request.cancelled);
  });
  if (!names.ok()) return Failure(LookupError(names.status()));
  std::vector<Hit> hits = Rank(std::move(names).value(), search);
  return Stream(std::move(hits), std::move(search), "name", nullptr);
}

ApiResponse HandleSearchLabelValues(ApiContext& context, const ApiRequest& request) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  Search search;
  if (auto error = ParseSearch(context, request, "label_values", &search)) return Failure(*error);
  const std::string label(request.parameters.First("label"));
  if (label.empty()) return Failure(Bad("missing required parameter \"label\""));
  return SearchValues(context, request, label, std::move(search), "value", nullptr);
}

}  // namespace silverback
