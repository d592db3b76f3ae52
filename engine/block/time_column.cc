#include "engine/block/time_column.h"

#include <algorithm>
#include <limits>

#include "engine/base/check.h"

namespace silverback {

TimesView TimesView::subspan(size_t from, size_t count) const {
  SB_DCHECK_LE(from, size_);
  SB_DCHECK_LE(count, size_ - from);
  TimesView part = *this;
  part.rows_ = static_cast<const char*>(rows_) + from * width_;
  part.size_ = count;
  part.first_ms_ += from * interval_ms_;
  return part;
}

void TimesView::CopyTo(TimestampMs* out) const {
  WithTimeOf([&](auto time_of) {
    for (size_t row = 0; row < size_; ++row) out[row] = time_of(row);
  });
}

TimesView TimesView::CopyRowsTo(void* out) const {
  TimesView copy = *this;
  if (!empty()) std::memcpy(out, rows_, row_bytes());
  copy.rows_ = out;
  return copy;
}

TimeColumn::TimeColumn(std::span<const TimestampMs> times, uint64_t interval_ms)
    : first_ms_(times.empty() ? 0 : static_cast<uint64_t>(times.front())),
      interval_ms_(interval_ms) {
  const auto residual_of = [&](size_t row) {
    return static_cast<int64_t>(static_cast<uint64_t>(times[row]) - first_ms_ - row * interval_ms_);
  };
  int64_t least = 0;
  int64_t most = 0;
  for (size_t row = 0; row < times.size(); ++row) {
    least = std::min(least, residual_of(row));
    most = std::max(most, residual_of(row));
  }
  const auto fill = [&]<typename Residual>(Residual) {
    auto& residuals = residuals_.emplace<std::vector<Residual>>(times.size());
    for (size_t row = 0; row < times.size(); ++row) {
      residuals[row] = static_cast<Residual>(residual_of(row));
    }
  };
  const auto holds = [&]<typename Residual>(Residual) {
    return least >= std::numeric_limits<Residual>::min() &&
           most <= std::numeric_limits<Residual>::max();
  };
  if (holds(int16_t{})) {
    fill(int16_t{});
  } else if (holds(int32_t{})) {
    fill(int32_t{});
  } else {
    fill(int64_t{});
  }
}

TimesView TimeColumn::view() const {
  TimesView view;
  std::visit(
      [&](const auto& residuals) {
        view.rows_ = residuals.data();
        view.size_ = residuals.size();
        view.width_ = sizeof(residuals[0]);
      },
      residuals_);
  view.first_ms_ = first_ms_;
  view.interval_ms_ = interval_ms_;
  return view;
}

size_t TimeColumn::memory_bytes() const {
  const size_t residuals = std::visit(
      [](const auto& column) { return column.capacity() * sizeof(column[0]); }, residuals_);
  return sizeof(*this) + residuals;
}

}  // namespace silverback
