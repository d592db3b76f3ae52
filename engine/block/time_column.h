// Timestamps of rows in a quarter of the room of an array of them. A scrape comes every so many milliseconds, more or less, so the
// time of a row is that of the first, plus so many intervals, plus a residual of two bytes; of four or eight where two are too few.
// That is the formula of a timeline (docs/format/timeline.md): half a year of twelve targets is 25 instead of 102 MB in memory, and
// any row's time is there without decoding.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <span>
#include <variant>
#include <vector>

#include "engine/base/types.h"

namespace silverback {

/// Borrowed timestamps: of a TimeColumn, or an array. What a span is to an array; copies are cheap. The elements are values, not
/// references. Valid as long as what it borrows from.
class TimesView {
 public:
  TimesView() = default;
  /// Of an array (residuals of eight bytes to nothing).
  TimesView(std::span<const TimestampMs> times)  // NOLINT(google-explicit-constructor): as spans do
      : rows_(times.data()), size_(times.size()), width_(sizeof(int64_t)) {}
  TimesView(const std::vector<TimestampMs>& times)  // NOLINT(google-explicit-constructor)
      : TimesView(std::span<const TimestampMs>(times)) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// REQUIRES: row < size().
  TimestampMs operator[](size_t row) const {
    switch (width_) {
      case sizeof(int16_t):
        return At<int16_t>(row);
      case sizeof(int32_t):
        return At<int32_t>(row);
      default:
        return At<int64_t>(row);
    }
  }
  /// REQUIRES: not empty.
  TimestampMs front() const { return (*this)[0]; }
  TimestampMs back() const { return (*this)[size_ - 1]; }

  /// Rows [from, from + count). REQUIRES: from + count <= size().
  TimesView subspan(size_t from, size_t count) const;

  /// Writes all of them to `out`.
  void CopyTo(TimestampMs* out) const;
  /// Whether it borrows the very rows that `other` does.
  bool IsSame(const TimesView& other) const { return rows_ == other.rows_ && SaysAlike(other); }
  /// Whether the rows are the same, said in the same way: as fast as a comparison of memory, but it misses times that are equal
  /// and held in other residuals.
  bool IsLike(const TimesView& other) const {
    return SaysAlike(other) && (empty() || std::memcmp(rows_, other.rows_, row_bytes()) == 0);
  }
  /// The bytes of the rows as they are held.
  size_t row_bytes() const { return size_ * width_; }
  /// Copies these to `out`, and says the view of the copy. REQUIRES: room for row_bytes(), aligned for an int64.
  TimesView CopyRowsTo(void* out) const;

  /// Calls `fn(time_of)`, where `time_of(row)` is what operator[] gives, with the residuals' width settled: for loops over many rows.
  template <typename Fn>
  auto WithTimeOf(const Fn& fn) const {
    switch (width_) {
      case sizeof(int16_t):
        return fn([view = *this](size_t row) { return view.At<int16_t>(row); });
      case sizeof(int32_t):
        return fn([view = *this](size_t row) { return view.At<int32_t>(row); });
      default:
        return fn([view = *this](size_t row) { return view.At<int64_t>(row); });
    }
  }

  class Iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using iterator_concept = std::random_access_iterator_tag;
    using value_type = TimestampMs;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = TimestampMs;

    Iterator() = default;
    Iterator(const TimesView* view, difference_type row) : view_(view), row_(row) {}
    TimestampMs operator*() const { return (*view_)[static_cast<size_t>(row_)]; }
    TimestampMs operator[](difference_type n) const { return *(*this + n); }
    Iterator& operator+=(difference_type n) {
      row_ += n;
      return *this;
    }
    Iterator& operator-=(difference_type n) { return *this += -n; }
    Iterator& operator++() { return *this += 1; }
    Iterator& operator--() { return *this -= 1; }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    Iterator operator--(int) {
      Iterator before = *this;
      --*this;
      return before;
    }
    friend Iterator operator+(Iterator it, difference_type n) { return it += n; }
    friend Iterator operator+(difference_type n, Iterator it) { return it += n; }
    friend Iterator operator-(Iterator it, difference_type n) { return it -= n; }
    friend difference_type operator-(const Iterator& a, const Iterator& b) {
      return a.row_ - b.row_;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.row_ == b.row_; }
    friend auto operator<=>(const Iterator& a, const Iterator& b) { return a.row_ <=> b.row_; }

   private:
    const TimesView* view_ = nullptr;
    difference_type row_ = 0;
  };
  /// Valid as long as this view.
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, static_cast<std::ptrdiff_t>(size_)}; }

 private:
  friend class TimeColumn;

  /// Whether equal bytes of rows mean equal times.
  bool SaysAlike(const TimesView& other) const {
    return size_ == other.size_ && width_ == other.width_ && first_ms_ == other.first_ms_ &&
           interval_ms_ == other.interval_ms_;
  }

  template <typename Residual>
  TimestampMs At(size_t row) const {
    // Modulo 2^64, as the format has it.
    return static_cast<TimestampMs>(
        first_ms_ + row * interval_ms_ +
        static_cast<uint64_t>(int64_t{static_cast<const Residual*>(rows_)[row]}));
  }

  const void* rows_ = nullptr;
  size_t size_ = 0;
  uint64_t first_ms_ = 0;
  uint64_t interval_ms_ = 0;
  uint8_t width_ = sizeof(int64_t);  // of a residual, bytes
};

/// Owns timestamps, in the narrowest residuals that hold them.
class TimeColumn {
 public:
  /// Of any times; those whose distances are mostly `interval_ms` take the least room.
  TimeColumn(std::span<const TimestampMs> times, uint64_t interval_ms);

  TimesView view() const;
  size_t size() const { return view().size(); }
  size_t memory_bytes() const;

 private:
  uint64_t first_ms_ = 0;
  uint64_t interval_ms_ = 0;
  std::variant<std::vector<int16_t>, std::vector<int32_t>, std::vector<int64_t>> residuals_;
};

}  // namespace silverback
