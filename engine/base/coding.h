// Bytes and integers: fixed-width little and big endian, LEB128 varints, zigzag.
//
// `Put*` append to a string; `Get*` read from the front of a view, advance it, and say false (leaving the outputs
// unspecified) when the bytes end or the value does not fit: they are safe on any input.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace silverback {

static_assert(std::endian::native == std::endian::little, "big-endian machines are not supported");

template <typename T>
void PutFixed(std::string* out, T value) {
  static_assert(std::is_trivially_copyable_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out->append(bytes, sizeof(T));
}

template <typename T>
bool GetFixed(std::string_view* in, T* value) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (in->size() < sizeof(T)) return false;
  std::memcpy(value, in->data(), sizeof(T));
  in->remove_prefix(sizeof(T));
  return true;
}

/// Big endian, so that byte order is numeric order: for keys.
inline void PutBigEndian32(std::string* out, uint32_t value) {
  PutFixed(out, __builtin_bswap32(value));
}
inline void PutBigEndian64(std::string* out, uint64_t value) {
  PutFixed(out, __builtin_bswap64(value));
}
inline bool GetBigEndian32(std::string_view* in, uint32_t* value) {
  if (!GetFixed(in, value)) return false;
  *value = __builtin_bswap32(*value);
  return true;
}
inline bool GetBigEndian64(std::string_view* in, uint64_t* value) {
  if (!GetFixed(in, value)) return false;
  *value = __builtin_bswap64(*value);
  return true;
}

/// LEB128: 7 bits a byte, lowest first, 1 to 10 bytes.
void PutVarint(std::string* out, uint64_t value);
bool GetVarint(std::string_view* in, uint64_t* value);

/// Small magnitudes of either sign to small unsigned numbers: 0, -1, 1, -2 -> 0, 1, 2, 3.
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
inline void PutSignedVarint(std::string* out, int64_t value) {
  PutVarint(out, ZigZag(value));
}
inline bool GetSignedVarint(std::string_view* in, int64_t* value) {
  uint64_t raw = 0;
  if (!GetVarint(in, &raw)) return false;
  *value = UnZigZag(raw);
  return true;
}

/// A varint length, then the bytes.
void PutLengthPrefixed(std::string* out, std::string_view bytes);
bool GetLengthPrefixed(std::string_view* in, std::string_view* bytes);

}  // namespace silverback
