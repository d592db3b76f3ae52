#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "command_run.h"
#include "small_database.h"

#include "engine/store/keys.h"
#include "engine/store/store.h"
#include "tests/support/temporary_directory.h"
#include "tools/commands/command.h"
#include "tools/commands/flags.h"
#include "tools/commands/running_server.h"
#include "tools/commands/server_file.h"

namespace silverback {
namespace {

using Json = nlohmann::json;

struct Fixture {
  TemporaryDirectory directory;
  std::string data = directory.File("data");

  Fixture() { MakeSmallDatabase(data); }

  CommandRun Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "inspect");
    arguments.insert(arguments.end(), {"--data", data});
    return RunSilverback(arguments);
  }
  /// What a command that must succeed prints.
  std::string Text(const std::vector<std::string>& arguments) const {
    const CommandRun run = Run(arguments);
    CAPTURE(arguments);
    INFO(run.errors);
    REQUIRE(run.exit_code == kExitDone);
    return run.out;
  }
  Json ReadJson(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    return Json::parse(Text(arguments));
  }
  uint64_t AnyPart() const { return ReadJson({"parts"})["parts"][0]["part"]; }
};

/// Fields that follow each other and end with the last byte.
void CheckCovered(const Json& fields, uint64_t bytes) {
  REQUIRE_FALSE(fields.empty());
  uint64_t at = fields[0]["offset"];
  const uint64_t begin = at;
  for (const Json& field : fields) {
    CHECK(field["offset"] == at);
    at += field["bytes"].get<uint64_t>();
    CHECK_FALSE(field["field"] == "malformed");
    const std::string meaning = field["meaning"];
    CHECK(meaning.find("WRONG") == std::string::npos);
  }
  CHECK(at - begin == bytes);
}

/// Name, size and time of every file, so that a change shows.
std::map<std::string, std::pair<uint64_t, std::filesystem::file_time_type>> FilesIn(
    const std::string& path) {
  std::map<std::string, std::pair<uint64_t, std::filesystem::file_time_type>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) {
      files[entry.path().string()] = {entry.file_size(), entry.last_write_time()};
    }
  }
  return files;
}

std::string LargestFile(const std::string& path, const std::string& extension) {
  std::filesystem::directory_entry largest;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().extension() != extension) continue;
    if (largest.path().empty() || entry.file_size() > largest.file_size()) largest = entry;
  }
  REQUIRE_FALSE(largest.path().empty());
  return largest.path().string();
}

void FlipByte(const std::string& path, uint64_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const auto byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
  REQUIRE(file.good());
}

/// As if a row had been damaged before the store put its own checksum on it.
void FlipLastByteOf(const std::string& data, Family family, const std::string& key) {
  StoreOptions options;
  options.path = data + "/store";
  const auto store = Store::Open(options);
  REQUIRE(store.ok());
  std::string value;
  REQUIRE((*store)->kv().Get(family, key, &value).ok());
  value.back() = static_cast<char>(value.back() ^ 1);
  KvBatch batch((*store)->kv());
  batch.Put(family, key, value);
  REQUIRE((*store)->kv().Write(std::move(batch), Durability::kSynced).ok());
}

}  // namespace

TEST_CASE("inspect lists the parts, and each with header, blocks and timelines") {
  const Fixture f;
  const Json parts = f.ReadJson({"parts"})["parts"];
  REQUIRE(parts.size() >= 3);
  for (const Json& row : parts) {
    const Json part = f.ReadJson({"part", row["part"].dump(), "--codecs", "--limit", "1000"});
    CHECK(part["blocks"].size() == row["blocks"]);
    CHECK(part["timelines"].size() == row["timelines"]);
    CHECK(part["header"].back()["field"] == "checksum");
    uint64_t rows = 0;
    uint64_t values = 0;
    for (const Json& block : part["blocks"]) rows += block["rows"].get<uint64_t>();
    for (const Json& codec : part["codecs"]) {
      if (codec["codec"] != "headers and facts") values += codec["values"].get<uint64_t>();
    }
    CHECK(rows == row["samples"]);
    CHECK(values == rows);
  }
  CHECK_THAT(f.Text({"parts"}), Catch::Contains("2026-10") && Catch::Contains("late"));
}

TEST_CASE("inspect tells every byte of the blocks of a series") {
  const Fixture f;
  const Json blocks = f.ReadJson(
      {"block", "--series", "load{instance=\"a:1\"}", "--samples", "--limit", "5000"})["blocks"];
  REQUIRE(blocks.size() >= 3);
  for (const Json& block : blocks) {
    CHECK(block["labels"] == "load{instance=\"a:1\"}");
    CheckCovered(block["fields"], block["bytes"]);
    CheckCovered(block["key"], 24);
    CHECK(block["samples"][0]["time"] == block["firstTime"]);
  }
  SECTION("or the one that holds a time, by the id of the series") {
    const Json one = f.ReadJson({"block", "--series", blocks[0]["series"].dump(), "--part",
                                 blocks[0]["part"].dump(), "--time",
                                 std::to_string(blocks[0]["firstTime"].get<int64_t>() / 1000)});
    REQUIRE(one["blocks"].size() == 1);
    CHECK(one["blocks"][0]["fields"] == blocks[0]["fields"]);
  }
  SECTION("and of the timeline that a block uses") {
    const std::string part = blocks[0]["part"].dump();
    const Json timeline =
        f.ReadJson({"timeline", "--part", part, "--ordinal", "0", "--times", "--limit", "5000"});
    uint64_t bytes = 0;
    for (const Json& field : timeline["fields"]) bytes += field["bytes"].get<uint64_t>();
    CheckCovered(timeline["fields"], bytes);
    CHECK_FALSE(timeline["times"].empty());
  }
  SECTION("and asks which, where a selector takes many") {
    const CommandRun run = f.Run({"block", "--series", "load"});
    CHECK(run.exit_code == kExitWrongUse);
    CHECK_THAT(run.errors,
               Catch::Contains("3 series") && Catch::Contains("load{instance=\"b:1\"}"));
  }
  SECTION("and says where else to look when there is none") {
    const CommandRun run = f.Run({"block", "--series", "load{instance=\"a:1\"}", "--time", "1000"});
    CHECK(run.exit_code == kExitFailed);
    CHECK_THAT(run.errors, Catch::Contains("1970-01-01T00:16:40") && Catch::Contains("log"));
  }
}

TEST_CASE(
    "inspect tells blocks of native histograms, in parts and on their own, as those of floats") {
  const Fixture f;
  const Json blocks =
      f.ReadJson({"block", "--series", "waits", "--samples", "--limit", "5000"})["blocks"];
  REQUIRE(blocks.size() >= 3);
  uint64_t stale = 0;
  uint64_t whole = 0;
  for (const Json& block : blocks) {
    CheckCovered(block["fields"], block["bytes"]);
    CHECK(block["fields"][1]["meaning"] == "2: native histograms");
    CHECK(block["samples"][0]["time"] == block["firstTime"]);
    for (const Json& sample : block["samples"]) {
      stale += sample["value"] == "stale" ? 1 : 0;
      whole += sample["value"] ==
                       "{count:40, sum:56.25, [-0.5,0.5]:5, (1,1.4142135623730951]:10, "
                       "(1.4142135623730951,2]:25}"
                   ? 1
                   : 0;
    }
  }
  CHECK(whole == 3);
  CHECK(stale >= 1);
  SECTION("the list of a part says so too") {
    const Json part = f.ReadJson({"part", blocks[0]["part"].dump(), "--limit", "1000"});
    uint64_t of_histograms = 0;
    for (const Json& row : part["blocks"]) {
      if (row["series"] != blocks[0]["series"]) continue;
      CHECK_THAT(row["codecs"].get<std::string>(), Catch::EndsWith(" histogram sections"));
      CHECK(row["lastTime"] >= row["firstTime"]);
      ++of_histograms;
    }
    CHECK(of_histograms >= 1);
  }
  SECTION("and a block is found by a time in it") {
    const std::string time = std::to_string(blocks[1]["firstTime"].get<int64_t>() / 1000);
    const Json found = f.ReadJson({"block", "--series", "waits", "--time", time})["blocks"];
    CHECK(found.size() == 1);
  }
  SECTION("and the log's records of histograms") {
    const Json record = f.ReadJson({"log"})["records"].back();
    const Json one =
        f.ReadJson({"log", "--sequence", record["sequence"].dump(), "--limit", "5000"});
    CHECK_THAT(one["samples"].back()["value"].get<std::string>(), Catch::StartsWith("{count:"));
    // Histograms that resemble each other are compressed.
    CHECK(one["payload"].back()["field"] == "block");
    CHECK_THAT(one["plainPayload"].back()["field"].get<std::string>(), Catch::EndsWith(": counts"));
  }
}

TEST_CASE("inspect tells the rows of every family") {
  const Fixture f;
  const Json families = f.ReadJson({"family"})["families"];
  REQUIRE(families.size() == 12);
  for (const Json& family : families) {
    const std::string name = family["family"];
    CAPTURE(name);
    const Json rows = f.ReadJson({"family", name, "--limit", "3"})["rows"];
    if (name == "tombstones") {
      CHECK(rows.empty());
      continue;
    }
    REQUIRE_FALSE(rows.empty());
    CHECK(rows[0]["key"].get<std::string>().find("malformed") == std::string::npos);
    const Json fields = f.ReadJson({"key", name, "--limit", "3"})["rows"];
    REQUIRE(fields.size() == rows.size());
    CheckCovered(fields[0]["key"], rows[0]["keyBytes"]);
    if (rows[0]["valueBytes"] > 0) CheckCovered(fields[0]["value"], rows[0]["valueBytes"]);
  }
  CHECK_THAT(f.Text({"family", "metadata"}), Catch::Contains("type \"counter\""));
  CHECK_THAT(f.Text({"key", "exemplars"}), Catch::Contains("{trace_id=\"abc\"}"));
  CHECK_THAT(f.Text({"family", "meta"}), Catch::Contains("(secret)"));
}

TEST_CASE("inspect finds keys by what their fields mean, or by their bytes") {
  const Fixture f;
  const auto keys = [&](const std::vector<std::string>& words) {
    std::vector<std::string> arguments{"family"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    std::vector<std::string> found;
    const Json document = f.ReadJson(arguments);
    for (const Json& row : document["rows"]) found.push_back(row["key"]);
    return found;
  };
  CHECK(keys({"postings", "code"}).size() == 2);
  CHECK(keys({"postings", "code", "500"}) ==
        std::vector<std::string>{"label name \"code\", label value \"500\", high half 0"});
  CHECK(keys({"activity", "2026-11-01"}) ==
        std::vector<std::string>{"day 2026-11-01, high half 0"});
  CHECK(keys({"series", "1"}) == std::vector<std::string>{"series 1"});
  CHECK(keys({"series", "--hex", "00000001"}) == std::vector<std::string>{"series 1"});
  CHECK(keys({"metrics", "load"}) == std::vector<std::string>{"metric name \"load\""});
  const std::string part = std::to_string(f.AnyPart());
  CHECK(keys({"catalog", part}) == std::vector<std::string>{"part " + part});
  for (const std::string& key : keys({"blocks", part, "1"})) {
    CHECK_THAT(key, Catch::StartsWith("part " + part + ", metric 1, "));
  }
  for (const auto& [words, reason] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"series", "x"}, "SERIES"},
           {{"series", "1", "2"}, "too many"},
           {{"activity", "soon"}, "2026-11-24"},
           {{"labels", "xyz"}, "hexadecimal"},
           {{"nothing"}, "no family"},
           {{"series", "1", "--hex", "00"}, "not both"}}) {
    std::vector<std::string> arguments{"family"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    const CommandRun run = f.Run(arguments);
    CAPTURE(words);
    CHECK(run.exit_code == kExitWrongUse);
    CHECK_THAT(run.errors, Catch::Contains(reason));
  }
  CHECK(f.Run({"key", "series", "99999"}).exit_code == kExitFailed);
}

TEST_CASE("inspect shows what was deleted") {
  const Fixture f;
  {
    const auto database = Database::Open(SmallOptions(f.data));
    REQUIRE(database.ok());
    const std::vector<std::vector<Matcher>> load{
        {*Matcher::Create(MatchType::kEqual, "__name__", "load")}};
    REQUIRE((*database)->Delete(load, {kSmallStartMs, kSmallStartMs + 60'000}).ok());
  }
  const Json rows = f.ReadJson({"family", "tombstones"})["rows"];
  REQUIRE(rows.size() == 3);
  CHECK_THAT(rows[0]["key"].get<std::string>(),
             Catch::Contains("first time 2026-10-31T21:00:00.000Z, "
                             "last time 2026-10-31T21:01:00.000Z"));
  const Json fields = f.ReadJson({"key", "tombstones"})["rows"][0];
  CheckCovered(fields["key"], rows[0]["keyBytes"]);
  const std::string series = fields["key"][0]["meaning"];
  const auto found = [&](const std::string& first_time) {
    return f.ReadJson({"family", "tombstones", series, first_time})["rows"].size();
  };
  CHECK(found("2026-10-31T21:00:00Z") == 1);
  CHECK(found("2026-10-31T21:01:00Z") == 0);
}

TEST_CASE("inspect tells the log's segments and records, and any byte of one") {
  const Fixture f;
  const Json log = f.ReadJson({"log"});
  REQUIRE_FALSE(log["records"].empty());
  CHECK(log.count("losses") == 0);
  const Json& record = log["records"].back();
  CHECK(record["state"] == "to replay");
  const Json one = f.ReadJson({"log", "--sequence", record["sequence"].dump(), "--limit", "5000"});
  CheckCovered(one["header"], 24);
  CHECK(one["header"][0]["offset"] == record["offset"]);
  CheckCovered(one["payload"], record["bytes"].get<uint64_t>() - 24);
  CHECK(one["samples"].size() == record["samples"]);
  CHECK(f.ReadJson({"log", "--from", "99999999"})["records"].empty());
  const CommandRun none = f.Run({"log", "--sequence", "99999999"});
  CHECK(none.exit_code == kExitFailed);
  CHECK_THAT(none.errors, Catch::Contains("no whole record 99999999"));
}

TEST_CASE("lists are bounded and say when there is more") {
  const Fixture f;
  const Json rows = f.ReadJson({"family", "series", "--limit", "2"});
  CHECK(rows["rows"].size() == 2);
  CHECK(rows["cut"] == Json{"rows"});
  CHECK_THAT(f.Text({"family", "series", "--limit", "2"}), Catch::Contains("there are more"));
  CHECK_THAT(f.Text({"family", "series"}), !Catch::Contains("there are more"));
  CHECK(f.Run({"family", "series", "--limit", "0"}).exit_code == kExitWrongUse);
}

TEST_CASE("inspect changes no file") {
  const Fixture f;
  const auto before = FilesIn(f.data);
  f.Text({"parts"});
  f.Text({"part", std::to_string(f.AnyPart())});
  f.Text({"block", "--series", "load{instance=\"a:1\"}"});
  f.Text({"family", "postings"});
  f.Text({"log"});
  CHECK(FilesIn(f.data) == before);
}

TEST_CASE(
    "a directory that a server holds is refused with the ways out, or looked at by a snapshot") {
  const Fixture f;
  ServeOptions options;
  FlagTable table(&options);
  REQUIRE(table
              .Parse({"--storage.tsdb.path=" + f.data, "--web.listen-address=127.0.0.1:0",
                      "--web.enable-admin-api"})
              .ok());
  options.database.background = false;
  options.database.clock = +[] { return kSmallEndMs; };
  const auto server = RunningServer::Start(options, table.Values());
  INFO(MessageOf(server.status()));
  REQUIRE(server.ok());
  REQUIRE(WriteServerFile(f.data, "http://" + (*server)->address()).ok());
  const CommandRun refused = f.Run({"parts"});
  CHECK(refused.exit_code == kExitFailed);
  CHECK_THAT(refused.errors, Catch::Contains((*server)->address()) && Catch::Contains("stop it") &&
                                 Catch::Contains("--snapshot") && Catch::Contains("backup"));
  const Json log = f.ReadJson({"log", "--snapshot"});
  CHECK_FALSE(log["records"].empty());
  CHECK(f.ReadJson({"parts", "--snapshot"})["parts"].size() >= 3);
  CHECK(std::filesystem::is_empty(f.data + "/snapshots"));
}

TEST_CASE("a damaged part is told as far as it can be read, with exit code 1") {
  const Fixture f;
  const std::string table = LargestFile(f.data + "/store", ".sst");
  FlipByte(table, std::filesystem::file_size(table) / 4);
  const Json parts = f.ReadJson({"parts"})["parts"];
  uint64_t damaged = 0;
  for (const Json& part : parts) {
    const CommandRun run = f.Run({"part", part["part"].dump(), "--codecs"});
    CHECK_THAT(run.out, Catch::Contains("Header: value"));
    if (run.exit_code == kExitDone) continue;
    CHECK(run.exit_code == kExitFailed);
    CHECK_THAT(run.out, Catch::Contains("Not all could be read") &&
                            Catch::Contains(std::filesystem::path(table).filename().string()));
    ++damaged;
  }
  CHECK(damaged == 1);
}

TEST_CASE(
    "a block or timeline that is not what its checksum says is told nevertheless, with exit code "
    "1") {
  const Fixture f;
  for (const std::string series : {"load{instance=\"a:1\"}", "waits"}) {
    CAPTURE(series);
    const Json block = f.ReadJson({"block", "--series", series})["blocks"][0];
    const auto part = block["part"].get<PartId>();
    const std::string key =
        keys::Block(part, {block["metric"].get<MetricId>(), block["series"].get<SeriesId>(),
                           block["firstTime"].get<TimestampMs>()});
    FlipLastByteOf(f.data, Family::kBlocks, key);
    for (const bool samples : {false, true}) {
      std::vector<std::string> arguments{"block", "--series", series, "--part",
                                         std::to_string(part)};
      if (samples) arguments.emplace_back("--samples");
      const CommandRun run = f.Run(arguments);
      CHECK(run.exit_code == kExitFailed);
      CHECK_THAT(run.out, Catch::Contains("Not all could be read") && Catch::Contains("WRONG"));
    }
  }
  const uint64_t part = f.AnyPart();
  FlipLastByteOf(f.data, Family::kTimelines, keys::Timeline(part, 0));
  const CommandRun run =
      f.Run({"timeline", "--part", std::to_string(part), "--ordinal", "0", "--times"});
  CHECK(run.exit_code == kExitFailed);
  CHECK_THAT(run.out, Catch::Contains("Not all could be read") && Catch::Contains("WRONG"));
}

TEST_CASE("damage of the log is told with its place, with exit code 1") {
  const Fixture f;
  const Json before = f.ReadJson({"log"})["records"];
  const Json& record = before.back();
  const std::string segment = record["segment"];
  FlipByte(f.data + "/wal/" + segment, record["offset"].get<uint64_t>() + 30);
  const CommandRun run = f.Run({"log", "--json"});
  CHECK(run.exit_code == kExitFailed);
  const Json after = Json::parse(run.out);
  CHECK(after["records"].size() == before.size() - 1);
  REQUIRE(after["losses"].size() == 1);
  CHECK(after["losses"][0]["kind"] == "damaged");
  CHECK(after["losses"][0]["segment"] == segment);
  CHECK(after["losses"][0]["offset"] == record["offset"]);
}

TEST_CASE("a directory that holds no database is refused") {
  const TemporaryDirectory directory;
  const CommandRun run = RunSilverback({"inspect", "parts", "--data", directory.File("nothing")});
  CHECK(run.exit_code == kExitFailed);
  CHECK_THAT(run.errors, Catch::Contains("holds no database"));
  CHECK(RunSilverback({"inspect"}).exit_code == kExitWrongUse);
  CHECK(RunSilverback({"inspect", "parts"}).exit_code == kExitWrongUse);
  CHECK_THAT(RunSilverback({"inspect", "--help"}).out, Catch::Contains("Examples:"));
  for (const char* what : {"parts", "part", "block", "timeline", "family", "key", "log"}) {
    const CommandRun help = RunSilverback({"inspect", what, "--help"});
    CHECK(help.exit_code == kExitDone);
    CHECK_THAT(help.out, Catch::Contains(std::string("Example: silverback inspect ") + what));
  }
}

}  // namespace silverback
