#include "engine/codec/xor.h"

#include <algorithm>
#include <cstring>

#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/bits.h"
#include "engine/codec/xor_code.h"

namespace silverback::codec {
namespace {

constexpr uint32_t kGroupValues = 128;
// Groups decoded side by side, so that the processor works at one while it waits for another.
constexpr uint32_t kAbreast = 2;

uint32_t GroupCount(uint32_t count) {
  return (count + kGroupValues - 1) / kGroupValues;
}

void EncodeGroup(std::span<const double> values, std::string* out) {
  BitWriter writer(out);
  XorState state;
  state.bits = BitsOf(values[0]);
  writer.Put(state.bits, 64);
  for (const double value : values.subspan(1)) {
    PutXor(BitsOf(value), &state, [&](uint64_t bits, uint32_t width) { writer.Put(bits, width); });
  }
  writer.Finish();
}

// Where a group's bits are.
struct Place {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// False if the directory points outside.
bool FindGroup(std::string_view bytes, uint32_t count, uint32_t group, Place* place) {
  const uint32_t groups = GroupCount(count);
  const size_t directory = 2 * size_t{groups - 1};
  if (bytes.size() < directory) return false;
  uint64_t begin = directory;
  uint64_t end = directory;
  for (uint32_t i = 0; i <= group; ++i) {
    uint16_t size = 0;
    if (i + 1 < groups) std::memcpy(&size, bytes.data() + 2 * size_t{i}, sizeof(size));
    begin = end;
    end = i + 1 < groups ? begin + size : bytes.size();
  }
  if (begin > end || end > bytes.size()) return false;
  *place = {begin * 8, end * 8};
  return true;
}

// Reads the values of one group in order. A damaged group reads on behind its end, but never behind the source's.
class GroupReader {
 public:
  GroupReader(const BitSource& source, const Place& place)
      : position_(place.begin + 64), end_(place.end) {
    state_.bits = source.Get(place.begin, 64);
  }

  double value() const { return ValueOf(state_.bits); }
  void Advance(const BitSource& source) {
    GetXor(source, source.Peek(position_), &position_, &state_);
  }
  bool WithinBounds() const { return position_ <= end_; }

 private:
  uint64_t position_;
  XorState state_;
  uint64_t end_;
};

// Decodes rows [begin, end) of one group.
bool DecodeGroup(const BitSource& source, const Place& place, uint32_t begin, uint32_t end,
                 double* out) {
  GroupReader reader(source, place);
  for (uint32_t i = 0; i < begin; ++i) reader.Advance(source);
  *out++ = reader.value();
  for (uint32_t i = begin + 1; i < end; ++i) {
    reader.Advance(source);
    *out++ = reader.value();
  }
  return reader.WithinBounds();
}

// The fast path: kAbreast whole groups.
bool DecodeGroupsAbreast(const BitSource& source, const Place (&places)[kAbreast], double* out) {
  static_assert(kAbreast == 2);
  GroupReader a(source, places[0]);
  GroupReader b(source, places[1]);
  for (uint32_t i = 0;; ++i) {
    out[i] = a.value();
    out[i + kGroupValues] = b.value();
    if (i + 1 == kGroupValues) break;
    a.Advance(source);
    b.Advance(source);
  }
  return a.WithinBounds() && b.WithinBounds();
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
  const BitSource source(bytes);
  while (begin < end) {
    const uint32_t group = begin / kGroupValues;
    const uint32_t first = begin % kGroupValues;
    uint32_t decoded = 0;
    Place places[kAbreast];
    if (!FindGroup(bytes, count, group, &places[0])) return false;
    if (first == 0 && end - begin >= kAbreast * kGroupValues) {
      if (!FindGroup(bytes, count, group + 1, &places[1])) return false;
      if (!DecodeGroupsAbreast(source, places, out)) return false;
      decoded = kAbreast * kGroupValues;
    } else {
      const uint32_t last = std::min(end - group * kGroupValues, kGroupValues);
      if (!DecodeGroup(source, places[0], first, last, out)) return false;
      decoded = last - first;
    }
    out += decoded;
    begin += decoded;
  }
  return true;
}

bool XorValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out) {
  return DecodeXor(bytes, count, index, index + 1, out);
}

}  // namespace silverback::codec
