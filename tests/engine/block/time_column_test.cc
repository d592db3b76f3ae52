#include "engine/block/time_column.h"

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

using Times = std::vector<TimestampMs>;

/// `rows` times, `interval` apart more or less, with a hole of `hole` in the middle.
Times SomeTimes(size_t rows, int64_t interval, int64_t jitter, int64_t hole, uint64_t seed) {
  std::mt19937_64 random(seed);
  Times times;
  int64_t t = 1'700'000'000'000;
  for (size_t row = 0; row < rows; ++row) {
    const auto late = static_cast<int64_t>(random() % static_cast<uint64_t>(jitter + 1));
    times.push_back(t + late);
    t += interval + (row == rows / 2 ? hole : 0);
  }
  return times;
}

void CheckView(const TimesView& view, const Times& times) {
  REQUIRE(view.size() == times.size());
  CHECK(view.empty() == times.empty());
  CHECK(std::equal(view.begin(), view.end(), times.begin(), times.end()));
  Times copy(times.size());
  view.CopyTo(copy.data());
  CHECK(copy == times);
  std::vector<uint64_t> rows(times.size() + 1);
  const TimesView kept = view.CopyRowsTo(rows.data());
  CHECK(std::equal(kept.begin(), kept.end(), times.begin(), times.end()));
  CHECK(kept.IsLike(view));
  CHECK_FALSE(kept.IsSame(view));
  view.WithTimeOf([&](auto time_of) {
    for (size_t row = 0; row < times.size(); ++row) CHECK(time_of(row) == times[row]);
  });
  if (times.empty()) return;
  CHECK(view.front() == times.front());
  CHECK(view.back() == times.back());
  CHECK_FALSE(view.subspan(0, times.size() - 1).IsLike(view));
}

void CheckColumn(const Times& times, uint64_t interval_ms, size_t residual_bytes) {
  const TimeColumn column(times, interval_ms);
  CheckView(column.view(), times);
  CHECK(column.size() == times.size());
  CHECK(column.memory_bytes() == sizeof(TimeColumn) + times.size() * residual_bytes);
  for (const size_t from : {size_t{0}, times.size() / 3, times.size()}) {
    const size_t count = (times.size() - from) / 2;
    const auto begin = times.begin() + static_cast<ptrdiff_t>(from);
    CheckView(column.view().subspan(from, count),
              Times(begin, begin + static_cast<ptrdiff_t>(count)));
  }
}

}  // namespace

TEST_CASE("a time column gives back its times, in residuals as narrow as they can be") {
  CheckColumn({}, 0, 2);
  CheckColumn({5}, 0, 2);
  CheckColumn(SomeTimes(1000, 15'000, 0, 0, 1), 15'000, 2);
  CheckColumn(SomeTimes(1000, 15'000, 900, 0, 2), 15'000, 2);
  CheckColumn(SomeTimes(1000, 15'000, 100, 32'000, 3), 15'000, 2);
  CheckColumn(SomeTimes(1000, 15'000, 100, 60'000, 4), 15'000, 4);
  CheckColumn(SomeTimes(1000, 15'000, 100, 20LL * 24 * 3600 * 1000, 5), 15'000, 4);
  CheckColumn(SomeTimes(1000, 15'000, 100, 30LL * 24 * 3600 * 1000, 6), 15'000, 8);
  // Times that have nothing to do with the interval, and the last residual that fits.
  CheckColumn({0, 32'767}, 0, 2);
  CheckColumn({0, 32'768}, 0, 4);
  CheckColumn({0, 1}, 32'769, 2);
  CheckColumn({0, 1}, 32'770, 4);
}

TEST_CASE("a time column holds the ends of time") {
  constexpr TimestampMs kLeast = std::numeric_limits<TimestampMs>::min();
  constexpr TimestampMs kMost = std::numeric_limits<TimestampMs>::max();
  CheckColumn({kLeast, -1, 0, 1, kMost}, 1, 8);
  // The distance is more than an int64 can say, and the residual nothing.
  CheckColumn({kLeast, kMost}, std::numeric_limits<uint64_t>::max(), 2);
}

TEST_CASE("times of an array are viewed as they are") {
  const Times times = SomeTimes(300, 60'000, 40'000, 0, 7);
  const TimesView view = times;
  CheckView(view, times);
  CHECK(view.IsSame(times));
  CHECK_FALSE(view.IsSame(Times(times)));
  CHECK_FALSE(view.IsSame(view.subspan(0, 299)));
  CHECK(view.subspan(10, 20).IsSame(view.subspan(10, 290).subspan(0, 20)));
}

TEST_CASE("views are alike only if all their times are equal") {
  const Times times = SomeTimes(500, 15'000, 900, 0, 9);
  const TimeColumn column(times, 15'000);
  for (size_t row = 0; row < times.size(); row += 7) {
    Times other = times;
    ++other[row];
    CHECK_FALSE(TimeColumn(other, 15'000).view().IsLike(column.view()));
  }
  Times later = times;
  for (TimestampMs& time : later) ++time;
  CHECK_FALSE(TimeColumn(later, 15'000).view().IsLike(column.view()));
  CHECK_FALSE(TimeColumn(times, 14'999).view().IsLike(column.view()));
  CHECK(TimeColumn(times, 15'000).view().IsLike(column.view()));
}

TEST_CASE("times of a view can be searched") {
  const Times times = SomeTimes(1000, 15'000, 14'000, 0, 8);
  const TimeColumn column(times, 15'000);
  const TimesView view = column.view();
  for (TimestampMs t = times.front() - 7'000; t < times.back() + 20'000; t += 6'101) {
    const auto wanted = std::upper_bound(times.begin(), times.end(), t) - times.begin();
    CHECK(std::upper_bound(view.begin(), view.end(), t) - view.begin() == wanted);
  }
}

}  // namespace silverback
