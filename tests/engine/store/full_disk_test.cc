#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/store/keys.h"
#include "engine/store/store.h"
#include "tests/support/rocksdb_full_disk.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

/// The store recovers without being asked; Resume says when.
void WaitForRoom(Store* store) {
  Status resumed;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    resumed = store->Resume();
  } while (absl::IsUnavailable(resumed));
  INFO(MessageOf(resumed));
  REQUIRE(resumed.ok());
}

TEST_CASE(
    "a full disk refuses writes as such, goes on reading, and takes rows again when there is "
    "room") {
  const TemporaryDirectory directory;
  std::atomic<bool> full{false};
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(&full));
  StoreOptions options;
  options.path = directory.File("db");
  options.env = env.get();
  auto opened = Store::Open(options);
  REQUIRE(opened.ok());
  Store& store = **opened;
  const auto put = [&](SeriesId series) {
    KvBatch batch(store.kv());
    batch.Put(Family::kSeries, keys::Series(series), "row");
    return store.kv().Write(std::move(batch), Durability::kSynced);
  };
  const auto has = [&](SeriesId series) {
    std::string value;
    return store.kv().Get(Family::kSeries, keys::Series(series), &value).ok();
  };
  const auto write_part = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto writer, store.NewPartWriter({.partition = 0}));
    RETURN_IF_ERROR(writer->AddBlock({1, 1, 5}, 6, 2, std::string(1 << 20, 'x')));
    ASSIGN_OR_RETURN(FinishedPart part, writer->Finish());
    CatalogEdit edit;
    edit.new_parts.push_back(std::move(part));
    return store.Commit(std::move(edit));
  };
  REQUIRE(put(1).ok());
  REQUIRE(write_part().ok());
  full = true;
  CHECK(absl::IsResourceExhausted(write_part()));
  full = false;
  // Table files are written beside RocksDB, which has noticed nothing.
  CHECK(write_part().ok());
  full = true;
  CHECK(absl::IsResourceExhausted(put(2)));
  CHECK(absl::IsResourceExhausted(put(3)));
  CHECK(has(1));
  CHECK_FALSE(has(2));
  CHECK_FALSE(store.Resume().ok());
  full = false;
  WaitForRoom(&store);
  CHECK(put(4).ok());
  CHECK(write_part().ok());
  opened->reset();
  options.env = nullptr;
  opened = Store::Open(options);
  REQUIRE(opened.ok());
  std::string value;
  CHECK((*opened)->kv().Get(Family::kSeries, keys::Series(1), &value).ok());
  CHECK((*opened)->kv().Get(Family::kSeries, keys::Series(4), &value).ok());
  CHECK((*opened)->live_parts()->size() == 3);
  CHECK((*opened)->NewPartWriter({.partition = 0}).ok());
}

TEST_CASE("a disk that fills up while parts are taken in is as good as new afterwards") {
  const TemporaryDirectory directory;
  std::atomic<bool> full{false};
  bool armed = false;
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(&full));
  StoreOptions options;
  options.path = directory.File("db");
  options.env = env.get();
  options.testing_point = [&](std::string_view point) {
    if (armed && point == "table files finished") full = true;
  };
  auto opened = Store::Open(options);
  REQUIRE(opened.ok());
  Store& store = **opened;
  const auto write_part = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto writer, store.NewPartWriter({.partition = 0}));
    RETURN_IF_ERROR(writer->AddBlock({1, 1, 5}, 6, 2, "block"));
    ASSIGN_OR_RETURN(FinishedPart part, writer->Finish());
    CatalogEdit edit;
    edit.new_parts.push_back(std::move(part));
    return store.Commit(std::move(edit));
  };
  for (int round = 0; round < 3; ++round) {
    armed = true;
    CHECK_FALSE(write_part().ok());  // RocksDB's manifest has no room
    armed = false;
    if (round > 0) {
      KvBatch batch(store.kv());  // nor has its log
      batch.Put(Family::kSeries, keys::Series(1), "row");
      CHECK(absl::IsResourceExhausted(store.kv().Write(std::move(batch), Durability::kSynced)));
    }
    if (round > 1) CHECK_FALSE(store.kv().SyncWal().ok());
    full = false;
    WaitForRoom(&store);
    CHECK(store.kv().SyncWal().ok());
    CHECK(write_part().ok());
    CHECK(write_part().ok());
  }
  opened->reset();
  opened = Store::Open(options);
  REQUIRE(opened.ok());
  CHECK((*opened)->live_parts()->size() == 6);
}

TEST_CASE("a store whose disk is full closes all the same, and opens with what was synced") {
  const TemporaryDirectory directory;
  std::atomic<bool> full{false};
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(&full));
  StoreOptions options;
  options.path = directory.File("db");
  options.env = env.get();
  for (const int wait_ms : {0, 50, 600}) {  // before, and between, the tries of RocksDB's recovery
    full = false;
    auto opened = Store::Open(options);
    REQUIRE(opened.ok());
    const auto put = [&](SeriesId series) {
      KvBatch batch((*opened)->kv());
      batch.Put(Family::kSeries, keys::Series(series), "row");
      return (*opened)->kv().Write(std::move(batch), Durability::kSynced);
    };
    const auto has = [&](SeriesId series) {
      std::string value;
      return (*opened)->kv().Get(Family::kSeries, keys::Series(series), &value).ok();
    };
    REQUIRE(put(1).ok());
    full = true;
    CHECK(absl::IsResourceExhausted(put(2)));
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    opened->reset();
    full = false;
    opened = Store::Open(options);
    REQUIRE(opened.ok());
    CHECK(has(1));
    CHECK_FALSE(has(2));
  }
}

}  // namespace
}  // namespace silverback
