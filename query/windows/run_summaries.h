// Summaries of the runs that windows begin or end in: what each small chunk of a run's samples comes to, made once, so that a
// part of the run is put together of chunks and a few single samples.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/value.h"
#include "engine/read/series_reader.h"
#include "query/windows/gathered.h"
#include "query/windows/series_rows.h"

namespace silverback {

/// The rows of a group of chunks.
inline constexpr size_t kGatherGroupRows = 1024;

/// A run at a window's border: its values, and what each chunk and each group of chunks comes to.
template <typename Gathered>
class RunSummary {
 public:
  void Reset(const Run& run) {
    values_ = run.decoded();
    if (run.block() != nullptr) {
      buffer_.resize(run.size());
      run.Values(0, run.size(), buffer_.data());
      values_ = buffer_;
    }
    chunks_.assign(values_.size() / kGatherChunkRows, {});
    for (size_t c = 0; c < chunks_.size(); ++c) {
      const auto chunk = values_.subspan(c * kGatherChunkRows).template first<kGatherChunkRows>();
      if (!AllFinite(chunk) || !chunks_[c].TakeFinite(chunk)) {
        AddRows(c * kGatherChunkRows, (c + 1) * kGatherChunkRows, &chunks_[c]);
      }
    }
    constexpr size_t kChunks = kGatherGroupRows / kGatherChunkRows;
    groups_.assign(chunks_.size() / kChunks, {});
    for (size_t g = 0; g < groups_.size(); ++g) {
      for (size_t c = g * kChunks; c < (g + 1) * kChunks; ++c) groups_[g].Merge(chunks_[c]);
    }
  }

  /// Merges rows [begin, end) into `out`, in order.
  void Merge(size_t begin, size_t end, Gathered* out) const {
    while (begin < end) {
      if (begin % kGatherGroupRows == 0 && begin + kGatherGroupRows <= end) {
        out->Merge(groups_[begin / kGatherGroupRows]);
        begin += kGatherGroupRows;
      } else if (begin % kGatherChunkRows == 0 && begin + kGatherChunkRows <= end) {
        out->Merge(chunks_[begin / kGatherChunkRows]);
        begin += kGatherChunkRows;
      } else {
        const size_t stop = std::min(end, (begin / kGatherChunkRows + 1) * kGatherChunkRows);
        AddRows(begin, stop, out);
        begin = stop;
      }
    }
  }

  size_t memory_bytes() const {
    return buffer_.capacity() * sizeof(double) +
           (chunks_.capacity() + groups_.capacity()) * sizeof(Gathered);
  }

 private:
  void AddRows(size_t begin, size_t end, Gathered* out) const {
    for (size_t i = begin; i < end; ++i) {
      if (!IsStale(values_[i])) out->Add(values_[i]);
    }
  }

  std::span<const double> values_;
  std::vector<double> buffer_;
  std::vector<Gathered> chunks_;
  std::vector<Gathered> groups_;
};

/// The summaries of the runs at borders. They are made when first wanted, and their memory serves again once the windows
/// have passed them.
template <typename Gathered>
class Summaries {
 public:
  void Reset(const SeriesRows* rows) {
    rows_ = rows;
    for (auto& summary : by_run_) Release(&summary);
    by_run_.clear();
    by_run_.resize(rows->runs().size());
    passed_ = 0;
  }

  /// Lets go of the runs before the one that holds `row`: no later window reaches back to them.
  void PassBefore(size_t row) {
    for (const size_t run = rows_->RunOf(row); passed_ < run; ++passed_) {
      Release(&by_run_[passed_]);
    }
  }

  const RunSummary<Gathered>& OfRun(size_t run) {
    SummaryPtr& summary = by_run_[run];
    if (summary == nullptr) {
      if (spare_.empty()) {
        summary = std::make_unique<RunSummary<Gathered>>();
      } else {
        summary = std::move(spare_.back());
        spare_.pop_back();
      }
      summary->Reset(rows_->runs()[run]);
    }
    return *summary;
  }

  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const auto& summary : by_run_) bytes += summary ? summary->memory_bytes() : 0;
    for (const auto& summary : spare_) bytes += summary->memory_bytes();
    return bytes;
  }

 private:
  using SummaryPtr = std::unique_ptr<RunSummary<Gathered>>;

  void Release(SummaryPtr* summary) {
    constexpr size_t kSpares = 4;
    if (*summary != nullptr && spare_.size() < kSpares) spare_.push_back(std::move(*summary));
    summary->reset();
  }

  const SeriesRows* rows_ = nullptr;
  std::vector<SummaryPtr> by_run_;
  std::vector<SummaryPtr> spare_;
  size_t passed_ = 0;
};

}  // namespace silverback
