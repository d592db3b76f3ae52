#include "engine/labels/label_order.h"

#include <algorithm>
#include <random>
#include <string>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::vector<LabelSet> Sorted(std::vector<LabelSet> sets) {
  SortByLabels(&sets, [](const LabelSet& set) -> const LabelSet& { return set; });
  return sets;
}

/// A string of few kinds of bytes, those among them that sort first and last, between one of few beginnings and ends.
std::string SomeText(std::mt19937_64* random, size_t most) {
  const std::string bytes("\0\1\2a\xff", 5);
  std::string text((*random)() % 3 == 0 ? (*random)() % most : 0, 'x');
  for (size_t n = (*random)() % 4; n > 0; --n) text += bytes[(*random)() % bytes.size()];
  if ((*random)() % 3 == 0) text.append((*random)() % most, 'x');
  return text;
}

}  // namespace

TEST_CASE("label sets are sorted as their comparison says") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    // Short, and longer than what is compared at once.
    const size_t most = random() % 2 == 0 ? 5 : 70;
    const std::string shared = SomeText(&random, 200);
    std::vector<LabelSet> sets;
    for (size_t n = random() % 30; n > 0; --n) {
      LabelSetBuilder builder;
      if (round % 4 != 0) builder.Set("__name__", "m" + shared);
      for (size_t labels = random() % 4; labels > 0; --labels) {
        builder.Set("n" + SomeText(&random, most), SomeText(&random, most));
      }
      sets.push_back(builder.Build());
    }
    std::vector<LabelSet> wanted = sets;
    std::sort(wanted.begin(), wanted.end());
    REQUIRE(Sorted(sets) == wanted);
  }
}

TEST_CASE(
    "label sets are sorted when groups of them have more in common than all, label after label") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    const size_t most = random() % 2 == 0 ? 20 : 100;
    std::vector<std::string> values;
    for (int i = 0; i < 6; ++i) values.push_back(SomeText(&random, most));
    std::vector<LabelSet> sets;
    for (size_t n = random() % 60; n > 0; --n) {
      LabelSetBuilder builder;
      for (char label = 'a'; label < 'h'; ++label) {
        builder.Set(std::string(1, label), values[random() % (label == 'g' ? 6 : 2)]);
      }
      sets.push_back(builder.Build());
    }
    std::vector<LabelSet> wanted = sets;
    std::sort(wanted.begin(), wanted.end());
    REQUIRE(Sorted(sets) == wanted);
  }
}

TEST_CASE("sorting none or one of them is nothing to do") {
  CHECK(Sorted({}).empty());
  CHECK(Sorted({LabelSet{}}) == std::vector<LabelSet>{LabelSet{}});
  CHECK(Sorted({LabelSet{{"a", "b"}}}) == std::vector<LabelSet>{LabelSet{{"a", "b"}}});
}

TEST_CASE("items move with their labels") {
  std::vector<std::pair<int, LabelSet>> items;
  items.emplace_back(1, LabelSet{{"a", "9"}});
  items.emplace_back(2, LabelSet{{"a", "10"}});
  SortByLabels(&items, [](const auto& item) -> const LabelSet& { return item.second; });
  CHECK(items[0].first == 2);
  CHECK(items[1].first == 1);
}

}  // namespace silverback
