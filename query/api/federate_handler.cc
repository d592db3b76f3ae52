// /federate: the newest samples of selected series, in the text exposition format.
#include <algorithm>
#include <memory>

#include "engine/base/value.h"
#include "engine/labels/label_set.h"
#include "query/api/exposition.h"
#include "query/api/handlers.h"
#include "query/api/selectors.h"

namespace silverback {
namespace {

/// As upstream refuses here: plain text, no envelope.
ApiResponse Refuse(int status, std::string_view message) {
  return PlainText(status, fmt::format("{}\n", message));
}

StatusOr<std::vector<SeriesHandle>> Select(const ReadView& view, const MatcherSets& sets,
                                           TimeRange range, const std::atomic<bool>* cancelled) {
  std::vector<SeriesHandle> handles;
  for (const std::vector<Matcher>& matchers : sets) {
    ASSIGN_OR_RETURN(const std::vector<SeriesHandle> found,
                     view.Select(matchers, range, cancelled));
    handles.insert(handles.end(), found.begin(), found.end());
  }
  std::sort(handles.begin(), handles.end());
  handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  return handles;
}

/// The newest sample of each series in the range; those whose newest is a stale marker are left out.
StatusOr<std::vector<Federated>> Newest(const ReadView& view, const MatcherSets& sets,
                                        TimeRange range, const std::atomic<bool>* cancelled) {
  ASSIGN_OR_RETURN(const std::vector<SeriesHandle> handles, Select(view, sets, range, cancelled));
  ASSIGN_OR_RETURN(std::unique_ptr<SeriesCursor> cursor, view.Read(handles, range));
  std::vector<SeriesHandle> alive;
  std::vector<Federated> found;
  SeriesRuns series;
  for (size_t i = 0;; ++i) {
    if (cancelled != nullptr && cancelled->load()) {
      return Error(absl::StatusCode::kCancelled, "the request was canceled");
    }
    ASSIGN_OR_RETURN(const bool more, cursor->Next(&series));
    if (!more) break;
    if (series.runs.empty()) continue;
    const Run& run = series.runs.back();
    Federated newest;
    newest.timestamp_ms = run.times().back();
    if (run.is_histogram()) {
      run.HistogramAt(run.size() - 1, &newest.histogram.emplace());
      if (newest.histogram->IsStale()) continue;
    } else {
      newest.value = run.ValueAt(run.size() - 1);
      if (IsStale(newest.value)) continue;
    }
    alive.push_back(handles[i]);
    found.push_back(std::move(newest));
  }
  ASSIGN_OR_RETURN(std::vector<LabelSet> labels, view.LabelsOf(alive));
  for (size_t i = 0; i < alive.size(); ++i) found[i].labels = std::move(labels[i]);
  std::erase_if(found, [](const Federated& one) { return !one.labels.Has("__name__"); });
  std::sort(found.begin(), found.end(), [](const Federated& a, const Federated& b) {
    const auto a_name = a.labels.Get("__name__");
    const auto b_name = b.labels.Get("__name__");
    return a_name != b_name ? a_name < b_name : a.labels < b.labels;
  });
  return found;
}

}  // namespace

ApiResponse HandleFederate(ApiContext& context, const ApiRequest& request) {
  const EngineOptions& engine = context.engine->options();
  auto sets = ParseSelectors(request.parameters.All("match[]"), engine.parser);
  if (!sets.ok()) return Refuse(400, MessageOf(sets.status()));
  const TimestampMs now = context.options.clock();
  const auto view = context.database->NewView();
  if (!view.ok()) return Refuse(500, MessageOf(view.status()));
  const auto found =
      Newest(**view, *sets, {now - engine.lookback_delta_ms, now}, request.cancelled);
  if (!found.ok()) return Refuse(500, MessageOf(found.status()));
  const ExpositionFormat format = NegotiateExposition(request.accept);
  ApiResponse response = PlainText(200, WriteExposition(*found, format));
  response.content_type = ContentTypeOf(format);
  return response;
}

}  // namespace silverback
