#include "engine/store/store.h"

#include <filesystem>
#include <fstream>
#include <random>

#include <catch2/catch.hpp>

#include "store_parts.h"

#include "engine/store/high_water_mark.h"

namespace silverback {
namespace {

namespace fs = std::filesystem;

TEST_CASE(
    "a committed part is live with its blocks, timelines, counts and days, and still after a "
    "restart") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart part = WritePart(store.get(), 100, 5, 1, 40, &rows);
  const PartMeta meta = part.meta();
  CHECK(store->live_parts()->empty());
  RequireOk(store->Commit(Edit({}, 40, std::move(part))));
  for (int round = 0; round < 2; ++round) {
    CHECK(*store->live_parts() == std::vector<PartMeta>{meta});
    CHECK(meta.series == 100);
    CHECK(meta.blocks == 500);
    CHECK(meta.samples == 500 * 240);
    CHECK(meta.timelines == 2);
    CHECK(meta.time == TimeRange{kNovember, kNovember + 24 * 3'600'000LL + 3'600'000});
    CHECK(store->sealed_through() == 40);
    CHECK(ReadAll(*store, meta.id) == rows);
    CHECK(store->ReadTimeline(meta.id, 0).value() == "timeline zero");
    CHECK(store->ReadTimeline(meta.id, 1).value() == "timeline one");
    CHECK(absl::IsDataLoss(store->ReadTimeline(meta.id, 2).status()));
    CHECK(ActiveOn(store.get(), DayOf(kNovember)).size() == 100);
    CHECK(ActiveOn(store.get(), DayOf(kNovember) + 1).size() == 100);
    CHECK(ActiveOn(store.get(), DayOf(kNovember) + 2).empty());
    RequireOk(store->VerifyPart(meta.id, {}));
    RequireOk(store->VerifyChecksums());
    CHECK(store->open_report().messages.empty());
    CHECK(fs::is_empty(directory.File("db/staging")));
    store.reset();
    store = OpenStore(directory.File("db"));
  }
}

TEST_CASE("a cursor finds blocks by series and time") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart part = WritePart(store.get(), 300, 4, 1, 1, &rows);
  const PartId id = part.meta().id;
  RequireOk(store->Commit(Edit({}, 1, std::move(part), WritePart(store.get(), 3, 1, 1, 1))));
  auto cursor = std::move(store->NewCursor(id, {})).value();
  CHECK_FALSE(cursor->valid());
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 3'000; ++round) {
    const BlockKey target{static_cast<MetricId>(random() % 5),
                          static_cast<SeriesId>(random() % 310),
                          kNovember + static_cast<TimestampMs>(random() % 100'000'000) - 1'000'000};
    const bool exact_series = random() % 2 == 0;
    BlockKey from = target;
    if (exact_series) {
      from.first_ms = kMinTimestampMs;
      cursor->SeekSeries(target.metric, target.series);
    } else {
      cursor->SeekSeriesAt(target.metric, target.series, target.first_ms);
    }
    auto wanted = rows.lower_bound(from);
    if (!exact_series && (wanted == rows.end() || wanted->first != from) &&
        wanted != rows.begin()) {
      const auto before = std::prev(wanted);
      if (before->first.metric == target.metric && before->first.series == target.series) {
        wanted = before;
      }
    }
    for (size_t steps = random() % 6;; --steps) {
      REQUIRE(cursor->valid() == (wanted != rows.end()));
      RequireOk(cursor->status());
      if (wanted == rows.end()) break;
      REQUIRE(cursor->key() == wanted->first);
      REQUIRE(cursor->value() == wanted->second);
      if (steps == 0) break;
      cursor->Next();
      ++wanted;
    }
  }
}

TEST_CASE("a merge replaces its inputs in one step; cursors that exist outlive the drop") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart a = WritePart(store.get(), 10, 2, 1, 1, &rows);
  FinishedPart b = WritePart(store.get(), 20, 1, 2, 2);
  const PartId a_id = a.meta().id;
  const PartId b_id = b.meta().id;
  RequireOk(store->Commit(Edit({}, 2, std::move(a), std::move(b))));
  const LiveParts before = store->live_parts();
  auto cursor = std::move(store->NewCursor(a_id, {})).value();
  cursor->SeekToFirst();

  FinishedPart merged = WritePart(store.get(), 20, 2, 1, 2, nullptr, {a_id, b_id});
  const PartId merged_id = merged.meta().id;
  RequireOk(store->Commit(Edit({a_id, b_id}, {}, std::move(merged))));
  CHECK(LiveIds(*store) == std::vector<PartId>{merged_id});
  CHECK(before->size() == 2);
  CHECK(store->dead_parts().size() == 2);
  CHECK(absl::IsInvalidArgument(store->DropDeadParts(std::vector<PartId>{merged_id})));
  CHECK(ReadAll(*store, a_id) == rows);
  RequireOk(store->DropDeadParts(std::vector<PartId>{a_id, b_id}));
  CHECK(store->dead_parts().empty());
  CHECK(absl::IsNotFound(store->NewCursor(a_id, {}).status()));
  size_t seen = 0;
  for (; cursor->valid(); cursor->Next()) ++seen;
  CHECK(seen == rows.size());
  RequireOk(cursor->status());
  cursor.reset();
  store.reset();
  store = OpenStore(directory.File("db"));
  CHECK(LiveIds(*store) == std::vector<PartId>{merged_id});
  CHECK(store->open_report().messages.empty());
  // Parts of files of their own: dropping them left no tombstone behind, just the files of one part.
  for (const FamilyStats& family : store->Stats().families) {
    if (family.name == "blocks") CHECK(family.table_files == 2);
    if (family.name == "timelines") CHECK(family.table_files == 1);
  }
}

TEST_CASE("what was not committed leaves nothing behind") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  const auto staged = [&] {
    return std::distance(fs::directory_iterator(directory.File("db/staging")), {});
  };
  {
    auto writer = std::move(store->NewPartWriter({.partition = PartitionOf(kNovember)})).value();
    RequireOk(writer->AddBlock({1, 1, kNovember}, kNovember, 1, "block"));
    RequireOk(writer->AddTimeline("x").status());
    CHECK(staged() == 2);
  }
  CHECK(staged() == 0);
  {
    const FinishedPart part = WritePart(store.get(), 3, 1, 1, 1);
    CHECK(staged() == 3);
  }
  CHECK(staged() == 0);
  auto writer = std::move(store->NewPartWriter({.partition = PartitionOf(kNovember)})).value();
  CHECK(absl::IsFailedPrecondition(writer->Finish().status()));
  writer->Abandon();
  writer->Abandon();
  CHECK(store->live_parts()->empty());
}

TEST_CASE(
    "a part refuses blocks that are out of order, outside its month, empty, or that find no room") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  NewPart spec{.partition = PartitionOf(kNovember)};
  bool full = false;
  spec.admit = [&](uint64_t) { return full ? ResourceExhausted("no room") : absl::OkStatus(); };
  auto writer = std::move(store->NewPartWriter(spec)).value();
  RequireOk(writer->AddBlock({2, 5, kNovember}, kNovember + 10, 2, "block"));
  const auto refused = [&](BlockKey key, TimestampMs last, uint64_t samples,
                           std::string_view block) {
    return absl::IsInvalidArgument(writer->AddBlock(key, last, samples, block));
  };
  CHECK(refused({2, 5, kNovember}, kNovember, 1, "same key"));
  CHECK(refused({1, 9, kNovember}, kNovember, 1, "earlier metric"));
  CHECK(refused({2, 6, kNovember - 1}, kNovember, 1, "before the month"));
  CHECK(refused({2, 6, kNovember}, kNovember + 31 * kDayMs, 1, "after the month"));
  CHECK(refused({2, 6, kNovember + 5}, kNovember, 1, "ends before it starts"));
  CHECK(refused({2, 6, kNovember}, kNovember, 0, "no samples"));
  CHECK(refused({2, 6, kNovember}, kNovember, 1, ""));
  CHECK(absl::IsInvalidArgument(
      store->NewPartWriter({.partition = 0, .first_sequence = 2, .last_sequence = 1}).status()));
  full = true;
  Status status;
  const std::string big(4 << 20, 'x');
  for (SeriesId id = 6; status.ok() && id < 20; ++id) {
    status = writer->AddBlock({2, id, kNovember}, kNovember, 1, big);
  }
  CHECK(absl::IsResourceExhausted(status));
}

TEST_CASE("an edit that does not fit the catalog changes nothing") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  FinishedPart a = WritePart(store.get(), 3, 1, 1, 5);
  const PartId a_id = a.meta().id;
  RequireOk(store->Commit(Edit({}, 5, std::move(a))));
  CHECK(absl::IsNotFound(store->Commit(Edit({99}, {}))));
  CHECK(absl::IsInvalidArgument(store->Commit(Edit({}, 4))));
  RequireOk(store->Commit(Edit({a_id}, {})));
  CHECK(absl::IsInvalidArgument(store->Commit(Edit({a_id}, {}))));
  CHECK(store->live_parts()->empty());
  CHECK(store->sealed_through() == 5);
}

TEST_CASE(
    "a flipped bit in a block file is an error that names part and file, beside it blocks are "
    "read") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart a = WritePart(store.get(), 200, 2, 1, 4, &rows);
  const PartId a_id = a.meta().id;
  RequireOk(store->Commit(Edit({}, 4, std::move(a))));
  store.reset();
  std::string largest;
  for (const auto& file : fs::directory_iterator(directory.File("db"))) {
    if (file.path().extension() != ".sst") continue;
    if (largest.empty() || file.file_size() > fs::file_size(largest)) largest = file.path();
  }
  std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(100'000);
  file.put('\x5a');
  file.close();
  store = OpenStore(directory.File("db"));
  auto cursor = std::move(store->NewCursor(a_id, {})).value();
  size_t whole = 0;
  std::string error;
  for (SeriesId id = 1; id <= 200; ++id) {
    cursor->SeekSeries(1 + id % 3, id);
    if (!cursor->status().ok()) error = MessageOf(cursor->status());
    if (cursor->valid() && cursor->key().series == id) {
      CHECK(cursor->value() == rows.at(cursor->key()));
      ++whole;
    }
  }
  CHECK(whole > 150);
  CHECK(whole < 200);
  CHECK(error.find(fmt::format("part {}", a_id)) != std::string::npos);
  CHECK(error.find(".sst") != std::string::npos);
  CHECK(absl::IsDataLoss(store->VerifyPart(a_id, {})));
  CHECK(absl::IsDataLoss(store->VerifyChecksums()));
}

TEST_CASE(
    "a part is read whole or an error, whichever of its table files is damaged at the beginning") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart written =
      WritePart(store.get(), 100, 2, 1, 4, &rows, {}, PartKind::kInOrder, 64 << 10);
  const PartId part = written.meta().id;
  RequireOk(store->Commit(Edit({}, 4, std::move(written))));
  // A part behind it, so that there is something to read on with.
  RequireOk(store->Commit(Edit({}, 5, WritePart(store.get(), 10, 2, 5, 5))));
  store.reset();
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(directory.File("db"))) {
    if (file.path().extension() == ".sst" && file.file_size() > 32 << 10) {
      files.push_back(file.path());
    }
  }
  REQUIRE(files.size() >= 4);
  for (const std::string& path : files) {
    CAPTURE(path);
    const auto flip = [&path] {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(100);
      const auto byte = static_cast<char>(file.get() ^ 1);
      file.seekp(100);
      file.put(byte);
    };
    flip();
    store = OpenStore(directory.File("db"));
    auto cursor = std::move(store->NewCursor(part, {})).value();
    size_t read = 0;
    for (cursor->SeekToFirst(); cursor->valid(); cursor->Next()) ++read;
    CHECK(read < rows.size());
    CHECK(absl::IsDataLoss(cursor->status()));
    KvCursor all = store->kv().NewCursor(Family::kBlocks, keys::PartPrefix(part));
    for (all.SeekToFirst(); all.valid(); all.Next()) ++read;
    CHECK(absl::IsDataLoss(all.status()));
    cursor.reset();
    all = store->kv().NewCursor(Family::kBlocks, "");
    for (all.SeekToFirst(); all.valid(); all.Next()) ++read;
    CHECK(absl::IsDataLoss(all.status()));
    { const KvCursor closed = std::move(all); }
    store.reset();
    flip();
  }
  store = OpenStore(directory.File("db"));
  CHECK(ReadAll(*store, part) == rows);
}

TEST_CASE(
    "ids from a high-water mark are not repeated after a crash, and are dense after a clean "
    "close") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  constexpr std::string_view kKey = "test_mark";
  HighWaterMark mark(&store->kv(), kKey, 1, 10, 100);
  RequireOk(mark.Load());
  CHECK(mark.Take(3).value() == 1);
  CHECK(mark.Take(1).value() == 4);
  HighWaterMark crashed(&store->kv(), kKey, 1, 10, 100);
  RequireOk(crashed.Load());
  const uint64_t after_crash = crashed.Take(1).value();
  CHECK(after_crash > 4);
  RequireOk(crashed.RaisePast(40));
  RequireOk(crashed.RaisePast(7));
  CHECK(crashed.Take(2).value() == 41);
  crashed.Close();
  HighWaterMark reopened(&store->kv(), kKey, 1, 10, 100);
  RequireOk(reopened.Load());
  CHECK(reopened.Take(1).value() == 43);
  CHECK(absl::IsResourceExhausted(reopened.Take(60).status()));
  CHECK(reopened.Take(56).value() == 44);
  CHECK(absl::IsResourceExhausted(reopened.Take(1).status()));
  CHECK(absl::IsDataLoss(reopened.RaisePast(100)));
}

TEST_CASE("series can be taken out of the activity of a day, which stays for the others") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  RequireOk(store->Commit(Edit({}, 40, WritePart(store.get(), 100, 5, 1, 40))));
  const Day day = DayOf(kNovember);
  SeriesBitmap gone;
  gone.addRange(1, 51);
  gone.add(70'000);  // has never been active
  RequireOk(store->RemoveActivity(day, gone));
  CHECK(ActiveOn(store.get(), day).size() == 50);
  CHECK_FALSE(ActiveOn(store.get(), day).contains(50));
  CHECK(ActiveOn(store.get(), day + 1).size() == 100);
  // A row without series is no row.
  gone.addRange(51, 101);
  RequireOk(store->RemoveActivity(day, gone));
  KvCursor rows = store->kv().NewCursor(Family::kActivity, keys::ActivityPrefix(day));
  rows.SeekToFirst();
  CHECK_FALSE(rows.valid());
  RequireOk(store->Commit(Edit({}, 80, WritePart(store.get(), 3, 1, 41, 80))));
  CHECK(ActiveOn(store.get(), day) == std::set<uint32_t>{1, 2, 3});
}

TEST_CASE("metadata and exemplars are kept; what is older than a cutoff can be dropped") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  const std::vector<std::pair<std::string, MetadataRow>> rows = {
      {"b_total", {"counter", "Counts b.", "seconds"}}, {"a", {"gauge", "", ""}}};
  RequireOk(store->PutMetadata(rows));
  RequireOk(store->PutMetadata(rows));
  RequireOk(store->PutExemplars(std::vector<ExemplarRow>{
      {7, -5, "minus"}, {7, 10, "ten"}, {7, 20, "twenty"}, {8, 10, "other"}}));
  store.reset();
  store = OpenStore(directory.File("db"));
  std::vector<std::pair<std::string, MetadataRow>> read;
  RequireOk(store->ScanMetadata([&](std::string_view name, const MetadataRow& row) {
    read.emplace_back(name, row);
    return true;
  }));
  CHECK(read == std::vector<std::pair<std::string, MetadataRow>>{rows[1], rows[0]});
  const auto exemplars = [&](SeriesId series, TimeRange range) {
    std::string all;
    RequireOk(store->ScanExemplars(series, range, [&](TimestampMs t, std::string_view payload) {
      all += fmt::format("{}:{} ", t, payload);
      return true;
    }));
    return all;
  };
  CHECK(exemplars(7, {}) == "-5:minus 10:ten 20:twenty ");
  CHECK(exemplars(7, {-5, 10}) == "-5:minus 10:ten ");
  CHECK(exemplars(9, {}).empty());
  RequireOk(store->DropBefore(11, 11));
  CHECK(exemplars(7, {}) == "20:twenty ");
  CHECK(exemplars(8, {}).empty());
}

TEST_CASE("a checkpoint opens and holds what was there") {
  const TemporaryDirectory directory;
  auto store = OpenStore(directory.File("db"));
  Rows rows;
  FinishedPart a = WritePart(store.get(), 10, 2, 1, 4, &rows);
  const PartId a_id = a.meta().id;
  RequireOk(store->Commit(Edit({}, 4, std::move(a))));
  RequireOk(store->Checkpoint(directory.File("copy")));
  RequireOk(store->Commit(Edit({a_id}, {})));
  RequireOk(store->DropDeadParts(std::vector<PartId>{a_id}));
  CHECK_FALSE(store->Checkpoint(directory.File("copy")).ok());
  auto copy = OpenStore(directory.File("copy"));
  CHECK(ReadAll(*copy, a_id) == rows);
  CHECK(copy->hash_seed() == store->hash_seed());
  CHECK(copy->sealed_through() == 4);
}

}  // namespace
}  // namespace silverback
