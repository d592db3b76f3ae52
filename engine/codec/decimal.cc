#include "engine/codec/decimal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/bits.h"
#include "engine/codec/integers.h"
#include "engine/codec/powers.h"

namespace silverback::codec {
namespace {

constexpr uint8_t kExponentMask = 15;
constexpr uint8_t kFactorFlag = 1 << 4;
constexpr uint8_t kExceptionsFlag = 1 << 5;
constexpr uint8_t kUniformFlag = 1 << 6;

// Integers must be exact as doubles on the way back.
constexpr uint64_t kMaxRange = (uint64_t{1} << 52) - 1;
// Values looked at to find the exponent.
constexpr size_t kSampleSize = 32;
// An exception's place and bits: what a value must save to be one.
constexpr uint32_t kExceptionBits = 74;
constexpr double kBitsPerDigit = 3.32;

uint32_t RowWidth(uint32_t count) {
  return BitWidth(count - 1);
}

// The smallest exponent at which `value` is an integer, or kMaxExponent + 1.
uint32_t ExponentOf(double value) {
  for (uint32_t exponent = 0; exponent <= kMaxExponent; ++exponent) {
    const double power = kPowersOfTen[exponent];
    const double scaled = value * power;
    if (!(std::abs(scaled) < 0x1p51)) break;
    // Integers have no -0: adding 0 makes it 0.
    if (SameBits((std::nearbyint(scaled) + 0.0) / power, value)) return exponent;
  }
  return kMaxExponent + 1;
}

// The exponent that costs least over a sample: exceptions for the values that need more digits, or
// digits for all.
bool ChooseExponent(std::span<const double> values, uint32_t* exponent) {
  std::array<uint32_t, kMaxExponent + 2> counts{};
  const size_t size = std::min(values.size(), kSampleSize);
  for (size_t i = 0; i < size; ++i) ++counts[ExponentOf(values[i * values.size() / size])];
  double best_cost = 0;
  bool found = false;
  auto exceptions = static_cast<double>(size);
  for (uint32_t candidate = 0; candidate <= kMaxExponent; ++candidate) {
    exceptions -= counts[candidate];
    if (counts[candidate] == 0) continue;
    const double cost =
        exceptions * kExceptionBits + static_cast<double>(size) * candidate * kBitsPerDigit;
    if (found && cost >= best_cost) continue;
    found = true;
    best_cost = cost;
    *exponent = candidate;
  }
  return found;
}

// A vector taken apart.
struct Parts {
  uint32_t exponent = 0;
  int64_t offset = 0;
  uint64_t factor = 1;
  std::array<uint64_t, kMaxColumnValues> integers;
  std::array<uint32_t, kMaxColumnValues> exceptions;
  uint32_t exception_count = 0;
};

// Exceptions take the integer before them (the first ones, the first that is none), to cost nothing
// as a delta.
void FillExceptions(const uint8_t* failed, std::span<int64_t> integers, Parts* parts) {
  size_t first = 0;
  while (failed[first] != 0) ++first;
  int64_t last = integers[first];
  for (size_t i = 0; i < integers.size(); ++i) {
    if (failed[i] != 0) {
      parts->exceptions[parts->exception_count++] = static_cast<uint32_t>(i);
      integers[i] = last;
    }
    last = integers[i];
  }
}

// Takes out what all integers have in common: the least of them, and the greatest factor of the
// rest.
bool TakeOutCommon(std::span<const int64_t> integers, Parts* parts) {
  const auto [low, high] = std::minmax_element(integers.begin(), integers.end());
  parts->offset = *low;
  if (static_cast<uint64_t>(*high) - static_cast<uint64_t>(*low) > kMaxRange) return false;
  uint64_t factor = 0;
  for (size_t i = 0; i < integers.size(); ++i) {
    const uint64_t above =
        static_cast<uint64_t>(integers[i]) - static_cast<uint64_t>(parts->offset);
    parts->integers[i] = above;
    if (factor != 1 && (factor == 0 || above % factor != 0)) factor = std::gcd(factor, above);
  }
  parts->factor = std::max<uint64_t>(factor, 1);
  if (parts->factor == 1) return true;
  for (size_t i = 0; i < integers.size(); ++i) parts->integers[i] /= parts->factor;
  return true;
}

bool TakeApart(std::span<const double> values, Parts* parts) {
  if (!ChooseExponent(values, &parts->exponent)) return false;
  std::array<int64_t, kMaxColumnValues> integers;
  std::array<uint8_t, kMaxColumnValues> failed;
  const auto count = static_cast<uint32_t>(values.size());
  const uint32_t failures = ActiveKernels().scale(
      values.data(), count, kPowersOfTen[parts->exponent], integers.data(), failed.data());
  // Mostly exceptions: another codec's case.
  if (failures > count / 2) return false;
  if (failures > 0) FillExceptions(failed.data(), {integers.data(), count}, parts);
  return TakeOutCommon({integers.data(), count}, parts);
}

void AppendExceptions(std::span<const double> values, const Parts& parts, bool uniform,
                      std::string* out) {
  PutVarint(out, parts.exception_count);
  BitWriter writer(out);
  for (uint32_t i = 0; i < parts.exception_count; ++i) {
    writer.Put(parts.exceptions[i], RowWidth(static_cast<uint32_t>(values.size())));
  }
  writer.Finish();
  const uint32_t stored = uniform ? 1 : parts.exception_count;
  for (uint32_t i = 0; i < stored; ++i) PutFixed(out, values[parts.exceptions[i]]);
}

bool ExceptionsAreUniform(std::span<const double> values, const Parts& parts) {
  for (uint32_t i = 1; i < parts.exception_count; ++i) {
    if (!SameBits(values[parts.exceptions[i]], values[parts.exceptions[0]])) return false;
  }
  return true;
}

// A vector read in place.
class DecimalView {
 public:
  bool Parse(std::string_view bytes, uint32_t count);

  const IntegerColumn& integers() const { return integers_; }
  void ToDoubles(const uint64_t* integers, uint32_t count, const Kernels& kernels,
                 double* out) const {
    kernels.to_doubles(integers, count, factor_, offset_, divisor_, out);
  }
  double ToDouble(uint64_t integer) const {
    double value = 0;
    ToDoubles(&integer, 1, ActiveKernels(), &value);
    return value;
  }

  // Overwrites the exceptions among rows [begin, end), which are at out[0], out[1], ...
  void ApplyExceptions(uint32_t begin, uint32_t end, double* out) const {
    for (uint32_t i = FirstException(begin); i < exception_count_; ++i) {
      const uint64_t row = rows_[i];
      if (row >= end) break;
      if (row >= begin) out[row - begin] = ExceptionValue(i);
    }
  }

 private:
  bool ParseExceptions(std::string_view* in, bool uniform, uint32_t count);
  uint32_t FirstException(uint32_t row) const;
  double ExceptionValue(uint32_t i) const {
    return ValueOf(Load64(values_.data() + (uniform_ ? 0 : size_t{i} * 8)));
  }

  double factor_ = 1;
  double offset_ = 0;
  double divisor_ = 1;
  bool uniform_ = false;
  uint32_t exception_count_ = 0;
  PackedArray rows_;
  std::string_view values_;
  IntegerColumn integers_;
};

bool DecimalView::Parse(std::string_view bytes, uint32_t count) {
  uint8_t flags = 0;
  int64_t offset = 0;
  if (!GetFixed(&bytes, &flags) || !GetSignedVarint(&bytes, &offset)) return false;
  if ((flags & ~(kExponentMask | kFactorFlag | kExceptionsFlag | kUniformFlag)) != 0) return false;
  divisor_ = kPowersOfTen[flags & kExponentMask];
  offset_ = static_cast<double>(offset);
  if ((flags & kFactorFlag) != 0) {
    uint64_t factor = 0;
    if (!GetVarint(&bytes, &factor)) return false;
    factor_ = static_cast<double>(factor);
  }
  if ((flags & kExceptionsFlag) != 0 &&
      !ParseExceptions(&bytes, (flags & kUniformFlag) != 0, count)) {
    return false;
  }
  return integers_.Parse(bytes, count);
}

bool DecimalView::ParseExceptions(std::string_view* in, bool uniform, uint32_t count) {
  uint64_t exceptions = 0;
  if (!GetVarint(in, &exceptions) || exceptions == 0 || exceptions > count) return false;
  exception_count_ = static_cast<uint32_t>(exceptions);
  uniform_ = uniform;
  const size_t rows_size = PackedArray::ByteSize(exceptions, RowWidth(count));
  const size_t values_size = 8 * (uniform ? 1 : exceptions);
  if (in->size() < rows_size + values_size) return false;
  rows_ = {*in, RowWidth(count)};
  values_ = in->substr(rows_size, values_size);
  in->remove_prefix(rows_size + values_size);
  return true;
}

uint32_t DecimalView::FirstException(uint32_t row) const {
  uint32_t low = 0;
  uint32_t high = row == 0 ? 0 : exception_count_;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (rows_[middle] < row) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

bool EncodeDecimal(std::span<const double> values, std::string* out) {
  Parts parts;
  if (!TakeApart(values, &parts)) return false;
  const bool exceptions = parts.exception_count > 0;
  const bool uniform = parts.exception_count > 1 && ExceptionsAreUniform(values, parts);
  uint8_t flags = static_cast<uint8_t>(parts.exponent);
  if (parts.factor != 1) flags |= kFactorFlag;
  if (exceptions) flags |= kExceptionsFlag;
  if (uniform) flags |= kUniformFlag;
  PutFixed(out, flags);
  PutSignedVarint(out, parts.offset);
  if (parts.factor != 1) PutVarint(out, parts.factor);
  if (exceptions) AppendExceptions(values, parts, uniform, out);
  EncodeIntegers({parts.integers.data(), values.size()}, out);
  return true;
}

bool DecodeDecimal(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end,
                   double* out) {
  DecimalView view;
  if (!view.Parse(bytes, count)) return false;
  const Kernels& kernels = ActiveKernels();
  std::array<uint64_t, kChunkValues> integers;
  double* to = out;
  for (uint32_t row = begin; row < end;) {
    const uint32_t chunk = row / kChunkValues;
    const uint32_t first = row % kChunkValues;
    const uint32_t last = std::min(end - chunk * kChunkValues, kChunkValues);
    view.integers().DecodeChunk(chunk, first, last, kernels, integers.data());
    view.ToDoubles(integers.data() + first, last - first, kernels, to);
    to += last - first;
    row += last - first;
  }
  view.ApplyExceptions(begin, end, out);
  return true;
}

bool DecimalValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out) {
  DecimalView view;
  if (!view.Parse(bytes, count)) return false;
  *out = view.ToDouble(view.integers().At(index));
  view.ApplyExceptions(index, index + 1, out);
  return true;
}

}  // namespace silverback::codec
