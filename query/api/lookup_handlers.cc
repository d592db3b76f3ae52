// /api/v1/labels, /api/v1/label/{name}/values, /api/v1/series and /api/v1/metadata.
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

#include "engine/labels/label_order.h"
#include "engine/labels/label_set.h"
#include "query/api/handlers.h"
#include "query/api/result_json.h"
#include "query/api/selectors.h"

namespace silverback {
namespace {

constexpr std::string_view kTruncated = "results truncated due to limit";

/// What the look-ups have in common.
struct Lookup {
  size_t limit = 0;
  TimeRange range;
  MatcherSets matcher_sets;

  /// One more than the limit, so that a cut can be told.
  size_t hint() const { return limit == 0 ? 0 : limit + 1; }
};

/// `word_selector_error` puts what is wrong with a selector in the endpoint's words.
std::optional<ApiError> ParseLookup(const ApiContext& context, const ApiRequest& request,
                                    ApiError (*word_selector_error)(const Status&), Lookup* out) {
  const FormParameters& parameters = request.parameters;
  const auto limit = ParseLimit(parameters.First("limit"));
  if (!limit.ok()) return InvalidParameter("limit", limit.status());
  const auto start = ParseTimeParameter(parameters, "start", kMinApiTimeMs);
  if (!start.ok()) return InvalidParameter("start", start.status());
  const auto end = ParseTimeParameter(parameters, "end", kMaxApiTimeMs);
  if (!end.ok()) return InvalidParameter("end", end.status());
  auto sets = ParseMatcherSets(parameters.All("match[]"), context.engine->options().parser);
  if (!sets.ok()) return word_selector_error(sets.status());
  out->limit = static_cast<size_t>(*limit);
  out->range = TimeRange{*start, *end};
  out->matcher_sets = std::move(sets).value();
  return std::nullopt;
}

ApiError InvalidSelector(const Status& status) {
  return InvalidParameter("match[]", status);
}

template <typename T>
Notices Truncate(std::vector<T>* items, size_t limit) {
  Notices notices;
  if (limit > 0 && items->size() > limit) {
    items->erase(items->begin() + static_cast<std::ptrdiff_t>(limit), items->end());
    notices.warnings.emplace_back(kTruncated);
  }
  return notices;
}

ApiResponse StringList(StatusOr<std::vector<std::string>> found, size_t limit) {
  if (!found.ok()) return Failure(LookupError(found.status()));
  const auto strings = std::make_shared<std::vector<std::string>>(std::move(found).value());
  Notices notices = Truncate(strings.get(), limit);
  return Success(
      [strings](JsonWriter& json) {
        json.BeginArray();
        for (const std::string& text : *strings) json.String(text);
        json.EndArray();
      },
      std::move(notices));
}

/// Counts the time until the end of the scope.
class LookupTimer {
 public:
  explicit LookupTimer(QueryMetrics* metrics) : metrics_(metrics) {}
  LookupTimer(const LookupTimer&) = delete;
  LookupTimer& operator=(const LookupTimer&) = delete;
  ~LookupTimer() {
    const auto spent = std::chrono::steady_clock::now() - started_;
    metrics_->lookup_seconds.Observe(std::chrono::duration<double>(spent).count());
  }

 private:
  QueryMetrics* metrics_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// The label sets of the series that any of the matcher sets selects, sorted.
StatusOr<std::vector<LabelSet>> FindSeries(const ReadView& view, const Lookup& lookup,
                                           const std::atomic<bool>* cancelled) {
  std::vector<SeriesHandle> handles;
  for (const std::vector<Matcher>& matchers : lookup.matcher_sets) {
    ASSIGN_OR_RETURN(const std::vector<SeriesHandle> found,
                     view.Select(matchers, lookup.range, cancelled));
    handles.insert(handles.end(), found.begin(), found.end());
  }
  if (lookup.matcher_sets.size() > 1) {
    std::sort(handles.begin(), handles.end());
    handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  }
  if (lookup.limit > 0 && handles.size() > lookup.hint()) handles.resize(lookup.hint());
  ASSIGN_OR_RETURN(std::vector<LabelSet> labels, view.LabelsOf(handles));
  SortByLabels(&labels, [](const LabelSet& one) -> const LabelSet& { return one; });
  return labels;
}

std::optional<ApiError> ParseCount(const FormParameters& parameters, std::string_view name,
                                   int64_t* count) {
  const std::string_view text = parameters.First(name);
  if (text.empty()) return std::nullopt;
  const auto parsed = ParseInteger(text);
  if (!parsed.ok()) {
    return ApiError{ErrorType::kBadData, fmt::format("{} must be a number", name)};
  }
  *count = *parsed;
  return std::nullopt;
}

}  // namespace

ApiResponse HandleLabels(ApiContext& context, const ApiRequest& request) {
  const LookupTimer timer(&context.metrics);
  Lookup lookup;
  if (const auto error = ParseLookup(context, request, BadData, &lookup)) return Failure(*error);
  const auto view = context.database->NewView();
  if (!view.ok()) return Failure(LookupError(view.status()));
  return StringList(UniteLookups(lookup.matcher_sets,
                                 [&](std::span<const Matcher> matchers) {
                                   return (*view)->LabelNames(matchers, lookup.range, lookup.hint(),
                                                              request.cancelled);
                                 }),
                    lookup.limit);
}

ApiResponse HandleLabelValues(ApiContext& context, const ApiRequest& request) {
  const LookupTimer timer(&context.metrics);
  const std::string name = UnescapeName(request.path_label);
  if (name.empty() || !IsValidUtf8(name)) {
    return Failure({ErrorType::kBadData, fmt::format("invalid label name: {}", Quote(name))});
  }
  Lookup lookup;
  if (const auto error = ParseLookup(context, request, BadData, &lookup)) return Failure(*error);
  const auto view = context.database->NewView();
  if (!view.ok()) return Failure(LookupError(view.status()));
  return StringList(UniteLookups(lookup.matcher_sets,
                                 [&](std::span<const Matcher> matchers) {
                                   return (*view)->LabelValues(name, matchers, lookup.range,
                                                               lookup.hint(), request.cancelled);
                                 }),
                    lookup.limit);
}

ApiResponse HandleSeries(ApiContext& context, const ApiRequest& request) {
  const LookupTimer timer(&context.metrics);
  if (request.parameters.All("match[]").empty()) {
    return Failure({ErrorType::kBadData, "no match[] parameter provided"});
  }
  Lookup lookup;
  if (const auto error = ParseLookup(context, request, InvalidSelector, &lookup))
    return Failure(*error);
  const auto view = context.database->NewView();
  if (!view.ok()) return Failure(LookupError(view.status()));
  auto found = FindSeries(**view, lookup, request.cancelled);
  if (!found.ok()) return Failure(LookupError(found.status()));
  const auto series = std::make_shared<std::vector<LabelSet>>(std::move(found).value());
  Notices notices = Truncate(series.get(), lookup.limit);
  return Success(
      [series](JsonWriter& json) {
        json.BeginArray();
        for (const LabelSet& labels : *series) WriteLabels(json, labels);
        json.EndArray();
      },
      std::move(notices));
}

ApiResponse HandleMetadata(ApiContext& context, const ApiRequest& request) {
  int64_t limit = -1;
  int64_t limit_per_metric = -1;
  if (const auto error = ParseCount(request.parameters, "limit", &limit)) return Failure(*error);
  if (const auto error = ParseCount(request.parameters, "limit_per_metric", &limit_per_metric)) {
    return Failure(*error);
  }
  auto stored = context.database->Metadata();
  if (!stored.ok()) return Failure(LookupError(stored.status()));
  const auto families = std::make_shared<std::map<std::string, MetricMetadata>>();
  const std::string_view metric = request.parameters.First("metric");
  for (MetricMetadata& metadata : *stored) {
    if (!metric.empty() && metadata.family != metric) continue;
    std::string family = metadata.family;
    families->insert_or_assign(std::move(family), std::move(metadata));
  }
  return Success([families, limit](JsonWriter& json) {
    json.BeginObject();
    int64_t written = 0;
    for (const auto& [family, metadata] : *families) {
      // 0 is no limit, as in the other look-ups.
      if (limit > 0 && written++ == limit) break;
      json.EscapedKey(family);
      json.BeginArray();
      json.BeginObject();
      json.Key("type");
      json.String(metadata.type);
      json.Key("unit");
      json.String(metadata.unit);
      json.Key("help");
      json.String(metadata.help);
      json.EndObject();
      json.EndArray();
    }
    json.EndObject();
  });
}

}  // namespace silverback
