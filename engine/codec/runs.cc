#include "engine/codec/runs.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/base/coding.h"
#include "engine/base/value.h"
#include "engine/codec/bits.h"
#include "engine/codec/choose.h"
#include "engine/codec/codec.h"

namespace silverback::codec {
namespace {

constexpr uint32_t kBitmapFlag = 1;

uint32_t RowWidth(uint32_t count) {
  return BitWidth(count - 1);
}

struct Runs {
  uint32_t count = 0;  // rows
  uint32_t runs = 0;
  bool bitmap = false;
  PackedArray starts;  // of runs 1, 2, ...; or the bitmap's 64-bit words
  std::string_view nested_bytes;
  const Codec* nested = nullptr;

  bool Parse(std::string_view bytes, uint32_t row_count);
  // The run that `row` lies in.
  uint32_t RunOf(uint32_t row) const;
  // The first row after run `run`; starts must not be a bitmap.
  uint32_t EndOf(uint32_t run) const {
    return run + 1 < runs ? static_cast<uint32_t>(starts[run]) : count;
  }
};

bool Runs::Parse(std::string_view bytes, uint32_t row_count) {
  count = row_count;
  uint64_t parsed_runs = 0;
  uint8_t flags = 0;
  if (!GetVarint(&bytes, &parsed_runs) || parsed_runs == 0 || parsed_runs > count) return false;
  if (!GetFixed(&bytes, &flags) || (flags & 14) != 0) return false;
  runs = static_cast<uint32_t>(parsed_runs);
  bitmap = (flags & kBitmapFlag) != 0;
  nested = FindCodec(flags >> 4);
  if (nested == nullptr || nested->id == CodecId::kRuns) return false;
  const size_t size = bitmap ? (count + 7) / 8 : PackedArray::ByteSize(runs - 1, RowWidth(count));
  if (bytes.size() < size) return false;
  starts = {bytes.substr(0, size), bitmap ? 64 : RowWidth(count)};
  nested_bytes = bytes.substr(size);
  return true;
}

uint32_t Runs::RunOf(uint32_t row) const {
  uint32_t run = 0;
  if (bitmap) {
    for (uint32_t word = 0; word < row / 64; ++word) {
      run += static_cast<uint32_t>(std::popcount(starts[word]));
    }
    run += static_cast<uint32_t>(std::popcount(starts[row / 64] & LowMask(row % 64 + 1)));
  } else {
    uint32_t high = runs;
    run = 1;
    while (run < high) {
      const uint32_t middle = (run + high) / 2;
      if (starts[middle - 1] <= row) {
        run = middle + 1;
      } else {
        high = middle;
      }
    }
  }
  // Damaged starts may say anything.
  return std::clamp(run, 1u, runs) - 1;
}

/// For each byte of a bitmap, how many of its bits up to each are set: how far a row's run lies behind the run before the
/// byte.
constexpr auto kSetBitsUpTo = [] {
  std::array<std::array<uint8_t, 8>, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    for (uint32_t bit = 0; bit < 8; ++bit) {
      table[byte][bit] = static_cast<uint8_t>(std::popcount(byte & ((2u << bit) - 1)));
    }
  }
  return table;
}();

/// Rows [begin, end) of runs by a bitmap: `values` are those of `begin`'s run and `more_runs` behind it. Dense runs: a row
/// at a time costs less than filling short stretches.
bool FillByBitmap(std::string_view bitmap, uint32_t begin, uint32_t end, const double* values,
                  uint32_t more_runs, double* out) {
  uint32_t row = begin;
  uint32_t run = 0;
  const auto byte_of = [&](uint32_t r) { return static_cast<uint8_t>(bitmap[r / 8]); };
  const auto step = [&] {
    run += row == begin ? 0 : byte_of(row) >> row % 8 & 1u;
    if (run > more_runs) return false;
    *out++ = values[run];
    ++row;
    return true;
  };
  while (row < end && (row == begin || row % 8 != 0)) {
    if (!step()) return false;
  }
  for (; row + 8 <= end; row += 8, out += 8) {
    const auto& behind = kSetBitsUpTo[byte_of(row)];
    if (run + behind[7] > more_runs) return false;
    for (uint32_t i = 0; i < 8; ++i) out[i] = values[run + behind[i]];
    run += behind[7];
  }
  while (row < end) {
    if (!step()) return false;
  }
  return true;
}

}  // namespace

bool EncodeRuns(std::span<const double> values, std::string* out) {
  const auto count = static_cast<uint32_t>(values.size());
  std::array<double, kMaxVectorValues> run_values;
  std::array<uint32_t, kMaxVectorValues> starts;
  uint32_t runs = 0;
  for (uint32_t row = 0; row < count; ++row) {
    if (row > 0 && SameBits(values[row], values[row - 1])) continue;
    starts[runs] = row;
    run_values[runs++] = values[row];
  }
  // Where most values change, starts cost more than they save.
  if (runs > count / 2 + 1) return false;
  const size_t bitmap_size = (count + 7) / 8;
  const bool bitmap = bitmap_size < PackedArray::ByteSize(runs - 1, RowWidth(count));
  std::string nested;
  const CodecId nested_id =
      EncodeSmallest({run_values.data(), runs}, /*allow_runs=*/false, &nested);
  PutVarint(out, runs);
  PutFixed(out, static_cast<uint8_t>((bitmap ? kBitmapFlag : 0) | static_cast<uint32_t>(nested_id)
                                                                      << 4));
  if (bitmap) {
    const size_t begin = out->size();
    out->append(bitmap_size, '\0');
    for (uint32_t run = 0; run < runs; ++run) {
      (*out)[begin + starts[run] / 8] |= static_cast<char>(1 << starts[run] % 8);
    }
  } else {
    BitWriter writer(out);
    for (uint32_t run = 1; run < runs; ++run) writer.Put(starts[run], RowWidth(count));
    writer.Finish();
  }
  out->append(nested);
  return true;
}

bool DecodeRuns(std::string_view bytes, uint32_t count, uint32_t begin, uint32_t end, double* out) {
  Runs runs;
  if (!runs.Parse(bytes, count)) return false;
  if (begin == end) return true;
  const uint32_t first_run = runs.RunOf(begin);
  const uint32_t last_run = std::max(first_run, runs.RunOf(end - 1));
  std::array<double, kMaxVectorValues> values;
  if (!runs.nested->decode(runs.nested_bytes, runs.runs, first_run, last_run + 1, values.data())) {
    return false;
  }
  if (runs.bitmap) {
    return FillByBitmap(runs.starts.bytes, begin, end, values.data(), last_run - first_run, out);
  }
  uint32_t row = begin;
  for (uint32_t run = first_run; run <= last_run && row < end; ++run) {
    const uint32_t run_end = run == last_run ? end : std::clamp(runs.EndOf(run), row, end);
    std::fill(out + (row - begin), out + (run_end - begin), values[run - first_run]);
    row = run_end;
  }
  return row == end;
}

bool RunsValueAt(std::string_view bytes, uint32_t count, uint32_t index, double* out) {
  Runs runs;
  return runs.Parse(bytes, count) &&
         runs.nested->value_at(runs.nested_bytes, runs.runs, runs.RunOf(index), out);
}

}  // namespace silverback::codec
