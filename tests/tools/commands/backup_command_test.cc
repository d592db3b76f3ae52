#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "command_run.h"
#include "small_database.h"

#include "engine/backup/repository.h"
#include "tests/support/temporary_directory.h"
#include "tools/commands/command.h"
#include "tools/commands/flags.h"
#include "tools/commands/running_server.h"

namespace silverback {
namespace {

struct Fixture {
  TemporaryDirectory directory;
  std::string data = directory.File("data");
  std::string repository = directory.File("repository");
  std::string target = directory.File("restored");

  Fixture() { MakeSmallDatabase(data); }

  /// Runs a command that must succeed.
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandRun run = RunSilverback(arguments);
    CAPTURE(arguments);
    INFO(run.errors);
    REQUIRE(run.exit_code == kExitDone);
    return run.out;
  }
  void RestoreAndVerify() {
    Run({"backup", "verify", "--repository", repository});
    Run({"backup", "restore", "--repository", repository, "--target", target});
    CHECK_THAT(Run({"verify", "--data", target}), Catch::Contains("all is well"));
  }
};

void CheckSame(const std::vector<std::string>& restored, const std::vector<std::string>& original) {
  REQUIRE(restored.size() == original.size());
  for (size_t i = 0; i < original.size(); ++i) CHECK(restored[i] == original[i]);
}

}  // namespace

TEST_CASE("a restored backup of a directory answers every question as the original did") {
  Fixture f;
  const auto original = AskSmallDatabase(f.data);
  f.Run({"backup", "create", "--data", f.data, "--repository", f.repository});
  f.RestoreAndVerify();
  CheckSame(AskSmallDatabase(f.target), original);
  SECTION("and after sealing and merging too") {
    f.Run({"compact", "--data", f.target});
    CHECK_THAT(f.Run({"verify", "--data", f.target}), Catch::Contains("all is well"));
    CheckSame(AskSmallDatabase(f.target), original);
  }
  SECTION("and the original goes on as it was") {
    CheckSame(AskSmallDatabase(f.data), original);
  }
}

TEST_CASE("a backup of a running server holds what it had acknowledged, and nothing later") {
  Fixture f;
  ServeOptions options;
  FlagTable table(&options);
  REQUIRE(table
              .Parse({"--storage.tsdb.path=" + f.data, "--web.listen-address=127.0.0.1:0",
                      "--web.enable-admin-api"})
              .ok());
  options.database.background = false;
  options.database.clock = +[] { return kSmallEndMs; };
  auto server = RunningServer::Start(options, table.Values());
  INFO(MessageOf(server.status()));
  REQUIRE(server.ok());
  const std::string url = "http://" + (*server)->address();
  const auto original = AskSmallDatabase(f.data, url);
  const auto created = nlohmann::json::parse(
      f.Run({"backup", "create", "--url", url, "--repository", f.repository, "--json"}));
  CHECK(created["filesNew"] == created["files"]);
  AddSmallSamples(&(*server)->database(), kSmallEndMs, kSmallEndMs + 300'000);
  const auto later = nlohmann::json::parse(
      f.Run({"backup", "create", "--url", url, "--repository", f.repository, "--json"}));
  CHECK(later["filesNew"] < later["files"]);
  (*server).reset();
  const std::string first = created["id"];
  f.Run({"backup", "verify", "--repository", f.repository, "--all"});
  f.Run({"backup", "restore", "--repository", f.repository, "--id", first, "--target", f.target});
  CHECK_THAT(f.Run({"verify", "--data", f.target}), Catch::Contains("all is well"));
  CheckSame(AskSmallDatabase(f.target), original);
  const std::string second = f.directory.File("second");
  f.Run({"backup", "restore", "--repository", f.repository, "--target", second});
  CheckSame(AskSmallDatabase(second), AskSmallDatabase(f.data));
}

TEST_CASE("a restore that did not finish is not opened") {
  Fixture f;
  REQUIRE(
      WriteFileDurably(FileSystem::Posix(), JoinPath(f.data, kRestoreUnfinished), "some-id").ok());
  for (const bool read_only : {false, true}) {
    DatabaseOptions options = SmallOptions(f.data);
    options.read_only = read_only;
    const auto opened = Database::Open(options);
    REQUIRE(absl::IsFailedPrecondition(opened.status()));
    const std::string message(MessageOf(opened.status()));
    CHECK_THAT(message, Catch::Contains(f.data));
    CHECK_THAT(message, Catch::Contains("restore that did not finish"));
    CHECK_THAT(message, Catch::Contains("RESTORE-UNFINISHED"));
  }
  const CommandRun run = RunSilverback({"verify", "--data", f.data});
  CHECK(run.exit_code == kExitFailed);
  CHECK_THAT(run.errors, Catch::Contains("restore that did not finish"));
}

}  // namespace silverback
