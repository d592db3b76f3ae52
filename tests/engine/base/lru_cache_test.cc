#include "engine/base/lru_cache.h"

#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::shared_ptr<const std::string> Value(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

TEST_CASE("what was put is found, and what is put again replaces it") {
  LruCache<int, std::string> cache(1 << 20);
  CHECK(cache.Find(1) == nullptr);
  CHECK(*cache.FindOrAdd(1, Value("one"), 100) == "one");
  CHECK(*cache.FindOrAdd(1, Value("another"), 100) == "one");
  CHECK(*cache.Find(1) == "one");
  const size_t bytes = cache.bytes();
  CHECK(bytes >= 100);
  cache.Put(1, Value("another"), 300);
  CHECK(*cache.Find(1) == "another");
  CHECK(cache.bytes() == bytes + 200);
}

TEST_CASE("a full cache gives up what was used longest ago, and no value in use is lost") {
  LruCache<int, std::string> cache(80'000);
  constexpr int kKeys = 10'000;
  const auto first = cache.FindOrAdd(-1, Value("first"), 500);
  for (int key = 0; key < kKeys; ++key) {
    cache.Put(key, Value(std::to_string(key)), 500);
    REQUIRE(*cache.Find(key) == std::to_string(key));
    if (key < kKeys / 2) REQUIRE(cache.Find(-1) != nullptr);  // used again and again
  }
  CHECK(cache.bytes() <= 80'000);
  CHECK(cache.bytes() > 40'000);
  CHECK(cache.Find(0) == nullptr);
  CHECK(cache.Find(-1) == nullptr);  // no more since the middle
  CHECK(*first == "first");
}

TEST_CASE("one value too large is kept, two are not") {
  LruCache<int, std::string> cache(800);
  for (int key = 0; key < 100; ++key) {
    cache.Put(key, Value("large"), 10'000);
    REQUIRE(cache.Find(key) != nullptr);
  }
  CHECK(cache.bytes() <= 8 * 11'000);
}

TEST_CASE("threads share a cache") {
  LruCache<uint64_t, uint64_t> cache(50'000);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < 20'000; ++i) {
        const uint64_t key = random() % 200;
        if (random() % 2 == 0) cache.Put(key, std::make_shared<const uint64_t>(key), 400);
        const auto found = cache.Find(key);
        if (found != nullptr && *found != key) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(cache.bytes() <= 50'000);
}

}  // namespace
}  // namespace silverback
