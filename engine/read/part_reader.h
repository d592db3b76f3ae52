// The blocks of one part, series by series in storage order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/types.h"
#include "engine/index/selection.h"
#include "engine/read/engine_state.h"
#include "engine/store/block_cursor.h"

namespace silverback {

/// Not safe for concurrent use.
class PartReader {
 public:
  PartReader(PartRef part, std::unique_ptr<BlockCursor> cursor);

  const PartMeta& part() const { return *part_; }

  /// How long the bytes of a block can be read.
  enum class Lifetime : uint8_t { kCall, kUntilNextRead };
  /// Receives a block's key and bytes; says the block's last timestamp, or the key's if the block makes no sense (its bytes are then
  /// valid during the call, whatever `lifetime` says).
  using BlockFunction =
      std::function<TimestampMs(const BlockKey&, std::string_view bytes, Lifetime lifetime)>;
  /// Receives a stretch of time whose blocks cannot be read, and why.
  using LossFunction = std::function<void(TimeRange, const std::string&)>;

  /// Hands over the series' blocks that may hold samples in `range`, in order of time. REQUIRES:
  /// the series of later calls are later in storage order. Where the table is damaged, reading
  /// goes on behind the damage.
  void Read(SelectedSeries series, TimeRange range, const BlockFunction& on_block,
            const LossFunction& on_loss);

 private:
  bool AtSeries(SelectedSeries series) const;
  /// Leaves the block that the last call handed over as its last, if stepping from there is worth while.
  void LeaveRead();
  /// To the block of the series that may hold `t`, as BlockCursor::SeekSeriesAt does.
  void SeekAt(SelectedSeries series, TimestampMs t);
  /// Tries that by a guess of where the block begins; false if the guess was not good.
  bool SeekByGuess(SelectedSeries series, TimestampMs t);
  /// Standing on the series' first block, steps to the first one that may hold samples from `t` on, or off the series if none does.
  /// False if it would take many steps.
  bool StepTo(SelectedSeries series, TimestampMs t);
  /// Tries to find a readable block of the series after `from_ms`; true if the cursor stands on it.
  bool SeekBehindDamage(SelectedSeries series, TimestampMs from_ms, TimestampMs to_ms);

  PartRef part_;
  std::unique_ptr<BlockCursor> cursor_;
  bool positioned_ =
      false;  // every block between the last series asked for and the cursor is known
  bool at_end_ = false;
  bool read_ = false;  // the cursor stands on a block that was handed over already
  bool steps_pay_ =
      true;  // series of one part are cut alike: what was too far for one is for the next
  bool guesses_pay_ = true;  // the same
};

}  // namespace silverback
