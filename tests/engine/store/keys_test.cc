#include "engine/store/keys.h"

#include <algorithm>
#include <compare>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += {kDigits[c >> 4], kDigits[c & 15]};
  }
  return out;
}

TEST_CASE("keys have the bytes that the format document shows") {
  using namespace std::string_literals;
  CHECK(Hex(keys::PartPrefix(17)) == "0000000000000011");
  CHECK(Hex(keys::Block(17, {2, 300, 1'000})) ==
        "0000000000000011"
        "00000002"
        "0000012c"
        "80000000000003e8");
  CHECK(Hex(keys::Block(17, {2, 300, -1})) ==
        "0000000000000011"
        "00000002"
        "0000012c"
        "7fffffffffffffff");
  CHECK(Hex(keys::Timeline(17, 5)) ==
        "0000000000000011"
        "00000005");
  CHECK(Hex(keys::Labels({0x0102030405060708, 0x090a0b0c0d0e0f10}, 7)) ==
        "0102030405060708"
        "090a0b0c0d0e0f10"
        "00000007");
  CHECK(Hex(keys::Postings("job", "a\0b"s, 3)) ==
        "6a6f62"
        "0001"
        "61"
        "00ff"
        "62"
        "0001"
        "0003");
  CHECK(Hex(keys::Activity(-1, 3)) ==
        "7fffffff"
        "0003");
  CHECK(Hex(keys::Exemplar(7, 1, 0x0203)) ==
        "00000007"
        "8000000000000001"
        "0000000000000203");
  CHECK(Hex(keys::Tombstone(7, {-1, 1}, 0x0203)) ==
        "00000007"
        "7fffffffffffffff"
        "8000000000000001"
        "0000000000000203");
  CHECK(keys::Exemplar(7, 1, 0).starts_with(keys::ExemplarsAt(7, 1)));
}

TEST_CASE(
    "postings keys sort by name, then value, then id, whatever bytes names hold, and parse back") {
  std::mt19937 random(7);
  struct Entry {
    std::string name;
    std::string value;
    uint16_t high;
    auto operator<=>(const Entry&) const = default;
  };
  const auto text = [&] {
    const std::string alphabet(
        "\0\x01\x02\xfe\xff"
        "ab",
        7);
    std::string s;
    for (size_t n = random() % 5; n > 0; --n) s += alphabet[random() % alphabet.size()];
    return s;
  };
  std::vector<Entry> entries;
  for (int i = 0; i < 2'000; ++i) {
    entries.push_back({text(), text(), static_cast<uint16_t>(random() % 3)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return keys::Postings(a.name, a.value, a.high) < keys::Postings(b.name, b.value, b.high);
  });
  CHECK(std::is_sorted(entries.begin(), entries.end()));
  for (const Entry& entry : entries) {
    Entry parsed;
    REQUIRE(keys::ParsePostings(keys::Postings(entry.name, entry.value, entry.high), &parsed.name,
                                &parsed.value, &parsed.high));
    REQUIRE(std::is_eq(parsed <=> entry));
    const std::string key = keys::Postings(entry.name, entry.value, entry.high);
    uint16_t high = 0;
    REQUIRE(keys::PostingsPrefixOf(key) == keys::PostingsPrefix(entry.name, entry.value));
    REQUIRE((keys::ParsePostingsHigh(key, &high) && high == entry.high));
  }
}

TEST_CASE("bytes that are no key are refused") {
  std::string name;
  std::string value;
  uint16_t high = 0;
  const std::string key = keys::Postings("a", "b", 1);
  for (size_t n = 0; n < key.size(); ++n) {
    CHECK_FALSE(keys::ParsePostings(key.substr(0, n), &name, &value, &high));
  }
  CHECK_FALSE(keys::ParsePostings(key + "x", &name, &value, &high));
  PartId part = 0;
  BlockKey block;
  CHECK_FALSE(keys::ParseBlock(keys::PartPrefix(1), &part, &block));
  CHECK_FALSE(keys::ParsePart(keys::Block(1, {}), &part));
}

TEST_CASE("the key after a prefix is the first that does not start with it") {
  CHECK(keys::After("a") == "b");
  CHECK(keys::After("a\xff\xff") == "b");
  CHECK(keys::After("\xff\xff").empty());
}

}  // namespace
}  // namespace silverback
