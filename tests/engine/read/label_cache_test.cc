#include "engine/read/label_cache.h"

#include <algorithm>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/store/store.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

/// A registry of `count` series, whose ids are in `ids`.
struct Fixture {
  explicit Fixture(size_t count) {
    StoreOptions options;
    options.path = directory.File("db");
    store = std::move(Store::Open(options)).value();
    registry = std::move(Registry::Open(store.get(), {})).value();
    std::vector<LabelSet> labels;
    for (size_t i = 0; i < count; ++i) labels.push_back(LabelsOf(i));
    std::vector<SeriesRef> refs(count);
    REQUIRE(registry->GetOrCreate(labels, refs).ok());
    for (const SeriesRef& ref : refs) ids.push_back(ref.series);
  }

  static LabelSet LabelsOf(size_t i) {
    return LabelSet{{kMetricName, "m"}, {"instance", std::to_string(i)}};
  }

  void CheckAll(const std::vector<LabelSet>& labels) const {
    REQUIRE(labels.size() == ids.size());
    for (size_t i = 0; i < labels.size(); ++i) CHECK(labels[i] == LabelsOf(i));
  }

  TemporaryDirectory directory;
  std::unique_ptr<Store> store;
  std::unique_ptr<Registry> registry;
  std::vector<SeriesId> ids;
};

std::vector<LabelSet> Get(LabelCache* cache, std::span<const SeriesId> ids) {
  StatusOr<std::vector<LabelSet>> labels = cache->Get(ids);
  REQUIRE(labels.ok());
  return std::move(labels).value();
}

TEST_CASE("a visit sees the sets of the series that exist, known before or not") {
  const Fixture fixture(1500);
  LabelCache cache(fixture.registry.get(), 16 << 20);
  std::vector<SeriesId> some(fixture.ids.begin(), fixture.ids.begin() + 700);
  Get(&cache, some);
  std::vector<SeriesId> asked = fixture.ids;
  asked.push_back(4'000'000'000);
  for (int again = 0; again < 2; ++again) {
    std::vector<LabelSet> seen;
    REQUIRE(cache.Visit(asked, nullptr, nullptr, [&](const LabelSet& one) { seen.push_back(one); })
                .ok());
    std::vector<LabelSet> wanted;
    for (size_t i = 0; i < 1500; ++i) wanted.push_back(Fixture::LabelsOf(i));
    std::sort(seen.begin(), seen.end());
    std::sort(wanted.begin(), wanted.end());
    REQUIRE(seen == wanted);
  }
}

TEST_CASE("Label sets come out of the cache as out of the registry, in the order asked for") {
  const Fixture fixture(1500);
  LabelCache cache(fixture.registry.get(), 16 << 20);
  fixture.CheckAll(Get(&cache, fixture.ids));
  const size_t bytes = cache.bytes();
  CHECK(bytes > 1500 * 10);
  fixture.CheckAll(Get(&cache, fixture.ids));
  CHECK(cache.bytes() == bytes);
  const std::vector<SeriesId> some{fixture.ids[7], 4'000'000'000, fixture.ids[3]};
  const std::vector<LabelSet> labels = Get(&cache, some);
  CHECK(labels[0] == Fixture::LabelsOf(7));
  CHECK(labels[1].empty());
  CHECK(labels[2] == Fixture::LabelsOf(3));
}

TEST_CASE("The label cache answers without the store once it knows a series") {
  const Fixture fixture(10);
  LabelCache cache(fixture.registry.get(), 16 << 20);
  Get(&cache, fixture.ids);
  REQUIRE(fixture.registry->Delete(fixture.ids).ok());
  fixture.CheckAll(Get(&cache, fixture.ids));
  LabelCache other(fixture.registry.get(), 16 << 20);
  for (const LabelSet& labels : Get(&other, fixture.ids)) CHECK(labels.empty());
  CHECK(other.bytes() == 0);
}

TEST_CASE("The label cache stays below its size and keeps what is used") {
  const Fixture fixture(2000);
  constexpr size_t kBytesMax = 40'000;
  LabelCache cache(fixture.registry.get(), kBytesMax);
  const std::vector<SeriesId> used(fixture.ids.begin(), fixture.ids.begin() + 5);
  Get(&cache, used);
  for (size_t i = 5; i < fixture.ids.size(); i += 10) {
    Get(&cache, std::span(fixture.ids).subspan(i, std::min<size_t>(10, fixture.ids.size() - i)));
    Get(&cache, used);
    REQUIRE(cache.bytes() <= kBytesMax);
  }
  REQUIRE(fixture.registry->Delete(fixture.ids).ok());
  for (const LabelSet& labels : Get(&cache, used)) CHECK_FALSE(labels.empty());
  CHECK(Get(&cache, std::span(fixture.ids).subspan(5, 1))[0].empty());
}

TEST_CASE("A label cache without room still answers") {
  const Fixture fixture(20);
  LabelCache cache(fixture.registry.get(), 0);
  fixture.CheckAll(Get(&cache, fixture.ids));
  CHECK(cache.bytes() == 0);
}

TEST_CASE("Several threads may ask the label cache at once") {
  const Fixture fixture(3000);
  LabelCache cache(fixture.registry.get(), 100'000);
  std::vector<std::thread> threads;
  std::atomic<size_t> wrong{0};
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i + 100 <= fixture.ids.size(); i += 37) {
        const auto labels = cache.Get(std::span(fixture.ids).subspan(i, 100));
        for (size_t k = 0; k < 100; ++k) wrong += (*labels)[k] != Fixture::LabelsOf(i + k);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace silverback
