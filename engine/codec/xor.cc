#include "engine/codec/xor.h"

#include <algorithm>
#include <bit>

#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/bits.h"

namespace silverback::codec {
namespace {

constexpr uint32_t kGroupValues = 128;
// A `11` costs 12 bits more than a `10`: worth it once the old window wastes more than that.
constexpr uint32_t kWindowCostBits = 12;

uint32_t GroupCount(uint32_t count) {
  return (count + kGroupValues - 1) / kGroupValues;
}

void EncodeGroup(std::span<const double> values, std::string* out) {
  BitWriter writer(out);
  uint64_t last = BitsOf(values[0]);
  writer.Put(last, 64);
  uint32_t window_leading = 0;
  uint32_t window = 0;
  for (const double value : values.subspan(1)) {
    const uint64_t change = BitsOf(value) ^ last;
    last = BitsOf(value);
    if (change == 0) {
      writer.Put(0, 1);
      continue;
    }
    const auto leading = static_cast<uint32_t>(std::countl_zero(change));
    const auto trailing = static_cast<uint32_t>(std::countr_zero(change));
    const uint32_t significant = 64 - leading - trailing;
    const uint32_t window_trailing = 64 - window_leading - window;
    if (window != 0 && leading >= window_leading && trailing >= window_trailing &&
        window <= significant + kWindowCostBits) {
      writer.Put(0b01, 2);
      writer.Put(change >> window_trailing, window);
      continue;
    }
    window_leading = leading;
    window = significant;
    writer.Put(0b11 | leading << 2 | (significant - 1) << 8, 14);
    writer.Put(change >> trailing, significant);
  }
  writer.Finish();
}

// Reads the values of one group in order.
class GroupReader {
 public:
  explicit GroupReader(std::string_view bytes) : bytes_(bytes) {
    bits_ = LoadBits(bytes_, 0, 64);
    position_ = 64;
  }

  uint64_t bits() const { return bits_; }

  // False if the stream makes no sense.
  bool Advance() {
    const uint64_t control = LoadBits(bytes_, position_, 14);
    if ((control & 1) == 0) {
      position_ += 1;
      return true;
    }
    if ((control & 2) == 0) {
      position_ += 2;
    } else {
      leading_ = control >> 2 & 63;
      significant_ = static_cast<uint32_t>(control >> 8) + 1;
      position_ += 14;
    }
    if (significant_ == 0 || leading_ + significant_ > 64) return false;
    bits_ ^= LoadBits(bytes_, position_, significant_) << (64 - leading_ - significant_);
    position_ += significant_;
    return true;
  }

 private:
  std::string_view bytes_;
  uint64_t position_ = 0;
  uint64_t bits_ = 0;
  uint32_t leading_ = 0;
  uint32_t significant_ = 0;
};

// The bytes of a group; false if the directory points outside.
bool FindGroup(std::string_view bytes, uint32_t count, uint32_t group, std::string_view* found) {
  const uint32_t groups = GroupCount(count);
  const size_t directory = 2 * size_t{groups - 1};
  if (bytes.size() < directory) return false;
  size_t begin = directory;
  size_t size = 0;
  for (uint32_t i = 0; i <= group; ++i) {
    begin += size;
    if (i + 1 == groups) {
      if (begin > bytes.size()) return false;
      size = bytes.size() - begin;
    } else {
      uint16_t stored = 0;
      std::memcpy(&stored, bytes.data() + 2 * size_t{i}, sizeof(stored));
      size = stored;
    }
  }
  if (begin > bytes.size() || size > bytes.size() - begin) return false;
  *found = bytes.substr(begin, size);
  return true;
}

// Decodes rows [begin, end) of one group.
bool DecodeGroup(std::string_view bytes, uint32_t begin, uint32_t end, double* out) {
  GroupReader reader(bytes);
  for (uint32_t i = 0; i < begin; ++i) {
    if (!reader.Advance()) return false;
  }
  *out++ = ValueOf(reader.bits());
  for (uint32_t i = begin + 1; i < end; ++i) {
    if (!reader.Advance()) return false;
    *out++ = ValueOf(reader.bits());
  }
  return true;
}

}  // namespace

bool EncodeXor(std::span<const double> values, std::string* out) {
  const uint32_t groups = GroupCount(static_cast<uint32_t>(values.size()));
  const size_t directory = out->size();
  out->append(2 * size_t{groups - 1}, '\0');
  for (uint32_t group = 0; group < groups; ++group) {
    const size_t begin = out->size();
    const size_t first = size_t{group} * kGroupValues;
    EncodeGroup(values.subspan(first, std::min<size_t>(kGroupValues, values.size() - first)), out);
    if (group + 1 == groups) break;
    const auto size = static_cast<uint16_t>(out->size() - begin);
    std::memcpy(out->data() + directory + 2 * size_t{group}, &size, sizeof(size));
  }
  return true;
}

bool DecodeXor(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end, double* out) {
  while (begin < end) {
    const uint32_t group = begin / kGroupValues;
    const uint32_t first = begin % kGroupValues;
    const uint32_t last = std::min(end - group * kGroupValues, kGroupValues);
    std::string_view group_bytes;
    if (!FindGroup(bytes, count, group, &group_bytes) ||
        !DecodeGroup(group_bytes, first, last, out)) {
      return false;
    }
    out += last - first;
    begin += last - first;
  }
  return true;
}

bool XorValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out) {
  return DecodeXor(bytes, count, index, index + 1, out);
}

}  // namespace silverback::codec
