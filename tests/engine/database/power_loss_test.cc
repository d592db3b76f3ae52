// Lost power: a whole database (store and log under one switch) over a disk that keeps nothing but what was synced.
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "oracle.h"

#include "engine/backup/repository.h"
#include "tests/support/database/harness.h"
#include "tests/support/powered_file_system.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

using namespace silverback::testing;

/// One directory that lives through many power cuts.
class Machine {
 public:
  explicit Machine(uint64_t seed) : random_(seed) {}

  /// `cut` says at each named point whether the power goes there.
  using Cut = std::function<bool(std::string_view point)>;

  /// Power on, work until the end or the cut, power off, and a look at what is left. `operation`: when the power goes, whatever happens
  /// then; 0: it does not. Says how many operations there were.
  uint64_t Day(uint64_t operation, const Cut& cut, bool keep_some) {
    ++day_;
    std::filesystem::create_directories(directory_.File("graveyard"));
    PowerSwitch power(directory_.File("graveyard"));
    if (operation != 0) power.CutAt(operation);
    const auto at_point = [&](std::string_view point) {
      if (cut && cut(point)) power.CutNow();
    };
    using NameChange = PoweredFileSystem::NameChange;
    PoweredFileSystem file_system(&power, [&](NameChange change, const std::string& path) {
      if (path.ends_with(".wal")) {
        at_point(change == NameChange::kCreate ? "log: segment made" : "log: segment unlinked");
      } else if (path.find("/repository/") != std::string::npos) {
        at_point(change == NameChange::kCreate ? "backup: content copied" : "backup: named");
      }
    });
    const auto env = rocksdb::NewCompositeEnv(std::make_shared<LostPowerFileSystem>(&power));
    DatabaseOptions options = Options();
    options.file_system = &file_system;
    options.store_env = env.get();
    options.step_hook = at_point;
    std::string backup;
    const Status worked = Work(options, &file_system, &backup);
    {
      INFO(MessageOf(worked));
      REQUIRE((worked.ok() || power.off()));
    }
    MustBeOk(power.Drop(keep_some ? &random_ : nullptr));
    LookAtDatabase();
    if (!backup.empty()) LookAtBackup(backup);
    return power.operations();
  }

 private:
  uint64_t Pick(uint64_t below) { return random_() % below; }

  DatabaseOptions Options() const {
    DatabaseOptions options = TestOptions(directory_.File("data"), kNoon + day_ * kHour);
    options.wal_sync = WalSync::kCommit;
    options.wal_segment_bytes = 4096;
    return options;
  }

  Status Append(Database* database) {
    const auto appender = database->NewAppender();
    for (uint64_t s = 0, count = 1 + Pick(6); s < count; ++s) {
      const std::string name = Pick(3) == 0 ? "up" : fmt::format("requests_{}", Pick(4) + day_);
      const int i = static_cast<int>(Pick(8));
      std::vector<Sample> samples;
      // Some of it late, some in another month.
      TimestampMs t = kNoon + day_ * kHour - (Pick(4) == 0 ? Pick(20) * kDay : Pick(30) * 60'000);
      for (uint64_t k = 0, rows = 1 + Pick(40); k < rows; ++k) {
        samples.push_back({t, static_cast<double>(random_())});
        t += 1 + static_cast<TimestampMs>(Pick(15'000));
      }
      std::erase_if(samples, [&](const Sample& sample) {
        return sample.timestamp_ms > kNoon + day_ * kHour;
      });
      oracle_.Try(SeriesName(name, i), samples);
      Add(appender.get(), name, i, samples);
    }
    const auto result = appender->Commit();
    if (!result.ok()) return result.status();
    REQUIRE(result->rejected.empty());
    oracle_.Acknowledge();
    return absl::OkStatus();
  }

  Status Work(const DatabaseOptions& options, FileSystem* file_system, std::string* backup) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Database::Open(options));
    for (int seal = 0; seal < 3; ++seal) {
      for (int request = 0; request < 6; ++request) RETURN_IF_ERROR(Append(database.get()));
      RETURN_IF_ERROR(database->Seal());
    }
    RETURN_IF_ERROR(Append(database.get()));
    RETURN_IF_ERROR(database->Compact({}));
    RETURN_IF_ERROR(Append(database.get()));
    const std::string copy = directory_.File(fmt::format("snapshot-{}", day_));
    RETURN_IF_ERROR(database->Snapshot(copy, {}));
    ASSIGN_OR_RETURN(
        BackupRepository repository,
        BackupRepository::Open(file_system, directory_.File("repository"), /*create=*/true));
    ASSIGN_OR_RETURN(const BackupReport report, repository.Add(copy, options.clock(), {}));
    *backup = report.backup.id;
    backed_up_ = ReadAll(*database);
    return Append(database.get());
  }

  void LookAtDatabase() {
    const auto database = MustOpen(Options());
    oracle_.Check(ReadAll(*database));
    const auto report = database->Verify({});
    REQUIRE(report.ok());
    for (const Finding& finding : report->findings) {
      FAIL(finding.where << ": " << finding.what);
    }
  }

  void LookAtBackup(const std::string& id) {
    auto repository =
        BackupRepository::Open(FileSystem::Posix(), directory_.File("repository"), false);
    REQUIRE(repository.ok());
    const auto backup = repository->Find(id);
    REQUIRE(backup.ok());
    DatabaseOptions options = Options();
    options.path = directory_.File(fmt::format("restored-{}", day_));
    MustBeOk(repository->Restore(*backup, options.path, {}));
    CheckSame(ReadAll(*MustOpen(options)), backed_up_);
  }

  const TemporaryDirectory directory_;
  std::mt19937_64 random_;
  int day_ = 0;
  Oracle oracle_;
  Contents backed_up_;
};

TEST_CASE("power lost at any named point of a database costs nothing that was acknowledged",
          "[faults]") {
  const uint64_t seed = std::random_device()();
  CAPTURE(seed);
  std::map<std::string, int> seen;
  Machine(seed).Day(
      0, [&](std::string_view point) { return ++seen[std::string(point)] == 0; }, false);
  for (const char* point : {"log: segment made",
                            "log: segment unlinked",
                            "seal: frozen",
                            "seal: encoded",
                            "seal: committed",
                            "seal: published",
                            "seal: log dropped",
                            "store: table files finished",
                            "store: ingested",
                            "store: catalog written",
                            "store: files deleted",
                            "store: parts forgotten",
                            "store: rows flushed",
                            "merge: started",
                            "merge: written",
                            "merge: committed",
                            "merge: published",
                            "snapshot: store copied",
                            "snapshot: log segment copied",
                            "backup: content copied",
                            "backup: named"}) {
    CAPTURE(point);
    CHECK(seen.contains(point));
  }
  for (const auto& [name, times] : seen) {
    // The first and the last: some points are passed dozens of times.
    for (const int time : std::set<int>{1, times}) {
      CAPTURE(name, time);
      int count = 0;
      Machine machine(seed);
      machine.Day(
          0,
          [&, wanted = name, at = time](std::string_view point) {
            return point == wanted && ++count == at;
          },
          false);
      machine.Day(0, {}, false);
    }
  }
}

TEST_CASE("power lost again and again at any operation costs nothing that was acknowledged",
          "[faults]") {
  const uint64_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 4; ++round) {
    Machine machine(seed + static_cast<uint64_t>(round));
    uint64_t operations = machine.Day(0, {}, false);
    for (int day = 1; day < 7; ++day) {
      const uint64_t cut = 1 + random() % operations;
      CAPTURE(round, day, cut, operations);
      machine.Day(cut, {}, day % 2 == 0);
    }
    machine.Day(0, {}, false);
  }
}

}  // namespace
}  // namespace silverback
