#include "engine/block/starts.h"

#include "engine/base/coding.h"

namespace silverback {
namespace {

constexpr uint64_t kModes = 4;

int64_t Difference(TimestampMs a, TimestampMs b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
TimestampMs Sum(TimestampMs a, int64_t b) {
  return static_cast<TimestampMs>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

/// Finds, row by row, the longest stretch that one mode describes.
class Encoder {
 public:
  Encoder(std::span<const TimestampMs> times, std::span<const TimestampMs> starts)
      : times_(times), starts_(starts), last_known_(times.front()) {}

  void Encode(std::string* out) {
    for (size_t row = 0; row < starts_.size();) {
      StartMode best = StartMode::kSame;
      size_t rows = 1;
      if (starts_[row] == kNoStart) {
        best = StartMode::kNone;
        rows = Length(row, best);
      } else {
        for (const StartMode mode :
             {StartMode::kSame, StartMode::kBeforeRow, StartMode::kAfterLast}) {
          const size_t length = Length(row, mode);
          if (mode != StartMode::kSame && length <= rows) continue;
          best = mode;
          rows = length;
        }
      }
      Put(row, rows, best, out);
      row += rows;
    }
  }

 private:
  /// What stays the same along a stretch of `mode`. REQUIRES: `row` > 0 for kAfterLast.
  int64_t Measure(size_t row, StartMode mode) const {
    switch (mode) {
      case StartMode::kNone:
      case StartMode::kSame:
        break;
      case StartMode::kBeforeRow:
        return Difference(times_[row], starts_[row]);
      case StartMode::kAfterLast:
        return Difference(starts_[row], times_[row - 1]);
    }
    return starts_[row];
  }

  size_t Length(size_t row, StartMode mode) const {
    if (row == 0 && mode == StartMode::kAfterLast) return 0;
    const int64_t measure = Measure(row, mode);
    size_t end = row + 1;
    const bool none = mode == StartMode::kNone;
    while (end < starts_.size() && (starts_[end] == kNoStart) == none &&
           Measure(end, mode) == measure) {
      ++end;
    }
    return end - row;
  }

  void Put(size_t row, size_t rows, StartMode mode, std::string* out) {
    PutVarint(out, (rows - 1) * kModes + static_cast<uint64_t>(mode));
    if (mode == StartMode::kNone) return;
    if (mode == StartMode::kSame) {
      PutSignedVarint(out, Difference(starts_[row], last_known_));
    } else {
      PutSignedVarint(out, Measure(row, mode));
    }
    last_known_ = starts_[row + rows - 1];
  }

  std::span<const TimestampMs> times_;
  std::span<const TimestampMs> starts_;
  TimestampMs last_known_;
};

}  // namespace

TimestampMs StartsView::At(size_t row) const {
  const auto next = After(row);
  return next == runs_.begin() ? kNoStart : std::prev(next)->start_ms;
}

void StartsView::CopyTo(size_t begin, size_t end, TimestampMs* out) const {
  ForEach(begin, end, [&](size_t first, size_t last, TimestampMs start_ms) {
    std::fill(out + (first - begin), out + (last - begin), start_ms);
  });
}

void StartColumn::SetFrom(size_t row, TimestampMs start_ms) {
  if (!runs_.empty() && runs_.back().row == row) runs_.pop_back();
  const TimestampMs before = runs_.empty() ? kNoStart : runs_.back().start_ms;
  if (start_ms != before) runs_.push_back({row, start_ms});
}

void StartColumn::EraseFront(size_t rows) {
  if (rows == 0 || runs_.empty()) return;
  const auto behind = std::partition_point(runs_.begin(), runs_.end(),
                                           [&](const StartRun& run) { return run.row <= rows; });
  const auto kept = behind == runs_.begin() ? behind : std::prev(behind);
  runs_.erase(runs_.begin(), kept);
  for (StartRun& run : runs_) run.row -= std::min(run.row, rows);
  if (!runs_.empty() && runs_.front().start_ms == kNoStart) runs_.erase(runs_.begin());
}

void PutStarts(std::span<const TimestampMs> times, const StartsView& starts, std::string* out) {
  if (starts.empty()) return;
  std::vector<TimestampMs> rows(times.size());
  starts.CopyTo(0, rows.size(), rows.data());
  if (std::all_of(rows.begin(), rows.end(), [](TimestampMs s) { return s == kNoStart; })) return;
  Encoder(times, rows).Encode(out);
}

bool GetStartStretch(std::string_view* in, uint64_t* rows, StartMode* mode, int64_t* value) {
  uint64_t head = 0;
  if (!GetVarint(in, &head)) return false;
  *rows = head / kModes + 1;
  *mode = static_cast<StartMode>(head % kModes);
  *value = 0;
  return *mode == StartMode::kNone || GetSignedVarint(in, value);
}

bool GetStarts(std::string_view in, const TimesView& times, StartColumn* out) {
  out->clear();
  if (times.empty()) return in.empty();
  TimestampMs last_known = times.front();
  for (size_t row = 0; row < times.size();) {
    uint64_t rows = 0;
    StartMode mode = StartMode::kNone;
    int64_t value = 0;
    if (!GetStartStretch(&in, &rows, &mode, &value) || rows > times.size() - row) return false;
    if (row == 0 && mode == StartMode::kAfterLast) return false;
    const size_t end = row + static_cast<size_t>(rows);
    switch (mode) {
      case StartMode::kNone:
        out->SetFrom(row, kNoStart);
        break;
      case StartMode::kSame:
        out->SetFrom(row, last_known = Sum(last_known, value));
        break;
      case StartMode::kBeforeRow:
      case StartMode::kAfterLast:
        for (size_t i = row; i < end; ++i) {
          last_known = mode == StartMode::kBeforeRow ? Difference(times[i], value)
                                                     : Sum(times[i - 1], value);
          out->SetFrom(i, last_known);
        }
        break;
    }
    row = end;
  }
  return in.empty();
}

}  // namespace silverback
