#include "query/windows/facts_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/base/kahan_sum.h"
#include "engine/base/value.h"

namespace silverback {
namespace {

thread_local uint64_t thread_fact_hits = 0;

/// Below this many rows a window, sliding over the samples is cheaper than chunks.
constexpr size_t kMinWindowRows = 512;

/// Chunks of 64 rows, and groups of 16 chunks.
constexpr size_t kChunkRows = 64;
constexpr size_t kGroupRows = 1024;
/// A chunk is gathered in so many lanes side by side, which a loop over samples in order cannot be.
constexpr size_t kLanes = 8;
using Chunk = std::span<const double, kChunkRows>;

/// Whether all are numbers: no NaN, no stale marker, no infinity.
bool AllFinite(Chunk values) {
  bool special = false;
  for (const double value : values) special |= (~BitsOf(value) & 0x7ff0000000000000) == 0;
  return !special;
}

// What is gathered of samples, by function. Each can take one sample, a block's facts, or another of its kind.

struct SumOf {
  KahanSum sum;
  uint64_t count = 0;
  bool has_nan = false;
  bool has_inf = false;

  void Add(double value) {
    sum.Add(value);
    ++count;
    has_nan |= std::isnan(value);
    has_inf |= std::isinf(value);
  }
  void Merge(const SumOf& later) {
    sum.Merge(later.sum);
    count += later.count;
    has_nan |= later.has_nan;
    has_inf |= later.has_inf;
  }
  /// Takes a chunk of finite values in an empty state; false (nothing taken) if the sum overflows.
  bool TakeFinite(Chunk values) {
    std::array<double, kLanes> sums{};
    std::array<double, kLanes> lost{};
    for (size_t i = 0; i < kChunkRows; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        // KahanSum::Add without branches.
        const double value = values[i + lane];
        const double before = sums[lane];
        const double total = before + value;
        const double of_value = (before - total) + value;
        const double of_sum = (value - total) + before;
        lost[lane] += std::abs(before) >= std::abs(value) ? of_value : of_sum;
        sums[lane] = total;
      }
    }
    KahanSum gathered;
    for (size_t lane = 0; lane < kLanes; ++lane) gathered.Merge({sums[lane], lost[lane]});
    if (!std::isfinite(gathered.sum)) return false;
    sum = gathered;
    count = kChunkRows;
    return true;
  }
  void Merge(const Facts& facts) {
    Merge(SumOf{facts.sum, facts.count, facts.has_nan, facts.has_inf});
  }
};

struct MinOfSamples {
  double least = std::numeric_limits<double>::quiet_NaN();  // NaN yields to anything
  uint64_t count = 0;

  void Take(double value) {
    if (value < least || std::isnan(least)) least = value;
  }
  void Add(double value) {
    Take(value);
    ++count;
  }
  bool TakeFinite(Chunk values) {
    std::array<double, kLanes> lanes;
    std::copy_n(values.begin(), kLanes, lanes.begin());
    for (size_t i = kLanes; i < kChunkRows; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const double value = values[i + lane];
        lanes[lane] = value < lanes[lane] ? value : lanes[lane];
      }
    }
    for (const double value : lanes) Take(value);
    count = kChunkRows;
    return true;
  }
  void Merge(const MinOfSamples& later) {
    if (later.count > 0) Take(later.least);
    count += later.count;
  }
  void Merge(const Facts& facts) {
    if (facts.count > 0) Take(facts.min);
    count += facts.count;
  }
};

struct MaxOfSamples {
  double most = std::numeric_limits<double>::quiet_NaN();
  uint64_t count = 0;

  void Take(double value) {
    if (value > most || std::isnan(most)) most = value;
  }
  void Add(double value) {
    Take(value);
    ++count;
  }
  bool TakeFinite(Chunk values) {
    std::array<double, kLanes> lanes;
    std::copy_n(values.begin(), kLanes, lanes.begin());
    for (size_t i = kLanes; i < kChunkRows; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const double value = values[i + lane];
        lanes[lane] = value > lanes[lane] ? value : lanes[lane];
      }
    }
    for (const double value : lanes) Take(value);
    count = kChunkRows;
    return true;
  }
  void Merge(const MaxOfSamples& later) {
    if (later.count > 0) Take(later.most);
    count += later.count;
  }
  void Merge(const Facts& facts) {
    if (facts.count > 0) Take(facts.max);
    count += facts.count;
  }
};

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
    chunks_.assign(values_.size() / kChunkRows, {});
    for (size_t c = 0; c < chunks_.size(); ++c) {
      const auto chunk = values_.subspan(c * kChunkRows).template first<kChunkRows>();
      if (!AllFinite(chunk) || !chunks_[c].TakeFinite(chunk)) {
        AddRows(c * kChunkRows, (c + 1) * kChunkRows, &chunks_[c]);
      }
    }
    constexpr size_t kChunks = kGroupRows / kChunkRows;
    groups_.assign(chunks_.size() / kChunks, {});
    for (size_t g = 0; g < groups_.size(); ++g) {
      for (size_t c = g * kChunks; c < (g + 1) * kChunks; ++c) groups_[g].Merge(chunks_[c]);
    }
  }

  /// Merges rows [begin, end) into `out`, in order.
  void Merge(size_t begin, size_t end, Gathered* out) const {
    while (begin < end) {
      if (begin % kGroupRows == 0 && begin + kGroupRows <= end) {
        out->Merge(groups_[begin / kGroupRows]);
        begin += kGroupRows;
      } else if (begin % kChunkRows == 0 && begin + kChunkRows <= end) {
        out->Merge(chunks_[begin / kChunkRows]);
        begin += kChunkRows;
      } else {
        const size_t stop = std::min(end, (begin / kChunkRows + 1) * kChunkRows);
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

  Gathered Gather(RowRange range) {
    Gathered out;
    if (range.begin < range.end) PassBefore(rows_->RunOf(range.begin));
    ForRuns(*rows_, range, [&](size_t r, size_t, size_t from, size_t to) {
      const Run& run = rows_->runs()[r];
      if (from == 0 && to == run.size() && run.facts() != nullptr) {
        out.Merge(*run.facts());
        ++thread_fact_hits;
      } else {
        SummaryOf(r).Merge(from, to, &out);
      }
    });
    return out;
  }

  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const auto& summary : by_run_) bytes += summary ? summary->memory_bytes() : 0;
    for (const auto& summary : spare_) bytes += summary->memory_bytes();
    return bytes;
  }

 private:
  using SummaryPtr = std::unique_ptr<RunSummary<Gathered>>;

  RunSummary<Gathered>& SummaryOf(size_t run) {
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

  void Release(SummaryPtr* summary) {
    constexpr size_t kSpares = 4;
    if (*summary != nullptr && spare_.size() < kSpares) spare_.push_back(std::move(*summary));
    summary->reset();
  }

  void PassBefore(size_t run) {
    for (; passed_ < run; ++passed_) Release(&by_run_[passed_]);
  }

  const SeriesRows* rows_ = nullptr;
  std::vector<SummaryPtr> by_run_;
  std::vector<SummaryPtr> spare_;
  size_t passed_ = 0;
};

}  // namespace

struct FactsPath::Impl {
  Summaries<SumOf> sums;
  Summaries<MinOfSamples> minima;
  Summaries<MaxOfSamples> maxima;
};

uint64_t FactHitsOfThread() {
  return thread_fact_hits;
}

FactsPath::FactsPath() : impl_(std::make_unique<Impl>()) {}
FactsPath::~FactsPath() = default;
FactsPath::FactsPath(FactsPath&&) noexcept = default;
FactsPath& FactsPath::operator=(FactsPath&&) noexcept = default;

bool FactsPath::Serves(const FunctionInfo& function, const SeriesWindows& windows) {
  if (function.reads != WindowReads::kFacts || windows.borders() != WindowBorders::kPlain) {
    return false;
  }
  size_t rows = 0;
  for (size_t w = 0; w < windows.count(); ++w) rows += windows.Rows(w).size();
  return rows >= kMinWindowRows * windows.count();
}

void FactsPath::Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                         std::span<uint64_t> samples, std::vector<size_t>* unanswered) {
  const auto for_windows = [&](auto* summaries, auto answer) {
    summaries->Reset(&windows.rows());
    for (size_t w = 0; w < windows.count(); ++w) {
      const auto gathered = summaries->Gather(windows.Rows(w));
      samples[w] = gathered.count;
      if (gathered.count > 0) answer(w, gathered);
    }
  };
  switch (function.range_function) {
    case RangeFunction::kMinOverTime:
      return for_windows(&impl_->minima,
                         [&](size_t w, const MinOfSamples& min) { out->Set(w, min.least); });
    case RangeFunction::kMaxOverTime:
      return for_windows(&impl_->maxima,
                         [&](size_t w, const MaxOfSamples& max) { out->Set(w, max.most); });
    case RangeFunction::kSumOverTime:
      return for_windows(&impl_->sums,
                         [&](size_t w, const SumOf& sum) { out->Set(w, sum.sum.Total()); });
    default:
      return for_windows(&impl_->sums, [&](size_t w, const SumOf& sum) {
        if (std::isfinite(sum.sum.sum)) {
          const auto count = static_cast<double>(sum.count);
          out->Set(w, sum.sum.sum / count + sum.sum.compensation / count);
        } else if (sum.has_nan || sum.has_inf) {
          out->Set(w, sum.sum.sum);
        } else {
          unanswered->push_back(w);  // finite samples whose sum overflows: their mean is finite
        }
      });
  }
}

size_t FactsPath::memory_bytes() const {
  return impl_->sums.memory_bytes() + impl_->minima.memory_bytes() + impl_->maxima.memory_bytes();
}

}  // namespace silverback
