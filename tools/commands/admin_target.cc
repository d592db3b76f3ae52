#include "tools/commands/admin_target.h"

#include <filesystem>
#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/file_system.h"
#include "tools/client/api_client.h"
#include "tools/commands/server_file.h"

namespace silverback {
namespace {

using Json = nlohmann::json;

class DirectoryTarget : public AdminTarget {
 public:
  explicit DirectoryTarget(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status Compact(const ProgressFunction& progress) override { return database_->Compact(progress); }
  StatusOr<VerifyReport> Verify(const ProgressFunction& progress) override {
    return database_->Verify(progress);
  }
  Status Snapshot(const std::string& directory, const ProgressFunction& progress) override {
    return database_->Snapshot(directory, progress);
  }
  StatusOr<std::string> ScratchDirectory() override {
    return JoinPath(database_->options().path, "snapshots");
  }

 private:
  std::unique_ptr<Database> database_;
};

VerifyReport ReadReport(const Json& data) {
  VerifyReport report;
  const auto count = [&data](const char* key) { return data.value(key, uint64_t{0}); };
  report.parts = count("parts");
  report.blocks = count("blocks");
  report.timelines = count("timelines");
  report.samples = count("samples");
  report.series = count("series");
  report.postings = count("postings");
  report.log_records = count("logRecords");
  for (const Json& item : data.value("findings", Json::array())) {
    Finding finding{.where = item.value("where", ""),
                    .what = item.value("what", ""),
                    .series = {},
                    .range = {0, -1}};
    if (item.contains("series")) finding.series = item["series"].get<SeriesId>();
    if (item.contains("minTime"))
      finding.range = {item["minTime"].get<int64_t>(), item["maxTime"].get<int64_t>()};
    report.findings.push_back(std::move(finding));
  }
  return report;
}

class ServerTarget : public AdminTarget {
 public:
  explicit ServerTarget(std::unique_ptr<ApiClient> client) : client_(std::move(client)) {
    client_->set_timeout_seconds(24 * 3600);
  }

  Status Compact(const ProgressFunction& progress) override {
    return Run("/api/v1/admin/compact", {}, progress).status();
  }
  StatusOr<VerifyReport> Verify(const ProgressFunction& progress) override {
    ASSIGN_OR_RETURN(const Json data, Run("/api/v1/admin/verify", {}, progress));
    return ReadReport(data);
  }
  Status Snapshot(const std::string& directory, const ProgressFunction& progress) override {
    return Run("/api/v1/admin/snapshot", {{"target", directory}}, progress).status();
  }
  StatusOr<std::string> ScratchDirectory() override {
    ASSIGN_OR_RETURN(const HttpAnswer answer, client_->Get("/api/v1/status/flags"));
    const Json flags = Json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    const Json::json_pointer path("/data/storage.tsdb.path");
    if (!flags.is_object() || !flags.contains(path)) {
      return Error(absl::StatusCode::kInternal, "the server does not say where its data lies");
    }
    return JoinPath(std::filesystem::absolute(flags[path].get<std::string>()).string(),
                    "snapshots");
  }

 private:
  /// Starts an operation and follows its progress; `data` of its last line.
  StatusOr<Json> Run(const std::string& path, const Parameters& parameters,
                     const ProgressFunction& progress) {
    Json last;
    std::string raw;
    const auto on_line = [&](std::string_view line) {
      raw = line;
      const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!json.is_object()) return;
      if (json.contains("stage")) {
        if (progress)
          progress(json["stage"].get<std::string>(), json.value("done", uint64_t{0}),
                   json.value("total", uint64_t{0}));
      } else {
        last = json;
      }
    };
    ASSIGN_OR_RETURN(const HttpAnswer answer, client_->PostForLines(path, parameters, on_line));
    if (last.value("status", "") == "success") return last.value("data", Json::object());
    return Error(absl::StatusCode::kFailedPrecondition, "the server answered {}: {}{}",
                 answer.status, last.value("error", raw.substr(0, 300)),
                 last.value("error", "") == "admin APIs disabled"
                     ? " (start it with --web.enable-admin-api)"
                     : "");
  }

  std::unique_ptr<ApiClient> client_;
};

StatusOr<std::unique_ptr<AdminTarget>> OpenServer(const std::string& url) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  return std::unique_ptr<AdminTarget>(std::make_unique<ServerTarget>(std::move(client)));
}

}  // namespace

void AdminArguments::AddTo(CLI::App* app) {
  auto* data = app->add_option(
      "--data", directory, "The data directory; if a server holds it, the server does the work");
  app->add_option("--url", url, "The server, instead of a directory")->excludes(data);
}

StatusOr<std::unique_ptr<AdminTarget>> OpenAdminTarget(const AdminArguments& arguments,
                                                       bool read_only) {
  if (!arguments.url.empty()) return OpenServer(arguments.url);
  if (arguments.directory.empty())
    return InvalidArgument("say which database: --data DIR or --url URL");
  if (!FileSystem::Posix()->Exists(arguments.directory)) {
    return Error(absl::StatusCode::kNotFound, "there is no directory {}", arguments.directory);
  }
  DatabaseOptions options;
  options.path = arguments.directory;
  options.background = false;
  options.read_only = read_only;
  StatusOr<std::unique_ptr<Database>> database = Database::Open(std::move(options));
  if (database.ok())
    return std::unique_ptr<AdminTarget>(std::make_unique<DirectoryTarget>(*std::move(database)));
  const std::optional<std::string> url = ReadServerFile(arguments.directory);
  if (absl::IsFailedPrecondition(database.status()) && url) return OpenServer(*url);
  return database.status();
}

}  // namespace silverback
