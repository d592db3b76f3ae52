#include "engine/base/snappy_decoder.h"

#include <cstdint>
#include <cstring>

#include "engine/base/coding.h"

namespace silverback {
namespace {

enum ElementType : uint8_t { kLiteral = 0, kCopy1 = 1, kCopy2 = 2, kCopy4 = 3 };

/// A literal this long or shorter has its length in the tag; so has every copy.
constexpr size_t kTaggedMax = 60;
/// What one step may read and write beyond the element at hand: four pieces of 16 bytes, a tag and an offset.
constexpr size_t kSlack = 80;

constexpr size_t kLengthBytesMax = 5;

struct State {
  const uint8_t* in;
  const uint8_t* in_end;
  char* begin;
  char* out;
  char* out_end;

  size_t in_left() const { return static_cast<size_t>(in_end - in); }
  size_t out_left() const { return static_cast<size_t>(out_end - out); }
  size_t written() const { return static_cast<size_t>(out - begin); }
  bool HasSlack() const { return in_left() >= kSlack && out_left() >= kSlack; }
};

ElementType TypeOf(uint32_t tag) {
  return static_cast<ElementType>(tag & 3);
}

inline void CopyPiece(char* to, const char* from) {
  std::memcpy(to, from, 16);
}

/// Copies `length` bytes, at most 64, and some more. REQUIRES: slack; `to` is not less than 16 bytes behind `from`.
inline void CopyWithSlack(char* to, const char* from, size_t length) {
  CopyPiece(to, from);
  if (length <= 16) return;
  CopyPiece(to + 16, from + 16);
  CopyPiece(to + 32, from + 32);
  CopyPiece(to + 48, from + 48);
}

/// Where source and target overlap, what was just written is repeated.
inline void CopyByteByByte(char* to, const char* from, size_t length) {
  for (size_t i = 0; i < length; ++i) to[i] = from[i];
}

/// Reads `bytes` bytes (1 to 4), lowest first.
bool TakeNumber(State* s, size_t bytes, size_t* number) {
  if (s->in_left() < bytes) return false;
  *number = 0;
  for (size_t i = 0; i < bytes; ++i) *number |= size_t{s->in[i]} << (8 * i);
  s->in += bytes;
  return true;
}

bool TakeLiteral(State* s, uint32_t tag) {
  size_t length = tag >> 2;
  if (length >= kTaggedMax && !TakeNumber(s, length - kTaggedMax + 1, &length)) return false;
  ++length;
  if (length > s->in_left() || length > s->out_left()) return false;
  std::memcpy(s->out, s->in, length);
  s->in += length;
  s->out += length;
  return true;
}

bool TakeCopy(State* s, uint32_t tag) {
  const ElementType type = TypeOf(tag);
  size_t offset = 0;
  if (!TakeNumber(s, type == kCopy4 ? 4 : type, &offset)) return false;
  size_t length = (tag >> 2) + 1;
  if (type == kCopy1) {
    length = 4 + (tag >> 2 & 7);
    offset |= size_t{tag >> 5} << 8;
  }
  if (offset == 0 || offset > s->written() || length > s->out_left()) return false;
  CopyByteByByte(s->out, s->out - offset, length);
  s->out += length;
  return true;
}

/// Any element, anywhere.
bool TakeElement(State* s) {
  const uint32_t tag = *s->in++;
  return TypeOf(tag) == kLiteral ? TakeLiteral(s, tag) : TakeCopy(s, tag);
}

enum class Step : uint8_t { kDone, kNotServed, kDamaged };

/// The elements that nearly all are. REQUIRES: slack.
inline Step TakeShort(State* s) {
  const uint32_t tag = *s->in;
  const ElementType type = TypeOf(tag);
  if (type == kLiteral) {
    const size_t length = (tag >> 2) + 1;
    if (length > kTaggedMax) return Step::kNotServed;
    CopyWithSlack(s->out, reinterpret_cast<const char*>(s->in) + 1, length);
    s->in += 1 + length;
    s->out += length;
    return Step::kDone;
  }
  if (type == kCopy4) return Step::kNotServed;
  uint16_t word = 0;
  std::memcpy(&word, s->in + 1, sizeof word);
  const bool two = type == kCopy2;
  const size_t length = two ? (tag >> 2) + 1 : 4 + (tag >> 2 & 7);
  const size_t offset = two ? word : (tag >> 5) << 8 | (word & 0xff);
  s->in += two ? 3 : 2;
  if (offset == 0 || offset > s->written()) [[unlikely]]
    return Step::kDamaged;
  if (offset >= 16) {
    CopyWithSlack(s->out, s->out - offset, length);
  } else {
    CopyByteByByte(s->out, s->out - offset, length);
  }
  s->out += length;
  return Step::kDone;
}

}  // namespace

bool TakeSnappyLength(std::string_view* block, size_t* length) {
  uint64_t read = 0;
  std::string_view rest = *block;
  if (!GetVarint(&rest, &read) || read > UINT32_MAX) return false;
  if (block->size() - rest.size() > kLengthBytesMax) return false;
  *length = read;
  *block = rest;
  return true;
}

bool DecodeSnappy(std::string_view elements, char* out, size_t length) {
  const auto* in = reinterpret_cast<const uint8_t*>(elements.data());
  State s{in, in + elements.size(), out, out, out + length};
  while (s.in < s.in_end) {
    if (s.HasSlack()) [[likely]] {
      const Step step = TakeShort(&s);
      if (step == Step::kDone) continue;
      if (step == Step::kDamaged) return false;
    }
    State elsewhere = s;  // a state whose address is taken cannot stay in registers
    if (!TakeElement(&elsewhere)) return false;
    s = elsewhere;
  }
  return s.out == s.out_end;
}

}  // namespace silverback
