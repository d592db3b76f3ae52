#include "query/exec/query_context.h"

#include <algorithm>

#include "engine/base/check.h"
#include "query/windows/step_rows.h"

namespace silverback::exec {

using Relation = SampleCounter::Relation;

SampleCounter::SampleCounter(SampleCounter* parent, Relation relation, const StepGrid& grid,
                             bool per_step)
    : parent_(parent), relation_(relation), grid_(grid), by_step_(false) {
  SB_CHECK_EQ(parent == nullptr, relation == Relation::kRoot);
  if (relation == Relation::kRoot) by_step_ = per_step;
  if (relation == Relation::kSameSteps) by_step_ = parent->by_step_;
  // Of the others only the totals matter.
}

SampleCounter::SampleCounter(SampleCounter* parent, const StepGrid& grid, const SubqueryUse& use)
    : parent_(parent), relation_(Relation::kSubquery), grid_(grid), by_step_(true), use_(use) {}

void SampleCounter::BeginSteps() {
  if (by_step_ && samples_.covered.by_step.empty()) samples_.CountSteps(grid_.steps());
}

void SampleCounter::Add(const QuerySamples& samples) {
  BeginSteps();
  samples_.covered.Merge(samples.covered);
  samples_.read.Merge(samples.read);
}

void SampleCounter::AddCovered(const SampleCounts& covered) {
  BeginSteps();
  samples_.covered.Merge(covered);
}

void SampleCounter::Close() {
  BeginSteps();
  if (parent_ == nullptr) return;
  parent_->BeginSteps();
  QuerySamples& parent = parent_->samples_;
  const uint64_t covered = samples_.covered.total;
  const uint64_t read = samples_.read.total;
  const size_t last_step = parent_->grid_.steps() - 1;
  switch (relation_) {
    case Relation::kRoot:
      return;
    case Relation::kEveryStep:
      for (size_t step = 0; step <= last_step; ++step) parent.covered.Add(step, covered);
      parent.read.Add(0, read);
      return;
    case Relation::kSameSteps:
      parent.covered.Merge(samples_.covered, uses_);
      parent.read.Merge(samples_.read, uses_);
      return;
    case Relation::kLastStep:
      parent.covered.Add(last_step, covered);
      parent.read.Add(last_step, read);
      return;
    case Relation::kSubquery:
      AddReadToUsers();
      return;
  }
}

// What was read at a step of the subquery counts at the first step of the parent that is not before it, if it lies within
// that step's range: with steps further apart than the range is long, some steps of the subquery lie in no range.
void SampleCounter::AddReadToUsers() {
  const StepGrid& users = parent_->grid_;
  SampleCounts& read = parent_->samples_.read;
  if (users.steps() == 1) {
    read.Add(0, samples_.read.total);
    return;
  }
  for (size_t step = 0; step < grid_.steps(); ++step) {
    const TimestampMs t = SaturatingAdd(grid_.At(step), use_.offset_ms);
    size_t user = 0;
    if (t > users.start_ms) {
      const auto after = static_cast<uint64_t>(t) - static_cast<uint64_t>(users.start_ms);
      const auto interval = static_cast<uint64_t>(users.step_ms);
      user = static_cast<size_t>(
          std::min<uint64_t>((after + interval - 1) / interval, users.steps() - 1));
    }
    if (t > SaturatingSubtract(users.At(user), use_.range_ms)) {
      read.Add(user, samples_.read.by_step[step]);
    }
  }
}

Annotations QueryContext::MergedAnnotations() const {
  Annotations all;
  for (const Annotations& annotations : annotations_) all.Merge(annotations);
  return all;
}

SampleCounter* QueryContext::NewCounter(SampleCounter* parent, SampleCounter::Relation relation,
                                        const StepGrid& grid) {
  return &counters_.emplace_back(parent, relation, grid, per_step_statistics);
}

SampleCounter* QueryContext::NewSubqueryCounter(SampleCounter* parent, const StepGrid& grid,
                                                const SampleCounter::SubqueryUse& use) {
  return &counters_.emplace_back(parent, grid, use);
}

SampleCounter* QueryContext::CloseCounters() {
  for (size_t i = counters_.size(); i > 0; --i) counters_[i - 1].Close();
  return &counters_.front();
}

}  // namespace silverback::exec
