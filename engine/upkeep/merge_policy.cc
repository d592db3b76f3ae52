#include "engine/upkeep/merge_policy.h"

#include <algorithm>
#include <map>
#include <span>

#include "engine/store/calendar.h"

namespace silverback {
namespace {

/// Neighbours that one merge of an open month takes.
constexpr size_t kFanIn = 8;
constexpr size_t kFanInMax = 32;
/// Above this many units an open month is merged although its blocks are long already: every part
/// costs each query an iterator.
constexpr size_t kUnitsMax = 32;
/// Blocks with fewer rows than this on average gain from a merge.
constexpr uint64_t kShortBlockRows = 2048;
/// In a month that is over, newcomers are merged with the largest part when they are more than this
/// share of it.
constexpr uint64_t kNewcomerShare = 4;

/// A month that is over may stay in so many units if each has long blocks: one part instead of two is
/// not worth writing all of it again.
constexpr size_t kFinalUnits = 2;
/// Times that two parts share are a border up to this share of the shorter one.
constexpr uint64_t kBorderShare = 4;

/// The parts of one sequence range, which can only be merged together: those of one seal in one
/// month, or one merged part.
struct Unit {
  std::vector<PartRef> parts;
  uint64_t samples = 0;
  uint64_t blocks = 0;
  TimeRange time{kMaxTimestampMs, kMinTimestampMs};
  bool damaged = false;
};

void Widen(TimeRange* range, const TimeRange& other) {
  range->min_ms = std::min(range->min_ms, other.min_ms);
  range->max_ms = std::max(range->max_ms, other.max_ms);
}

uint64_t SpanOf(const TimeRange& range) {
  return static_cast<uint64_t>(range.max_ms) - static_cast<uint64_t>(range.min_ms);
}

/// Units in order of sequence. Parts whose sequences overlap are one unit.
std::vector<Unit> UnitsOf(const std::vector<PartRef>& parts, const MergePolicy& policy) {
  std::vector<PartRef> sorted = parts;
  std::sort(sorted.begin(), sorted.end(), [](const PartRef& a, const PartRef& b) {
    return a->first_sequence < b->first_sequence;
  });
  std::vector<Unit> units;
  Sequence last = 0;
  for (const PartRef& part : sorted) {
    if (units.empty() || part->first_sequence > last) units.emplace_back();
    Unit& unit = units.back();
    unit.parts.push_back(part);
    unit.samples += part->samples;
    unit.blocks += part->blocks;
    unit.damaged = unit.damaged || policy.damaged.contains(part->id);
    Widen(&unit.time, part->time);
    last = std::max(last, part->last_sequence);
  }
  return units;
}

/// Whether a part made of `units` would span too much: more than allowed, and more than one of them
/// spans already.
bool TooWide(std::span<const Unit> units, const MergePolicy& policy) {
  if (policy.span_max_ms <= 0) return false;
  TimeRange all{kMaxTimestampMs, kMinTimestampMs};
  uint64_t widest = static_cast<uint64_t>(policy.span_max_ms);
  for (const Unit& unit : units) {
    Widen(&all, unit.time);
    widest = std::max(widest, SpanOf(unit.time));
  }
  return SpanOf(all) > widest;
}

MergePlan PlanOf(std::span<const Unit> units) {
  MergePlan plan;
  plan.kind = PartKind::kLate;
  for (const Unit& unit : units) {
    for (const PartRef& part : unit.parts) {
      plan.inputs.push_back(part);
      if (part->kind == PartKind::kInOrder) plan.kind = PartKind::kInOrder;
    }
  }
  return plan;
}

size_t PartsIn(std::span<const Unit> units) {
  size_t parts = 0;
  for (const Unit& unit : units) parts += unit.parts.size();
  return parts;
}

/// The longest run of units from the first on that may be one part.
size_t WidestRun(std::span<const Unit> units, const MergePolicy& policy) {
  size_t count = 1;
  while (count < units.size() && !TooWide(units.first(count + 1), policy)) ++count;
  return count;
}

bool HasLongBlocks(const Unit& unit) {
  return unit.samples >= kShortBlockRows * unit.blocks;
}

/// Whether two units share more than a border: a seal takes some series a request further than others.
bool Overlap(const Unit& a, const Unit& b) {
  const TimestampMs begin = std::max(a.time.min_ms, b.time.min_ms);
  const TimestampMs end = std::min(a.time.max_ms, b.time.max_ms);
  return begin <= end &&
         SpanOf({begin, end}) > std::min(SpanOf(a.time), SpanOf(b.time)) / kBorderShare;
}

/// Whether nobody would be served by a merge: few parts, blocks that are long already, and hardly a
/// time for which two of them have samples.
bool IsInGoodShape(std::span<const Unit> units) {
  if (units.size() > kFinalUnits || PartsIn(units) > units.size()) return false;
  if (!std::all_of(units.begin(), units.end(), HasLongBlocks)) return false;
  for (size_t i = 1; i < units.size(); ++i) {
    if (Overlap(units[i - 1], units[i])) return false;
  }
  return true;
}

bool WorthFinishing(std::span<const Unit> units, const MergePolicy& policy) {
  if (IsInGoodShape(units)) return false;
  if (policy.final_shape) return true;
  uint64_t total = 0;
  uint64_t largest = 0;
  for (const Unit& unit : units) {
    total += unit.samples;
    largest = std::max(largest, unit.samples);
  }
  return (total - largest) * kNewcomerShare >= largest;
}

/// An open month: neighbours of similar size, the newest first (they are the smallest).
std::optional<MergePlan> PickSimilar(std::span<const Unit> units, const MergePolicy& policy) {
  if (units.size() < kFanIn) return std::nullopt;
  for (size_t begin = units.size() - kFanIn + 1; begin-- > 0;) {
    std::span<const Unit> best;
    uint64_t samples = 0;
    uint64_t blocks = 0;
    uint64_t largest = 0;
    for (size_t end = begin; end < units.size() && end - begin < kFanInMax; ++end) {
      samples += units[end].samples;
      blocks += units[end].blocks;
      largest = std::max(largest, units[end].samples);
      const std::span<const Unit> run = units.subspan(begin, end + 1 - begin);
      if (TooWide(run, policy)) break;
      if (run.size() >= kFanIn && largest * 4 <= samples) best = run;
    }
    const bool gains = samples < kShortBlockRows * blocks || units.size() > kUnitsMax;
    if (!best.empty() && gains) return PlanOf(best);
  }
  return std::nullopt;
}

/// A month that is over: as few parts as the span allows.
std::optional<MergePlan> PickFinal(std::span<const Unit> units, const MergePolicy& policy) {
  while (!units.empty()) {
    const size_t count = WidestRun(units, policy);
    const std::span<const Unit> run = units.first(count);
    if (PartsIn(run) > 1) {
      if (WorthFinishing(run, policy)) return PlanOf(run);
      if (auto plan = PickSimilar(run, policy); plan.has_value()) return plan;
    }
    units = units.subspan(count);
  }
  return std::nullopt;
}

bool IsOver(Partition partition, const MergePolicy& policy) {
  const TimestampMs end_ms = RangeOf(partition).max_ms;
  return end_ms <= kMaxTimestampMs - policy.grace_ms && end_ms + policy.grace_ms < policy.newest_ms;
}

}  // namespace

std::optional<MergePlan> PickMerge(const std::vector<PartRef>& parts, const MergePolicy& policy) {
  std::map<Partition, std::vector<PartRef>> months;
  for (const PartRef& part : parts) months[part->partition].push_back(part);
  for (const auto& [partition, members] : months) {
    const bool over = policy.final_shape || IsOver(partition, policy);
    const std::vector<Unit> units = UnitsOf(members, policy);
    for (std::span<const Unit> rest = units; !rest.empty();) {
      const auto damaged =
          std::find_if(rest.begin(), rest.end(), [](const Unit& unit) { return unit.damaged; });
      const auto whole = static_cast<size_t>(damaged - rest.begin());
      auto plan =
          over ? PickFinal(rest.first(whole), policy) : PickSimilar(rest.first(whole), policy);
      if (plan.has_value()) return plan;
      rest = rest.subspan(std::min(whole + 1, rest.size()));
    }
  }
  return std::nullopt;
}

}  // namespace silverback
