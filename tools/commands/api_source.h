// Where a client command asks: a server by its URL, or a data directory that no server holds, through the same handlers.
#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "tools/client/api_client.h"

namespace CLI {
class App;
}

namespace silverback {

class ApiSource {
 public:
  virtual ~ApiSource() = default;
  /// Asks an endpoint of the API; the answer as the server words it, whatever its status.
  virtual StatusOr<HttpAnswer> Ask(const std::string& path, const Parameters& parameters) = 0;
};

/// The options --url and --data of a command.
struct SourceArguments {
  std::string url;
  std::string directory;

  /// Adds both options, which exclude each other, to a command's description.
  void AddTo(CLI::App* app);
};

/// Opens what the arguments name; without any, the server at http://127.0.0.1:9201. A directory is opened for reading
/// only.
StatusOr<std::unique_ptr<ApiSource>> OpenSource(const SourceArguments& arguments);

/// Asks, and returns the body of a successful answer; an error with the server's reason otherwise.
StatusOr<std::string> AskForSuccess(ApiSource* source, const std::string& path,
                                    const Parameters& parameters);

}  // namespace silverback
