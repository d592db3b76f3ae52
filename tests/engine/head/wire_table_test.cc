#include "engine/head/wire_table.h"

#include <map>
#include <random>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

/// The naive table.
class Oracle {
 public:
  void Set(const Hash128Value& hash, WireBinding binding) { all_[Key(hash)] = binding; }
  bool Erase(const Hash128Value& hash) { return all_.erase(Key(hash)) > 0; }
  WireBinding Find(const Hash128Value& hash) const {
    const auto it = all_.find(Key(hash));
    return it == all_.end() ? WireBinding{} : it->second;
  }
  template <typename Gone>
  void EraseIf(const Gone& gone) {
    std::erase_if(all_, [&](const auto& entry) { return gone(entry.second); });
  }
  size_t size() const { return all_.size(); }

 private:
  static std::pair<uint64_t, uint64_t> Key(const Hash128Value& hash) {
    return {hash.low, hash.high};
  }
  std::map<std::pair<uint64_t, uint64_t>, WireBinding> all_;
};

/// Does the same at random to a table and to the oracle, with hashes from `next`.
template <typename Next>
void CheckLikeOracle(uint64_t seed, size_t steps, const Next& next) {
  WireTable table;
  Oracle oracle;
  std::mt19937_64 random(seed);
  std::vector<Hash128Value> seen;
  for (size_t step = 0; step < steps; ++step) {
    const Hash128Value hash =
        !seen.empty() && random() % 2 == 0 ? seen[random() % seen.size()] : next(random);
    CAPTURE(step, hash.low, hash.high);
    switch (random() % 8) {
      case 0:
        REQUIRE(table.Erase(hash) == oracle.Erase(hash));
        break;
      case 1:
        REQUIRE(table.Find(hash) == oracle.Find(hash));
        break;
      default: {
        const WireBinding binding{static_cast<SeriesId>(1 + random() % 1000),
                                  static_cast<MetricId>(random())};
        table.Set(hash, binding);
        oracle.Set(hash, binding);
        seen.push_back(hash);
      }
    }
    if (random() % 512 == 0) {
      const auto gone = [least = random() % 1000](const WireBinding& binding) {
        return binding.series > least;
      };
      table.EraseIf(gone);
      oracle.EraseIf(gone);
    }
    REQUIRE(table.size() == oracle.size());
  }
  for (const Hash128Value& hash : seen) REQUIRE(table.Find(hash) == oracle.Find(hash));
}

TEST_CASE("a wire table does what a map does") {
  CheckLikeOracle(1, 20000, [](std::mt19937_64& random) {
    return Hash128Value{random(), random()};
  });
}

TEST_CASE("hashes that are worth the same place are told apart") {
  // All in one place, at the end of the array, and with the same lower half.
  for (const uint64_t low : {uint64_t{0}, ~uint64_t{0}, uint64_t{1} << 40}) {
    CheckLikeOracle(2, 2000, [low](std::mt19937_64& random) {
      return Hash128Value{random() % 100, low - random() % 2};
    });
  }
}

TEST_CASE("an empty wire table finds nothing") {
  WireTable table;
  CHECK(table.Find({1, 2}) == WireBinding{});
  CHECK_FALSE(table.Erase({1, 2}));
  table.Prefetch({1, 2});
  table.EraseIf([](const WireBinding&) { return true; });
  CHECK(table.size() == 0);
  CHECK(table.memory_bytes() == 0);
}

TEST_CASE("a wire table stays small as it grows") {
  WireTable table;
  std::mt19937_64 random(3);
  for (SeriesId series = 1; series <= 100000; ++series) {
    table.Set({random(), random()}, {series, 1});
    if (series > 1000) REQUIRE(table.memory_bytes() < 24 * series * 3 / 2 + 128 * 24);
  }
}

}  // namespace
}  // namespace silverback
