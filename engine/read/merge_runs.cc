#include "engine/read/merge_runs.h"

#include <algorithm>

namespace silverback {
namespace {

SampleColumn Decode(const Piece& piece) {
  SampleColumn out;
  out.times.assign(piece.times.begin(), piece.times.end());
  out.starts.Append(piece.starts, 0, piece.times.size(), 0);
  if (piece.block == nullptr) {
    out.values.assign(piece.values.begin(), piece.values.end());
  } else {
    out.values.resize(piece.times.size());
    piece.block->Decode(piece.block_offset,
                        piece.block_offset + static_cast<uint32_t>(piece.times.size()),
                        out.values.data());
  }
  return out;
}

HistogramColumn DecodeHistograms(const Piece& piece) {
  HistogramColumn out;
  out.times.assign(piece.times.begin(), piece.times.end());
  out.starts.Append(piece.starts, 0, piece.times.size(), 0);
  if (piece.histogram_block == nullptr) {
    out.histograms.assign(piece.histograms.begin(), piece.histograms.end());
  } else {
    out.histograms.resize(piece.times.size());
    piece.histogram_block->Decode(piece.block_offset,
                                  piece.block_offset + static_cast<uint32_t>(piece.times.size()),
                                  out.histograms.data());
  }
  return out;
}

/// The start timestamps of what `MergeTwo` makes of times.
StartColumn MergeStarts(const SampleColumn& weak, const SampleColumn& strong,
                        std::span<const TimestampMs> merged) {
  StartColumn out;
  if (weak.starts.empty() && strong.starts.empty()) return out;
  std::vector<TimestampMs> weak_starts(weak.times.size());
  weak.starts.view().CopyTo(0, weak_starts.size(), weak_starts.data());
  std::vector<TimestampMs> strong_starts(strong.times.size());
  strong.starts.view().CopyTo(0, strong_starts.size(), strong_starts.data());
  size_t w = 0;
  size_t s = 0;
  for (size_t row = 0; row < merged.size(); ++row) {
    const bool in_weak = w < weak.times.size() && weak.times[w] == merged[row];
    const bool in_strong = s < strong.times.size() && strong.times[s] == merged[row];
    out.SetFrom(row, in_strong ? strong_starts[s] : weak_starts[w]);
    w += in_weak;
    s += in_strong;
  }
  return out;
}

/// Of equal times `strong` wins.
SampleColumn MergeTwo(const SampleColumn& weak, const SampleColumn& strong) {
  SampleColumn out;
  out.times.reserve(weak.times.size() + strong.times.size());
  out.values.reserve(weak.times.size() + strong.times.size());
  size_t w = 0;
  for (size_t s = 0; s < strong.times.size(); ++s) {
    const TimestampMs t = strong.times[s];
    for (; w < weak.times.size() && weak.times[w] < t; ++w) {
      out.times.push_back(weak.times[w]);
      out.values.push_back(weak.values[w]);
    }
    if (w < weak.times.size() && weak.times[w] == t) ++w;
    out.times.push_back(t);
    out.values.push_back(strong.values[s]);
  }
  const auto rest = static_cast<ptrdiff_t>(w);
  out.times.insert(out.times.end(), weak.times.begin() + rest, weak.times.end());
  out.values.insert(out.values.end(), weak.values.begin() + rest, weak.values.end());
  out.starts = MergeStarts(weak, strong, out.times);
  return out;
}

/// Neighbours in rank are merged pairwise, so that each sample is moved log2(pieces) times.
SampleColumn MergeTree(std::span<const Piece> by_rank) {
  if (by_rank.size() == 1) return Decode(by_rank.front());
  const size_t half = by_rank.size() / 2;
  return MergeTwo(MergeTree(by_rank.first(half)), MergeTree(by_rank.subspan(half)));
}

}  // namespace

void ClipPiece(TimeRange range, Piece* piece) {
  if (!piece->times.empty() && piece->first_ms() >= range.min_ms &&
      piece->last_ms() <= range.max_ms) {
    return;
  }
  const auto begin = std::lower_bound(piece->times.begin(), piece->times.end(), range.min_ms);
  const auto end = std::upper_bound(begin, piece->times.end(), range.max_ms);
  const auto skipped = static_cast<size_t>(begin - piece->times.begin());
  const auto rows = static_cast<size_t>(end - begin);
  piece->times = piece->times.subspan(skipped, rows);
  piece->starts = piece->starts.From(skipped);
  if (piece->kind == ValueKind::kHistogram && piece->histogram_block == nullptr) {
    piece->histograms = piece->histograms.subspan(skipped, rows);
  } else if (piece->kind == ValueKind::kFloat && piece->block == nullptr) {
    piece->values = piece->values.subspan(skipped, rows);
  } else {
    piece->block_offset += static_cast<uint32_t>(skipped);
  }
}

SampleColumn MergePieces(std::span<Piece> pieces) {
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.rank < b.rank; });
  return MergeTree(pieces);
}

bool HasHistograms(std::span<const Piece> pieces) {
  return std::any_of(pieces.begin(), pieces.end(),
                     [](const Piece& piece) { return piece.kind == ValueKind::kHistogram; });
}

std::vector<Stretch> MergeMixedPieces(std::span<const Piece> pieces) {
  struct Row {
    TimestampMs time;
    uint64_t rank;
    uint32_t piece;
    uint32_t row;
  };
  std::vector<Row> rows;
  std::vector<SampleColumn> floats(pieces.size());
  std::vector<HistogramColumn> histograms(pieces.size());
  for (size_t p = 0; p < pieces.size(); ++p) {
    const Piece& piece = pieces[p];
    if (piece.kind == ValueKind::kHistogram) {
      histograms[p] = DecodeHistograms(piece);
    } else {
      floats[p] = Decode(piece);
    }
    for (size_t row = 0; row < piece.times.size(); ++row) {
      rows.push_back(
          {piece.times[row], piece.rank, static_cast<uint32_t>(p), static_cast<uint32_t>(row)});
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.time != b.time ? a.time < b.time : a.rank < b.rank;
  });
  std::vector<Stretch> stretches;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 < rows.size() && rows[i + 1].time == rows[i].time) continue;
    const Row& row = rows[i];
    const ValueKind kind = pieces[row.piece].kind;
    if (stretches.empty() || stretches.back().kind != kind) {
      stretches.emplace_back().kind = kind;
    }
    Stretch& stretch = stretches.back();
    if (kind == ValueKind::kHistogram) {
      stretch.histograms.starts.SetFrom(stretch.histograms.times.size(),
                                        pieces[row.piece].starts.At(row.row));
      stretch.histograms.times.push_back(row.time);
      stretch.histograms.histograms.push_back(std::move(histograms[row.piece].histograms[row.row]));
    } else {
      stretch.floats.starts.SetFrom(stretch.floats.times.size(),
                                    pieces[row.piece].starts.At(row.row));
      stretch.floats.times.push_back(row.time);
      stretch.floats.values.push_back(floats[row.piece].values[row.row]);
    }
  }
  return stretches;
}

void RunBuilder::Build(std::vector<Piece> pieces, std::vector<Run>* runs) {
  columns_.clear();
  histogram_columns_.clear();
  runs->clear();
  std::erase_if(pieces, [](const Piece& piece) { return piece.times.empty(); });
  std::sort(pieces.begin(), pieces.end(),
            [](const Piece& a, const Piece& b) { return a.first_ms() < b.first_ms(); });
  for (size_t begin = 0; begin < pieces.size();) {
    TimestampMs last_ms = pieces[begin].last_ms();
    size_t end = begin + 1;
    for (; end < pieces.size() && pieces[end].first_ms() <= last_ms; ++end) {
      last_ms = std::max(last_ms, pieces[end].last_ms());
    }
    const std::span<Piece> overlapping = std::span(pieces).subspan(begin, end - begin);
    if (overlapping.size() == 1) {
      runs->push_back(Alone(pieces[begin]).WithStarts(pieces[begin].starts));
    } else if (HasHistograms(overlapping)) {
      AddMixed(overlapping, runs);
    } else {
      runs->push_back(Merged(overlapping));
    }
    begin = end;
  }
}

void RunBuilder::AddMixed(std::span<const Piece> pieces, std::vector<Run>* runs) {
  for (Stretch& stretch : MergeMixedPieces(pieces)) {
    if (stretch.kind == ValueKind::kHistogram) {
      const HistogramColumn& column =
          histogram_columns_.emplace_back(std::move(stretch.histograms));
      runs->push_back(
          Run::OfHistograms(column.times, column.histograms).WithStarts(column.starts.view()));
    } else {
      const SampleColumn& column = columns_.emplace_back(std::move(stretch.floats));
      runs->push_back(Run::OfSamples(column.times, column.values).WithStarts(column.starts.view()));
    }
  }
}

Run RunBuilder::Alone(const Piece& piece) {
  if (piece.kind == ValueKind::kHistogram) {
    return piece.histogram_block == nullptr
               ? Run::OfHistograms(piece.times, piece.histograms)
               : Run::OfHistogramBlock(piece.times, piece.histogram_block, piece.block_offset);
  }
  if (piece.block == nullptr) return Run::OfSamples(piece.times, piece.values);
  return Run::OfBlock(piece.times, piece.block, piece.block_offset,
                      piece.times.size() == piece.block->rows());
}

Run RunBuilder::Merged(std::span<Piece> pieces) {
  SampleColumn& column = columns_.emplace_back(MergePieces(pieces));
  return Run::OfSamples(column.times, column.values).WithStarts(column.starts.view());
}

size_t RunBuilder::memory_bytes() const {
  size_t bytes = 0;
  for (const SampleColumn& column : columns_) {
    bytes += column.times.capacity() * sizeof(TimestampMs);
    bytes += column.values.capacity() * sizeof(double) + column.starts.memory_bytes();
  }
  for (const HistogramColumn& column : histogram_columns_) {
    bytes += column.times.capacity() * sizeof(TimestampMs) + column.starts.memory_bytes();
    for (const NativeHistogram& histogram : column.histograms) bytes += histogram.memory_bytes();
  }
  return bytes;
}

}  // namespace silverback
