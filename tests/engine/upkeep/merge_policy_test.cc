#include "engine/upkeep/merge_policy.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/store/calendar.h"

namespace silverback {
namespace {

constexpr TimestampMs kHour = 3600 * 1000;
constexpr TimestampMs kDay = 24 * kHour;

/// Seals every four hours, 250 series at 15 s, merged as the policy says.
class Simulation {
 public:
  Simulation() { policy.grace_ms = 8 * kHour; }

  MergePolicy policy;
  std::vector<PartRef> parts;
  uint64_t samples_written = 0;
  uint64_t samples_sealed = 0;
  size_t parts_most = 0;

  void Seal(TimestampMs from, TimestampMs to, PartKind kind = PartKind::kInOrder,
            uint64_t rows = 960) {
    Add(from, to, kind, 250, rows, sequence_ + 1, sequence_ + 100);
    sequence_ += 100;
    samples_sealed += 250 * rows;
    policy.newest_ms = std::max(policy.newest_ms, to);
    MergeAll();
    parts_most = std::max(parts_most, parts.size());
  }

  void AdvanceTo(TimestampMs newest_ms) {
    policy.newest_ms = newest_ms;
    MergeAll();
  }

  void MergeAll() {
    while (auto plan = PickMerge(parts, policy)) Merge(*plan);
  }

 private:
  void Add(TimestampMs from, TimestampMs to, PartKind kind, uint64_t series, uint64_t rows,
           Sequence first, Sequence last) {
    PartMeta part;
    part.id = ++id_;
    part.partition = PartitionOf(from);
    REQUIRE(PartitionOf(to) == part.partition);
    part.kind = kind;
    part.time = {from, to};
    part.first_sequence = first;
    part.last_sequence = last;
    part.series = series;
    part.samples = series * rows;
    part.blocks = series * ((rows + 7999) / 8000);
    samples_written += part.samples;
    parts.push_back(std::make_shared<const PartMeta>(part));
    SortBySequence(&parts);
  }

  void Merge(const MergePlan& plan) {
    REQUIRE(plan.inputs.size() > 1);
    TimeRange time{kMaxTimestampMs, kMinTimestampMs};
    Sequence first = ~Sequence{0};
    Sequence last = 0;
    uint64_t samples = 0;
    for (const PartRef& input : plan.inputs) {
      REQUIRE(input->partition == plan.inputs.front()->partition);
      time.min_ms = std::min(time.min_ms, input->time.min_ms);
      time.max_ms = std::max(time.max_ms, input->time.max_ms);
      first = std::min(first, input->first_sequence);
      last = std::max(last, input->last_sequence);
      samples += input->samples;
      std::erase(parts, input);
    }
    for (const PartRef& other : parts) {
      // Nobody else of that month has sequences between theirs.
      if (other->partition != plan.inputs.front()->partition) continue;
      REQUIRE((other->last_sequence < first || other->first_sequence > last));
    }
    Add(time.min_ms, time.max_ms, plan.kind, 250, samples / 250, first, last);
  }

  PartId id_ = 0;
  Sequence sequence_ = 0;
};

TEST_CASE("half a year of seals ends in a part a month, each sample written about three times") {
  Simulation simulation;
  const TimestampMs begin = 1'767'225'600'000;  // 2026-01-01
  for (TimestampMs t = begin; t < begin + 180 * kDay; t += 4 * kHour) {
    simulation.Seal(t, t + 4 * kHour - 1);
  }
  CHECK(simulation.parts.size() <= 5 + 40);
  CHECK(simulation.parts_most < 60);
  const double amplification = static_cast<double>(simulation.samples_written) /
                               static_cast<double>(simulation.samples_sealed);
  INFO("amplification " << amplification);
  CHECK(amplification < 3.3);
}

TEST_CASE("a short retention bounds what a part spans") {
  Simulation simulation;
  simulation.policy.span_max_ms = 36 * kHour;
  const TimestampMs begin = 1'767'225'600'000;
  for (TimestampMs t = begin; t < begin + 60 * kDay; t += 4 * kHour) {
    simulation.Seal(t, t + 4 * kHour - 1);
  }
  for (const PartRef& part : simulation.parts) {
    CHECK(part->time.max_ms - part->time.min_ms <= 36 * kHour);
  }
  simulation.policy.final_shape = true;
  simulation.MergeAll();
  for (const PartRef& part : simulation.parts) {
    CHECK(part->time.max_ms - part->time.min_ms <= 36 * kHour);
  }
}

TEST_CASE("an import into an old month does not rewrite it with every seal") {
  Simulation simulation;
  const TimestampMs begin = 1'767'225'600'000;
  simulation.Seal(begin, begin + 30 * kDay, PartKind::kInOrder, 172800);
  simulation.policy.newest_ms = begin + 100 * kDay;
  for (int i = 0; i < 200; ++i) {
    simulation.Seal(begin + i * kHour, begin + (i + 1) * kHour, PartKind::kLate, 1000);
  }
  CHECK(simulation.parts_most < 30);
  CHECK(simulation.samples_written < 5 * simulation.samples_sealed);
  simulation.policy.final_shape = true;
  simulation.MergeAll();
  CHECK(simulation.parts.size() == 1);
}

/// Seals of `days` days each in the order of time, split by the months, as of a bulk load.
void SealLargely(Simulation* simulation, TimestampMs begin, TimestampMs end, int days) {
  constexpr uint64_t kRowsADay = 5760;
  for (TimestampMs from = begin; from < end;) {
    const TimestampMs month_end = RangeOf(PartitionOf(from)).max_ms;
    const TimestampMs to = std::min({from + days * kDay - 1, month_end, end - 1});
    const auto rows = static_cast<uint64_t>((to - from) * kRowsADay / kDay) + 1;
    // Some senders are ahead of others.
    simulation->Seal(from, std::min(to + 16 * kHour, month_end), PartKind::kInOrder, rows);
    from = to + 1;
  }
}

TEST_CASE("seals of weeks are not written again to make one part out of two") {
  Simulation simulation;
  const TimestampMs begin = 1'767'225'600'000;  // 2026-01-01
  SealLargely(&simulation, begin, begin + 181 * kDay, 16);
  CHECK(simulation.samples_written == simulation.samples_sealed);
  CHECK(simulation.parts.size() == 12);
  simulation.policy.final_shape = true;
  simulation.MergeAll();
  CHECK(simulation.samples_written == simulation.samples_sealed);
}

TEST_CASE("two parts of a month that is over become one if a query has to bring them together") {
  Simulation simulation;
  const TimestampMs begin = 1'767'225'600'000;
  simulation.Seal(begin, begin + 20 * kDay, PartKind::kInOrder, 20 * 5760);
  simulation.Seal(begin + 15 * kDay, begin + 30 * kDay, PartKind::kInOrder, 15 * 5760);
  CHECK(simulation.parts.size() == 2);
  simulation.AdvanceTo(begin + 40 * kDay);
  CHECK(simulation.parts.size() == 1);
}

TEST_CASE("more than two parts of a month that is over become one") {
  Simulation simulation;
  const TimestampMs begin = 1'767'225'600'000;
  SealLargely(&simulation, begin, begin + 31 * kDay, 11);
  CHECK(simulation.parts.size() == 3);
  simulation.AdvanceTo(begin + 40 * kDay);
  CHECK(simulation.parts.size() == 1);
}

TEST_CASE("nothing is merged across a damaged part") {
  Simulation simulation;
  const TimestampMs begin = 1'767'225'600'000;
  for (int i = 0; i < 7; ++i) simulation.Seal(begin + i * kHour, begin + i * kHour + 1);
  simulation.policy.damaged.insert(simulation.parts[3]->id);
  simulation.policy.final_shape = true;
  simulation.MergeAll();
  CHECK(simulation.parts.size() == 3);
}

}  // namespace
}  // namespace silverback
