#include "engine/block/facts_coding.h"

#include "engine/base/coding.h"
#include "engine/codec/compact_double.h"

namespace silverback {
namespace {

using codec::GetCompactDouble;
using codec::PutCompactDouble;

// The first byte.
constexpr uint8_t kNanFlag = 1 << 0;
constexpr uint8_t kInfFlag = 1 << 1;
constexpr uint8_t kUnlistedFlag = 1 << 2;
constexpr uint8_t kResetsFlag = 1 << 3;
constexpr uint8_t kStaleFlag = 1 << 4;
constexpr uint8_t kCompensationFlag = 1 << 5;
constexpr uint8_t kFirstFlags = 0x3f;

// The second byte: where least and greatest value are found.
enum Place : uint8_t { kStored = 0, kFirst = 1, kLast = 2 };
constexpr int kMaxShift = 2;

Place PlaceOf(double value, const Facts& facts) {
  if (SameBits(value, facts.first_value)) return kFirst;
  if (SameBits(value, facts.last_value)) return kLast;
  return kStored;
}

bool GetPlaced(std::string_view* in, uint8_t place, const Facts& facts, double* value) {
  switch (place) {
    case kStored:
      return GetCompactDouble(in, value);
    case kFirst:
      *value = facts.first_value;
      return true;
    case kLast:
      *value = facts.last_value;
      return true;
    default:
      return false;
  }
}

// Ascending rows: the first, then the distances less one.
bool GetRow(std::string_view* in, uint32_t rows, uint32_t first_allowed, uint32_t* row) {
  uint64_t gap = 0;
  if (!GetVarint(in, &gap) || gap >= rows) return false;
  *row = first_allowed + static_cast<uint32_t>(gap);
  return *row < rows;
}

bool GetStaleRows(std::string_view* in, uint32_t rows, Facts* facts) {
  uint64_t count = 0;
  // Each row takes a byte at least.
  if (!GetVarint(in, &count) || count == 0 || count > rows || count > in->size()) return false;
  facts->stale_rows.resize(count);
  uint32_t next = 0;
  for (uint32_t& row : facts->stale_rows) {
    if (!GetRow(in, rows, next, &row)) return false;
    next = row + 1;
  }
  return true;
}

bool GetResets(std::string_view* in, uint32_t rows, Facts* facts) {
  uint64_t count = 0;
  if (!GetVarint(in, &count) || count == 0 || count > MaxListedResets(rows)) return false;
  facts->resets.resize(count);
  uint32_t next = 0;
  for (CounterReset& reset : facts->resets) {
    if (!GetRow(in, rows, next, &reset.row) || !GetCompactDouble(in, &reset.previous_value)) {
      return false;
    }
    next = reset.row + 1;
  }
  return true;
}

// The first and the last row that no staleness marker takes.
void PlaceSamples(uint32_t rows, Facts* facts) {
  const auto& stale = facts->stale_rows;
  facts->first_row = 0;
  while (facts->first_row < stale.size() && stale[facts->first_row] == facts->first_row) {
    ++facts->first_row;
  }
  facts->last_row = rows - 1;
  for (size_t i = stale.size(); i > 0 && stale[i - 1] == facts->last_row; --i) --facts->last_row;
}

}  // namespace

void PutFacts(const Facts& facts, std::string* out) {
  uint8_t flags = 0;
  if (facts.has_nan) flags |= kNanFlag;
  if (facts.has_inf) flags |= kInfFlag;
  if (!facts.resets_listed) flags |= kUnlistedFlag;
  if (!facts.resets.empty()) flags |= kResetsFlag;
  if (!facts.stale_rows.empty()) flags |= kStaleFlag;
  const bool compensated = !SameBits(facts.sum.compensation, 0);
  if (compensated) flags |= kCompensationFlag;
  PutFixed(out, flags);
  if (!facts.stale_rows.empty()) {
    PutVarint(out, facts.stale_rows.size());
    uint32_t next = 0;
    for (const uint32_t row : facts.stale_rows) {
      PutVarint(out, row - next);
      next = row + 1;
    }
  }
  if (facts.count == 0) return;
  const Place min = PlaceOf(facts.min, facts);
  const Place max = PlaceOf(facts.max, facts);
  PutFixed(out, static_cast<uint8_t>(min | max << kMaxShift));
  PutCompactDouble(out, facts.first_value);
  PutCompactDouble(out, facts.last_value);
  if (min == kStored) PutCompactDouble(out, facts.min);
  if (max == kStored) PutCompactDouble(out, facts.max);
  PutCompactDouble(out, facts.sum.sum);
  if (compensated) PutFixed(out, facts.sum.compensation);
  if (facts.resets.empty()) return;
  PutVarint(out, facts.resets.size());
  uint32_t next = 0;
  for (const CounterReset& reset : facts.resets) {
    PutVarint(out, reset.row - next);
    PutCompactDouble(out, reset.previous_value);
    next = reset.row + 1;
  }
}

bool GetFacts(std::string_view* in, uint32_t rows, Facts* facts) {
  uint8_t flags = 0;
  if (!GetFixed(in, &flags) || (flags & ~kFirstFlags) != 0) return false;
  facts->has_nan = (flags & kNanFlag) != 0;
  facts->has_inf = (flags & kInfFlag) != 0;
  facts->resets_listed = (flags & kUnlistedFlag) == 0;
  if ((flags & kStaleFlag) != 0 && !GetStaleRows(in, rows, facts)) return false;
  facts->count = rows - static_cast<uint32_t>(facts->stale_rows.size());
  if (facts->count == 0) return true;
  PlaceSamples(rows, facts);
  uint8_t places = 0;
  if (!GetFixed(in, &places) || places >> 4 != 0) return false;
  if (!GetCompactDouble(in, &facts->first_value) || !GetCompactDouble(in, &facts->last_value) ||
      !GetPlaced(in, places & 3, *facts, &facts->min) ||
      !GetPlaced(in, places >> kMaxShift, *facts, &facts->max) ||
      !GetCompactDouble(in, &facts->sum.sum)) {
    return false;
  }
  if ((flags & kCompensationFlag) != 0 && !GetFixed(in, &facts->sum.compensation)) return false;
  return (flags & kResetsFlag) == 0 || GetResets(in, rows, facts);
}

}  // namespace silverback
