#include "tools/commands/api_source.h"

#include <utility>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/database/database.h"
#include "query/api/context.h"
#include "query/api/routes.h"
#include "query/exec/engine.h"

namespace silverback {
namespace {

constexpr const char* kDefaultUrl = "http://127.0.0.1:9201";

class ServerSource : public ApiSource {
 public:
  explicit ServerSource(std::unique_ptr<ApiClient> client) : client_(std::move(client)) {}
  StatusOr<HttpAnswer> Ask(const std::string& path, const Parameters& parameters) override {
    return client_->Get(path, parameters);
  }

 private:
  std::unique_ptr<ApiClient> client_;
};

class DirectorySource : public ApiSource {
 public:
  static StatusOr<std::unique_ptr<ApiSource>> Open(const std::string& directory) {
    DatabaseOptions options;
    options.path = directory;
    options.read_only = true;
    options.background = false;
    ASSIGN_OR_RETURN(auto database, Database::Open(std::move(options)));
    auto source = std::unique_ptr<DirectorySource>(new DirectorySource);
    source->database_ = std::move(database);
    source->engine_ = Engine::Create(source->database_.get(), EngineOptions{});
    source->context_.database = source->database_.get();
    source->context_.engine = source->engine_.get();
    return std::unique_ptr<ApiSource>(std::move(source));
  }

  StatusOr<HttpAnswer> Ask(const std::string& path, const Parameters& parameters) override {
    ApiRequest request;
    request.method = "GET";
    request.path = path;
    for (const auto& [name, value] : parameters) request.parameters.Add(name, value);
    const ApiResponse response = Dispatch(context_, std::move(request));
    StringSink sink;
    if (response.body) response.body(sink);
    return HttpAnswer{response.status, sink.text()};
  }

 private:
  DirectorySource() = default;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Engine> engine_;
  ApiContext context_;
};

}  // namespace

void SourceArguments::AddTo(CLI::App* app) {
  auto* url_option =
      app->add_option("--url", url, fmt::format("The server to ask (default: {})", kDefaultUrl));
  app->add_option("--data", directory, "A data directory that no server holds, instead of a server")
      ->excludes(url_option);
}

StatusOr<std::unique_ptr<ApiSource>> OpenSource(const SourceArguments& arguments) {
  if (!arguments.directory.empty()) return DirectorySource::Open(arguments.directory);
  ASSIGN_OR_RETURN(auto client,
                   ApiClient::Create(arguments.url.empty() ? kDefaultUrl : arguments.url));
  return std::unique_ptr<ApiSource>(std::make_unique<ServerSource>(std::move(client)));
}

StatusOr<std::string> AskForSuccess(ApiSource* source, const std::string& path,
                                    const Parameters& parameters) {
  ASSIGN_OR_RETURN(HttpAnswer answer, source->Ask(path, parameters));
  if (answer.status == 200) return std::move(answer.body);
  const auto json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  const std::string reason = json.is_object() && json.contains("error") && json["error"].is_string()
                                 ? json["error"].get<std::string>()
                                 : answer.body;
  return Error(absl::StatusCode::kFailedPrecondition, "{} (status {})", reason, answer.status);
}

}  // namespace silverback
