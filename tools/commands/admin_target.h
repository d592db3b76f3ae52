// Where upkeep commands work: on a data directory, or, if a server holds it, through that server's admin endpoints.
#pragma once

#include <memory>
#include <string>

#include "engine/base/status.h"
#include "engine/database/database.h"

namespace CLI {
class App;
}

namespace silverback {

class AdminTarget {
 public:
  virtual ~AdminTarget() = default;
  virtual Status Compact(const ProgressFunction& progress) = 0;
  virtual StatusOr<VerifyReport> Verify(const ProgressFunction& progress) = 0;
  /// A consistent copy of the database in `directory`, an absolute path that does not exist yet, on the machine of the
  /// database.
  virtual Status Snapshot(const std::string& directory, const ProgressFunction& progress) = 0;
  /// A directory, on the file system of the data, for a snapshot that is removed afterwards.
  virtual StatusOr<std::string> ScratchDirectory() = 0;
};

/// The options --data and --url of an upkeep command.
struct AdminArguments {
  std::string directory;
  std::string url;

  void AddTo(CLI::App* app);
};

/// Opens the directory, or turns to the server that holds it (it says where it listens in DIR/SERVER). `read_only`: nothing will be
/// changed.
StatusOr<std::unique_ptr<AdminTarget>> OpenAdminTarget(const AdminArguments& arguments,
                                                       bool read_only);

}  // namespace silverback
