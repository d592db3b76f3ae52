// Random vectors of values, in the shapes that monitoring makes and in those that break codecs.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace silverback {

using Random = std::mt19937_64;

/// Bits that codecs like to lose.
inline const std::vector<double>& SpecialValues() {
  static const std::vector<double> values = {
      0.0,
      -0.0,
      1.0,
      -1.0,
      std::numeric_limits<double>::infinity(),
      -std::numeric_limits<double>::infinity(),
      ValueOf(kStaleNanBits),
      ValueOf(kNormalNanBits),
      ValueOf(0xfff8000000000123ULL),
      ValueOf(0x7ff0000000000001ULL),
      ValueOf(0xffffffffffffffffULL),
      std::numeric_limits<double>::denorm_min(),
      -std::numeric_limits<double>::denorm_min(),
      std::numeric_limits<double>::min(),
      std::numeric_limits<double>::max(),
      std::numeric_limits<double>::lowest(),
      0x1p51,
      -0x1p51,
      0x1p51 - 1,
      0x1p52,
      0x1p53,
      0x1p53 + 2,
      0x1p63,
      0x1p64,
      0.1,
      0.1 + 0.2,
      1e15,
      1e-15,
      1e22,
      123456789.123456,
  };
  return values;
}

/// A way to make a vector.
enum class Shape {
  kConstant,
  kStep,
  kRuns,
  kCounter,
  kCounterWithResets,
  kDecimalGauge,
  kBytesGauge,
  kFloatCounter,
  kFloatGauge,
  kFloat32Gauge,
  kRandomBits,
  kSpecials,
  kGaugeWithStale,
  kSparseNan,
  kOutliers,
  kNegative,
  kHugeIntegers,
  kMixedDigits,
  kCount,
};

inline std::vector<double> MakeShape(Shape shape, size_t count, Random& random) {
  const auto uniform = [&](uint64_t n) { return random() % n; };
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const auto special = [&] { return SpecialValues()[uniform(SpecialValues().size())]; };
  std::vector<double> out(count);
  double level = static_cast<double>(uniform(100000));
  const double scale = std::pow(10.0, static_cast<double>(uniform(6)));
  const uint64_t rate = 1 + uniform(1000);
  double current = special();
  for (size_t i = 0; i < count; ++i) {
    switch (shape) {
      case Shape::kConstant:
        out[i] = current;
        break;
      case Shape::kStep:
        out[i] = i < count / 2 ? 1 : 0;
        break;
      case Shape::kRuns:
        if (uniform(8) == 0) level = static_cast<double>(uniform(1000)) / 10;
        out[i] = level;
        break;
      case Shape::kCounterWithResets:
        if (uniform(300) == 0) level = 0;
        [[fallthrough]];
      case Shape::kCounter:
        level += static_cast<double>(uniform(rate));
        out[i] = level;
        break;
      case Shape::kDecimalGauge:
        out[i] = std::nearbyint(unit() * 1000 * scale) / scale;
        break;
      case Shape::kBytesGauge:
        out[i] = static_cast<double>(uniform(1 << 20)) * 4096;
        break;
      case Shape::kFloatCounter:
        level += unit() * static_cast<double>(rate);
        out[i] = level;
        break;
      case Shape::kFloatGauge:
        out[i] = (unit() - 0.5) * scale;
        break;
      case Shape::kFloat32Gauge:
        out[i] = static_cast<float>(unit() * scale);
        break;
      case Shape::kRandomBits:
        out[i] = ValueOf(random());
        break;
      case Shape::kSpecials:
        out[i] = special();
        break;
      case Shape::kGaugeWithStale:
        out[i] =
            uniform(50) == 0 ? ValueOf(kStaleNanBits) : static_cast<double>(uniform(5000)) / 100;
        break;
      case Shape::kSparseNan:
        out[i] = uniform(3) == 0 ? ValueOf(kNormalNanBits) : static_cast<double>(uniform(100));
        break;
      case Shape::kOutliers:
        out[i] = uniform(40) == 0 ? static_cast<double>(random() >> (12 + uniform(40)))
                                  : static_cast<double>(uniform(16));
        if (uniform(200) == 0) out[i] = special();
        break;
      case Shape::kNegative:
        out[i] = -static_cast<double>(uniform(rate)) / scale;
        break;
      case Shape::kHugeIntegers:
        out[i] = static_cast<double>(random() >> uniform(14));
        break;
      case Shape::kMixedDigits:
        out[i] =
            static_cast<double>(uniform(1000)) / std::pow(10.0, static_cast<double>(uniform(17)));
        break;
      case Shape::kCount:
        break;
    }
  }
  return out;
}

/// A vector of a random shape.
inline std::vector<double> MakeVector(size_t count, Random& random) {
  const auto shape = static_cast<Shape>(random() % static_cast<uint64_t>(Shape::kCount));
  return MakeShape(shape, count, random);
}

/// Whether two rows of values are the same, bit for bit.
inline bool SameBitsAll(const double* a, const double* b, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (!SameBits(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace silverback
