// What a block knows about its values without decoding them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/kahan_sum.h"
#include "engine/base/value.h"

namespace silverback {

/// A row whose value is less than the non-stale value before it in the same block: where a counter
/// started anew.
struct CounterReset {
  uint32_t row = 0;
  double previous_value = 0;

  friend bool operator==(const CounterReset& a, const CounterReset& b) {
    return a.row == b.row && SameBits(a.previous_value, b.previous_value);
  }
};

/// Facts about the samples of one block. Staleness markers are no samples: they count in
/// `stale_rows` and nowhere else. Ordinary NaN values are samples.
struct Facts {
  /// Rows that are no staleness markers. When 0, the other value facts are meaningless (zeros).
  uint32_t count = 0;
  /// The first and the last sample: their rows in the block and values.
  uint32_t first_row = 0;
  uint32_t last_row = 0;
  double first_value = 0;
  double last_value = 0;
  /// As `min_over_time` and `max_over_time` say: NaN only if every sample is NaN.
  double min = 0;
  double max = 0;
  /// All samples, added in row order. NaN (kNormalNanBits) with no compensation where the sum is no
  /// number.
  KahanSum sum;
  bool has_nan = false;
  bool has_inf = false;
  /// Every row whose value is less (`<`, so never by NaN) than the sample before it, ascending -
  /// but only if `resets_listed`. A block that falls often is no counter, and listing its falls
  /// would cost more than its values: `resets_listed` is then false, `resets` empty, and who needs
  /// them decodes the values.
  bool resets_listed = true;
  std::vector<CounterReset> resets;
  /// The rows of staleness markers, ascending.
  std::vector<uint32_t> stale_rows;
};

/// The facts of `values` by definition, in one pass. Lists resets if they are at most
/// `MaxListedResets(values.size())`.
Facts ComputeFacts(std::span<const double> values);

/// How many resets a block of `rows` rows lists at most: 2 + rows / 128.
inline uint32_t MaxListedResets(uint32_t rows) {
  return 2 + rows / 128;
}

}  // namespace silverback
