#include "engine/base/hash.h"

#include <array>
#include <cstring>
#include <xxhash.h>

#include "engine/base/check.h"

namespace silverback {

uint64_t Hash64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128Value Hash128(std::string_view bytes, uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.high64, hash.low64};
}

Hash128Stream::Hash128Stream() : state_(XXH3_createState()) {
  SB_CHECK(state_ != nullptr);
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_));
}

Hash128Stream::~Hash128Stream() {
  XXH3_freeState(static_cast<XXH3_state_t*>(state_));
}

void Hash128Stream::Update(std::string_view bytes) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), bytes.data(), bytes.size());
}

Hash128Value Hash128Stream::Finish() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_));
  return {hash.high64, hash.low64};
}

namespace {

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t ExtendPortable(uint32_t crc, const char* data, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    crc = kTable[(crc ^ static_cast<uint8_t>(data[i])) & 0xff] ^ (crc >> 8);
  }
  return crc;
}

#if defined(__x86_64__)
// What `kBytes` zero bytes do to a checksum, as four tables of what they do to each of its bytes: so the checksums of
// neighbouring stretches, taken side by side, can be joined.
template <size_t kBytes>
class Shift {
 public:
  Shift() {
    std::array<uint32_t, 32> columns;
    for (uint32_t bit = 0; bit < 32; ++bit) {
      uint32_t crc = 1u << bit;
      for (size_t i = 0; i < kBytes; ++i) crc = kTable[crc & 0xff] ^ (crc >> 8);
      columns[bit] = crc;
    }
    for (uint32_t byte = 0; byte < 4; ++byte) {
      for (uint32_t value = 0; value < 256; ++value) {
        uint32_t crc = 0;
        for (uint32_t bit = 0; bit < 8; ++bit) {
          if ((value >> bit & 1) != 0) crc ^= columns[byte * 8 + bit];
        }
        tables_[byte][value] = crc;
      }
    }
  }

  uint32_t operator()(uint32_t crc) const {
    return tables_[0][crc & 0xff] ^ tables_[1][crc >> 8 & 0xff] ^ tables_[2][crc >> 16 & 0xff] ^
           tables_[3][crc >> 24];
  }

 private:
  std::array<std::array<uint32_t, 256>, 4> tables_;
};

inline uint64_t LoadWord(const char* data) {
  uint64_t word;
  std::memcpy(&word, data, sizeof(word));
  return word;
}

// The instruction takes three cycles but starts every cycle: three stretches side by side keep it busy. Consumes all
// whole triples of kBytes.
template <size_t kBytes>
__attribute__((target("sse4.2"))) uint32_t ExtendAbreast(uint32_t crc, const char** data,
                                                         size_t* size) {
  static const Shift<kBytes> shift;
  for (; *size >= 3 * kBytes; *data += 3 * kBytes, *size -= 3 * kBytes) {
    uint64_t first = crc;
    uint64_t second = 0;
    uint64_t third = 0;
    for (size_t i = 0; i < kBytes; i += 8) {
      first = __builtin_ia32_crc32di(first, LoadWord(*data + i));
      second = __builtin_ia32_crc32di(second, LoadWord(*data + kBytes + i));
      third = __builtin_ia32_crc32di(third, LoadWord(*data + 2 * kBytes + i));
    }
    crc = shift(static_cast<uint32_t>(first)) ^ static_cast<uint32_t>(second);
    crc = shift(crc) ^ static_cast<uint32_t>(third);
  }
  return crc;
}

__attribute__((target("sse4.2"))) uint32_t ExtendSse42(uint32_t crc, const char* data,
                                                       size_t size) {
  constexpr size_t kLongBytes = 1024;
  constexpr size_t kShortBytes = 128;
  crc = ExtendAbreast<kLongBytes>(crc, &data, &size);
  crc = ExtendAbreast<kShortBytes>(crc, &data, &size);
  uint64_t wide = crc;
  for (; size >= 8; data += 8, size -= 8) wide = __builtin_ia32_crc32di(wide, LoadWord(data));
  crc = static_cast<uint32_t>(wide);
  for (; size > 0; ++data, --size) crc = __builtin_ia32_crc32qi(crc, static_cast<uint8_t>(*data));
  return crc;
}
#endif

using ExtendFunction = uint32_t (*)(uint32_t, const char*, size_t);

ExtendFunction ChooseExtend() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return &ExtendSse42;
#endif
  return &ExtendPortable;
}

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t crc) {
  static const ExtendFunction extend = ChooseExtend();
  return ~extend(~crc, bytes.data(), bytes.size());
}

}  // namespace silverback
