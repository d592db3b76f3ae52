// The codecs of value vectors: 1 to 1,024 doubles whose bits survive exactly. One row of the table
// a codec; the id is on disk, and ids are never reused. Which codec a vector gets is policy
// (engine/codec/choose.h).
//
// Each codec can decode a vector, a part of it, or one value without decoding what is around it.
// All functions are safe on any bytes. docs/format/block.md has the bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace silverback::codec {

/// The most values in a vector.
inline constexpr uint32_t kMaxVectorValues = 1024;

/// On disk: never renumber, never reuse.
enum class CodecId : uint8_t {
  kConstant = 1,
  kRuns = 2,
  kDecimal = 3,
  kPattern = 4,
  kXor = 5,
};

/// One codec's functions. `count` is the vector's number of values (1 to kMaxVectorValues), which
/// is stored outside.
struct Codec {
  CodecId id;
  /// For people: statistics, inspection.
  std::string_view name;

  /// Appends `values` encoded, and says true; or says false if the codec cannot hold them or is
  /// sure not to be worth it, with `out` as it was.
  bool (*encode)(std::span<const double> values, std::string* out);

  /// Writes values [begin, end) to out[0], out[1], ... REQUIRES: begin <= end <= count. False if
  /// `bytes` are malformed; what is in `out` is then unspecified.
  bool (*decode)(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end, double* out);

  /// The value at `index` (< count). False if `bytes` are malformed.
  bool (*value_at)(std::string_view bytes, uint32_t count, uint32_t index, double* out);
};

/// Every codec, by ascending id.
std::span<const Codec> AllCodecs();

/// The codec with this id, null if there is none.
const Codec* FindCodec(uint8_t id);

}  // namespace silverback::codec
