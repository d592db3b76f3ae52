#include "engine/read/part_reader.h"

#include <map>
#include <random>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/block/block.h"
#include "engine/store/store.h"
#include "tests/support/status_checks.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

constexpr TimestampMs kStart = 1'793'491'200'000;  // 2026-11-01T00:00:00Z
constexpr TimestampMs kStepMs = 15'000;
constexpr MetricId kMetric = 7;

struct WrittenBlock {
  TimeRange time;
  std::string bytes;
};
using Blocks = std::map<SeriesId, std::vector<WrittenBlock>>;

std::string BlockOf(TimestampMs first_ms, size_t rows) {
  std::vector<TimestampMs> times;
  std::vector<double> values;
  for (size_t row = 0; row < rows; ++row) {
    times.push_back(first_ms + static_cast<TimestampMs>(row) * kStepMs);
    values.push_back(static_cast<double>(row));
  }
  return BuildBlock(times, values, {0, 0});
}

/// A part of series whose blocks are `rows()` long and lie `gap()` steps apart, and what is in it.
class PartFixture {
 public:
  template <typename Rows, typename Gap>
  PartFixture(SeriesId series, size_t blocks, const Rows& rows, const Gap& gap) {
    StoreOptions options;
    options.path = directory_.File("store");
    store_ = Value(Store::Open(options));
    NewPart spec;
    spec.partition = PartitionOf(kStart);
    spec.first_sequence = spec.last_sequence = 1;
    auto writer = Value(store_->NewPartWriter(spec));
    for (SeriesId id = 1; id <= series; ++id) {
      TimestampMs t = kStart;
      for (size_t block = 0; block < blocks; ++block) {
        t += static_cast<TimestampMs>(gap()) * kStepMs;
        const size_t count = rows();
        const TimeRange time{t, t + static_cast<TimestampMs>(count - 1) * kStepMs};
        blocks_[id].push_back({time, BlockOf(t, count)});
        REQUIRE(
            writer->AddBlock({kMetric, id, t}, time.max_ms, count, blocks_[id].back().bytes).ok());
        t = time.max_ms + kStepMs;
      }
    }
    REQUIRE(writer->AddTimeline("a timeline that nobody reads").ok());
    FinishedPart part = Value(writer->Finish());
    part_ = std::make_shared<const PartMeta>(part.meta());
    CatalogEdit edit;
    edit.new_parts.push_back(std::move(part));
    edit.sealed_through = 1;
    REQUIRE(store_->Commit(std::move(edit)).ok());
  }

  const Blocks& blocks() const { return blocks_; }
  TimeRange time() const { return part_->time; }
  PartReader NewReader() { return {part_, Value(store_->NewCursor(part_->id, {}))}; }

 private:
  const TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
  PartRef part_;
  Blocks blocks_;
};

/// Reads a range of some of the series and compares with what was written.
void CheckReads(PartFixture* part, TimeRange range, uint64_t take_one_of, std::mt19937_64* random) {
  PartReader reader = part->NewReader();
  for (const auto& [id, blocks] : part->blocks()) {
    if ((*random)() % take_one_of != 0) continue;
    CAPTURE(id, range.min_ms, range.max_ms);
    std::vector<std::string> expected;
    for (const WrittenBlock& block : blocks) {
      if (block.time.Overlaps(range)) expected.push_back(block.bytes);
    }
    std::vector<std::string> got;
    std::vector<std::pair<std::string_view, std::string>> staying;
    const auto on_block = [&](const BlockKey& key, std::string_view bytes,
                              PartReader::Lifetime lifetime) {
      REQUIRE((key.metric == kMetric && key.series == id));
      const BlockView view = Value(BlockView::Open(bytes));
      if (view.time_range().Overlaps(range)) got.emplace_back(bytes);
      if (lifetime == PartReader::Lifetime::kUntilNextRead) staying.emplace_back(bytes, bytes);
      return view.time_range().max_ms;
    };
    reader.Read({kMetric, id}, range, on_block,
                [](TimeRange, const std::string& reason) { FAIL(reason); });
    REQUIRE(got == expected);
    for (const auto& [bytes, copy] : staying) REQUIRE(bytes == copy);
  }
}

void CheckManyReads(PartFixture* part, uint64_t seed) {
  std::mt19937_64 random(seed);
  const TimeRange all = part->time();
  const auto length = static_cast<uint64_t>(all.max_ms - all.min_ms);
  CheckReads(part, all, 1, &random);
  CheckReads(part, TimeRange{}, 1, &random);
  for (int round = 0; round < 200; ++round) {
    const auto from =
        all.min_ms - 100'000 + static_cast<TimestampMs>(random() % (length + 200'000));
    const auto size = static_cast<TimestampMs>(random() % (round % 2 == 0 ? 200'000 : length));
    CheckReads(part, {from, from + size}, 1 + random() % 3, &random);
  }
}

TEST_CASE("a part's reader hands over what overlaps the range, whatever the blocks' lengths") {
  std::mt19937_64 random(1);
  SECTION("one block a series") {
    PartFixture part(
        40, 1, [] { return 100; }, [] { return 0; });
    CheckManyReads(&part, 2);
  }
  SECTION("many of the same length, without gaps") {
    PartFixture part(
        12, 30, [] { return 50; }, [] { return 0; });
    CheckManyReads(&part, 3);
  }
  SECTION("of any length, with gaps") {
    PartFixture part(
        12, 30, [&] { return 1 + (random() % 4 == 0 ? random() % 400 : random() % 10); },
        [&] { return random() % 3 == 0 ? random() % 300 : 0; });
    CheckManyReads(&part, 4);
  }
}

TEST_CASE("series that begin late or end early are read to where they reach") {
  SeriesId series = 0;
  size_t block = 0;
  // Every other series begins where its neighbour ends.
  PartFixture part(
      20, 10, [] { return 40; },
      [&] {
        if (block++ % 10 == 0) return series++ % 2 == 0 ? 0 : 10 * 40;
        return 0;
      });
  CheckManyReads(&part, 5);
}

}  // namespace
}  // namespace silverback
