#include "engine/block/starts.h"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/block/block.h"
#include "engine/block/histogram_block.h"

namespace silverback {
namespace {

using Times = std::vector<TimestampMs>;

StartColumn ColumnOf(const Times& starts) {
  StartColumn column;
  for (size_t row = 0; row < starts.size(); ++row) column.SetFrom(row, starts[row]);
  return column;
}

Times RowsOf(const StartsView& view, size_t rows) {
  Times out(rows);
  view.CopyTo(0, rows, out.data());
  for (size_t row = 0; row < rows; ++row) REQUIRE(view.At(row) == out[row]);
  return out;
}

/// Times a scrape interval apart, with jitter of up to `jitter_ms`.
Times MakeTimes(std::mt19937_64* random, size_t rows, int64_t jitter_ms) {
  Times times;
  TimestampMs t = 1'700'000'000'000;
  for (size_t i = 0; i < rows; ++i) {
    times.push_back(t + static_cast<int64_t>((*random)() % static_cast<uint64_t>(jitter_ms + 1)));
    t += 15'000;
  }
  return times;
}

/// Start timestamps as senders have them, and as they should not.
Times MakeStarts(std::mt19937_64* random, const Times& times, uint64_t shape) {
  Times starts(times.size(), kNoStart);
  TimestampMs start = times.front() - 86'400'000;
  for (size_t i = 0; i < times.size(); ++i) {
    switch (shape) {
      case 0:  // none
        break;
      case 1:  // a counter that restarts now and then
        if ((*random)() % 100 == 0)
          start = times[i] - 1 - static_cast<int64_t>((*random)() % 9'000);
        starts[i] = start;
        break;
      case 2:  // a delta from the time before
        starts[i] = i == 0 ? times[0] - 15'000 : times[i - 1];
        break;
      case 3:  // a delta of fixed length
        starts[i] = times[i] - 14'999;
        break;
      case 4:  // known now and then
        if ((*random)() % 3 != 0) starts[i] = start;
        break;
      default:  // anything
        starts[i] = static_cast<TimestampMs>((*random)() >> ((*random)() % 64));
    }
  }
  return starts;
}

TEST_CASE("start timestamps of every shape come back as they went in") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 400; ++round) {
    const uint64_t shape = static_cast<uint64_t>(round) % 6;
    const size_t rows = 1 + random() % (round % 10 == 0 ? 8192 : 300);
    CAPTURE(shape, rows);
    const Times times = MakeTimes(&random, rows, round % 2 == 0 ? 0 : 20);
    const Times starts = MakeStarts(&random, times, shape);
    const StartColumn column = ColumnOf(starts);
    CHECK(RowsOf(column.view(), rows) == starts);
    std::string bytes;
    PutStarts(times, column.view(), &bytes);
    if (shape == 0) CHECK(bytes.empty());
    StartColumn read;
    read.SetFrom(3, 7);  // is replaced
    REQUIRE((bytes.empty() || GetStarts(bytes, times, &read)));
    if (bytes.empty()) read.clear();
    CHECK(RowsOf(read.view(), rows) == starts);
    std::string again;
    PutStarts(times, read.view(), &again);
    CHECK(again == bytes);
  }
}

TEST_CASE("what most series have costs a few bytes a block") {
  std::mt19937_64 random(1);
  const Times times = MakeTimes(&random, 8192, 20);
  const auto bytes_of = [&](const Times& starts) {
    std::string bytes;
    PutStarts(times, ColumnOf(starts).view(), &bytes);
    return bytes.size();
  };
  CHECK(bytes_of(Times(times.size(), kNoStart)) == 0);
  CHECK(bytes_of(Times(times.size(), times.front() - 86'400'000)) <= 8);
  CHECK(bytes_of(MakeStarts(&random, times, 2)) <= 12);
  CHECK(bytes_of(MakeStarts(&random, times, 3)) <= 8);
  const auto with = [&](const StartsView& starts) {
    return BuildBlock(times, std::vector<double>(times.size(), 1), {}, starts).size();
  };
  CHECK(with({}) == with(ColumnOf(Times(times.size(), kNoStart)).view()));
  CHECK(with(ColumnOf(Times(times.size(), 5)).view()) <= with({}) + 12);
}

TEST_CASE("malformed start timestamps are refused, whatever they are") {
  std::mt19937_64 random(2);
  const Times times = MakeTimes(&random, 100, 20);
  StartColumn read;
  for (uint64_t shape = 1; shape < 6; ++shape) {
    std::string whole;
    PutStarts(times, ColumnOf(MakeStarts(&random, times, shape)).view(), &whole);
    for (size_t size = 0; size < whole.size(); ++size) {
      CHECK_FALSE(GetStarts(std::string_view(whole).substr(0, size), times, &read));
    }
    CHECK_FALSE(GetStarts(whole + "\x01", times, &read));
    for (int round = 0; round < 2'000; ++round) {
      std::string bad = whole;
      bad[random() % bad.size()] = static_cast<char>(random());
      if (GetStarts(bad, times, &read)) CHECK(read.runs().size() <= times.size());
    }
  }
  // The first row has no row before it.
  const std::string chained("\x03\x00", 2);
  CHECK_FALSE(GetStarts(chained, std::span(times).first(1), &read));
}

TEST_CASE("views and columns are cut, joined and shortened row by row") {
  const uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    Times oracle;
    StartColumn column;
    for (uint64_t piece = random() % 5; piece > 0; --piece) {
      Times rows(random() % 9);
      for (TimestampMs& start : rows) start = static_cast<TimestampMs>(random() % 3);
      const StartColumn other = ColumnOf(rows);
      const size_t begin = random() % (rows.size() + 1);
      const size_t end = begin + random() % (rows.size() + 1 - begin);
      column.Append(other.view(), begin, end, oracle.size());
      oracle.insert(oracle.end(), rows.begin() + static_cast<ptrdiff_t>(begin),
                    rows.begin() + static_cast<ptrdiff_t>(end));
      CHECK(RowsOf(column.view(), oracle.size()) == oracle);
      const size_t gone = random() % (oracle.size() + 1);
      CHECK(RowsOf(column.view().From(gone), oracle.size() - gone) ==
            Times(oracle.begin() + static_cast<ptrdiff_t>(gone), oracle.end()));
      if (random() % 2 == 0) continue;
      column.EraseFront(gone);
      oracle.erase(oracle.begin(), oracle.begin() + static_cast<ptrdiff_t>(gone));
      CHECK(RowsOf(column.view(), oracle.size()) == oracle);
    }
    size_t next = 0;
    column.view().ForEach(0, oracle.size(), [&](size_t first, size_t last, TimestampMs start) {
      CHECK(first == next);
      CHECK(first < last);
      for (size_t row = first; row < last; ++row) CHECK(oracle[row] == start);
      next = last;
    });
    CHECK(next == oracle.size());
  }
}

TEST_CASE("blocks of both kinds keep start timestamps, on their way into another part too") {
  std::mt19937_64 random(3);
  for (uint64_t shape = 1; shape < 6; ++shape) {
    CAPTURE(shape);
    const Times times = MakeTimes(&random, 1500, 20);
    const Times starts = MakeStarts(&random, times, shape);
    const StartColumn column = ColumnOf(starts);
    StartColumn read;

    const std::vector<double> values(times.size(), 2);
    const std::string floats =
        *RebindBlock(BuildBlock(times, values, {1, 2}, column.view()), {3, 4});
    const auto view = BlockView::Open(floats);
    REQUIRE(view.ok());
    REQUIRE(view->has_starts());
    CHECK(view->timeline() == TimelineRef{3, 4});
    CHECK(view->ValueAt(1499) == 2);
    REQUIRE(view->DecodeStarts(times, &read).ok());
    CHECK(RowsOf(read.view(), times.size()) == starts);

    const std::vector<NativeHistogram> rows(times.size());
    const std::string histograms =
        *RebindBlock(BuildHistogramBlock(times, rows, {1, 2}, column.view()), {3, 4});
    const auto histogram_view = HistogramBlockView::Open(histograms);
    REQUIRE(histogram_view.ok());
    REQUIRE(histogram_view->DecodeStarts(times, &read).ok());
    CHECK(RowsOf(read.view(), times.size()) == starts);

    for (const std::string& block : {floats, histograms}) {
      std::string bad = block;
      bad.back() = static_cast<char>(bad.back() ^ 1);  // the last byte is one of theirs
      CHECK_FALSE(RebindBlock(bad, {3, 4}).ok());
    }
  }
}

}  // namespace
}  // namespace silverback
