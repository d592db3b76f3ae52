#include "tools/commands/flags.h"

#include <algorithm>
#include <limits>

#include "engine/labels/label_set.h"
#include "query/syntax/printer.h"

namespace silverback {
namespace {

constexpr uint64_t kMaxSize = std::numeric_limits<size_t>::max() / 2;
constexpr uint64_t kMax32 = std::numeric_limits<uint32_t>::max();

struct WalSyncName {
  std::string_view name;
  WalSync mode;
};
constexpr WalSyncName kWalSyncNames[] = {
    {"commit", WalSync::kCommit}, {"interval", WalSync::kInterval}, {"off", WalSync::kOff}};

constexpr std::string_view kLogLevels[] = {"debug", "info", "warn", "error"};

Status OneOf(std::string_view value, std::string_view choices) {
  return InvalidArgument("{} is not one of {}", Quote(value), choices);
}

/// "/prom/" and "prom" become "/prom"; "/" becomes "".
StatusOr<std::string> ParseRoutePrefix(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  while (text.starts_with('/')) text.remove_prefix(1);
  if (text.find_first_of("?#% ") != std::string_view::npos) {
    return InvalidArgument("{} is no plain path", Quote(text));
  }
  return text.empty() ? std::string() : fmt::format("/{}", text);
}

/// What stands behind scheme and host.
StatusOr<std::string> PathOfUrl(std::string_view url) {
  std::string_view rest = url;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!rest.starts_with(scheme)) continue;
    rest.remove_prefix(scheme.size());
    const size_t slash = std::min(rest.find('/'), rest.size());
    if (slash == 0) break;
    return std::string(rest.substr(slash));
  }
  return InvalidArgument("{} is no URL of the form http://host/path", Quote(url));
}

std::string Wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  size_t column = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > 0 && indent + column + 1 + word.size() > width) {
      out += '\n';
      out.append(indent, ' ');
      column = 0;
    } else if (column > 0) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return out;
}

std::string Usage(const Flag& flag) {
  if (flag.placeholder.empty()) return fmt::format("--[no-]{}", flag.name);
  return fmt::format("--{}={}", flag.name, flag.placeholder);
}

}  // namespace

FlagTable::FlagTable(ServeOptions* options) : options_(options) {
  AddStorage();
  AddLog();
  AddQuery();
  AddWeb();
  AddRemoteWrite();
  AddRemoteRead();
  AddProcess();
}

void FlagTable::Add(std::string name, std::string placeholder, std::string help,
                    std::function<Status(std::string_view)> set,
                    std::function<std::string()> show) {
  flags_.push_back({std::move(name), std::move(placeholder), group_, std::move(help), false,
                    std::move(set), std::move(show)});
}

void FlagTable::AddBytes(std::string name, std::string help, uint64_t* value) {
  Add(
      std::move(name), "BYTES", std::move(help),
      [value](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(*value, ParseBytes(text));
        return absl::OkStatus();
      },
      [value] { return FormatBytes(*value); });
}

void FlagTable::AddDuration(std::string name, std::string help, int64_t* value) {
  Add(
      std::move(name), "DURATION", std::move(help),
      [value](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(*value, ParsePositiveDuration(text));
        return absl::OkStatus();
      },
      [value] { return syntax::FormatDurationMs(*value); });
}

void FlagTable::AddCount(std::string name, std::string help, uint64_t min, uint64_t max,
                         std::function<void(uint64_t)> set, std::function<uint64_t()> get) {
  Add(
      std::move(name), "N", std::move(help),
      [min, max, set = std::move(set)](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(const uint64_t value, ParseCount(text, min, max));
        set(value);
        return absl::OkStatus();
      },
      [get = std::move(get)] { return std::to_string(get()); });
}

void FlagTable::AddSwitch(std::string name, std::string help, bool* value) {
  Add(
      std::move(name), "", std::move(help),
      [value](std::string_view text) -> Status {
        if (text != "true" && text != "false") return OneOf(text, "true, false");
        *value = text == "true";
        return absl::OkStatus();
      },
      [value] { return std::string(*value ? "true" : "false"); });
}

void FlagTable::AddStorage() {
  group_ = "Storage";
  DatabaseOptions& database = options_->database;
  Add(
      "storage.tsdb.path", "DIR", "The data directory; created if it is not there.",
      [&database](std::string_view text) -> Status {
        if (text.empty()) return InvalidArgument("must name a directory");
        database.path = text;
        return absl::OkStatus();
      },
      [&database] { return database.path; });
  AddDuration("storage.tsdb.retention.time", "How long samples are kept.", &database.retention_ms);
  AddDuration("storage.seal-window",
              "The head is sealed into a part at multiples of this. Shorter windows restart faster "
              "and merge more.",
              &database.seal_window_ms);
  AddDuration("storage.merge-interval", "How often parts are looked through for merging.",
              &database.merge_interval_ms);
  Add(
      "storage.merge-rate", "BYTES",
      "Bytes a second that merges in the background write at most. 0: no limit.",
      [&database](std::string_view text) -> Status {
        database.merge_bytes_per_second = 0;
        if (text == "0") return absl::OkStatus();
        ASSIGN_OR_RETURN(database.merge_bytes_per_second, ParseBytes(text));
        return absl::OkStatus();
      },
      [&database] {
        const uint64_t rate = database.merge_bytes_per_second;
        return rate == 0 ? "0" : FormatBytes(rate);
      });
  AddBytes("storage.block-cache-bytes", "Memory for blocks that were read.",
           &database.block_cache_bytes);
  AddCount(
      "storage.max-series",
      "Series that may be kept; new ones beyond it are put off with 503. 0: no limit.", 0, kMax32,
      [&database](uint64_t n) { database.max_series = static_cast<uint32_t>(n); },
      [&database] { return database.max_series; });
  AddCount(
      "storage.exemplars.max-per-series",
      "Exemplars kept of a series, the newest; up to an eighth more may lie on disk. 0: no limit.",
      0, kMax32, [&database](uint64_t n) { database.max_exemplars_per_series = n; },
      [&database] { return database.max_exemplars_per_series; });
  AddDuration("storage.exemplars.retention.time",
              "How long exemplars are kept; never longer than samples.",
              &database.exemplar_retention_ms);
  AddDuration("storage.max-future", "Samples further ahead of the clock are refused.",
              &database.max_future_ms);
}

void FlagTable::AddLog() {
  group_ = "Write-ahead log";
  DatabaseOptions& database = options_->database;
  Add(
      "wal-sync", "MODE",
      "When the log is synced: commit (before a request is answered: nothing that was acknowledged "
      "is lost), interval (a machine that fails loses up to --wal-sync-interval), off (it loses "
      "what the kernel had not written).",
      [&database](std::string_view text) -> Status {
        for (const WalSyncName& row : kWalSyncNames) {
          if (row.name != text) continue;
          database.wal_sync = row.mode;
          return absl::OkStatus();
        }
        return OneOf(text, "commit, interval, off");
      },
      [&database] {
        return std::string(kWalSyncNames[static_cast<size_t>(database.wal_sync)].name);
      });
  Add(
      "wal-sync-interval", "DURATION", "The interval of --wal-sync=interval.",
      [this, &database](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(database.wal_sync_interval_ms, ParsePositiveDuration(text));
        options_->wal_sync_interval_given = true;
        return absl::OkStatus();
      },
      [&database] { return syntax::FormatDurationMs(database.wal_sync_interval_ms); });
  AddBytes("wal-max-bytes",
           "Unsealed bytes of the log at which a seal starts; at twice as many, writes are put off "
           "with 503 until it is done.",
           &database.wal_max_bytes);
  AddCount(
      "wal-max-rows",
      "Unsealed rows of the log (a row: samples of one series in one request) at which a seal "
      "starts: a restart reads so many in some four seconds.",
      1, kMaxSize, [&database](uint64_t n) { database.wal_max_rows = n; },
      [&database] { return database.wal_max_rows; });
  AddBytes("wal-segment-bytes", "Size of the log's files.", &database.wal_segment_bytes);
}

void FlagTable::AddQuery() {
  group_ = "Query";
  EngineOptions& engine = options_->engine;
  AddDuration("query.timeout", "How long a query may take, waiting included.", &engine.timeout_ms);
  AddDuration("query.lookback-delta",
              "How far back an instant selector looks for the latest sample.",
              &engine.lookback_delta_ms);
  AddCount(
      "query.max-samples", "Samples that a query may hold in memory.", 1, kMaxSize,
      [&engine](uint64_t n) { engine.max_samples = n; }, [&engine] { return engine.max_samples; });
  AddBytes("query.max-memory", "Memory that a query may use.", &engine.max_memory_bytes);
  AddCount(
      "query.max-concurrency", "Queries that run at once; others wait.", 1, 10000,
      [&engine](uint64_t n) { engine.max_concurrency = static_cast<uint32_t>(n); },
      [&engine] { return engine.max_concurrency; });
  AddCount(
      "query.max-queued", "Queries that wait at once; more get 503. 0: no limit.", 0, 1'000'000,
      [&engine](uint64_t n) { engine.max_queued = static_cast<uint32_t>(n); },
      [&engine] { return engine.max_queued; });
  AddCount(
      "query.max-series", "Series that a query may select. 0: no limit.", 0, kMaxSize,
      [&engine](uint64_t n) { engine.max_series = n; }, [&engine] { return engine.max_series; });
  Add(
      "query.log-slow", "DURATION",
      "Queries that take longer are logged as warnings, with what they read. 0s: none.",
      [this](std::string_view text) -> Status {
        if (text == "0" || text == "0s") {
          options_->slow_query_ms = 0;
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(options_->slow_query_ms, ParsePositiveDuration(text));
        return absl::OkStatus();
      },
      [this] { return syntax::FormatDurationMs(options_->slow_query_ms); });
  AddCount(
      "query.threads", "Threads that read series for all queries. 0: one for each core.", 0, 1024,
      [&engine](uint64_t n) { engine.threads = static_cast<uint32_t>(n); },
      [&engine] { return engine.threads; });
  Add(
      "enable-feature", "NAME,...",
      "Experimental features by Prometheus' names: promql-experimental-functions, "
      "promql-extended-range-selectors, promql-binop-fill-modifiers, promql-delayed-name-removal, "
      "promql-duration-expr (on by default), promql-per-step-stats, st-storage (always on), "
      "use-start-timestamps, search-api.",
      [this](std::string_view text) -> Status {
        while (!text.empty()) {
          const size_t end = std::min(text.find(','), text.size());
          RETURN_IF_ERROR(EnableFeature(text.substr(0, end), options_));
          text.remove_prefix(std::min(text.size(), end + 1));
        }
        return absl::OkStatus();
      },
      [this] { return fmt::format("{}", fmt::join(options_->features, ",")); });
  flags_.back().repeats = true;
}

void FlagTable::AddWeb() {
  group_ = "Web";
  Add(
      "web.listen-address", "HOST:PORT", "Where to listen; port 0 takes a free one.",
      [this](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(options_->listen, ParseAddress(text));
        return absl::OkStatus();
      },
      [this] { return FormatAddress(options_->listen); });
  Add(
      "web.route-prefix", "PATH", "A path before all others, for reverse proxies that keep it.",
      [this](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(options_->app.route_prefix, ParseRoutePrefix(text));
        options_->route_prefix_given = true;
        return absl::OkStatus();
      },
      [this] { return options_->app.route_prefix.empty() ? "/" : options_->app.route_prefix; });
  Add(
      "web.external-url", "URL",
      "The URL under which this server is reached from outside. Its path is the route prefix, "
      "unless "
      "--web.route-prefix says otherwise.",
      [this](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(const std::string path, PathOfUrl(text));
        ASSIGN_OR_RETURN(options_->external_prefix, ParseRoutePrefix(path));
        options_->external_url = text;
        return absl::OkStatus();
      },
      [this] { return options_->external_url; });
  AddCount(
      "web.search.max-limit",
      "Largest limit of the search endpoints (--enable-feature=search-api). 0: none.", 0, kMax32,
      [this](uint64_t n) { options_->search_limit_max = n; },
      [this] { return options_->search_limit_max; });
  Add(
      "web.cors.origin", "REGEX", "Origins that browsers may ask from, fully anchored.",
      [this](std::string_view text) -> Status {
        options_->app.cors_origin = text;
        return absl::OkStatus();
      },
      [this] { return options_->app.cors_origin; });
  AddCount(
      "web.max-connections", "Connections at once; idle ones make room for new ones.", 1, 100000,
      [this](uint64_t n) { options_->server.max_connections = n; },
      [this] { return options_->server.max_connections; });
  Add(
      "web.read-timeout", "DURATION",
      "For a request to arrive, and for an idle connection to send the next.",
      [this](std::string_view text) -> Status {
        ASSIGN_OR_RETURN(const int64_t timeout_ms, ParsePositiveDuration(text));
        options_->server.read_timeout = std::chrono::milliseconds(timeout_ms);
        return absl::OkStatus();
      },
      [this] { return syntax::FormatDurationMs(options_->server.read_timeout.count()); });
  AddSwitch("web.enable-admin-api",
            "Endpoints that seal, compact, verify, snapshot and delete: /api/v1/admin/...",
            &options_->enable_admin_api);
}

void FlagTable::AddRemoteWrite() {
  group_ = "Remote write";
  ReceiverLimits& receiver = options_->receiver;
  AddBytes("remote-write.max-compressed-bytes", "Largest body as it comes; above it 413.",
           &receiver.max_compressed_bytes);
  AddBytes("remote-write.max-decompressed-bytes", "Largest body after decompression; above it 413.",
           &receiver.max_decompressed_bytes);
  AddCount(
      "remote-write.max-series", "Series in a request; above it 413.", 1, kMax32,
      [&receiver](uint64_t n) { receiver.max_series = n; },
      [&receiver] { return receiver.max_series; });
  AddCount(
      "remote-write.max-samples", "Samples in a request; above it 413.", 1, kMax32,
      [&receiver](uint64_t n) { receiver.max_samples = n; },
      [&receiver] { return receiver.max_samples; });
  AddBytes("remote-write.max-inflight-bytes",
           "Decompressed bytes of requests that are being taken at once; above it 503.",
           &receiver.max_inflight_bytes);
  LabelLimits& labels = options_->database.label_limits;
  const auto label_limit = [this](std::string name, std::string help, uint64_t max, size_t* value) {
    AddCount(
        std::move(name), std::move(help), 1, max, [value](uint64_t n) { *value = n; },
        [value] { return *value; });
  };
  label_limit("remote-write.max-labels", "Labels of a series.", 10000, &labels.max_labels);
  label_limit("remote-write.max-label-name-bytes", "Length of a label's name.", 65536,
              &labels.max_name_bytes);
  label_limit("remote-write.max-label-value-bytes", "Length of a label's value.", 1 << 20,
              &labels.max_value_bytes);
}

void FlagTable::AddRemoteRead() {
  group_ = "Remote read";
  AddCount(
      "storage.remote.read-sample-limit",
      "Samples of an answer that is not streamed; above it 400. 0: no limit.", 0, kMaxSize,
      [this](uint64_t n) { options_->remote_read_samples_max = n; },
      [this] { return options_->remote_read_samples_max; });
  AddCount(
      "storage.remote.read-concurrent-limit", "Reads that run at once; others wait. 0: no limit.",
      0, 10000, [this](uint64_t n) { options_->remote_read_concurrency = n; },
      [this] { return options_->remote_read_concurrency; });
  AddBytes("storage.remote.read-max-bytes-in-frame",
           "About how large a frame of a streamed answer may become.",
           &options_->remote_read_frame_bytes);
}

void FlagTable::AddProcess() {
  group_ = "Process";
  Add(
      "log.level", "LEVEL", "What is logged at least: debug, info, warn or error.",
      [this](std::string_view text) -> Status {
        if (std::find(std::begin(kLogLevels), std::end(kLogLevels), text) == std::end(kLogLevels)) {
          return OneOf(text, "debug, info, warn, error");
        }
        options_->log_level = text;
        return absl::OkStatus();
      },
      [this] { return options_->log_level; });
  AddDuration("shutdown-grace", "How long requests that run may go on after SIGTERM or SIGINT.",
              &options_->shutdown_grace_ms);
}

const Flag* FlagTable::Find(std::string_view name) const {
  const auto flag = std::find_if(flags_.begin(), flags_.end(),
                                 [name](const Flag& row) { return row.name == name; });
  return flag == flags_.end() ? nullptr : &*flag;
}

Status FlagTable::Apply(const Flag& flag, std::string_view value) {
  if (!flag.repeats && std::find(given_.begin(), given_.end(), flag.name) != given_.end()) {
    return InvalidArgument("--{} is given twice", flag.name);
  }
  given_.push_back(flag.name);
  return WithContext(flag.set(value), fmt::format("--{}", flag.name));
}

Status FlagTable::Parse(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with("--")) {
      return InvalidArgument("unexpected argument {}: flags are --name=value", Quote(argument));
    }
    argument.remove_prefix(2);
    const size_t equal = argument.find('=');
    const std::string_view name = argument.substr(0, equal);
    const Flag* flag = Find(name);
    if (flag == nullptr && name.starts_with("no-") && equal == std::string_view::npos) {
      flag = Find(name.substr(3));
      if (flag != nullptr && flag->placeholder.empty()) {
        RETURN_IF_ERROR(Apply(*flag, "false"));
        continue;
      }
      flag = nullptr;
    }
    if (flag == nullptr) {
      return InvalidArgument("there is no flag --{}; 'silverback serve --help' lists them", name);
    }
    if (equal != std::string_view::npos) {
      RETURN_IF_ERROR(Apply(*flag, argument.substr(equal + 1)));
    } else if (flag->placeholder.empty()) {
      RETURN_IF_ERROR(Apply(*flag, "true"));
    } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
      RETURN_IF_ERROR(Apply(*flag, arguments[++i]));
    } else {
      return InvalidArgument("--{} needs a value: {}", flag->name, Usage(*flag));
    }
  }
  if (!options_->external_url.empty() && !options_->route_prefix_given) {
    options_->app.route_prefix = options_->external_prefix;
  }
  return CheckConsistent(*options_);
}

std::string FlagTable::Help() const {
  std::string help;
  std::string group;
  for (const Flag& flag : flags_) {
    if (flag.group != group) {
      group = flag.group;
      help += fmt::format("\n{}:\n", group);
    }
    const std::string value = flag.show();
    const std::string text =
        value.empty() ? flag.help : fmt::format("{} (default: {})", flag.help, value);
    help += fmt::format("  {}\n      {}\n", Usage(flag), Wrapped(text, 6, 100));
  }
  return help;
}

std::string FlagTable::Markdown() const {
  std::string text;
  std::string group;
  for (const Flag& flag : flags_) {
    if (flag.group != group) {
      group = flag.group;
      text += fmt::format("\n## {}\n\n| flag | default | meaning |\n|---|---|---|\n", group);
    }
    const std::string value = flag.show();
    text += fmt::format("| `{}` | {} | {} |\n", Usage(flag),
                        value.empty() ? std::string() : fmt::format("`{}`", value), flag.help);
  }
  return text;
}

std::vector<std::pair<std::string, std::string>> FlagTable::Values() const {
  std::vector<std::pair<std::string, std::string>> values;
  for (const Flag& flag : flags_) values.emplace_back(flag.name, flag.show());
  return values;
}

}  // namespace silverback
