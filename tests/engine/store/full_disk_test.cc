#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <catch2/catch.hpp>

#include "engine/store/keys.h"
#include "engine/store/store.h"
#include "tests/support/rocksdb_full_disk.h"

namespace silverback {
namespace {

Status Put(Store* store, SeriesId series) {
  KvBatch batch(store->kv());
  batch.Put(Family::kSeries, keys::Series(series), "row");
  return store->kv().Write(std::move(batch), Durability::kSynced);
}

bool Has(Store* store, SeriesId series) {
  std::string value;
  return store->kv().Get(Family::kSeries, keys::Series(series), &value).ok();
}

/// A part of one block.
Status WritePart(Store* store, const std::string& block) {
  ASSIGN_OR_RETURN(const auto writer, store->NewPartWriter({.partition = 0}));
  RETURN_IF_ERROR(writer->AddBlock({1, 1, 5}, 6, 2, block));
  ASSIGN_OR_RETURN(FinishedPart part, writer->Finish());
  CatalogEdit edit;
  edit.new_parts.push_back(std::move(part));
  return store->Commit(std::move(edit));
}

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

std::unique_ptr<Store> MustOpen(const StoreOptions& options) {
  auto store = Store::Open(options);
  INFO((store.ok() ? "" : MessageOf(store.status())));
  REQUIRE(store.ok());
  return std::move(store).value();
}

TEST_CASE(
    "a full disk refuses writes as such, goes on reading, and takes rows again when there is "
    "room",
    "[faults]") {
  FillableDisk disk;
  StoreOptions options = disk.Options();
  auto store = MustOpen(options);
  const std::string block(1 << 20, 'x');
  REQUIRE(Put(store.get(), 1).ok());
  REQUIRE(WritePart(store.get(), block).ok());
  disk.full = true;
  CHECK(absl::IsResourceExhausted(WritePart(store.get(), block)));
  disk.full = false;
  // Table files are written beside RocksDB, which has noticed nothing.
  CHECK(WritePart(store.get(), block).ok());
  disk.full = true;
  CHECK(absl::IsResourceExhausted(Put(store.get(), 2)));
  CHECK(absl::IsResourceExhausted(Put(store.get(), 3)));
  CHECK(Has(store.get(), 1));
  CHECK_FALSE(Has(store.get(), 2));
  CHECK_FALSE(store->Resume().ok());
  disk.full = false;
  WaitForRoom(store.get());
  CHECK(Put(store.get(), 4).ok());
  CHECK(WritePart(store.get(), block).ok());
  store.reset();
  options.env = nullptr;
  store = MustOpen(options);
  CHECK(Has(store.get(), 1));
  CHECK(Has(store.get(), 4));
  CHECK(store->live_parts()->size() == 3);
  CHECK(store->NewPartWriter({.partition = 0}).ok());
}

TEST_CASE("a disk that fills up while parts are taken in is as good as new afterwards",
          "[faults]") {
  FillableDisk disk;
  bool armed = false;
  StoreOptions options = disk.Options();
  options.testing_point = [&](std::string_view point) {
    if (armed && point == "table files finished") disk.full = true;
  };
  auto store = MustOpen(options);
  for (int round = 0; round < 3; ++round) {
    armed = true;
    CHECK_FALSE(WritePart(store.get(), "block").ok());  // RocksDB's manifest has no room
    armed = false;
    if (round > 0) CHECK(absl::IsResourceExhausted(Put(store.get(), 1)));  // nor has its log
    if (round > 1) CHECK_FALSE(store->Flush().ok());
    disk.full = false;
    WaitForRoom(store.get());
    CHECK(store->Flush().ok());
    CHECK(WritePart(store.get(), "block").ok());
    CHECK(WritePart(store.get(), "block").ok());
  }
  store.reset();
  store = MustOpen(options);
  CHECK(store->live_parts()->size() == 6);
}

// Without a row that waits in memory RocksDB goes on with the log that has failed, and aborts.
TEST_CASE("a disk that fills up just after a flush, an opening or a recovery is recovered from",
          "[faults]") {
  FillableDisk disk;
  const StoreOptions options = disk.Options();
  auto store = MustOpen(options);
  REQUIRE(Put(store.get(), 1).ok());
  SECTION("a flush") {
    REQUIRE(store->Flush().ok());
  }
  SECTION("an opening") {
    store.reset();
    store = MustOpen(options);
  }
  SECTION("a recovery") {
    disk.full = true;
    REQUIRE_FALSE(Put(store.get(), 2).ok());
    disk.full = false;
    WaitForRoom(store.get());
  }
  disk.full = true;
  CHECK(absl::IsResourceExhausted(Put(store.get(), 3)));
  CHECK_FALSE(store->Flush().ok());
  disk.full = false;
  WaitForRoom(store.get());
  CHECK(Put(store.get(), 4).ok());
  CHECK(store->Flush().ok());
  store.reset();
  store = MustOpen(options);
  CHECK(Has(store.get(), 1));
  CHECK(Has(store.get(), 4));
}

TEST_CASE("a store whose disk is full closes all the same, and opens with what was synced",
          "[faults]") {
  FillableDisk disk;
  for (const int wait_ms : {0, 50, 600}) {  // before, and between, the tries of RocksDB's recovery
    disk.full = false;
    auto store = MustOpen(disk.Options());
    REQUIRE(Put(store.get(), 1).ok());
    disk.full = true;
    CHECK(absl::IsResourceExhausted(Put(store.get(), 2)));
    std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
    store.reset();
    disk.full = false;
    store = MustOpen(disk.Options());
    CHECK(Has(store.get(), 1));
    CHECK_FALSE(Has(store.get(), 2));
  }
}

}  // namespace
}  // namespace silverback
