// Random series in random pieces, for property tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/value.h"
#include "engine/block/block.h"
#include "engine/read/series_reader.h"

namespace silverback {

enum class SeriesShape { kCounter, kGauge, kSteps, kWild };

/// How start timestamps come about: not at all, from restarts, from the sample before (deltas), or anyhow.
enum class StartShape { kNone, kRestarts, kDeltas, kWild };

struct SeriesOptions {
  SeriesShape shape = SeriesShape::kCounter;
  size_t samples = 1000;
  int64_t interval_ms = 15'000;
  bool irregular = false;  // jitter and gaps
  double stale_chance = 0;
  StartShape starts = StartShape::kNone;
};

/// A series' samples, and runs over them that borrow from it.
class RandomSeries {
 public:
  RandomSeries(std::mt19937_64* random, const SeriesOptions& options) : random_(random) {
    int64_t t = static_cast<int64_t>(Uniform() * 1e6);
    double value = options.shape == SeriesShape::kCounter ? 100 * Uniform() : Uniform();
    for (size_t i = 0; i < options.samples; ++i) {
      times.push_back(t);
      t += options.interval_ms;
      if (options.irregular) {
        t += static_cast<int64_t>((Uniform() - 0.5) * 0.6 *
                                  static_cast<double>(options.interval_ms));
        if (Uniform() < 0.01) t += static_cast<int64_t>(Uniform() * 40) * options.interval_ms;
      }
      value = Next(options.shape, value);
      values.push_back(Uniform() < options.stale_chance ? ValueOf(kStaleNanBits) : value);
      if (options.starts != StartShape::kNone) starts.push_back(NextStart(options));
    }
  }

  /// Cuts the samples into runs: decoded ones, whole blocks, and slices of blocks.
  void Cut(size_t max_run) {
    blocks_.clear();
    bytes_.clear();
    time_columns_.clear();
    columns_.clear();
    runs.clear();
    struct Piece {
      size_t begin, end, block_begin, block_end;
      bool encoded;
    };
    std::vector<Piece> pieces;
    for (size_t begin = 0; begin < times.size();) {
      const size_t size = 1 + static_cast<size_t>(Uniform() * static_cast<double>(max_run));
      const size_t end = std::min(times.size(), begin + size);
      Piece piece{begin, end, begin, end, Uniform() < 0.7};
      if (Uniform() < 0.4) {  // a slice: the block holds more than the run shows
        piece.block_begin = begin - std::min<size_t>(begin, static_cast<size_t>(Uniform() * 50));
        piece.block_end = std::min(times.size(), end + static_cast<size_t>(Uniform() * 50));
      }
      pieces.push_back(piece);
      begin = end;
    }
    for (const Piece& p : pieces) {
      auto& column = columns_.emplace_back(std::make_unique<StartColumn>());
      for (size_t i = p.begin; i < p.end && !starts.empty(); ++i) {
        column->SetFrom(10 + i - p.begin, starts[i]);  // the run's rows begin behind others
      }
      const StartsView run_starts = column->view().From(10);
      if (!p.encoded) {
        const TimesView run_times = TimesView(times).subspan(p.begin, p.end - p.begin);
        runs.push_back(
            Run::OfSamples(run_times, std::span(values).subspan(p.begin, p.end - p.begin))
                .WithStarts(run_starts));
        continue;
      }
      const size_t rows = p.block_end - p.block_begin;
      const auto block_times = std::span<const TimestampMs>(times).subspan(p.block_begin, rows);
      const uint64_t interval_ms =
          rows < 2 ? 0 : static_cast<uint64_t>(block_times[1] - block_times[0]);
      time_columns_.push_back(std::make_unique<TimeColumn>(block_times, interval_ms));
      const TimesView run_times =
          time_columns_.back()->view().subspan(p.begin - p.block_begin, p.end - p.begin);
      bytes_.push_back(std::make_unique<std::string>(
          BuildBlock(block_times, std::span(values).subspan(p.block_begin, rows), {})));
      auto block = BlockView::Open(*bytes_.back());
      SB_CHECK(block.ok());
      blocks_.push_back(std::make_unique<BlockView>(*block));
      const bool whole = p.block_begin == p.begin && p.block_end == p.end;
      runs.push_back(Run::OfBlock(run_times, blocks_.back().get(), p.begin - p.block_begin, whole)
                         .WithStarts(run_starts));
    }
  }

  SeriesRuns series() const { return {1, runs}; }

  std::vector<TimestampMs> times;
  std::vector<double> values;
  std::vector<TimestampMs> starts;  // none, or one a sample
  std::vector<Run> runs;

 private:
  /// Of the sample that was added last.
  TimestampMs NextStart(const SeriesOptions& options) {
    const size_t i = starts.size();
    const TimestampMs before = i == 0 ? times[0] - options.interval_ms : times[i - 1];
    switch (options.starts) {
      case StartShape::kDeltas:
        return before;
      case StartShape::kWild:
        return Uniform() < 0.2 ? kNoStart
                               : times[i] - static_cast<int64_t>(Uniform() * 40'000) + 10'000;
      default:
        break;
    }
    const TimestampMs last = i == 0 ? times[0] - 1'000'000 : starts[i - 1];
    if (Uniform() > 0.01) return last;
    return before + static_cast<int64_t>(Uniform() * static_cast<double>(options.interval_ms));
  }

  double Uniform() { return std::uniform_real_distribution<double>(0, 1)(*random_); }

  double Next(SeriesShape shape, double value) {
    switch (shape) {
      case SeriesShape::kCounter:
        return Uniform() < 0.004 ? std::floor(Uniform() * 5) : value + std::floor(Uniform() * 20);
      case SeriesShape::kGauge:
        return value + Uniform() * 2 - 1;
      case SeriesShape::kSteps:
        return Uniform() < 0.05 ? std::floor(Uniform() * 4) : value;
      case SeriesShape::kWild:
        break;
    }
    const double kind = Uniform();
    if (kind < 0.01) return std::numeric_limits<double>::infinity();
    if (kind < 0.02) return -std::numeric_limits<double>::infinity();
    if (kind < 0.06) return std::numeric_limits<double>::quiet_NaN();
    if (kind < 0.1) return 0.0;
    return (Uniform() - 0.5) * 1000;
  }

  std::mt19937_64* random_;
  std::vector<std::unique_ptr<std::string>> bytes_;
  std::vector<std::unique_ptr<BlockView>> blocks_;
  std::vector<std::unique_ptr<TimeColumn>> time_columns_;
  std::vector<std::unique_ptr<StartColumn>> columns_;
};

}  // namespace silverback
