#include "engine/read/merge_runs.h"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/base/value.h"

namespace silverback {
namespace {

/// A piece with what it borrows.
struct Owned {
  std::vector<TimestampMs> times;
  std::vector<double> values;
  std::string bytes;
  BlockView view;
  StartColumn starts;
  Piece piece;
};

std::unique_ptr<Owned> MakePiece(std::vector<TimestampMs> times, std::vector<double> values,
                                 uint64_t rank, bool as_block) {
  auto owned = std::make_unique<Owned>();
  owned->times = std::move(times);
  owned->values = std::move(values);
  owned->piece.times = owned->times;
  owned->piece.rank = rank;
  if (as_block) {
    owned->bytes = BuildBlock(owned->times, owned->values, {});
    owned->view = BlockView::Open(owned->bytes).value();
    owned->piece.block = &owned->view;
  } else {
    owned->piece.values = owned->values;
  }
  return owned;
}

TEST_CASE("blocks that overlap nothing stay encoded and keep their facts") {
  const auto a = MakePiece({1, 2, 3}, {10, 20, 30}, 0, true);
  const auto b = MakePiece({4, 5}, {40, 50}, 1, true);
  RunBuilder builder;
  std::vector<Run> runs;
  builder.Build({b->piece, a->piece}, &runs);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].times().IsSame(a->times));
  CHECK(runs[0].facts() == &a->view.facts());
  CHECK(runs[1].block() == &b->view);
  CHECK(builder.memory_bytes() == 0);
}

TEST_CASE("a clipped block is a slice without facts") {
  const auto a = MakePiece({1, 2, 3, 4}, {10, 20, 30, 40}, 0, true);
  ClipPiece({2, 3}, &a->piece);
  RunBuilder builder;
  std::vector<Run> runs;
  builder.Build({a->piece}, &runs);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].facts() == nullptr);
  CHECK(runs[0].block_offset() == 1);
  REQUIRE(runs[0].size() == 2);
  CHECK(runs[0].ValueAt(0) == 20);
  ClipPiece({5, 9}, &a->piece);
  builder.Build({a->piece}, &runs);
  CHECK(runs.empty());
}

TEST_CASE("of equal times the highest rank counts, whatever the order of pieces") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::unique_ptr<Owned>> owned;
    std::vector<Piece> pieces;
    std::map<TimestampMs, double> oracle;
    std::map<TimestampMs, TimestampMs> starts;
    const uint64_t count = 1 + random() % 6;
    for (uint64_t rank = 0; rank < count; ++rank) {
      std::map<TimestampMs, double> samples;
      const auto base = static_cast<TimestampMs>(random() % 200);
      for (uint64_t i = 0; i <= random() % 40; ++i) {
        samples[base + static_cast<TimestampMs>(random() % 60)] =
            static_cast<double>(random() % 1000);
      }
      std::vector<TimestampMs> times;
      std::vector<double> values;
      StartColumn column;
      const uint64_t kinds = 1 + random() % 3;  // of start timestamps; 1: none is known
      for (const auto& [t, value] : samples) {
        column.SetFrom(times.size(), static_cast<TimestampMs>(random() % kinds));
        starts[t] = column.view().At(times.size());
        times.push_back(t);
        values.push_back(value);
        oracle[t] = value;
      }
      owned.push_back(MakePiece(times, values, rank, random() % 2 == 0));
      owned.back()->starts = column;
      owned.back()->piece.starts = owned.back()->starts.view();
      pieces.push_back(owned.back()->piece);
    }
    std::shuffle(pieces.begin(), pieces.end(), random);
    RunBuilder builder;
    std::vector<Run> runs;
    builder.Build(pieces, &runs);
    auto expected = oracle.begin();
    for (const Run& run : runs) {
      for (size_t row = 0; row < run.size(); ++row, ++expected) {
        REQUIRE(expected != oracle.end());
        REQUIRE(run.times()[row] == expected->first);
        REQUIRE(SameBits(run.ValueAt(row), expected->second));
        REQUIRE(run.starts().At(row) == starts[expected->first]);
      }
    }
    REQUIRE(expected == oracle.end());
  }
}

}  // namespace
}  // namespace silverback
