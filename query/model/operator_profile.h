// What one operator of a query did: the answer to `explain=analyze`.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace silverback {

/// A node for each operator, in the shape of the plan. The counts of leaves are added up by their workers.
struct OperatorProfile {
  std::string name;                  // the plan's line
  uint64_t series_in = 0;            // selected, of leaves
  uint64_t series_out = 0;           // with values
  double seconds = 0;                // wall clock, children included
  std::atomic<uint64_t> samples{0};  // in what was read, of leaves
  std::atomic<uint64_t> blocks{0};   // encoded ones among it
  std::atomic<uint64_t> bytes{0};    // of these blocks
  std::atomic<uint64_t> fact_hits{
      0};  // blocks answered from their facts alone, once for each window
  std::vector<std::unique_ptr<OperatorProfile>> children;
};

}  // namespace silverback
