#include "engine/store/describe.h"

#include <random>

#include <catch2/catch.hpp>

#include "engine/base/coding.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"
#include "engine/store/part_rows.h"
#include "engine/store/side_rows.h"

namespace silverback {
namespace {

std::string Print(const std::vector<RowField>& fields) {
  std::string text;
  for (const RowField& field : fields) {
    text +=
        fmt::format("{}{}+{} {}: {}\n", field.place == RowField::Place::kKey ? "key " : "value ",
                    field.offset, field.bytes, field.name, field.text);
  }
  return text;
}

void RequireCovered(const std::vector<RowField>& fields, std::string_view key,
                    std::string_view value) {
  size_t in_key = 0;
  size_t in_value = 0;
  for (const RowField& field : fields) {
    size_t& at = field.place == RowField::Place::kKey ? in_key : in_value;
    REQUIRE(field.offset == at);
    at += field.bytes;
  }
  REQUIRE(in_key == key.size());
  REQUIRE(in_value == value.size());
}

TEST_CASE("rows are told field by field, with offsets and meanings") {
  CHECK(Print(DescribeRow(Family::kBlocks, keys::Block(17, {2, 300, 1'000}), "block")) ==
        "key 0+8 part: 17\nkey 8+4 metric: 2\nkey 12+4 series: 300\n"
        "key 16+8 first time: 1970-01-01T00:00:01.000Z\nvalue 0+5 block: 5 bytes\n");
  CHECK(Print(DescribeRow(Family::kPostings, keys::Postings("job", "api", 3),
                          EncodeIds(std::vector<uint16_t>{1, 5}))) ==
        "key 0+5 label name: \"job\"\nkey 5+5 label value: \"api\"\nkey 10+2 high half: 3\n"
        "value 0+5 low halves: 2 of them as list: 1 5\n");
  CHECK(Print(DescribeRow(Family::kMetadata, "up", EncodeMetadata({"gauge", "Is up.", ""}))) ==
        "key 0+2 metric family: \"up\"\nvalue 0+6 type: \"gauge\"\nvalue 6+7 help: \"Is up.\"\n"
        "value 13+1 unit: \"\"\n");
  CHECK(DescribeKey(Family::kActivity, keys::Activity(20'000, 1)) == "day 2024-10-04, high half 1");
  CHECK(DescribeKey(Family::kBlocks, keys::PartPrefix(9)) == "part 9");
  CHECK(DescribeKey(Family::kSeries, "x") == "malformed 78");
}

TEST_CASE("a part header's fields are named to the last checksum") {
  PartHeader header;
  header.meta.id = 4;
  header.meta.time = {0, 10};
  header.inputs = {1, 2};
  const std::vector<RowField> fields =
      DescribeRow(Family::kBlocks, keys::PartPrefix(4), EncodePartHeader(header));
  CHECK(fields.back().name == "checksum");
  CHECK(fields.back().bytes == 4);
  CHECK(std::count_if(fields.begin(), fields.end(),
                      [](const RowField& field) { return field.name == "input"; }) == 2);
}

TEST_CASE("the hash seed is not shown") {
  const std::vector<RowField> fields = DescribeRow(Family::kMeta, keys::kHashSeed, "12345678");
  CHECK(fields.back().text == "(secret)");
}

TEST_CASE("any bytes in any family are described without fail, every byte once") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto bytes = [&] {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random() % 3 == 0 ? random() : random() % 4);
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    const auto family = static_cast<Family>(random() % kFamilyCount);
    const std::string key = bytes();
    const std::string value = bytes();
    RequireCovered(DescribeRow(family, key, value), key, value);
  }
}

TEST_CASE("families are found by their names") {
  Family family{};
  for (size_t i = 0; i < kFamilyCount; ++i) {
    REQUIRE(FamilyNamed(FamilyName(static_cast<Family>(i)), &family));
    CHECK(family == static_cast<Family>(i));
  }
  CHECK_FALSE(FamilyNamed("default", &family));
}

}  // namespace
}  // namespace silverback
