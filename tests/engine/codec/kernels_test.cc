#include "engine/codec/kernels.h"

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include <catch2/catch.hpp>

#include "shapes.h"

#include "engine/codec/powers.h"

namespace silverback::codec {
namespace {

std::vector<const Kernels*> Variants() {
  const KernelList list = AvailableKernels();
  return {list.variants, list.variants + list.count};
}

uint64_t Mask(uint32_t width) {
  return width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1;
}

TEST_CASE("what is packed unpacks, at every width and from every row, in all variants alike") {
  Random random(1);
  for (uint32_t width = 0; width <= 64; ++width) {
    for (const uint32_t rows : {1u, 2u, 3u, 31u, kChunkRows}) {
      std::vector<uint64_t> slots(rows * kLanes);
      for (uint64_t& slot : slots) slot = random() & Mask(width);
      std::vector<std::vector<char>> packed;
      for (const Kernels* kernels : Variants()) {
        CAPTURE(kernels->name, width, rows);
        std::vector<char> lines((rows * width + 63) / 64 * kLineBytes + 2 * kLineBytes);
        kernels->pack(slots.data(), width, rows, lines.data());
        for (uint32_t first = 0; first < rows; first += 1 + static_cast<uint32_t>(random() % 5)) {
          std::vector<uint64_t> unpacked((rows - first) * kLanes);
          kernels->unpack(lines.data(), width, uint64_t{first} * width, rows - first, 0,
                          unpacked.data());
          REQUIRE(std::equal(unpacked.begin(), unpacked.end(), slots.begin() + first * kLanes));
        }
        packed.push_back(lines);
        if (rows != kChunkRows) continue;
        std::vector<uint64_t> chunk(slots.size());
        const std::vector<char> exact(lines.begin(), lines.begin() + width * kLineBytes);
        const uint64_t add = random();
        kernels->unpack_chunk(exact.data(), width, add, chunk.data());
        for (uint64_t& slot : chunk) slot -= add;
        REQUIRE(chunk == slots);
      }
      for (const auto& lines : packed) REQUIRE(lines == packed[0]);
    }
  }
}

TEST_CASE("lanes are summed as a plain loop sums them, in all variants") {
  Random random(2);
  for (uint32_t rows = 1; rows <= kChunkRows; ++rows) {
    std::vector<uint64_t> slots(rows * kLanes);
    for (uint64_t& slot : slots) slot = random();
    std::array<uint64_t, kLanes> bases;
    for (uint64_t& base : bases) base = random();
    std::vector<uint64_t> expected(rows * kLanes);
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      uint64_t sum = bases[lane];
      expected[lane * rows] = sum;
      for (uint32_t row = 1; row < rows; ++row) {
        sum += slots[row * kLanes + lane];
        expected[lane * rows + row] = sum;
      }
    }
    for (const Kernels* kernels : Variants()) {
      CAPTURE(kernels->name, rows);
      std::vector<uint64_t> out(rows * kLanes);
      kernels->sum_lanes(slots.data(), rows, bases.data(), out.data());
      REQUIRE(out == expected);
    }
  }
}

TEST_CASE("integers below 2^52 become the double that division gives, in all variants") {
  Random random(3);
  for (int round = 0; round < 2000; ++round) {
    const auto count = static_cast<uint32_t>(1 + random() % 20);
    std::vector<uint64_t> integers(count);
    for (uint64_t& integer : integers) integer = random() >> (12 + random() % 52);
    const double divisor = kPowersOfTen[random() % kPowersOfTen.size()];
    const double offset = -static_cast<double>(random() >> 14);
    std::vector<double> expected(count);
    for (uint32_t i = 0; i < count; ++i) {
      expected[i] = (static_cast<double>(integers[i]) + offset) / divisor;
    }
    for (const Kernels* kernels : Variants()) {
      std::vector<double> out(count);
      kernels->to_doubles(integers.data(), count, 1, offset, divisor, out.data());
      REQUIRE(SameBitsAll(out.data(), expected.data(), count));
    }
  }
}

TEST_CASE("scaling fails exactly where it cannot be undone, in all variants alike") {
  Random random(4);
  for (int round = 0; round < 2000; ++round) {
    const auto count = static_cast<uint32_t>(1 + random() % 40);
    const std::vector<double> values = MakeVector(count, random);
    const double power = kPowersOfTen[random() % kPowersOfTen.size()];
    for (const Kernels* kernels : Variants()) {
      std::vector<int64_t> integers(count);
      std::vector<uint8_t> failed(count, 7);
      const uint32_t failures =
          kernels->scale(values.data(), count, power, integers.data(), failed.data());
      uint32_t counted = 0;
      for (uint32_t i = 0; i < count; ++i) {
        CAPTURE(kernels->name, i, values[i], power);
        const double scaled = values[i] * power;
        const bool inside = std::abs(scaled) < 0x1p51;
        // An integer has no -0.
        const double back = inside ? (std::nearbyint(scaled) + 0.0) / power : 0;
        const bool fails = !inside || !SameBits(back, values[i]);
        REQUIRE(failed[i] == (fails ? 1 : 0));
        if (!fails) REQUIRE(static_cast<double>(integers[i]) == std::nearbyint(scaled));
        counted += failed[i];
      }
      REQUIRE(failures == counted);
    }
  }
}

}  // namespace
}  // namespace silverback::codec
