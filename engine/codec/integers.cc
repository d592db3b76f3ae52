#include "engine/codec/integers.h"

#include <algorithm>
#include <array>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/codec/frame.h"

namespace silverback::codec {
namespace {

// The first byte: bit 0 says delta, bits 1 and 2 how many lists of patches there are (0 to 2).
constexpr uint8_t kDeltaFlag = 1;

static_assert(kChunkRows == kChunkValues / kLanes);

uint32_t RowsOf(uint32_t count) {
  return (count + kLanes - 1) / kLanes;
}

// Bits of a slot's number.
uint32_t SlotWidth(uint32_t count) {
  return BitWidth(RowsOf(count) * kLanes - 1);
}

// Where a value of the delta form stands.
struct Place {
  uint32_t lane_index;  // over all chunks
  uint32_t lane;
  uint32_t row;        // in the chunk
  uint32_t first_row;  // of the chunk
};

Place PlaceOf(uint32_t index, uint32_t count) {
  const uint32_t chunk = index / kChunkValues;
  const uint32_t lane_rows = RowsOf(std::min(kChunkValues, count - chunk * kChunkValues));
  const uint32_t within = index % kChunkValues;
  const uint32_t lane = within / lane_rows;
  return {chunk * kLanes + lane, lane, within % lane_rows, chunk * kChunkRows};
}

// Lanes that hold values, over all chunks.
uint32_t LaneCount(uint32_t count) {
  return PlaceOf(count - 1, count).lane_index + 1;
}

// Lines are stored whole but for the last, of which each lane's used bytes alone are.
size_t LinesSize(uint32_t rows, uint32_t width) {
  const uint64_t bits = uint64_t{rows} * width;
  return (bits >> 6) * kLineBytes + kLanes * (((bits & 63) + 7) >> 3);
}

void AppendLines(std::span<const uint64_t> slots, uint32_t width, std::string* out) {
  const uint32_t rows = static_cast<uint32_t>(slots.size() / kLanes);
  std::array<char, (kMaxColumnValues + kLanes) * 8> lines;
  ActiveKernels().pack(slots.data(), width, rows, lines.data());
  const uint64_t bits = uint64_t{rows} * width;
  const size_t whole = (bits >> 6) * kLineBytes;
  const size_t tail = ((bits & 63) + 7) >> 3;
  out->append(lines.data(), whole);
  if (tail == 0) return;
  for (uint32_t lane = 0; lane < kLanes; ++lane) out->append(lines.data() + whole + lane * 8, tail);
}

uint64_t PredictBase(uint64_t first_base, uint64_t slope, uint32_t lane_index) {
  return first_base + slope * lane_index;
}

// The delta form of a column before packing.
struct Deltas {
  std::array<uint64_t, kMaxColumnValues> slots;
  uint32_t slot_count = 0;
  std::array<uint64_t, kMaxColumnValues / kChunkValues * kLanes> bases;
  uint32_t lanes = 0;
  uint64_t slope = 0;
  uint64_t base_minimum = 0;
  uint32_t base_width = 0;
  Frame frame;
  uint64_t cost_bits = 0;
};

// Slots that hold no delta (each lane's first, and what pads the last chunk) repeat one that does,
// to fit any frame.
void FillDeltaSlots(std::span<const uint64_t> values, Deltas* deltas) {
  const uint32_t count = static_cast<uint32_t>(values.size());
  deltas->slot_count = RowsOf(count) * kLanes;
  deltas->lanes = LaneCount(count);
  const uint64_t filler = count > 1 ? values[1] - values[0] : 0;
  std::fill_n(deltas->slots.begin(), deltas->slot_count, filler);
  for (uint32_t begin = 0; begin < count; begin += kChunkValues) {
    const uint32_t size = std::min(kChunkValues, count - begin);
    const uint32_t rows = RowsOf(size);
    uint64_t* slots = deltas->slots.data() + begin;
    for (uint32_t lane = 0; lane * rows < size; ++lane) {
      const uint64_t* lane_values = values.data() + begin + lane * rows;
      const uint32_t lane_size = std::min(rows, size - lane * rows);
      deltas->bases[begin / kChunkRows + lane] = lane_values[0];
      for (uint32_t row = 1; row < lane_size; ++row) {
        slots[row * kLanes + lane] = lane_values[row] - lane_values[row - 1];
      }
    }
  }
}

// Turns the bases into what is stored: their distance from a straight line, less the least one.
void FrameBases(Deltas* deltas) {
  const uint32_t lanes = deltas->lanes;
  auto& bases = deltas->bases;
  if (lanes > 1) {
    const auto rise = static_cast<int64_t>(bases[lanes - 1] - bases[0]);
    deltas->slope = static_cast<uint64_t>(rise / static_cast<int64_t>(lanes - 1));
  }
  int64_t low = 0;
  int64_t high = 0;
  for (uint32_t i = lanes; i-- > 1;) {
    bases[i] -= PredictBase(bases[0], deltas->slope, i);
    const auto off = static_cast<int64_t>(bases[i]);
    low = i == lanes - 1 ? off : std::min(low, off);
    high = i == lanes - 1 ? off : std::max(high, off);
  }
  for (uint32_t i = 1; i < lanes; ++i) bases[i] -= static_cast<uint64_t>(low);
  deltas->base_minimum = static_cast<uint64_t>(low);
  deltas->base_width = BitWidth(static_cast<uint64_t>(high) - static_cast<uint64_t>(low));
}

// Bits by which deltas must be narrower than the values for these not to be looked at.
constexpr uint32_t kClearlyNarrower = 4;

// What the bases' header costs beyond their array, about.
constexpr uint64_t kBasesHeaderBits = 64;

// Finds the deltas' frame, bases included in its cost.
void FrameDeltas(const FrameFinder& finder, uint32_t count, Deltas* deltas) {
  FrameBases(deltas);
  deltas->frame = finder.Find(SlotWidth(count));
  deltas->cost_bits = deltas->frame.cost_bits + kBasesHeaderBits +
                      uint64_t{deltas->base_width} * (deltas->lanes - 1);
}

void AppendArray(std::span<const uint64_t> values, uint32_t width, std::string* out) {
  BitWriter writer(out);
  for (const uint64_t value : values) writer.Put(value, width);
  writer.Finish();
}

struct PatchLists {
  std::array<std::vector<uint64_t>, 2> slots;
  std::array<std::vector<uint64_t>, 2> excesses;
};

PatchLists CollectPatches(std::span<const uint64_t> slots, const Frame& frame) {
  PatchLists lists;
  if (frame.near_count + frame.far_count == 0) return lists;
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    const uint64_t excess = ExcessOf(slots[slot], frame);
    if (excess == 0) continue;
    const size_t list = BitWidth(excess) <= frame.near_width ? 0 : 1;
    lists.slots[list].push_back(slot);
    lists.excesses[list].push_back(excess);
  }
  return lists;
}

// Writes the whole column; `deltas` is null for the frame of reference.
void AppendColumn(std::span<const uint64_t> slots, const Frame& frame, const Deltas* deltas,
                  uint32_t count, std::string* out) {
  const uint32_t list_count = (frame.near_count > 0 ? 1 : 0) + (frame.far_count > 0 ? 1 : 0);
  const uint32_t widths[2] = {frame.near_width, frame.far_width};
  const PatchLists lists = CollectPatches(slots, frame);
  out->push_back(static_cast<char>((deltas != nullptr ? kDeltaFlag : 0) | list_count << 1));
  out->push_back(static_cast<char>(frame.width));
  PutSignedVarint(out, static_cast<int64_t>(frame.minimum));
  for (uint32_t list = 0; list < list_count; ++list) {
    PutVarint(out, lists.slots[list].size());
    out->push_back(static_cast<char>(widths[list]));
  }
  if (deltas != nullptr) {
    PutSignedVarint(out, static_cast<int64_t>(deltas->bases[0]));
    if (deltas->lanes > 1) {
      PutSignedVarint(out, static_cast<int64_t>(deltas->slope));
      PutSignedVarint(out, static_cast<int64_t>(deltas->base_minimum));
      out->push_back(static_cast<char>(deltas->base_width));
      AppendArray({deltas->bases.data() + 1, deltas->lanes - 1}, deltas->base_width, out);
    }
  }
  for (uint32_t list = 0; list < list_count; ++list) {
    AppendArray(lists.slots[list], SlotWidth(count), out);
    AppendArray(lists.excesses[list], widths[list], out);
  }
  std::array<uint64_t, kMaxColumnValues> packed;
  const uint64_t mask = LowMask(frame.width);
  for (size_t i = 0; i < slots.size(); ++i) packed[i] = (slots[i] - frame.minimum) & mask;
  AppendLines({packed.data(), slots.size()}, frame.width, out);
}

bool GetByte(std::string_view* in, uint32_t* value) {
  if (in->empty()) return false;
  *value = static_cast<uint8_t>(in->front());
  in->remove_prefix(1);
  return true;
}

bool GetWidth(std::string_view* in, uint32_t* width) {
  return GetByte(in, width) && *width <= 64;
}

bool GetSigned(std::string_view* in, uint64_t* value) {
  int64_t parsed = 0;
  if (!GetSignedVarint(in, &parsed)) return false;
  *value = static_cast<uint64_t>(parsed);
  return true;
}

bool GetArray(std::string_view* in, uint64_t count, uint32_t width, PackedArray* array) {
  const size_t size = PackedArray::ByteSize(count, width);
  if (in->size() < size) return false;
  // Elements may be loaded as whole words beyond the array's end, up to the column's: hence the
  // rest, not `size`.
  *array = {*in, width};
  in->remove_prefix(size);
  return true;
}

}  // namespace

void EncodeIntegers(std::span<const uint64_t> values, std::string* out) {
  const uint32_t count = static_cast<uint32_t>(values.size());
  SB_DCHECK(count >= 1 && count <= kMaxColumnValues);
  Deltas deltas;
  FillDeltaSlots(values, &deltas);
  const FrameFinder delta_finder({deltas.slots.data(), deltas.slot_count});
  const FrameFinder direct_finder(values);
  // Where one form is clearly narrower, the other is not costed.
  const uint32_t delta_width = delta_finder.typical_width();
  const uint32_t direct_width = direct_finder.typical_width();
  const bool try_delta = delta_width <= direct_width;
  const bool try_direct = !try_delta || direct_width < delta_width + kClearlyNarrower;
  Frame direct;
  if (try_direct) direct = direct_finder.Find(SlotWidth(count));
  if (try_delta) {
    FrameDeltas(delta_finder, count, &deltas);
    if (!try_direct || deltas.cost_bits < direct.cost_bits) {
      AppendColumn({deltas.slots.data(), deltas.slot_count}, deltas.frame, &deltas, count, out);
      return;
    }
  }
  std::array<uint64_t, kMaxColumnValues> slots;
  const uint32_t slot_count = RowsOf(count) * kLanes;
  std::copy(values.begin(), values.end(), slots.begin());
  std::fill(slots.begin() + count, slots.begin() + slot_count, direct.minimum);
  AppendColumn({slots.data(), slot_count}, direct, nullptr, count, out);
}

bool IntegerColumn::Parse(std::string_view bytes, uint32_t count) {
  if (count == 0 || count > kMaxColumnValues) return false;
  count_ = count;
  rows_ = RowsOf(count);
  uint32_t flags = 0;
  if (!GetByte(&bytes, &flags) || !GetWidth(&bytes, &width_) || !GetSigned(&bytes, &minimum_)) {
    return false;
  }
  delta_ = (flags & kDeltaFlag) != 0;
  list_count_ = flags >> 1;
  if (list_count_ > 2) return false;
  for (uint32_t list = 0; list < list_count_; ++list) {
    uint64_t patches = 0;
    if (!GetVarint(&bytes, &patches) || patches > kMaxColumnValues) return false;
    patches_[list].count = static_cast<uint32_t>(patches);
    if (!GetWidth(&bytes, &patches_[list].excesses.width)) return false;
  }
  if (delta_ && !ParseBases(&bytes)) return false;
  for (uint32_t list = 0; list < list_count_; ++list) {
    Patches& patches = patches_[list];
    if (!GetArray(&bytes, patches.count, SlotWidth(count), &patches.slots) ||
        !GetArray(&bytes, patches.count, patches.excesses.width, &patches.excesses)) {
      return false;
    }
  }
  lines_ = bytes;
  return lines_.size() == LinesSize(rows_, width_);
}

bool IntegerColumn::ParseBases(std::string_view* in) {
  if (!GetSigned(in, &first_base_)) return false;
  const uint32_t lanes = LaneCount(count_);
  if (lanes == 1) return true;
  uint32_t width = 0;
  return GetSigned(in, &slope_) && GetSigned(in, &base_minimum_) && GetWidth(in, &width) &&
         GetArray(in, lanes - 1, width, &bases_);
}

uint64_t IntegerColumn::BaseAt(uint32_t lane_index) const {
  if (lane_index == 0) return first_base_;
  return PredictBase(first_base_, slope_, lane_index) + base_minimum_ + bases_[lane_index - 1];
}

uint64_t IntegerColumn::LineWord(uint64_t line, uint32_t lane) const {
  const uint64_t bits = uint64_t{rows_} * width_;
  const uint64_t whole = bits >> 6;
  if (line < whole) return Load64(lines_.data() + line * kLineBytes + lane * 8);
  const size_t tail = ((bits & 63) + 7) >> 3;
  if (line > whole || tail == 0) return 0;
  uint64_t word = 0;
  std::memcpy(&word, lines_.data() + whole * kLineBytes + lane * tail, tail);
  return word;
}

uint64_t IntegerColumn::SlotAt(uint32_t row, uint32_t lane) const {
  if (width_ == 0) return 0;
  const uint64_t bit = uint64_t{row} * width_;
  const uint64_t line = bit >> 6;
  const uint32_t shift = bit & 63;
  uint64_t value = LineWord(line, lane) >> shift;
  if (shift + width_ > 64) value |= LineWord(line + 1, lane) << (64 - shift);
  return value & LowMask(width_);
}

// Each word is loaded once: the slots of a lane follow each other in its words.
uint64_t IntegerColumn::SumSlots(uint32_t first_row, uint32_t rows, uint32_t lane) const {
  if (width_ == 0 || rows == 0) return 0;
  const uint64_t mask = LowMask(width_);
  const uint64_t bit = uint64_t{first_row} * width_;
  uint64_t line = bit >> 6;
  uint32_t shift = bit & 63;
  uint64_t word = LineWord(line, lane);
  uint64_t sum = 0;
  while (true) {
    for (; rows > 0 && shift + width_ <= 64; --rows, shift += width_) sum += word >> shift & mask;
    if (rows == 0) return sum;
    const uint64_t next = LineWord(++line, lane);
    if (shift < 64) {  // the slot lies in both words
      sum += (word >> shift | next << (64 - shift)) & mask;
      shift += width_;
      --rows;
    }
    shift -= 64;
    word = next;
  }
}

namespace {

// The first place in `slots` (ascending) that is at least `slot`.
uint32_t LowerBound(const PackedArray& slots, uint32_t count, uint64_t slot) {
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    const uint32_t middle = (low + high) / 2;
    if (slots[middle] < slot) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

uint64_t IntegerColumn::At(uint32_t index) const {
  if (delta_) return DeltaAt(index);
  uint64_t value = minimum_ + SlotAt(index / kLanes, index % kLanes);
  for (uint32_t list = 0; list < list_count_; ++list) {
    const Patches& patches = patches_[list];
    const uint32_t at = LowerBound(patches.slots, patches.count, index);
    if (at < patches.count && patches.slots[at] == index) value += ExcessValue(patches, at);
  }
  return value;
}

uint64_t IntegerColumn::ExcessValue(const Patches& patches, uint32_t at) const {
  const auto excess = static_cast<uint64_t>(UnZigZag(patches.excesses[at]));
  return width_ == 64 ? 0 : excess << width_;
}

uint64_t IntegerColumn::DeltaAt(uint32_t index) const {
  const Place place = PlaceOf(index, count_);
  uint64_t value = BaseAt(place.lane_index) + minimum_ * place.row;
  value += SumSlots(place.first_row + 1, place.row, place.lane);
  const uint32_t begin = (place.first_row + 1) * kLanes;
  const uint32_t end = (place.first_row + place.row + 1) * kLanes;
  for (uint32_t list = 0; list < list_count_; ++list) {
    const Patches& patches = patches_[list];
    for (uint32_t at = LowerBound(patches.slots, patches.count, begin); at < patches.count; ++at) {
      const uint64_t slot = patches.slots[at];
      if (slot >= end) break;
      if (slot % kLanes == place.lane) value += ExcessValue(patches, at);
    }
  }
  return value;
}

void IntegerColumn::UnpackSlots(uint32_t first_row, uint32_t rows, const Kernels& kernels,
                                uint64_t* slots) const {
  if (rows == kChunkRows && first_row % kChunkRows == 0) {
    const size_t line = uint64_t{first_row} / kChunkRows * width_;
    kernels.unpack_chunk(lines_.data() + line * kLineBytes, width_, minimum_, slots);
    return;
  }
  // The kernel reads one line past what it needs: rows for which that line is stored whole are
  // unpacked in place, the last ones from a copy.
  const uint64_t whole = uint64_t{rows_} * width_ >> 6;
  uint32_t direct = 0;
  if (width_ == 0) {
    direct = rows;
  } else if (whole >= 2) {
    // Row r needs line (r * width >> 6) + 1 to be below `whole`.
    const uint64_t safe_rows = (((whole - 1) << 6) - 1) / width_ + 1;
    if (safe_rows > first_row) {
      direct = static_cast<uint32_t>(std::min<uint64_t>(rows, safe_rows - first_row));
    }
  }
  if (direct > 0) {
    kernels.unpack(lines_.data(), width_, uint64_t{first_row} * width_, direct, minimum_, slots);
  }
  if (direct == rows) return;
  const uint64_t first_bit = uint64_t{first_row + direct} * width_;
  const uint64_t first_line = first_bit >> 6;
  const uint64_t last_line = (uint64_t{first_row + rows} * width_ >> 6) + 1;
  std::array<uint64_t, (kChunkRows + 3) * kLanes> copy;
  for (uint64_t line = first_line; line <= last_line; ++line) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      copy[(line - first_line) * kLanes + lane] = LineWord(line, lane);
    }
  }
  kernels.unpack(reinterpret_cast<const char*>(copy.data()), width_, first_bit & 63, rows - direct,
                 minimum_, slots + direct * kLanes);
}

void IntegerColumn::ApplyPatches(uint32_t first_slot, uint32_t end_slot, uint64_t* slots) const {
  for (uint32_t list = 0; list < list_count_; ++list) {
    const Patches& patches = patches_[list];
    const uint32_t begin =
        first_slot == 0 ? 0 : LowerBound(patches.slots, patches.count, first_slot);
    for (uint32_t at = begin; at < patches.count; ++at) {
      const uint64_t slot = patches.slots[at];
      if (slot >= end_slot) break;
      if (slot >= first_slot) slots[slot - first_slot] += ExcessValue(patches, at);
    }
  }
}

void IntegerColumn::DecodeChunk(uint32_t chunk, uint32_t begin, uint32_t end,
                                const Kernels& kernels, uint64_t out[kChunkValues]) const {
  if (begin == end) return;
  const uint32_t size = ChunkSize(chunk);
  const uint32_t chunk_row = chunk * kChunkRows;
  if (delta_) {
    std::array<uint64_t, kChunkValues> slots;
    const uint32_t rows = RowsOf(size);
    UnpackSlots(chunk_row, rows, kernels, slots.data());
    ApplyPatches(chunk_row * kLanes, (chunk_row + rows) * kLanes, slots.data());
    uint64_t bases[kLanes] = {};
    for (uint32_t lane = 0; lane * rows < size; ++lane) bases[lane] = BaseAt(chunk * kLanes + lane);
    kernels.sum_lanes(slots.data(), rows, bases, out);
    return;
  }
  const uint32_t first_row = begin / kLanes;
  const uint32_t rows = RowsOf(end) - first_row;
  uint64_t* slots = out + first_row * kLanes;
  UnpackSlots(chunk_row + first_row, rows, kernels, slots);
  ApplyPatches((chunk_row + first_row) * kLanes, (chunk_row + first_row + rows) * kLanes, slots);
}

}  // namespace silverback::codec
