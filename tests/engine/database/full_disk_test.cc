// A full disk: log and store of a whole database run out of space at every step, and get it back.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "oracle.h"

#include "tests/support/database/harness.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/rocksdb_full_disk.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

using namespace silverback::testing;

class FullDisk {
 public:
  explicit FullDisk(uint64_t seed) : random_(seed) {}

  /// When the work reaches this point for the `nth` time (1 is the first), the disk is full.
  void FillAt(std::string point, int nth) {
    point_ = std::move(point);
    countdown_ = nth;
  }
  bool was_full() const { return was_full_; }

  /// Appends, seals and merges; whatever fails succeeds once there is room again.
  void Live() {
    DatabaseOptions options = Options();
    auto database = MustOpen(options);
    for (int seal = 0; seal < 3; ++seal) {
      for (int request = 0; request < 3; ++request) {
        Insist(database.get(), [&] { return Append(database.get()); });
      }
      Insist(database.get(), [&] { return database->Seal(); });
    }
    Insist(database.get(), [&] { return Append(database.get()); });
    Insist(database.get(), [&] { return database->Compact({}); });
    Insist(database.get(), [&] { return Append(database.get()); });
    oracle_.Compare(ReadAll(*database));
    database.reset();
    database = MustOpen(options);
    oracle_.Check(ReadAll(*database));
    const auto report = database->Verify({});
    REQUIRE(report.ok());
    for (const Finding& finding : report->findings) {
      FAIL(finding.where << ": " << finding.what);
    }
  }

 private:
  uint64_t Pick(uint64_t below) { return random_() % below; }

  DatabaseOptions Options() {
    DatabaseOptions options = TestOptions(directory_.File("data"));
    options.wal_segment_bytes = 4096;
    options.wal_sync = WalSync::kCommit;
    options.file_system = &file_system_;
    options.store_env = env_.get();
    options.step_hook = [this](std::string_view point) {
      if (point == point_ && --countdown_ == 0) Fill();
    };
    return options;
  }

  void Fill() {
    was_full_ = true;
    file_system_.IgnorePreallocation(true);
    file_system_.SetRoom(static_cast<int64_t>(Pick(64)));
    full_ = true;
  }
  void MakeRoom() {
    file_system_.SetRoom(FaultFileSystem::kUnlimited);
    file_system_.IgnorePreallocation(false);
    full_ = false;
  }

  Status Append(Database* database) {
    if (point_ == "append" && --countdown_ == 0) Fill();
    const auto appender = database->NewAppender();
    for (uint64_t s = 0, count = 1 + Pick(6); s < count; ++s) {
      const std::string name = Pick(3) == 0 ? "up" : fmt::format("requests_{}", Pick(20));
      const int i = static_cast<int>(Pick(8));
      std::vector<Sample> samples;
      TimestampMs t = kNoon - (Pick(4) == 0 ? Pick(40) * kDay
                                            : (1 + static_cast<TimestampMs>(Pick(30))) * 600'000);
      for (uint64_t k = 0, rows = 1 + Pick(40); k < rows; ++k) {
        samples.push_back({t, static_cast<double>(random_())});
        t += 1 + static_cast<TimestampMs>(Pick(10'000));
      }
      std::erase_if(samples, [](const Sample& sample) { return sample.timestamp_ms > kNoon; });
      oracle_.Try(SeriesName(name, i), samples);
      Add(appender.get(), name, i, samples);
    }
    const auto result = appender->Commit();
    if (!result.ok()) {
      oracle_.Forget();
      return result.status();
    }
    REQUIRE(result->rejected.empty());
    oracle_.Acknowledge();
    return absl::OkStatus();
  }

  template <typename Operation>
  void Insist(Database* database, const Operation& operation) {
    Status status = operation();
    if (full_) {
      // Nothing is taken, everything can be read.
      for (int i = 0; i < 2; ++i) {
        const Status refused = Append(database);
        INFO(MessageOf(refused));
        REQUIRE((absl::IsResourceExhausted(refused) || absl::IsUnavailable(refused)));
      }
      oracle_.Compare(ReadAll(*database));
      MakeRoom();
    }
    // Without being asked: RocksDB tries again twice a second.
    while (!status.ok()) {
      INFO(MessageOf(status));
      REQUIRE(was_full_);
      REQUIRE((absl::IsResourceExhausted(status) || absl::IsUnavailable(status)));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      status = operation();
    }
    if (was_full_) oracle_.Compare(ReadAll(*database));
  }

  const TemporaryDirectory directory_;
  std::mt19937_64 random_;
  FaultFileSystem file_system_;
  std::atomic<bool> full_{false};
  const std::unique_ptr<rocksdb::Env> env_ =
      rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(&full_));
  std::string point_;
  int countdown_ = 0;
  bool was_full_ = false;
  Oracle oracle_;
};

TEST_CASE("a disk that fills up during ingestion, seal or merge costs nothing but time",
          "[faults]") {
  const uint64_t seed = std::random_device()();
  CAPTURE(seed);
  for (const char* point :
       {"append", "seal: frozen", "seal: encoded", "seal: committed", "seal: published",
        "store: table files finished", "store: ingested", "store: catalog written",
        "store: files deleted", "store: rows flushed", "merge: started", "merge: written",
        "merge: committed", "merge: published"}) {
    for (const int nth : {1, 4}) {
      CAPTURE(point, nth);
      FullDisk disk(seed);
      disk.FillAt(point, nth);
      disk.Live();
      if (nth == 1) CHECK(disk.was_full());
    }
  }
}

TEST_CASE("a disk that is all but full is not filled by ingestion", "[faults]") {
  class NearlyFull final : public ForwardingFileSystem {
   public:
    StatusOr<uint64_t> FreeBytes(const std::string&) override { return free_bytes.load(); }
    std::atomic<uint64_t> free_bytes{uint64_t{1} << 40};
  };
  const TemporaryDirectory directory;
  NearlyFull file_system;
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.file_system = &file_system;
  const auto database = MustOpen(options);
  AddOne(database.get(), "up", 1, {{kNoon, 1}});
  file_system.free_bytes = options.wal_max_bytes / 4;
  const auto append = [&](TimestampMs t) {
    const auto appender = database->NewAppender();
    Add(appender.get(), "up", 1, std::vector<Sample>{{t, 2}});
    return appender->Commit().status();
  };
  // The disk is looked at twice a second.
  Contents expected{{SeriesName("up", 1), {{kNoon, BitsOf(1)}}}};
  TimestampMs t = kNoon;
  for (Status status; !absl::IsResourceExhausted(status);) {
    status = append(++t);
    if (status.ok()) expected[SeriesName("up", 1)][t] = BitsOf(2);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  CheckSame(ReadAll(*database), expected);
  // What was acknowledged can still be sealed.
  MustBeOk(database->Seal());
  file_system.free_bytes = uint64_t{1} << 40;
  while (!append(t).ok()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  expected[SeriesName("up", 1)][t] = BitsOf(2);
  CheckSame(ReadAll(*database), expected);
}

TEST_CASE("the log's idle files go before writes are put off", "[faults]") {
  /// Full, but for what the idle files take.
  class Tight final : public ForwardingFileSystem {
   public:
    explicit Tight(std::string wal) : wal_(std::move(wal)) {}
    bool HasIdleFiles() {
      const auto names = MustBe(List(wal_));
      return std::any_of(names.begin(), names.end(),
                         [](const std::string& name) { return name.ends_with(".idle"); });
    }
    StatusOr<uint64_t> FreeBytes(const std::string&) override {
      return is_tight && HasIdleFiles() ? 0 : uint64_t{1} << 40;
    }
    std::atomic<bool> is_tight{false};

   private:
    static std::vector<std::string> MustBe(StatusOr<std::vector<std::string>> names) {
      REQUIRE(names.ok());
      return *std::move(names);
    }
    const std::string wal_;
  };
  const TemporaryDirectory directory;
  Tight file_system(directory.File("data/wal"));
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.file_system = &file_system;
  options.wal_segment_bytes = 4096;
  const auto database = MustOpen(options);
  for (int i = 0; i < 400; ++i) AddOne(database.get(), "up", 1, {{kNoon + i, std::sqrt(i)}});
  MustBeOk(database->Seal());
  REQUIRE(file_system.HasIdleFiles());
  file_system.is_tight = true;
  SECTION("when samples are written") {
    // The disk is looked at twice a second.
    for (TimestampMs t = kNoon + 1000; file_system.HasIdleFiles(); ++t) {
      const auto appender = database->NewAppender();
      Add(appender.get(), "up", 1, std::vector<Sample>{{t, 2}});
      MustBeOk(appender->Commit().status());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  SECTION("when the database is compacted, however much is free") {
    file_system.is_tight = false;
    MustBeOk(database->Compact({}));
    CHECK_FALSE(file_system.HasIdleFiles());
  }
  SECTION("when parts are written") {
    AddOne(database.get(), "up", 1, {{kNoon - 1, 1}});
    MustBeOk(database->Seal());
    MustBeOk(database->Compact({}));
  }
}

}  // namespace
}  // namespace silverback
