// How many samples a query looked at, as upstream counts them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "engine/base/check.h"

namespace silverback {

/// A number of samples, in all and, if asked for, at each step. A native histogram counts as several.
struct SampleCounts {
  uint64_t total = 0;
  std::vector<uint64_t> by_step;  // empty: not asked for

  void Add(size_t step, uint64_t samples) {
    total += samples;
    if (!by_step.empty()) by_step[step] += samples;
  }
  /// Adds a number for each of the first steps.
  void AddSteps(std::span<const uint64_t> samples) {
    total = std::accumulate(samples.begin(), samples.end(), total);
    if (by_step.empty()) return;
    for (size_t step = 0; step < samples.size(); ++step) by_step[step] += samples[step];
  }
  /// Adds all of `other`, so many times. REQUIRES: `other` counts by step, on the same steps, if this does.
  void Merge(const SampleCounts& other, uint64_t times = 1) {
    total += other.total * times;
    SB_DCHECK(by_step.empty() || by_step.size() == other.by_step.size());
    for (size_t step = 0; step < by_step.size(); ++step) {
      by_step[step] += other.by_step[step] * times;
    }
  }
};

/// The two ways of upstream's statistics.
struct QuerySamples {
  SampleCounts
      covered;  // in the windows of all steps, again for each window: totalQueryableSamples
  SampleCounts
      read;  // a range function's at a later step only if newer than the step before: samplesRead

  void CountSteps(size_t steps) {
    covered.by_step.assign(steps, 0);
    read.by_step.assign(steps, 0);
  }
  size_t memory_bytes() const {
    return (covered.by_step.capacity() + read.by_step.capacity()) * sizeof(uint64_t);
  }
  /// Both counts of a selector that answers one sample a step.
  void AddBoth(size_t step, uint64_t samples) {
    covered.Add(step, samples);
    read.Add(step, samples);
  }
};

}  // namespace silverback
