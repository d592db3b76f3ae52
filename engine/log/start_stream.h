// Start timestamps in a log record: most are the one before them again, or none. Bytes: docs/format/log.md, "Payload".
// Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/residuals.h"
#include "engine/base/types.h"

namespace silverback::log {

/// What the coding of a start timestamp depends on. Both sides keep one for a record.
///
/// A start timestamp is a number: 0, the same as before; 1, not known; else 2 and the zigzag difference to the last one
/// that was known. Numbers are unsigned and stored as residuals whose zigzag form they are.
struct StartState {
  TimestampMs last_known_ms = 0;
  TimestampMs before_ms = kNoStart;
};

class StartEncoder {
 public:
  /// The start timestamps of one group, written as they are added; complete when it goes.
  class Column {
   public:
    Column(StartEncoder* encoder, std::string* out) : state_(&encoder->state_), residuals_(out) {}
    Column(const Column&) = delete;
    ~Column() { residuals_.Finish(); }

    /// REQUIRES: IsStorableStart(start_ms).
    void Add(TimestampMs start_ms) {
      residuals_.Add(UnZigZag(NumberOf(start_ms)));
      state_->before_ms = start_ms;
      if (start_ms != kNoStart) state_->last_known_ms = start_ms;
    }

   private:
    uint64_t NumberOf(TimestampMs start_ms) const {
      if (start_ms == state_->before_ms) return 0;
      if (start_ms == kNoStart) return 1;
      return ZigZag(start_ms - state_->last_known_ms) + 2;
    }

    StartState* state_;
    ResidualWriter residuals_;
  };

 private:
  StartState state_;
};

class StartDecoder {
 public:
  /// Reads the start timestamps of one group from the front of a view. Safe on any bytes. Copies read the same again,
  /// without the decoder's noticing unless `Next` is called.
  class Column {
   public:
    Column() : residuals_({}, 0) {}
    Column(StartDecoder* decoder, std::string_view in, uint64_t count)
        : state_(&decoder->state_), residuals_(in, count) {}

    bool Next(TimestampMs* start_ms) {
      int64_t residual = 0;
      if (!residuals_.Next(&residual)) return false;
      const uint64_t number = ZigZag(residual);
      if (number == 1) {
        state_->before_ms = kNoStart;
      } else if (number > 1) {
        const auto difference = static_cast<uint64_t>(UnZigZag(number - 2));
        state_->last_known_ms =
            static_cast<TimestampMs>(static_cast<uint64_t>(state_->last_known_ms) + difference);
        state_->before_ms = state_->last_known_ms;
        if (!IsStorableStart(state_->before_ms)) return false;
      }
      *start_ms = state_->before_ms;
      return true;
    }
    /// Passes over all that are left.
    bool Skip() { return residuals_.Skip(); }
    std::string_view rest() const { return residuals_.rest(); }

   private:
    StartState* state_ = nullptr;
    ResidualReader residuals_;
  };

 private:
  StartState state_;
};

}  // namespace silverback::log
