#include "remote_write/wire/sample_run.h"

#include <random>

#include <catch2/catch.hpp>

#include "engine/base/value.h"
#include "remote_write/wire/sample_message.h"
#include "tests/support/write_message/write_message.h"

namespace silverback::wire {
namespace {

using namespace silverback::testing;  // NOLINT: the messages of this file come from there

/// What the general decoder reads of fields that are all samples.
std::vector<Sample> ByDefinition(std::string_view fields) {
  std::vector<Sample> samples;
  pbf_reader field = Message(fields);
  while (field.next(2)) samples.push_back(DecodeSample(TakeBytes(field)));
  return samples;
}

bool Same(const std::vector<Sample>& a, const std::vector<Sample>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Sample& x, const Sample& y) {
    return x.timestamp_ms == y.timestamp_ms && SameBits(x.value, y.value);
  });
}

/// A sample as an encoder writes it that leaves zeros out.
std::string CompactField(TimestampMs timestamp_ms, double value) {
  std::string field = SampleField(timestamp_ms, value);
  if (BitsOf(value) != 0) return field;
  // Tag and length, then the nine bytes of the value.
  field.erase(2, 9);
  field[1] = static_cast<char>(field.size() - 2);
  return field;
}

}  // namespace

TEST_CASE("runs of samples decode as the general decoder has them, to where they end") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    const size_t usual = random() % 100;
    std::string fields;
    for (size_t i = 0; i < usual; ++i) {
      // Six bytes of varint: from 2^35 to below 2^42.
      const auto t = static_cast<TimestampMs>(
          (uint64_t{1} << 35) + random() % ((uint64_t{1} << 42) - (uint64_t{1} << 35)));
      fields += CompactField(t, random() % 3 == 0 ? 0.0 : ValueOf(random()));
    }
    const std::vector<std::string> ends = {"",
                                           SampleField(1, 1),
                                           SampleField(-1, 1),
                                           CompactField(int64_t{1} << 42, 5),
                                           CompactField((int64_t{1} << 35) - 1, 0),
                                           LabelFields({{"a", "b"}})};
    const std::string& after = ends[random() % ends.size()];
    const std::string all = fields + after;
    std::string_view rest = all;
    std::vector<Sample> samples = {{1, 2}};
    REQUIRE(TakeSampleRun(&rest, 1000, &samples) == usual);
    REQUIRE(rest == after);
    samples.erase(samples.begin());
    REQUIRE(Same(samples, ByDefinition(fields)));
  }
}

TEST_CASE("a run stops at its limit, and before a field that is cut short") {
  const std::string one = SampleField(1'700'000'000'000, 0.5);
  const std::string fields = one + one + one;
  std::vector<Sample> samples;
  std::string_view rest = fields;
  CHECK(TakeSampleRun(&rest, 2, &samples) == 2);
  CHECK(rest == one);
  CHECK(TakeSampleRun(&rest, 0, &samples) == 0);
  for (size_t cut = 1; cut < one.size(); ++cut) {
    std::string_view torn = std::string_view(fields).substr(0, fields.size() - cut);
    CHECK(TakeSampleRun(&torn, 10, &samples) == 2);
    CHECK(torn == one.substr(0, one.size() - cut));
  }
}

}  // namespace silverback::wire
