#include "engine/index/registry.h"

#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "index_fixture.h"

#include "engine/base/hash.h"
#include "engine/store/keys.h"
#include "tests/support/rocksdb_full_disk.h"

namespace silverback {
namespace {

LabelSet Numbered(std::string_view metric, int n) {
  return LabelSet{{kMetricName, metric}, {"n", fmt::format("{}", n)}, {"job", "api"}};
}

// Everything that the families of the index hold, merged.
std::vector<std::pair<std::string, std::string>> IndexRows(Store* store) {
  std::vector<std::pair<std::string, std::string>> all;
  for (Family family : {Family::kSeries, Family::kLabels, Family::kMetrics, Family::kPostings}) {
    KvCursor rows = store->kv().NewCursor(family, "");
    for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
      all.emplace_back(fmt::format("{} {}", FamilyName(family), rows.key()), rows.value());
    }
    RequireOk(rows.status());
  }
  return all;
}

TEST_CASE("a label set gets one id for ever, across calls, repeats and restarts") {
  IndexFixture f;
  const LabelSet a = Numbered("up", 1);
  const LabelSet b = Numbered("up", 2);
  const LabelSet c = Numbered("down", 1);
  const LabelSet nameless{{"job", "api"}};
  const std::vector<SeriesRef> first = f.Create(std::vector<LabelSet>{a, b, a, c, nameless});
  CHECK(first[0] == SeriesRef{1, 1, true});
  CHECK(first[1] == SeriesRef{2, 1, true});
  CHECK(first[2] == SeriesRef{1, 1, false});
  CHECK(first[3] == SeriesRef{3, 2, true});
  CHECK(first[4] == SeriesRef{4, 0, true});
  CHECK(f.registry->size() == 4);
  f.Open(f.directory.File("db"));
  CHECK(f.registry->size() == 4);
  CHECK(f.Create(c) == SeriesRef{3, 2, false});
  CHECK(Value(f.registry->Find(b)) == SeriesRef{2, 1, false});
  CHECK(Value(f.registry->Find(Numbered("up", 9))).series == 0);
  CHECK(Value(f.registry->Labels(3)) == c);
  CHECK(Value(f.registry->Metric(3)) == 2);
  CHECK(absl::IsNotFound(f.registry->Labels(99).status()));
  const std::vector<SeriesId> ids{4, 99, 2, 2, 1};
  CHECK(Value(f.registry->Labels(ids)) == std::vector<LabelSet>{nameless, {}, b, b, a});
  // A clean close gives ids back.
  CHECK(f.Create(Numbered("up", 3)) == SeriesRef{5, 1, true});
  std::vector<std::optional<MetricId>> rows(4);
  RequireOk(f.registry->FindMetrics(std::vector<SeriesId>{1, 3, 4, 99}, rows));
  CHECK(rows == std::vector<std::optional<MetricId>>{1, 2, 0, std::nullopt});
  std::vector<MetricId> metrics(3);
  RequireOk(f.registry->Metrics(std::vector<SeriesId>{3, 4, 5}, metrics));
  CHECK(metrics == std::vector<MetricId>{2, 0, 1});
  CHECK(f.Create(Numbered("sideways", 3)).metric == 3);
  RequireOk(f.registry->Metrics(std::vector<SeriesId>{6, 1, 2}, metrics));
  CHECK(metrics == std::vector<MetricId>{3, 1, 1});
}

TEST_CASE("all series are those that were created and have not been deleted") {
  IndexFixture f;
  CHECK(Value(f.registry->AllSeries()).isEmpty());
  for (int n = 1; n <= 4; ++n) f.Create(Numbered("up", n));
  RequireOk(f.registry->Delete(std::vector<SeriesId>{3}));
  CHECK(Value(f.registry->AllSeries()) == SeriesBitmap::bitmapOf(3, 1, 2, 4));
}

TEST_CASE("label sets whose hashes collide keep ids of their own") {
  IndexFixture f;
  const LabelSet a = Numbered("up", 1);
  const LabelSet b = Numbered("up", 2);
  const SeriesRef ref = f.Create(a);
  // As if a hashed like b.
  KvBatch batch(f.store->kv());
  batch.Put(Family::kLabels, keys::Labels(Hash128(b.encoded(), f.store->hash_seed()), ref.series),
            "");
  RequireOk(f.store->kv().Write(std::move(batch), Durability::kBuffered));
  CHECK(f.Create(b) == SeriesRef{2, 1, true});
  CHECK(f.Create(b) == SeriesRef{2, 1, false});
  CHECK(f.Create(a) == SeriesRef{1, 1, false});
}

TEST_CASE("labels of any bytes come back") {
  using namespace std::string_literals;
  IndexFixture f;
  const std::string odd = "\0\x01\xff\0"s;
  const LabelSet a{{odd, odd}, {kMetricName, odd}};
  const LabelSet b{{odd, odd + odd}, {kMetricName, "\0"s}};
  const std::vector<SeriesRef> refs = f.Create(std::vector<LabelSet>{a, b});
  CHECK(refs[0].series != refs[1].series);
  CHECK(refs[0].metric != refs[1].metric);
  CHECK(Value(f.registry->Labels(refs[1].series)) == b);
  CHECK(f.Create(a).created == false);
}

TEST_CASE(
    "over --storage.max-series new series are refused, naming the flag, and known ones are not") {
  IndexFixture f(3);
  f.Create(std::vector<LabelSet>{Numbered("up", 1), Numbered("up", 2)});
  const std::vector<LabelSet> labels{Numbered("up", 3), Numbered("up", 4), Numbered("up", 4),
                                     Numbered("up", 1)};
  std::vector<SeriesRef> refs(4);
  const Status status = f.registry->GetOrCreate(labels, refs);
  CHECK(absl::IsResourceExhausted(status));
  CHECK(std::string(MessageOf(status)).find("--storage.max-series") != std::string::npos);
  CHECK(refs == std::vector<SeriesRef>{{3, 1, true}, {}, {}, {1, 1, false}});
  RequireOk(f.registry->Delete(std::vector<SeriesId>{1}));
  CHECK(f.Create(Numbered("up", 4)).created);
}

TEST_CASE("of new series that a full disk keeps from being written nobody gets an id") {
  FillableDisk disk;
  const auto store = Value(Store::Open(disk.Options()));
  const auto registry = Value(Registry::Open(store.get(), {}));
  const std::vector<LabelSet> known{Numbered("up", 1)};
  std::vector<SeriesRef> refs(1);
  RequireOk(registry->GetOrCreate(known, refs));
  disk.full = true;
  const std::vector<LabelSet> labels{Numbered("up", 1), Numbered("up", 2), Numbered("down", 3)};
  refs.assign(3, {});
  CHECK(absl::IsResourceExhausted(registry->GetOrCreate(labels, refs)));
  CHECK(refs == std::vector<SeriesRef>{{1, 1, false}, {}, {}});
  CHECK(registry->size() == 1);
  CHECK(Value(registry->Find(labels[1])).series == 0);
  disk.full = false;
}

TEST_CASE("series of the log are put back, any number of times, with the ids that they had") {
  IndexFixture f;
  const LabelSet a = Numbered("up", 1);
  const LabelSet nameless{{"job", "api"}};
  RequireOk(f.registry->Insert(70'000, 12, a));
  const auto rows = IndexRows(f.store.get());
  RequireOk(f.registry->Insert(70'000, 12, a));
  RequireOk(f.registry->Insert(
      std::vector<SeriesEntry>{{70'000, 12, a}, {5, 0, nameless}, {70'000, 12, a}}));
  RequireOk(f.registry->Insert(5, 0, nameless));
  CHECK(f.registry->size() == 2);
  CHECK(f.Create(a) == SeriesRef{70'000, 12, false});
  CHECK(f.Create(nameless) == SeriesRef{5, 0, false});
  const SeriesRef next = f.Create(Numbered("down", 1));
  CHECK(next.series > 70'000);
  CHECK(next.metric > 12);
  RequireOk(f.registry->Delete(std::vector<SeriesId>{5, next.series}));
  {
    KvBatch batch(f.store->kv());
    batch.Delete(Family::kMetrics, "down");
    RequireOk(f.store->kv().Write(std::move(batch), Durability::kBuffered));
  }
  CHECK(IndexRows(f.store.get()) == rows);
}

TEST_CASE("a log that contradicts the registry is reported, and nothing changes") {
  IndexFixture f;
  const LabelSet a = Numbered("up", 1);
  const SeriesRef ref = f.Create(a);
  const auto rows = IndexRows(f.store.get());
  CHECK(absl::IsDataLoss(f.registry->Insert(ref.series, ref.metric, Numbered("up", 2))));
  CHECK(absl::IsDataLoss(f.registry->Insert(9, ref.metric, a)));
  CHECK(absl::IsDataLoss(f.registry->Insert(9, 55, Numbered("up", 2))));
  CHECK(absl::IsDataLoss(f.registry->Insert(9, 0, Numbered("up", 2))));
  CHECK(absl::IsDataLoss(f.registry->Insert(0, 1, Numbered("up", 2))));
  CHECK(absl::IsDataLoss(f.registry->Insert(9, 0, LabelSet())));
  CHECK(absl::IsDataLoss(f.registry->Insert(
      std::vector<SeriesEntry>{{9, 1, Numbered("up", 2)}, {9, 1, Numbered("up", 3)}})));
  CHECK(absl::IsDataLoss(f.registry->Insert(
      std::vector<SeriesEntry>{{9, 1, Numbered("up", 2)}, {10, 1, Numbered("up", 2)}})));
  CHECK(absl::IsDataLoss(f.registry->Insert(
      std::vector<SeriesEntry>{{8, 1, Numbered("up", 2)}, {ref.series, 1, Numbered("up", 3)}})));
  CHECK(IndexRows(f.store.get()) == rows);
}

TEST_CASE(
    "a process killed after creating series finds them again, and gives new ids to new ones") {
  IndexFixture f;
  const SeriesRef a = f.Create(Numbered("up", 1));
  // A copy of the open directory is what a killed process leaves.
  std::filesystem::copy(f.directory.File("db"), f.directory.File("killed"),
                        std::filesystem::copy_options::recursive);
  const SeriesRef lost = f.Create(Numbered("up", 2));
  f.Open(f.directory.File("killed"));
  CHECK(f.Create(Numbered("up", 1)) == SeriesRef{a.series, a.metric, false});
  const SeriesRef other = f.Create(Numbered("other", 3));
  CHECK(other.series > lost.series);
  CHECK(other.metric > a.metric);
  // The log brings back what the copy has not seen.
  RequireOk(f.registry->Insert(lost.series, lost.metric, Numbered("up", 2)));
  CHECK(f.Create(Numbered("up", 2)) == SeriesRef{lost.series, lost.metric, false});
}

TEST_CASE(
    "deleted series leave every row but that of their metric, and are created anew under new ids") {
  IndexFixture f;
  std::vector<LabelSet> labels;
  for (int n = 0; n < 200; ++n) labels.push_back(Numbered(n % 2 == 0 ? "up" : "down", n));
  const std::vector<SeriesRef> refs = f.Create(labels);
  RequireOk(f.store->PutExemplars(std::vector<ExemplarRow>{{refs[0].series, 5, "x"}}));
  std::vector<SeriesId> all;
  for (const SeriesRef& ref : refs) all.push_back(ref.series);
  all.push_back(12'345);
  RequireOk(f.registry->Delete(std::span(all).first(100)));
  CHECK(f.registry->size() == 100);
  CHECK(absl::IsNotFound(f.registry->Labels(refs[0].series).status()));
  CHECK(Value(f.registry->Labels(refs[150].series)) == labels[150]);
  size_t exemplars = 0;
  RequireOk(f.store->ScanExemplars(refs[0].series, {}, [&](TimestampMs, std::string_view) {
    ++exemplars;
    return true;
  }));
  CHECK(exemplars == 0);
  CHECK(f.Create(labels[0]).series > refs.back().series);
  all.push_back(f.Create(labels[0]).series);
  RequireOk(f.registry->Delete(all));
  CHECK(f.registry->size() == 0);
  CHECK(IndexRows(f.store.get()).size() == 2);
  f.Open(f.directory.File("db"));
  CHECK(f.registry->size() == 0);
}

TEST_CASE("threads that create the same series agree on their ids") {
  IndexFixture f;
  constexpr int kThreads = 4;
  constexpr int kSeries = 300;
  std::vector<std::vector<SeriesRef>> refs(kThreads, std::vector<SeriesRef>(kSeries));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int n = 0; n < kSeries; n += 10) {
        std::vector<LabelSet> labels;
        for (int i = 0; i < 10; ++i) labels.push_back(Numbered("up", (n + i + t) % kSeries));
        // Catch's macros are for one thread.
        if (!f.registry->GetOrCreate(labels, std::span(refs[t]).subspan(n, 10)).ok()) std::abort();
        const StatusOr<LabelSet> read = f.registry->Labels(refs[t][n].series);
        if (!read.ok() || *read != labels[0]) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<SeriesId> ids;
  int created = 0;
  for (int t = 0; t < kThreads; ++t) {
    for (int n = 0; n < kSeries; ++n) {
      const SeriesRef& ref = refs[t][n];
      REQUIRE(ref.series == Value(f.registry->Find(Numbered("up", (n + t) % kSeries))).series);
      ids.insert(ref.series);
      created += ref.created ? 1 : 0;
    }
  }
  CHECK(ids.size() == kSeries);
  CHECK(created == kSeries);
  CHECK(f.registry->size() == kSeries);
}

}  // namespace
}  // namespace silverback
