#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "command_run.h"
#include "small_database.h"

#include "tests/support/temporary_directory.h"
#include "tools/commands/command.h"
#include "tools/commands/flags.h"
#include "tools/commands/running_server.h"
#include "tools/commands/server_file.h"

namespace silverback {
namespace {

void FlipByteIn(const std::string& directory, const std::string& extension, uint64_t offset) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != extension || entry.file_size() <= offset) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
  }
}

}  // namespace

TEST_CASE("verify's progress ends at 100 % in every stage") {
  const TemporaryDirectory directory;
  MakeSmallDatabase(directory.File("data"));
  const CommandRun run = RunSilverback({"verify", "--data", directory.File("data")});
  CHECK(run.exit_code == kExitDone);
  CHECK_THAT(run.out, Catch::Contains("all is well"));
  for (const char* stage : {"blocks", "series", "postings"}) {
    CHECK_THAT(run.errors, Catch::Contains(std::string(stage) + ": 100.0 %"));
  }
}

TEST_CASE("a finding of verify says the range of time that it is about, if there is one") {
  const TemporaryDirectory directory;
  const std::string data = directory.File("data");
  MakeSmallDatabase(data);
  const auto findings = [&] {
    const CommandRun run = RunSilverback({"verify", "--data", data, "--json"});
    CHECK(run.exit_code == kExitFailed);
    return nlohmann::json::parse(run.out)["findings"];
  };
  SECTION("damage of the log is about none") {
    FlipByteIn(data + "/wal", ".wal", 100);
    const nlohmann::json found = findings();
    REQUIRE(found.size() == 1);
    CHECK_FALSE(found[0].contains("minTime"));
    // The JSON stands alone: warnings go elsewhere.
    CHECK_THAT(RunSilverback({"verify", "--data", data, "--json"}).errors,
               Catch::Contains("damaged record"));
    const CommandRun run = RunSilverback({"verify", "--data", data});
    CHECK_THAT(run.out, !Catch::Contains("1970-01-01"));
  }
  SECTION("damage of a part is about the part's") {
    FlipByteIn(data + "/store", ".sst", 2000);
    const nlohmann::json found = findings();
    REQUIRE_FALSE(found.empty());
    for (const auto& finding : found) CHECK(finding["minTime"] >= kSmallStartMs);
    const CommandRun run = RunSilverback({"verify", "--data", data});
    CHECK_THAT(run.out, Catch::Contains("2026-10-31T"));
  }
}

TEST_CASE("commands find the server of a directory behind its route prefix") {
  const TemporaryDirectory directory;
  const std::string data = directory.File("data");
  MakeSmallDatabase(data);
  ServeOptions options;
  FlagTable table(&options);
  REQUIRE(table
              .Parse({"--storage.tsdb.path=" + data, "--web.listen-address=127.0.0.1:0",
                      "--web.enable-admin-api", "--web.route-prefix=/tsdb"})
              .ok());
  options.database.background = false;
  options.database.clock = +[] { return kSmallEndMs; };
  const auto server = RunningServer::Start(options, table.Values());
  INFO(MessageOf(server.status()));
  REQUIRE(server.ok());
  CHECK((*server)->url() == "http://" + (*server)->address() + "/tsdb");
  REQUIRE(WriteServerFile(data, (*server)->url()).ok());
  const CommandRun run = RunSilverback({"verify", "--data", data});
  CHECK(run.exit_code == kExitDone);
  CHECK_THAT(run.out, Catch::Contains("all is well"));
  for (const char* stage : {"blocks", "series", "postings"}) {
    CHECK_THAT(run.errors, Catch::Contains(std::string(stage) + ": 100.0 %"));
  }
}

}  // namespace silverback
