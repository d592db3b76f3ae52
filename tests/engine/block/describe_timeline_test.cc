#include <random>

#include <catch2/catch.hpp>

#include "engine/block/describe.h"
#include "engine/block/timeline.h"

namespace silverback {
namespace {

std::string Print(const std::vector<BlockField>& fields) {
  std::string text;
  for (const BlockField& field : fields) {
    text += fmt::format("{}+{} {}: {}\n", field.offset, field.bytes, field.name, field.text);
  }
  return text;
}

void RequireCovered(std::string_view timeline) {
  size_t at = 0;
  for (const BlockField& field : DescribeTimeline(timeline)) {
    REQUIRE(field.offset == at);
    at += field.bytes;
  }
  REQUIRE(at == timeline.size());
}

/// The timeline of docs/format/timeline.md.
std::string Example() {
  return EncodeTimeline(std::vector<TimestampMs>{1700000000000, 1700000015000, 1700000030001,
                                                 1700000045000, 1700000060000});
}

}  // namespace

TEST_CASE("the fields of a timeline say what its format's page says of the example") {
  CHECK(Print(DescribeTimeline(Example())) ==
        "0+1 version: 1\n"
        "1+4 checksum: 2cdca340, right\n"
        "5+1 rows: 5\n"
        "6+6 first time: 1700000000000 ms\n"
        "12+3 last time: 60000 ms after the first\n"
        "15+2 interval: 15000 ms\n"
        "17+8 rows 0 to 4: residuals in 7 bytes\n");
}

TEST_CASE("a timeline of many columns is described to its last byte") {
  std::vector<TimestampMs> times;
  for (TimestampMs t = 0; t < 3000; ++t) times.push_back(t * 15'000);
  const auto fields = DescribeTimeline(EncodeTimeline(times));
  CHECK(fields.back().name == "rows 2048 to 2999");
  RequireCovered(EncodeTimeline(times));
}

TEST_CASE("a damaged timeline is described as far as it goes, every byte once") {
  const std::string whole = Example();
  std::string wrong = whole;
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  CHECK_THAT(DescribeTimeline(wrong)[1].text, Catch::Contains("WRONG"));
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const auto fields = DescribeTimeline(whole.substr(0, bytes));
    CHECK(fields.back().name == "malformed");
    RequireCovered(whole.substr(0, bytes));
  }
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string mutated = whole;
    for (int change = 0; change < 3; ++change) {
      mutated[random() % mutated.size()] = static_cast<char>(random());
    }
    RequireCovered(mutated);
  }
}

}  // namespace silverback
