// Values of single rows of a series, read in ascending order by one or two ends of a moving window.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/block/block.h"
#include "query/windows/series_rows.h"

namespace silverback {

/// Rows that are few and far between are read one by one. Reading one costs about as much as decoding the 256 rows around
/// it, so where more than one will be wanted of those, they are decoded at once and kept; where rows are read densely,
/// whole block vectors are. The last two such pieces are held: a window's two ends move over different ones.
class ValueReader {
 public:
  /// Starts at a series of which about `points` rows among `range` will be read.
  void Reset(const SeriesRows* rows, RowRange range, size_t points);

  double At(size_t row);
  /// The values of two rows, `first` < `last`.
  void Pair(size_t first, size_t last, double* first_value, double* last_value);

  size_t memory_bytes() const { return scratch_.capacity() * sizeof(double); }

 private:
  struct Piece {
    size_t begin = 0;
    size_t end = 0;  // rows [begin, end) of the series; empty if there are none
    std::array<double, kVectorSamples> values;
  };

  void Seek(size_t row);
  double ReadFromPiece(size_t row);

  const SeriesRows* rows_ = nullptr;
  size_t piece_rows_ = 0;  // 0: rows are read one by one
  // The run of the last row read.
  size_t run_ = 0;
  size_t first_ = 0;
  size_t end_ = 0;
  // The last row read: neighbouring windows often share one.
  size_t last_row_ = 0;
  double last_value_ = 0;
  bool has_last_ = false;
  std::array<Piece, 2> pieces_;
  size_t newest_ = 0;
  std::vector<double> scratch_;
};

}  // namespace silverback
