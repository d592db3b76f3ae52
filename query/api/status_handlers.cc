// /api/v1/status/*, /-/healthy and /-/ready.
#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>
#include <unistd.h>

#include "query/api/handlers.h"
#include "query/api/process_metrics.h"
#include "query/api/rfc3339.h"
#include "query/api/tsdb_status.h"
#include "query/syntax/printer.h"

namespace silverback {
namespace {

void KeyString(JsonWriter& json, std::string_view key, std::string_view value) {
  json.Key(key);
  json.String(value);
}

void KeyInteger(JsonWriter& json, std::string_view key, int64_t value) {
  json.Key(key);
  json.Integer(value);
}

void WriteRanking(JsonWriter& json, std::string_view key, const Cardinality::Ranking& ranking) {
  json.Key(key);
  json.BeginArray();
  for (const auto& [name, value] : ranking) {
    json.BeginObject();
    KeyString(json, "name", name);
    json.Key("value");
    json.Unsigned(value);
    json.EndObject();
  }
  json.EndArray();
}

void WriteTsdbStatus(JsonWriter& json, const DatabaseStats& stats, const Cardinality& cardinality) {
  json.BeginObject();
  json.Key("headStats");
  json.BeginObject();
  json.Key("numSeries");
  json.Unsigned(stats.series_in_head);
  json.Key("numLabelPairs");
  json.Unsigned(cardinality.label_pairs);
  json.Key("chunkCount");
  json.Unsigned(stats.head_chunks);
  KeyInteger(json, "minTime", stats.head_range.empty() ? kMaxTimestampMs : stats.head_range.min_ms);
  KeyInteger(json, "maxTime", stats.head_range.empty() ? kMinTimestampMs : stats.head_range.max_ms);
  json.EndObject();
  WriteRanking(json, "seriesCountByMetricName", cardinality.series_by_metric);
  WriteRanking(json, "labelValueCountByLabelName", cardinality.values_by_label);
  WriteRanking(json, "memoryInBytesByLabelName", cardinality.bytes_by_label);
  WriteRanking(json, "seriesCountByLabelValuePair", cardinality.series_by_pair);
  json.EndObject();
}

/// A part's id as upstream names blocks: 26 characters of Crockford's base 32.
std::string UlidOf(PartId part) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string ulid(26, '0');
  for (size_t i = ulid.size(); part != 0; part >>= 5) ulid[--i] = kDigits[part & 31];
  return ulid;
}

void WritePart(JsonWriter& json, const PartSummary& part) {
  const std::string ulid = UlidOf(part.id);
  json.BeginObject();
  KeyString(json, "ulid", ulid);
  KeyInteger(json, "minTime", part.time.min_ms);
  KeyInteger(json, "maxTime", part.time.max_ms + 1);  // upstream's is not part of the block
  json.Key("stats");
  json.BeginObject();
  const auto count = [&json](std::string_view key, uint64_t value) {
    json.Key(key);
    json.Unsigned(value);
  };
  count("numSamples", part.samples);
  count("numSeries", part.series);
  count("numChunks", part.blocks);
  if (part.deletions > 0) count("numTombstones", part.deletions);
  json.EndObject();
  json.Key("compaction");
  json.BeginObject();
  KeyInteger(json, "level", 1);
  json.Key("sources");
  json.BeginArray();
  json.String(ulid);
  json.EndArray();
  if (part.late) {
    json.Key("hints");
    json.BeginArray();
    json.String("from-out-of-order");
    json.EndArray();
  }
  json.EndObject();
  KeyInteger(json, "version", 1);
  json.EndObject();
}

std::string HostName() {
  char name[256] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? std::string(name) : std::string();
}

std::string WorkingDirectory() {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

}  // namespace

ApiResponse HandleBuildInfo(ApiContext& context, const ApiRequest&) {
  return Success([&options = context.options](JsonWriter& json) {
    json.BeginObject();
    KeyString(json, "version", options.version);
    KeyString(json, "revision", options.revision);
    KeyString(json, "branch", "silverback");
    KeyString(json, "buildUser", "");
    KeyString(json, "buildDate", "");
    KeyString(json, "goVersion", "none (C++20)");
    json.EndObject();
  });
}

ApiResponse HandleRuntimeInfo(ApiContext& context, const ApiRequest&) {
  const DatabaseStats stats = context.database->Stats();
  const int64_t retention_ms = context.database->options().retention_ms;
  return Success([&context, stats, retention_ms](JsonWriter& json) {
    const std::string started = FormatRfc3339(context.options.started_ms);
    json.BeginObject();
    KeyString(json, "startTime", started);
    KeyString(json, "CWD", WorkingDirectory());
    KeyString(json, "hostname", HostName());
    KeyString(json, "serverTime", FormatRfc3339(context.options.clock()));
    json.Key("reloadConfigSuccess");
    json.Bool(true);
    KeyString(json, "lastConfigTime", started);
    KeyInteger(json, "corruptionCount", static_cast<int64_t>(stats.wal_damaged_records));
    KeyInteger(json, "goroutineCount", static_cast<int64_t>(ReadProcessFigures().threads));
    KeyInteger(json, "GOMAXPROCS", std::thread::hardware_concurrency());
    KeyInteger(json, "GOMEMLIMIT", 0);
    KeyString(json, "GOGC", "");
    KeyString(json, "GODEBUG", "");
    KeyString(json, "storageRetention", syntax::FormatDurationMs(retention_ms));
    json.EndObject();
  });
}

ApiResponse HandleFlags(ApiContext& context, const ApiRequest&) {
  return Success([&options = context.options](JsonWriter& json) {
    const std::map<std::string, std::string> sorted(options.flags.begin(), options.flags.end());
    json.BeginObject();
    for (const auto& [name, value] : sorted) {
      json.EscapedKey(name);
      json.String(value);
    }
    json.EndObject();
  });
}

ApiResponse HandleConfig(ApiContext&, const ApiRequest&) {
  // There is no configuration file; the flags are all there is.
  return Success([](JsonWriter& json) {
    json.BeginObject();
    KeyString(json, "yaml", "{}\n");
    json.EndObject();
  });
}

ApiResponse HandleTsdbStatus(ApiContext& context, const ApiRequest& request) {
  constexpr int64_t kMaxLimit = 10000;
  int64_t limit = 10;
  if (const auto text = request.parameters.First("limit"); !text.empty()) {
    const auto parsed = ParseInteger(text);
    if (!parsed.ok() || *parsed < 1) {
      return Failure({ErrorType::kBadData, "limit must be a positive number"});
    }
    if (*parsed > kMaxLimit) {
      return Failure({ErrorType::kBadData, fmt::format("limit must not exceed {}", kMaxLimit)});
    }
    limit = *parsed;
  }
  const DatabaseStats stats = context.database->Stats();
  const auto view = context.database->NewView();
  if (!view.ok()) return Failure(LookupError(view.status()));
  // The series of the head, as upstream's figures are of its head.
  auto counted = stats.head_range.empty()
                     ? StatusOr<Cardinality>(Cardinality())
                     : CountCardinality(**view, stats.head_range, static_cast<size_t>(limit),
                                        request.cancelled);
  if (!counted.ok()) return Failure(LookupError(counted.status()));
  const auto cardinality = std::make_shared<const Cardinality>(std::move(counted).value());
  return Success(
      [stats, cardinality](JsonWriter& json) { WriteTsdbStatus(json, stats, *cardinality); });
}

ApiResponse HandleTsdbBlocks(ApiContext& context, const ApiRequest&) {
  return Success([parts = context.database->Parts()](JsonWriter& json) {
    json.BeginObject();
    json.Key("blocks");
    json.BeginArray();
    for (const PartSummary& part : parts) WritePart(json, part);
    json.EndArray();
    json.EndObject();
  });
}

ApiResponse HandleWalReplay(ApiContext& context, const ApiRequest&) {
  // Whoever can ask finds the log replayed.
  const uint64_t segments = context.database->Stats().wal_segments;
  const auto last = static_cast<int64_t>(segments > 0 ? segments - 1 : 0);
  return Success([last](JsonWriter& json) {
    json.BeginObject();
    KeyInteger(json, "min", 0);
    KeyInteger(json, "max", last);
    KeyInteger(json, "current", last);
    json.EndObject();
  });
}

ApiResponse HandleHealthy(ApiContext&, const ApiRequest&) {
  return PlainText(200, "Silverback is Healthy.\n");
}

ApiResponse HandleReady(ApiContext& context, const ApiRequest&) {
  if (!context.ready) return PlainText(503, "Service Unavailable\n");
  return PlainText(200, "Silverback is Ready.\n");
}

}  // namespace silverback
