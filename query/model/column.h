// A column: one series' values at every step of the grid, with a mask of the steps that have one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace silverback {

struct FloatHistogram;

/// A bit for each step.
class StepMask {
 public:
  StepMask() = default;
  explicit StepMask(size_t steps) { Reset(steps); }

  /// `steps` bits, all clear.
  void Reset(size_t steps) {
    size_ = steps;
    words_.assign((steps + 63) / 64, 0);
  }
  size_t size() const { return size_; }
  bool Test(size_t step) const { return (words_[step / 64] >> (step % 64) & 1) != 0; }
  void Set(size_t step) { words_[step / 64] |= uint64_t{1} << (step % 64); }
  void Clear(size_t step) { words_[step / 64] &= ~(uint64_t{1} << (step % 64)); }
  void SetAll() {
    std::fill(words_.begin(), words_.end(), ~uint64_t{0});
    if (size_ % 64 != 0) words_.back() = (uint64_t{1} << (size_ % 64)) - 1;
  }
  /// Sets what is set in `other`. REQUIRES: as many steps.
  void SetFrom(const StepMask& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  size_t Count() const {
    size_t count = 0;
    for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
    return count;
  }
  bool Any() const {
    return std::any_of(words_.begin(), words_.end(), [](uint64_t word) { return word != 0; });
  }
  std::span<uint64_t> words() { return words_; }
  std::span<const uint64_t> words() const { return words_; }

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

/// Values of one series by step. A step holds a float, a native histogram or nothing: `present` says whether there is a
/// value, and where `histograms` is not empty a non-null entry means that it is that histogram rather than the float.
/// Floats at absent steps are unspecified.
struct Column {
  std::vector<double> floats;  // one a step
  StepMask present;
  std::vector<std::shared_ptr<const FloatHistogram>> histograms;  // empty, or one a step

  /// `steps` steps, all absent. Keeps the memory that it has.
  void Reset(size_t steps) {
    floats.resize(steps);
    present.Reset(steps);
    histograms.clear();
  }
  size_t steps() const { return floats.size(); }
  bool HasHistograms() const { return !histograms.empty(); }
  /// The histogram at a step; null where there is a float or nothing.
  const FloatHistogram* HistogramAt(size_t step) const {
    return histograms.empty() || !present.Test(step) ? nullptr : histograms[step].get();
  }
  void Set(size_t step, double value) {
    floats[step] = value;
    present.Set(step);
  }
  /// Sets a histogram. REQUIRES: not null.
  void Set(size_t step, std::shared_ptr<const FloatHistogram> histogram) {
    if (histograms.empty()) histograms.resize(steps());
    histograms[step] = std::move(histogram);
    present.Set(step);
  }
  /// Takes the steps with histograms away. Whether there were any.
  bool DropHistograms();
  /// Histograms that neighbouring steps share count once.
  size_t memory_bytes() const;
  /// The samples that upstream counts the values as: a histogram is several.
  size_t equivalent_samples() const;
};

}  // namespace silverback
