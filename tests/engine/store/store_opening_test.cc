// Opening a store: after a kill at any point of a switch, a lost catalog, damage, by another version, for reading.
#include <filesystem>
#include <map>
#include <rocksdb/db.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "store_parts.h"

#include "engine/store/families.h"
#include "engine/store/id_set_merge.h"

namespace silverback {
namespace {

namespace fs = std::filesystem;

void DropFamily(const std::string& path, std::string_view name) {
  std::vector<std::string> names;
  REQUIRE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& family : names)
    families.emplace_back(family, rocksdb::ColumnFamilyOptions());
  for (rocksdb::ColumnFamilyDescriptor& family : families) {
    family.options.merge_operator = NewIdSetMergeOperator();
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::Open({}, path, families, &handles, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == name) CHECK(db->DropColumnFamily(handle).ok());
    CHECK(db->DestroyColumnFamilyHandle(handle).ok());
  }
}

TEST_CASE("a copy taken at any point of a switch opens to the old or the new state", "[faults]") {
  const TemporaryDirectory directory;
  // A copy of the directory at a point is what a process killed there leaves.
  std::map<std::string, std::string> copies;
  bool copying = false;
  const auto copy = [&](std::string_view point) {
    if (!copying) return;
    const std::string target = directory.File(fmt::format("copy{}", copies.size()));
    fs::copy(directory.File("db"), target, fs::copy_options::recursive);
    copies[fmt::format("{} {}", copies.size(), point)] = target;
  };
  auto store = OpenStore(directory.File("db"), copy);
  Rows a_rows;
  Rows merged_rows;
  FinishedPart a = WritePart(store.get(), 10, 2, 1, 4, &a_rows);
  const PartId a_id = a.meta().id;
  copying = true;
  RequireOk(store->Commit(Edit({}, 4, std::move(a))));
  FinishedPart merged = WritePart(store.get(), 12, 3, 1, 4, &merged_rows, {a_id});
  const PartId merged_id = merged.meta().id;
  RequireOk(store->Commit(Edit({a_id}, {}, std::move(merged))));
  RequireOk(store->DropDeadParts(std::vector<PartId>{a_id}));
  CHECK(copies.size() == 7);
  for (const auto& [point, path] : copies) {
    CAPTURE(point);
    auto opened = OpenStore(path);
    for (int round = 0; round < 2; ++round) {
      const std::vector<PartId> live = LiveIds(*opened);
      REQUIRE(live.size() == 1);
      REQUIRE(opened->sealed_through() == 4);
      REQUIRE(ReadAll(*opened, live[0]) == (live[0] == a_id ? a_rows : merged_rows));
      RequireOk(opened->VerifyPart(live[0], {}));
      REQUIRE(ActiveOn(opened.get(), DayOf(kNovember)).size() >= 10);
      REQUIRE(opened->dead_parts().empty());
      const PartId next = WritePart(opened.get(), 1, 1, 5, 5).meta().id;
      REQUIRE(next > merged_id);
      opened.reset();
      opened = OpenStore(path);
      REQUIRE(opened->open_report().messages.empty());
    }
  }
}

TEST_CASE("seals that the catalog lost are adopted, merges of them are sorted out", "[faults]") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart a = WritePart(store.get(), 10, 2, 1, 4, &rows);
  FinishedPart b = WritePart(store.get(), 10, 2, 5, 9, &rows, {}, PartKind::kLate);
  const PartId a_id = a.meta().id;
  const PartId b_id = b.meta().id;
  const PartMeta b_meta = b.meta();
  RequireOk(store->Commit(Edit({}, 9, std::move(a), std::move(b))));
  const auto forget = [&](std::vector<PartId> ids) {
    KvBatch batch(store->kv());
    for (PartId id : ids) batch.Delete(Family::kCatalog, keys::PartPrefix(id));
    batch.Delete(Family::kMeta, keys::kSealedThrough);
    batch.DeleteRange(Family::kActivity, "", "\xff");
    RequireOk(store->kv().Write(std::move(batch), Durability::kSynced));
    store.reset();
    store = OpenStore(directory.File("db"));
  };
  SECTION("all seals are served again, with their days and the log's end") {
    forget({a_id, b_id});
    CHECK(LiveIds(*store) == std::vector<PartId>{a_id, b_id});
    CHECK(store->live_parts()->back() == b_meta);
    CHECK(store->sealed_through() == 9);
    CHECK(store->open_report().adopted == std::vector<PartId>{a_id, b_id});
    CHECK(ActiveOn(store.get(), DayOf(kNovember)).size() == 10);
  }
  SECTION("a merge whose inputs are all there is deleted") {
    FinishedPart merged = WritePart(store.get(), 10, 2, 1, 9, nullptr, {a_id, b_id});
    const PartId merged_id = merged.meta().id;
    RequireOk(store->Commit(Edit({a_id, b_id}, {}, std::move(merged))));
    forget({a_id, b_id, merged_id});
    CHECK(LiveIds(*store) == std::vector<PartId>{a_id, b_id});
    CHECK(store->open_report().discarded == std::vector<PartId>{merged_id});
    CHECK(ReadAll(*store, b_id) == rows);
  }
  SECTION("a merge that has lost an input is adopted in their place") {
    FinishedPart merged = WritePart(store.get(), 10, 2, 1, 9, nullptr, {a_id, b_id});
    const PartId merged_id = merged.meta().id;
    RequireOk(store->Commit(Edit({a_id, b_id}, {}, std::move(merged))));
    RequireOk(store->DropDeadParts(std::vector<PartId>{a_id}));
    forget({b_id, merged_id});
    CHECK(LiveIds(*store) == std::vector<PartId>{merged_id});
    CHECK(store->dead_parts().empty());
  }
}

TEST_CASE("a live part without rows is reported and its blocks are an error, others are served",
          "[faults]") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  FinishedPart a = WritePart(store.get(), 10, 2, 1, 4);
  const PartId a_id = a.meta().id;
  RequireOk(store->Commit(Edit({}, 4, std::move(a))));
  {
    // The catalog names a part that was never stored: as if its files had gone.
    std::string value;
    RequireOk(store->kv().Get(Family::kCatalog, keys::PartPrefix(a_id), &value));
    KvBatch batch(store->kv());
    batch.Put(Family::kCatalog, keys::PartPrefix(50), value);
    RequireOk(store->kv().Write(std::move(batch), Durability::kSynced));
  }
  store.reset();
  store = OpenStore(directory.File("db"));
  CHECK(store->open_report().damaged == std::vector<PartId>{50});
  const Status status = store->NewCursor(50, {}).status();
  CHECK(absl::IsDataLoss(status));
  CHECK(std::string(MessageOf(status)).find("part 50 (2026-11") != std::string::npos);
  CHECK(ReadAll(*store, a_id).size() == 20);
  CHECK(WritePart(store.get(), 1, 1, 5, 5).meta().id > 50);
}

TEST_CASE("a directory that is open, of a newer format or absent is refused with the reason",
          "[faults]") {
  const TemporaryDirectory directory;
  StoreOptions options;
  options.path = directory.File("a/b/db");
  auto store = OpenStore(options.path);
  const Status locked = Store::Open(options).status();
  CHECK(absl::IsFailedPrecondition(locked));
  CHECK(std::string(MessageOf(locked)).find("in use by another process") != std::string::npos);
  {
    KvBatch batch(store->kv());
    batch.Put(Family::kMeta, keys::kFormat, std::string("\0\0\0\0\0\0\0\x09", 8));
    RequireOk(store->kv().Write(std::move(batch), Durability::kSynced));
  }
  store.reset();
  const Status newer = Store::Open(options).status();
  CHECK(absl::IsFailedPrecondition(newer));
  CHECK(std::string(MessageOf(newer)).find("newer version") != std::string::npos);
  options.path = directory.File("absent");
  options.create_if_missing = false;
  CHECK(absl::IsNotFound(Store::Open(options).status()));
}

TEST_CASE(
    "a family that an older version did not have is added, but not where nothing may be changed") {
  const TemporaryDirectory directory;
  StoreOptions options;
  options.path = directory.File("db");
  OpenStore(options.path).reset();
  DropFamily(options.path, FamilyName(Family::kTombstones));
  options.read_only = true;
  const Status older = Store::Open(options).status();
  CHECK(absl::IsFailedPrecondition(older));
  CHECK(std::string(MessageOf(older)).find("no family 'tombstones'") != std::string::npos);
  OpenStore(options.path).reset();
  RequireOk(Store::Open(options).status());
}

TEST_CASE("a new store takes as much of the disk as is in it") {
  const TemporaryDirectory directory;
  const auto store = OpenStore(directory.File("db"));
  KvBatch batch(store->kv());
  batch.Put(Family::kMeta, "key", "value");
  RequireOk(store->kv().Write(std::move(batch), Durability::kSynced));
  uint64_t bytes = 0;
  for (const auto& file : fs::recursive_directory_iterator(directory.File("db"))) {
    struct stat status {};
    if (stat(file.path().c_str(), &status) == 0)
      bytes += 512 * static_cast<uint64_t>(status.st_blocks);
  }
  CHECK(bytes < 1 << 20);
}

TEST_CASE("opened for reading, a directory is served and not changed, however it was left",
          "[faults]") {
  const TemporaryDirectory directory;
  Rows rows;
  const auto copy = [&](std::string_view point) {
    if (point != "ingested") return;
    fs::copy(directory.File("db"), directory.File("copy"), fs::copy_options::recursive);
  };
  auto store = OpenStore(directory.File("db"), copy);
  FinishedPart part = WritePart(store.get(), 10, 2, 1, 4, &rows);
  const PartId id = part.meta().id;
  RequireOk(store->Commit(Edit({}, 4, std::move(part))));
  StoreOptions options;
  options.path = directory.File("db");
  options.read_only = true;
  CHECK(absl::IsFailedPrecondition(Store::Open(options).status()));
  options.path = directory.File("absent");
  CHECK(absl::IsNotFound(Store::Open(options).status()));
  CHECK_FALSE(fs::exists(options.path));
  options.path = directory.File("copy");
  const auto files = [&] {
    std::map<std::string, uintmax_t> sizes;
    for (const auto& file : fs::recursive_directory_iterator(options.path)) {
      if (file.is_regular_file()) sizes[file.path()] = file.file_size();
    }
    return sizes;
  };
  const auto before = files();
  for (int round = 0; round < 2; ++round) {
    auto opened = Store::Open(options);
    INFO((opened.ok() ? "" : MessageOf(opened.status())));
    REQUIRE(opened.ok());
    const Store& read = **opened;
    CHECK(LiveIds(read) == std::vector<PartId>{id});
    CHECK(read.open_report().adopted == std::vector<PartId>{id});
    CHECK(ReadAll(read, id) == rows);
    CHECK(absl::IsFailedPrecondition((*opened)->NewPartWriter({}).status()));
    CHECK(absl::IsFailedPrecondition((*opened)->Commit({})));
    CHECK(absl::IsFailedPrecondition((*opened)->PutExemplars(std::vector<ExemplarRow>(1))));
    CHECK(absl::IsFailedPrecondition(Store::Open(options).status()));
  }
  CHECK(files() == before);
}

}  // namespace
}  // namespace silverback
