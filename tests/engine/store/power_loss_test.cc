// Lost power: the store over a disk that keeps nothing but what was synced, cut at named points and at arbitrary operations.
#include <filesystem>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "engine/store/high_water_mark.h"
#include "engine/store/keys.h"
#include "engine/store/store.h"
#include "tests/support/rocksdb_power_loss.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

constexpr TimestampMs kStart = 1'793'491'200'000;  // 2026-11-01T00:00:00Z

// What the store said was done before the power went.
struct Acknowledged {
  bool opened = false;
  bool sealed = false;  // part A: 20 series, log 1 to 4
  bool merged = false;  // part B: A merged
  bool dropped = false;
  uint64_t last_id = 0;
  bool row = false;  // an unsynced row, then Flush
};

StatusOr<FinishedPart> WritePart(Store* store, std::vector<PartId> inputs) {
  NewPart spec;
  spec.partition = PartitionOf(kStart);
  spec.first_sequence = 1;
  spec.last_sequence = 4;
  spec.inputs = std::move(inputs);
  ASSIGN_OR_RETURN(const std::unique_ptr<PartWriter> writer, store->NewPartWriter(spec));
  RETURN_IF_ERROR(writer->AddTimeline("timeline").status());
  for (SeriesId id = 1; id <= 20; ++id) {
    RETURN_IF_ERROR(writer->AddBlock({1, id, kStart}, kStart + 5, 2, std::string(id * 99, 'x')));
  }
  return writer->Finish();
}

// Seals, merges, drops; stops at the first error, which is the power.
Status Work(const std::string& path, rocksdb::Env* env,
            const std::function<void(std::string_view)>& at_point, Acknowledged* done) {
  StoreOptions options;
  options.path = path;
  options.block_cache_bytes = 8 << 20;
  options.env = env;
  options.testing_point = at_point;
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, Store::Open(options));
  done->opened = true;
  HighWaterMark mark(&store->kv(), "test_mark", 1, 5, 1'000);
  RETURN_IF_ERROR(mark.Load());
  for (int n = 0; n < 7; ++n) {
    ASSIGN_OR_RETURN(done->last_id, mark.Take(1));
  }
  CatalogEdit seal;
  ASSIGN_OR_RETURN(FinishedPart a, WritePart(store.get(), {}));
  const PartId a_id = a.meta().id;
  seal.new_parts.push_back(std::move(a));
  seal.sealed_through = 4;
  RETURN_IF_ERROR(store->Commit(std::move(seal)));
  done->sealed = true;

  KvBatch row(store->kv());
  row.Put(Family::kSeries, keys::Series(7), "row");
  RETURN_IF_ERROR(store->kv().Write(std::move(row), Durability::kBuffered));
  RETURN_IF_ERROR(store->Flush());
  done->row = true;

  CatalogEdit merge;
  ASSIGN_OR_RETURN(FinishedPart b, WritePart(store.get(), {a_id}));
  merge.new_parts.push_back(std::move(b));
  merge.dead = {a_id};
  RETURN_IF_ERROR(store->Commit(std::move(merge)));
  done->merged = true;
  RETURN_IF_ERROR(store->DropDeadParts(std::span(&a_id, 1)));
  done->dropped = true;
  return store->Flush();
}

void RequireKept(const std::string& path, const Acknowledged& done) {
  StoreOptions options;
  options.path = path;
  options.block_cache_bytes = 8 << 20;
  auto opened = Store::Open(options);
  INFO((opened.ok() ? "" : MessageOf(opened.status())));
  REQUIRE(opened.ok());
  Store& store = **opened;
  REQUIRE(store.open_report().damaged.empty());
  REQUIRE(store.open_report().set_aside.empty());
  // A seal that was not acknowledged may be there (its samples are in the log, too) or not.
  REQUIRE(store.live_parts()->size() <= 1);
  if (done.sealed) REQUIRE(store.live_parts()->size() == 1);
  for (const PartMeta& part : *store.live_parts()) {
    const Status verified = store.VerifyPart(part.id, {});
    INFO(MessageOf(verified));
    REQUIRE(verified.ok());
    REQUIRE(store.ReadTimeline(part.id, 0).ok());
    REQUIRE(part.series == 20);
    REQUIRE(store.sealed_through() == 4);
    if (done.merged) REQUIRE(store.ReadHeader(part.id)->inputs.size() == 1);
  }
  std::string row;
  if (done.row) REQUIRE(store.kv().Get(Family::kSeries, keys::Series(7), &row).ok());
  HighWaterMark mark(&store.kv(), "test_mark", 1, 5, 1'000);
  REQUIRE(mark.Load().ok());
  REQUIRE(mark.Take(1).value() > done.last_id);
  // It goes on from here.
  auto next = WritePart(&store, {});
  REQUIRE(next.ok());
  CatalogEdit edit;
  edit.new_parts.push_back(std::move(*next));
  REQUIRE(store.Commit(std::move(edit)).ok());
}

// Runs the work once in a folder of its own; `cut` arranges when the power goes. Returns how many operations there were.
uint64_t RunOnce(const std::function<void(PowerSwitch*)>& arrange,
                 const std::function<void(PowerSwitch*, std::string_view)>& at_point,
                 std::mt19937_64* keep_some) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory.File("graveyard"));
  PowerSwitch power(directory.File("graveyard"));
  const auto file_system = std::make_shared<LostPowerFileSystem>(&power);
  const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(file_system);
  if (arrange) arrange(&power);
  Acknowledged done;
  const std::string path = directory.File("db");
  const Status worked = Work(
      path, env.get(),
      [&](std::string_view point) {
        if (at_point) at_point(&power, point);
      },
      &done);
  INFO(MessageOf(worked));
  // Closing comes after the work and can meet the cut, too.
  REQUIRE((worked.ok() || power.off()));
  const Status dropped = power.Drop(keep_some);
  INFO(MessageOf(dropped));
  REQUIRE(dropped.ok());
  RequireKept(path, done);
  return power.operations();
}

TEST_CASE("power lost at any named point of a switch costs nothing that was acknowledged",
          "[faults]") {
  std::map<std::string, int> seen;
  RunOnce(
      {}, [&](PowerSwitch*, std::string_view point) { ++seen[std::string(point)]; }, nullptr);
  CHECK(seen == std::map<std::string, int>{{"table files finished", 2},
                                           {"ingested", 2},
                                           {"rows flushed", 2},
                                           {"catalog written", 2},
                                           {"files deleted", 1},
                                           {"parts forgotten", 1}});
  for (const auto& [name, times] : seen) {
    for (int time = 1; time <= times; ++time) {
      CAPTURE(name, time);
      int count = 0;
      RunOnce(
          {},
          [&, wanted = name, at = time](PowerSwitch* power, std::string_view point) {
            if (point == wanted && ++count == at) power->CutNow();
          },
          nullptr);
    }
  }
}

TEST_CASE("power lost at any operation costs nothing that was acknowledged", "[faults]") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const uint64_t operations = RunOnce({}, {}, nullptr);
  for (int round = 0; round < 40; ++round) {
    const uint64_t cut = 1 + random() % operations;
    const bool some = round % 2 == 0;
    CAPTURE(cut, operations, some);
    RunOnce([&](PowerSwitch* power) { power->CutAt(cut); }, {}, some ? &random : nullptr);
  }
}

}  // namespace
}  // namespace silverback
