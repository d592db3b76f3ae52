// /api/v1/admin/*: what the operator does to a running server.
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>

#include "query/api/handlers.h"
#include "query/api/rfc3339.h"
#include "query/api/selectors.h"

namespace silverback {
namespace {

std::optional<ApiResponse> RefuseUnlessEnabled(const ApiContext& context) {
  if (context.options.enable_admin) return std::nullopt;
  return Failure({ErrorType::kUnavailable, "admin APIs disabled"});
}

/// Writes progress as one JSON object a line, at most five a second for each stage. Called from any thread.
class ProgressLines {
 public:
  explicit ProgressLines(Sink* sink) : sink_(sink) {}

  void Report(std::string_view stage, uint64_t done, uint64_t total) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (stage == stage_ && done != total && now - last_ < std::chrono::milliseconds(200)) return;
    stage_ = stage;
    last_ = now;
    {
      JsonWriter json(sink_);
      json.BeginObject();
      json.Key("stage");
      json.String(stage);
      json.Key("done");
      json.Unsigned(done);
      json.Key("total");
      json.Unsigned(total);
      json.EndObject();
    }
    sink_->Write("\n");
    sink_->Flush();
  }

  ProgressFunction function() {
    return [this](std::string_view stage, uint64_t done, uint64_t total) {
      Report(stage, done, total);
    };
  }

 private:
  std::mutex mutex_;
  Sink* sink_;
  std::string stage_;
  std::chrono::steady_clock::time_point last_;
};

/// Runs while the answer is written: progress lines first, then the envelope of `operation`'s outcome on a line of its
/// own. The operation returns what writes `data`.
using Outcome = StatusOr<std::function<void(JsonWriter&)>>;

ApiResponse Stream(std::function<Outcome(const ProgressFunction&)> operation) {
  ApiResponse response;
  response.content_type = "application/x-ndjson";
  response.body = [operation = std::move(operation)](Sink& sink) {
    ProgressLines progress(&sink);
    const Outcome outcome = operation(progress.function());
    const ApiResponse last =
        outcome.ok() ? Success(*outcome) : Failure(LookupError(outcome.status()));
    last.body(sink);
    sink.Write("\n");
  };
  return response;
}

void WriteNothing(JsonWriter& json) {
  json.BeginObject();
  json.EndObject();
}

void WriteFinding(JsonWriter& json, const Finding& finding) {
  json.BeginObject();
  json.Key("where");
  json.String(finding.where);
  json.Key("what");
  json.String(finding.what);
  if (finding.series.has_value()) {
    json.Key("series");
    json.Unsigned(*finding.series);
  }
  if (!finding.range.empty()) {
    json.Key("minTime");
    json.Integer(finding.range.min_ms);
    json.Key("maxTime");
    json.Integer(finding.range.max_ms);
  }
  json.EndObject();
}

void WriteReport(JsonWriter& json, const VerifyReport& report) {
  json.BeginObject();
  const auto count = [&json](std::string_view key, uint64_t value) {
    json.Key(key);
    json.Unsigned(value);
  };
  count("parts", report.parts);
  count("blocks", report.blocks);
  count("timelines", report.timelines);
  count("samples", report.samples);
  count("series", report.series);
  count("postings", report.postings);
  count("logRecords", report.log_records);
  json.Key("findings");
  json.BeginArray();
  for (const Finding& finding : report.findings) WriteFinding(json, finding);
  json.EndArray();
  json.EndObject();
}

/// "20261124T133000Z-" and 16 hexadecimal digits.
std::string SnapshotName(TimestampMs now) {
  std::string time = FormatRfc3339(now / 1000 * 1000);
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  std::random_device random;
  return fmt::format("{}-{:08x}{:08x}", time, random(), random());
}

}  // namespace

ApiResponse HandleAdminSeal(ApiContext& context, const ApiRequest&) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  const Status sealed = context.database->Seal();
  return sealed.ok() ? Success(WriteNothing) : Failure(LookupError(sealed));
}

ApiResponse HandleAdminCompact(ApiContext& context, const ApiRequest&) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  return Stream([database = context.database](const ProgressFunction& progress) -> Outcome {
    RETURN_IF_ERROR(database->Compact(progress));
    return std::function<void(JsonWriter&)>(WriteNothing);
  });
}

ApiResponse HandleAdminVerify(ApiContext& context, const ApiRequest&) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  return Stream([database = context.database](const ProgressFunction& progress) -> Outcome {
    ASSIGN_OR_RETURN(VerifyReport verified, database->Verify(progress));
    const auto report = std::make_shared<const VerifyReport>(std::move(verified));
    return std::function<void(JsonWriter&)>(
        [report](JsonWriter& json) { WriteReport(json, *report); });
  });
}

ApiResponse HandleDeleteSeries(ApiContext& context, const ApiRequest& request) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  const FormParameters& parameters = request.parameters;
  const std::vector<std::string_view> selectors = parameters.All("match[]");
  if (selectors.empty()) {
    return Failure({ErrorType::kBadData, "no match[] parameter provided"});
  }
  const auto start = ParseTimeParameter(parameters, "start", kMinApiTimeMs);
  if (!start.ok()) return Failure(InvalidParameter("start", start.status()));
  const auto end = ParseTimeParameter(parameters, "end", kMaxApiTimeMs);
  if (!end.ok()) return Failure(InvalidParameter("end", end.status()));
  const auto sets = ParseSelectors(selectors, context.engine->options().parser);
  if (!sets.ok()) return Failure(InvalidParameter("match[]", sets.status()));
  const Status deleted = context.database->Delete(*sets, TimeRange{*start, *end});
  return deleted.ok() ? NoContent()
                      : Failure({ErrorType::kInternal, std::string(MessageOf(deleted))});
}

ApiResponse HandleCleanTombstones(ApiContext& context, const ApiRequest&) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  const Status cleaned = context.database->CleanTombstones(nullptr);
  return cleaned.ok() ? NoContent()
                      : Failure({ErrorType::kInternal, std::string(MessageOf(cleaned))});
}

ApiResponse HandleAdminSnapshot(ApiContext& context, const ApiRequest& request) {
  if (auto refused = RefuseUnlessEnabled(context)) return *std::move(refused);
  const std::string name = SnapshotName(context.options.clock());
  std::filesystem::path target(request.parameters.First("target"));
  if (target.empty()) {
    target = std::filesystem::path(context.database->options().path) / "snapshots" / name;
  } else if (!target.is_absolute()) {
    return Failure(InvalidParameter("target", "must be an absolute path"));
  }
  std::error_code error;
  std::filesystem::create_directories(target.parent_path(), error);
  if (error) {
    return Failure(
        {ErrorType::kInternal, fmt::format("create snapshot directory {}: {}",
                                           target.parent_path().string(), error.message())});
  }
  const auto snapshot = [database = context.database, target = target.string(),
                         name](const ProgressFunction& progress) -> Outcome {
    RETURN_IF_ERROR(database->Snapshot(target, progress));
    return std::function<void(JsonWriter&)>([target, name](JsonWriter& json) {
      json.BeginObject();
      json.Key("name");
      json.String(name);
      json.Key("path");
      json.String(target);
      json.EndObject();
    });
  };
  if (request.path == "/api/v1/admin/tsdb/snapshot") {  // upstream's: one plain answer
    const Outcome outcome = snapshot([](std::string_view, uint64_t, uint64_t) {});
    return outcome.ok() ? Success(*outcome) : Failure(LookupError(outcome.status()));
  }
  return Stream(snapshot);
}

}  // namespace silverback
