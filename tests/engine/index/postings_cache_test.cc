#include "engine/index/postings_cache.h"

#include <map>
#include <random>
#include <string>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

ValueRows RowsOf(const std::map<std::pair<std::string, uint16_t>, std::string>& rows) {
  ValueRows kept;
  std::string previous;
  bool first = true;
  for (const auto& [key, ids] : rows) {
    REQUIRE(kept.Append({key.first, key.second, ids, first || key.first != previous}));
    previous = key.first;
    first = false;
  }
  return kept;
}

ValueRows OneRow(size_t bytes) {
  ValueRows rows;
  REQUIRE(rows.Append({"v", 0, std::string(bytes, 'x'), true}));
  return rows;
}

}  // namespace

TEST_CASE("kept rows are those that were added, and are found by value") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::map<std::pair<std::string, uint16_t>, std::string> rows;
    for (size_t n = random() % 40; n > 0; --n) {
      std::string value(random() % 3, static_cast<char>('a' + random() % 3));
      rows[{value, static_cast<uint16_t>(random() % 3)}] = std::string(random() % 20, 'i');
    }
    const ValueRows kept = RowsOf(rows);
    REQUIRE(kept.size() == rows.size());
    size_t i = 0;
    std::string previous;
    for (const auto& [key, ids] : rows) {
      const PostingsRow row = kept[i];
      REQUIRE(row.value == key.first);
      REQUIRE(row.high == key.second);
      REQUIRE(row.ids == ids);
      REQUIRE(row.new_value == (i == 0 || key.first != previous));
      previous = key.first;
      ++i;
    }
    for (const char* value : {"", "a", "aa", "b", "bc", "d"}) {
      const auto wanted = std::distance(rows.begin(), rows.lower_bound({value, 0}));
      REQUIRE(kept.LowerBound(value) == static_cast<size_t>(wanted));
    }
  }
}

TEST_CASE("a name with too many rows is not kept") {
  ValueRows rows;
  const std::string ids(8193, 'i');
  size_t added = 0;
  while (rows.Append({std::to_string(added), 0, ids, true})) ++added;
  CHECK(rows.size() == added);
  CHECK(rows.bytes() <= ValueRows::kMaxBytes);
  CHECK(rows.bytes() + 2 * ids.size() > ValueRows::kMaxBytes);
}

TEST_CASE("rows are found in the version that they are of, and in no other") {
  PostingsCache cache(10'000);
  CHECK(cache.Find("a", 0) == nullptr);
  cache.Add("a", 7, OneRow(100));
  REQUIRE(cache.Find("a", 7) != nullptr);
  CHECK((*cache.Find("a", 7))[0].ids.size() == 100);
  CHECK(cache.Find("a", 6) == nullptr);
  CHECK(cache.Find("a", 8) == nullptr);
  CHECK(cache.Find("b", 7) == nullptr);
  cache.Add("b", 6, OneRow(100));  // a walk that began before the change
  CHECK(cache.Find("b", 6) == nullptr);
  CHECK(cache.Find("b", 7) == nullptr);
  cache.Add("b", 8, OneRow(100));
  CHECK(cache.Find("a", 8) == nullptr);
  CHECK(cache.Find("b", 8) != nullptr);
}

TEST_CASE("no more is kept than there is room for") {
  PostingsCache cache(10'000);
  for (int i = 0; i < 100; ++i) {
    cache.Add(std::to_string(i), 1, OneRow(1000));
    REQUIRE(cache.bytes() <= 10'000);
    REQUIRE(cache.Find(std::to_string(i), 1) != nullptr);
  }
  cache.Add("large", 1, OneRow(20'000));
  CHECK(cache.Find("large", 1) == nullptr);
  CHECK(cache.bytes() <= 10'000);
}

}  // namespace silverback
