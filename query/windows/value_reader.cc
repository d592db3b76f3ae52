#include "query/windows/value_reader.h"

#include <algorithm>

namespace silverback {
namespace {

/// Up to this distance decoding everything between two rows is cheaper than reading both.
constexpr size_t kPairRows = 192;

/// The rows that codecs decode at once.
constexpr size_t kChunkRows = 256;
/// With a point wanted of every so many rows or less, whole vectors are decoded.
constexpr size_t kDenseRows = 32;

}  // namespace

void ValueReader::Reset(const SeriesRows* rows, RowRange range, size_t points) {
  rows_ = rows;
  piece_rows_ = 0;
  if (range.size() <= points * kChunkRows) piece_rows_ = kChunkRows;
  if (range.size() <= points * kDenseRows) piece_rows_ = kVectorSamples;
  run_ = first_ = end_ = 0;
  has_last_ = false;
  for (Piece& piece : pieces_) piece.begin = piece.end = 0;
}

void ValueReader::Seek(size_t row) {
  if (row >= first_ && row < end_) return;
  run_ = rows_->RunOf(row);
  first_ = rows_->firsts()[run_];
  end_ = rows_->firsts()[run_ + 1];
}

double ValueReader::At(size_t row) {
  if (has_last_ && row == last_row_) return last_value_;
  Seek(row);
  const Run& run = rows_->runs()[run_];
  last_value_ =
      piece_rows_ > 0 && run.block() != nullptr ? ReadFromPiece(row) : run.ValueAt(row - first_);
  last_row_ = row;
  has_last_ = true;
  return last_value_;
}

double ValueReader::ReadFromPiece(size_t row) {
  for (const size_t i : {newest_, 1 - newest_}) {
    if (row < pieces_[i].begin || row >= pieces_[i].end) continue;
    newest_ = i;
    return pieces_[i].values[row - pieces_[i].begin];
  }
  newest_ = 1 - newest_;
  Piece& piece = pieces_[newest_];
  // Pieces begin where the block's own chunks do.
  const Run& run = rows_->runs()[run_];
  const size_t in_block = run.block_offset() + (row - first_);
  const size_t before = std::min(in_block % piece_rows_, row - first_);
  const size_t after = piece_rows_ - in_block % piece_rows_;
  piece.begin = row - before;
  piece.end = std::min(row + after, end_);
  run.Values(piece.begin - first_, piece.end - first_, piece.values.data());
  return piece.values[row - piece.begin];
}

void ValueReader::Pair(size_t first, size_t last, double* first_value, double* last_value) {
  const bool has_first = has_last_ && first == last_row_;
  if (piece_rows_ == 0 && !has_first && last - first < kPairRows) {
    Seek(first);
    const Run& run = rows_->runs()[run_];
    if (last < end_ && run.block() != nullptr) {
      scratch_.resize(kPairRows);
      run.Values(first - first_, last - first_ + 1, scratch_.data());
      *first_value = scratch_[0];
      *last_value = last_value_ = scratch_[last - first];
      last_row_ = last;
      has_last_ = true;
      return;
    }
  }
  *first_value = At(first);
  *last_value = At(last);
}

}  // namespace silverback
