// Encoded sets of 16-bit ids: the values of `postings` and `activity`, each the lower halves of
// series ids that share their upper half. docs/format/store.md, "Id set", has the bytes.
//
//     1, then ids (2 bytes each, ascending)                      up to 4,095 of them
//     2, then runs (first id, length - 1; 2 bytes each, ascending, apart)
//     3, then 8,192 bytes, bit i % 8 of byte i / 8 for id i
//
// Encoding picks the shortest form, in this order at equal length; so equal sets have equal bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/store/series_bitmap.h"

namespace silverback {

/// A set of 16-bit ids to compute with: 8 KiB.
class IdSet {
 public:
  /// Adds all ids of an encoded set. False, adding perhaps some, when the bytes are not one.
  bool Add(std::string_view encoded);
  /// Adds the ids whose bits are set in 8,192 bytes.
  void AddBits(const char* bits);
  void AddId(uint16_t id) { words_[id >> 6] |= uint64_t{1} << (id & 63); }
  void RemoveId(uint16_t id) { words_[id >> 6] &= ~(uint64_t{1} << (id & 63)); }
  bool Contains(uint16_t id) const { return (words_[id >> 6] >> (id & 63) & 1) != 0; }
  /// Whether an encoded set has an id of this one; where its outermost ids tell that it has none, no more is looked at. False
  /// when the bytes are seen to be no set.
  bool Intersects(std::string_view encoded, bool* intersects) const;
  bool empty() const;
  size_t size() const;
  /// The shortest encoding. REQUIRES: not empty.
  std::string Encode() const;
  /// Adds `high << 16 | id` for every id of this set.
  void AddTo(uint16_t high, SeriesBitmap* bitmap) const;
  void Clear() { words_.fill(0); }

 private:
  uint32_t NextId(uint32_t id, bool in) const;
  bool AnyWithin(uint32_t first, uint32_t last) const;
  void AddRange(uint32_t first, uint32_t last);
  std::array<uint64_t, 1024> words_{};
};

/// The encoding of ids that ascend strictly. REQUIRES: not empty.
std::string EncodeIds(std::span<const uint16_t> ids);

/// Adds `high << 16 | id` for every id of an encoded set. False when the bytes are not one.
bool AddToBitmap(std::string_view encoded, uint16_t high, SeriesBitmap* bitmap);

/// The union of encoded sets, encoded. False when one of them is malformed or all are absent.
bool UniteIdSets(std::span<const std::string_view> sets, std::string* encoded);

/// The lowest id of an encoded set, of which no more is looked at; false when there is none.
bool LowestId(std::string_view encoded, uint16_t* id);

/// Whether an encoded set has an id; of the set no more is looked at than that takes. False when it is seen to be none.
bool HasId(std::string_view encoded, uint16_t id, bool* has);

/// The number of ids of an encoded set; false when the bytes are not one.
bool CountIds(std::string_view encoded, uint32_t* count);

}  // namespace silverback
