#include "query/windows/facts_path.h"

#include <memory>
#include <tuple>
#include <type_traits>

#include "query/windows/gathered.h"
#include "query/windows/run_summaries.h"

namespace silverback {
namespace {

thread_local uint64_t thread_fact_hits = 0;

/// Below this many rows a window, sliding over the samples is cheaper than chunks.
constexpr size_t kMinWindowRows = 512;

template <typename Gathered>
Gathered Gather(const SeriesRows& rows, RowRange range, Summaries<Gathered>* summaries) {
  Gathered out;
  if (range.begin < range.end) summaries->PassBefore(range.begin);
  ForRuns(rows, range, [&](size_t r, size_t, size_t from, size_t to) {
    const Run& run = rows.runs()[r];
    if (from == 0 && to == run.size() && run.facts() != nullptr) {
      out.Merge(*run.facts());
      ++thread_fact_hits;
    } else {
      summaries->OfRun(r).Merge(from, to, &out);
    }
  });
  return out;
}

}  // namespace

struct FactsPath::Impl {
  std::tuple<Summaries<SumOfSamples>, Summaries<MeanOfSamples>, Summaries<MinOfSamples>,
             Summaries<MaxOfSamples>>
      summaries;
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
  for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
    rows += windows.Rows(w).size();
  }
  return rows >= kMinWindowRows * (windows.end_window() - windows.first_window());
}

void FactsPath::Evaluate(const FunctionInfo& function, const SeriesWindows& windows, Column* out,
                         std::span<uint64_t> samples, std::vector<size_t>* unanswered) {
  WithGathered(function.range_function, [&]<typename Gathered>(std::type_identity<Gathered>) {
    auto& summaries = std::get<Summaries<Gathered>>(impl_->summaries);
    summaries.Reset(&windows.rows());
    for (size_t w = windows.first_window(); w < windows.end_window(); ++w) {
      const Gathered gathered = Gather(windows.rows(), windows.Rows(w), &summaries);
      AnswerWindow(w, gathered, out, samples, unanswered);
    }
  });
}

size_t FactsPath::memory_bytes() const {
  return std::apply([](const auto&... of) { return (of.memory_bytes() + ...); }, impl_->summaries);
}

}  // namespace silverback
