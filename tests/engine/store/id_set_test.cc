#include "engine/store/id_set.h"

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::set<uint32_t> IdsOf(std::string_view encoded, uint16_t high) {
  SeriesBitmap bitmap;
  REQUIRE(AddToBitmap(encoded, high, &bitmap));
  std::vector<uint32_t> ids(bitmap.cardinality());
  bitmap.toUint32Array(ids.data());
  return {ids.begin(), ids.end()};
}

// Sets of every shape: sparse, dense, runs, full.
std::set<uint16_t> RandomSet(std::mt19937& random) {
  std::set<uint16_t> ids;
  const int shape = static_cast<int>(random() % 5);
  if (shape == 4) {
    for (uint32_t id = 0; id < 0x10000; ++id) ids.insert(static_cast<uint16_t>(id));
    return ids;
  }
  const size_t count = shape == 0 ? 1 + random() % 8 : 1 + random() % (shape == 1 ? 3'000 : 30'000);
  while (ids.size() < count) {
    const auto first = static_cast<uint16_t>(random());
    for (uint32_t n = shape == 3 ? random() % 500 : 0, id = first; id <= first + n && id < 0x10000;
         ++id) {
      ids.insert(static_cast<uint16_t>(id));
    }
  }
  return ids;
}

TEST_CASE("an encoded set yields the ids that were put in, in the shortest of its forms") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const std::set<uint16_t> ids = RandomSet(random);
    const std::vector<uint16_t> list(ids.begin(), ids.end());
    IdSet set;
    for (uint16_t id : list) set.AddId(id);
    const std::string encoded = EncodeIds(list);
    REQUIRE(encoded == set.Encode());
    REQUIRE(encoded.size() <= 8'193);
    REQUIRE(encoded.size() <= 1 + 2 * list.size());
    std::set<uint32_t> wanted;
    for (uint16_t id : ids) wanted.insert(0x70000 | id);
    REQUIRE(IdsOf(encoded, 7) == wanted);
    uint32_t count = 0;
    REQUIRE(CountIds(encoded, &count));
    REQUIRE(count == ids.size());
    REQUIRE(set.size() == ids.size());
    uint16_t lowest = 0;
    REQUIRE(LowestId(encoded, &lowest));
    REQUIRE(lowest == *ids.begin());
    for (uint32_t id = 0; id < 0x10000; id += 1 + random() % 7) {
      bool has = false;
      if (!HasId(encoded, static_cast<uint16_t>(id), &has)) FAIL("refused");
      if (has != ids.contains(static_cast<uint16_t>(id))) FAIL("id " << id << " has " << has);
    }
  }
}

TEST_CASE("sets intersect when they have an id in common") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    const std::set<uint16_t> ids = RandomSet(random);
    std::set<uint16_t> others = RandomSet(random);
    // Every other time one that lies between, before and behind them.
    if (round % 2 == 0) std::erase_if(others, [&](uint16_t id) { return ids.contains(id); });
    IdSet set;
    for (uint16_t id : others) set.AddId(id);
    const bool wanted =
        std::any_of(ids.begin(), ids.end(), [&](uint16_t id) { return others.contains(id); });
    bool intersects = !wanted;
    REQUIRE(set.Intersects(EncodeIds(std::vector<uint16_t>(ids.begin(), ids.end())), &intersects));
    REQUIRE(intersects == wanted);
  }
}

TEST_CASE("a union does not depend on order or grouping") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 30; ++round) {
    std::vector<std::string> encoded;
    std::set<uint16_t> all;
    for (size_t n = 1 + random() % 6; n > 0; --n) {
      const std::set<uint16_t> ids = RandomSet(random);
      all.insert(ids.begin(), ids.end());
      encoded.push_back(EncodeIds(std::vector<uint16_t>(ids.begin(), ids.end())));
    }
    const std::string wanted = EncodeIds(std::vector<uint16_t>(all.begin(), all.end()));
    std::string at_once;
    REQUIRE(UniteIdSets(std::vector<std::string_view>(encoded.begin(), encoded.end()), &at_once));
    REQUIRE(at_once == wanted);
    std::shuffle(encoded.begin(), encoded.end(), random);
    std::string step = encoded[0];
    for (const std::string& next : encoded) {
      std::string united;
      REQUIRE(UniteIdSets(std::vector<std::string_view>{next, step}, &united));
      step = united;
    }
    REQUIRE(step == wanted);
  }
}

TEST_CASE("malformed sets are refused") {
  using namespace std::string_literals;
  const std::string bad[] = {
      ""s,
      "\x01"s,
      "\x01\x05"s,
      "\x01\x05\x00\x05\x00"s,                  // twice the same id
      "\x01\x05\x00\x04\x00"s,                  // descending
      "\x02\x05\x00"s,                          // half a run
      "\x02\xff\xff\x01\x00"s,                  // past the last id
      "\x02\x01\x00\x01\x00\x03\x00\x00\x00"s,  // runs that touch
      "\x03\x01\x02"s,                          // short bits
      "\x04\x01\x02"s,                          // unknown form
      "\x01"s + std::string(8'192, '\0'),
  };
  for (const std::string& bytes : bad) {
    CAPTURE(bytes.size());
    SeriesBitmap bitmap;
    CHECK_FALSE(AddToBitmap(bytes, 0, &bitmap));
    IdSet set;
    CHECK_FALSE(set.Add(bytes));
    std::string united;
    CHECK_FALSE(UniteIdSets(std::vector<std::string_view>{bytes, "\x01\x01\x00"s}, &united));
  }
}

TEST_CASE("one id is not looked for in what cannot be a set") {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {""s, "\x01\x05"s, "\x01\x05\x00\x06"s, "\x02\x05\x00"s, "\x03\x01\x02"s, "\x04\x01\x02"s}) {
    bool has = false;
    CHECK_FALSE(HasId(bytes, 5, &has));
  }
}

TEST_CASE("encoded sets have the bytes that the format document shows") {
  using namespace std::string_literals;
  CHECK(EncodeIds(std::vector<uint16_t>{1, 3, 0x102}) == "\x01\x01\x00\x03\x00\x02\x01"s);
  CHECK(EncodeIds(std::vector<uint16_t>{5, 6, 7, 8, 20}) ==
        "\x02\x05\x00\x03\x00\x14\x00\x00\x00"s);
}

}  // namespace
}  // namespace silverback
