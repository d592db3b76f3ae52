#include "query/windows/overlap_path.h"

#include <memory>
#include <tuple>
#include <type_traits>

#include "engine/base/check.h"
#include "query/windows/gathered.h"

namespace silverback {
namespace {

/// With more rows than this from one window to the next, gathering each twice costs more than summaries of chunks.
constexpr size_t kMaxNewRows = 48;
/// A window must have so many times the rows that are new in it.
constexpr size_t kMinOverlap = 4;

template <typename Gathered>
class TwoStacks {
 public:
  void Reset() {
    before_.clear();
    behind_ = {};
    middle_ = end_ = 0;
  }

  /// Moves to the samples `values`, the first of which is number `first` of its series. REQUIRES: neither end moves back.
  Gathered MoveTo(std::span<const double> values, uint64_t first) {
    const uint64_t end = first + values.size();
    SB_DCHECK(end >= end_);
    if (first >= middle_) {
      MoveMiddle(values, end);
    } else {
      before_.resize(static_cast<size_t>(middle_ - first));
      for (const double value : values.subspan(static_cast<size_t>(end_ - first))) {
        behind_.Add(value);
      }
    }
    end_ = end;
    if (before_.empty()) return {};
    Gathered all = before_.back();
    all.Merge(behind_);
    return all;
  }

  size_t memory_bytes() const { return before_.capacity() * sizeof(Gathered); }

 private:
  void MoveMiddle(std::span<const double> values, uint64_t end) {
    middle_ = end;
    behind_ = {};
    before_.resize(values.size());
    Gathered later;
    for (size_t entry = 0; entry < values.size(); ++entry) {
      Gathered from_here;
      from_here.Add(values[values.size() - 1 - entry]);
      from_here.Merge(later);
      before_[entry] = later = from_here;
    }
  }

  // Of [a sample, the middle), for each sample of the window before the middle; the oldest sample's is last.
  std::vector<Gathered> before_;
  Gathered behind_;      // of [the middle, end)
  uint64_t middle_ = 0;  // numbers of samples
  uint64_t end_ = 0;
};

}  // namespace

struct OverlapPath::Impl {
  std::tuple<TwoStacks<SumOfSamples>, TwoStacks<MeanOfSamples>, TwoStacks<MinOfSamples>,
             TwoStacks<MaxOfSamples>>
      stacks;
};

OverlapPath::OverlapPath() : impl_(std::make_unique<Impl>()) {}
OverlapPath::~OverlapPath() = default;
OverlapPath::OverlapPath(OverlapPath&&) noexcept = default;
OverlapPath& OverlapPath::operator=(OverlapPath&&) noexcept = default;

bool OverlapPath::Serves(const FunctionInfo& function, const SeriesWindows& windows) {
  if (function.reads != WindowReads::kFacts || windows.borders() != WindowBorders::kPlain ||
      windows.count() < 2) {
    return false;
  }
  const size_t all = windows.AllRows().size();
  if (all - windows.Rows(0).size() > kMaxNewRows * windows.count()) return false;
  size_t rows = 0;
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    rows += windows.Rows(w).size();
  }
  return rows >= kMinOverlap * all;
}

void OverlapPath::Evaluate(const FunctionInfo& function, const SeriesWindows& windows,
                           SlidingWindow* sliding, Column* out, std::span<uint64_t> samples,
                           std::vector<size_t>* unanswered) {
  WithGathered(function.range_function, [&]<typename Gathered>(std::type_identity<Gathered>) {
    auto& stacks = std::get<TwoStacks<Gathered>>(impl_->stacks);
    stacks.Reset();
    sliding->Reset(&windows.rows(), true);
    for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
      sliding->MoveTo(windows.Rows(w), windows.ReadStart(w), windows.ReadEnd(w));
      const Gathered gathered = stacks.MoveTo(sliding->samples().values, sliding->first_number());
      AnswerWindow(w, gathered, out, samples, unanswered);
    }
  });
}

size_t OverlapPath::memory_bytes() const {
  return std::apply([](const auto&... of) { return (of.memory_bytes() + ...); }, impl_->stacks);
}

}  // namespace silverback
