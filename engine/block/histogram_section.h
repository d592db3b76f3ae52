// Rows of native histograms with one layout, column by column. docs/format/histogram-block.md,
// "Sections", has the bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/histogram/native_histogram.h"

namespace silverback {

/// The most rows of a section.
inline constexpr uint32_t kMaxSectionRows = 1024;

/// Appends a section. REQUIRES: 1 to kMaxSectionRows histograms, valid, all of the same layout.
void PutHistogramSection(std::span<const NativeHistogram> histograms, std::string* out);

/// A section read in place. Safe on any bytes.
class HistogramSection {
 public:
  /// False if `bytes` are no section of `rows` rows (1 to kMaxSectionRows), to the last byte. The
  /// columns are not looked into. Borrows the bytes.
  bool Parse(std::string_view bytes, uint32_t rows);

  /// Writes rows [begin, end) to out[0], out[1], ...; false if a column is malformed. REQUIRES:
  /// begin <= end <= rows.
  bool Decode(uint32_t begin, uint32_t end, NativeHistogram* out) const;

  /// What the rows have in common; the counts are of the right number and 0.
  const NativeHistogram& layout() const { return layout_; }

 private:
  struct HintRun {
    uint32_t first_row = 0;
    CounterResetHint hint = CounterResetHint::kUnknown;
  };
  struct Column {
    uint8_t codec = 0;  // of doubles
    std::string_view bytes;
  };

  bool ParseLayout(std::string_view* in, uint8_t flags);
  bool ParseHints(std::string_view* in, uint8_t flags);
  bool ParseColumns(std::string_view* in);
  bool has_zero_count() const { return !layout_.has_custom_buckets(); }
  template <typename Place>
  bool DecodeCounts(const Column& column, uint32_t begin, uint32_t end, const Place& place) const;
  bool DecodeDoubles(const Column& column, uint32_t begin, uint32_t end, double* out) const;

  uint32_t rows_ = 0;
  NativeHistogram layout_;
  std::vector<HintRun> hints_;
  std::vector<Column> columns_;  // count, zero count (if any), sum, buckets
};

}  // namespace silverback
