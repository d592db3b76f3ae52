// Hashes (XXH3) and checksums (CRC32C).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace silverback {

/// 64-bit XXH3. Not against adversaries unless `seed` is secret.
uint64_t Hash64(std::string_view bytes, uint64_t seed = 0);

struct Hash128Value {
  uint64_t high = 0;
  uint64_t low = 0;
  friend bool operator==(const Hash128Value&, const Hash128Value&) = default;
};

/// 128-bit XXH3.
Hash128Value Hash128(std::string_view bytes, uint64_t seed = 0);

/// 128-bit XXH3 of bytes that come in pieces: the same value as `Hash128` of all of them together.
class Hash128Stream {
 public:
  Hash128Stream();
  ~Hash128Stream();
  Hash128Stream(const Hash128Stream&) = delete;
  Hash128Stream& operator=(const Hash128Stream&) = delete;
  void Update(std::string_view bytes);
  Hash128Value Finish() const;

 private:
  void* state_;  // XXH3_state_t
};

/// CRC-32C (Castagnoli), as RFC 3720 has it; `crc` is the checksum of what came before, 0 at first. Uses the CPU's
/// instruction where there is one.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

/// For absl's hash containers keyed by std::string, so that std::string_view looks up without a copy.
struct StringHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return Hash64(s); }
};
struct StringEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};

}  // namespace silverback
