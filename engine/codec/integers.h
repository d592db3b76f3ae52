// Columns of up to 1,024 integers (modulo 2^64), by frame of reference or by deltas, packed in
// lines and patched.
//
//   frame of reference  slot s holds value s less the frame's minimum
//   delta               256 values are 4 lanes of up to 64 neighbours; the slot of a lane's row r
//   holds the value less
//                       the one before it, less the minimum; the lanes' first values stand apart,
//                       as *bases*, less a straight line, in a frame of their own: so no value is
//                       further than 63 sums from a base
//
// Slots are packed to a width that fits most of them (lines, see kernels.h). The rest are
// *patches*: their slot's number, and what is missing above the width as a signed multiple of
// 2^width, in up to two lists (near and far), so that a few far ones do not widen all.
// docs/format/block.md has the bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/codec/bits.h"
#include "engine/codec/kernels.h"

namespace silverback::codec {

/// The most values in a column.
inline constexpr uint32_t kMaxColumnValues = 1024;
/// Values are decoded in chunks of this many (256).
inline constexpr uint32_t kChunkValues = kChunkRows * kLanes;

/// Appends the smaller of the two forms. REQUIRES: 1 to kMaxColumnValues values.
void EncodeIntegers(std::span<const uint64_t> values, std::string* out);

/// A column read in place. Safe on any bytes.
class IntegerColumn {
 public:
  /// False if `bytes` are no column of `count` values (1 to kMaxColumnValues), to the last byte.
  /// Borrows the bytes.
  bool Parse(std::string_view bytes, uint32_t count);

  /// One value. REQUIRES: index < count.
  uint64_t At(uint32_t index) const;

  /// Writes the values [begin, end) of chunk `chunk` (counted from its first) to out[begin, end);
  /// what lies around them in `out` is overwritten too. REQUIRES: begin <= end <= the values in the
  /// chunk.
  void DecodeChunk(uint32_t chunk, uint32_t begin, uint32_t end, const Kernels& kernels,
                   uint64_t out[kChunkValues]) const;

  /// The values in chunk `chunk`.
  uint32_t ChunkSize(uint32_t chunk) const {
    return std::min(kChunkValues, count_ - chunk * kChunkValues);
  }

 private:
  struct Patches {
    uint32_t count = 0;
    PackedArray slots;
    PackedArray excesses;
  };

  bool ParseBases(std::string_view* in);
  uint64_t LineWord(uint64_t line, uint32_t lane) const;
  uint64_t SlotAt(uint32_t row, uint32_t lane) const;
  /// Of rows [first_row, first_row + rows) of a lane, without minimum and patches.
  uint64_t SumSlots(uint32_t first_row, uint32_t rows, uint32_t lane) const;
  uint64_t BaseAt(uint32_t lane_index) const;
  uint64_t ExcessValue(const Patches& patches, uint32_t at) const;
  uint64_t DeltaAt(uint32_t index) const;
  void UnpackSlots(uint32_t first_row, uint32_t rows, const Kernels& kernels,
                   uint64_t* slots) const;
  void ApplyPatches(uint32_t first_slot, uint32_t end_slot, uint64_t* slots) const;

  uint32_t count_ = 0;
  uint32_t rows_ = 0;
  bool delta_ = false;
  uint32_t width_ = 0;
  uint32_t list_count_ = 0;
  uint64_t minimum_ = 0;
  Patches patches_[2];
  uint64_t first_base_ = 0;
  uint64_t slope_ = 0;
  uint64_t base_minimum_ = 0;
  PackedArray bases_;
  std::string_view lines_;
};

}  // namespace silverback::codec
