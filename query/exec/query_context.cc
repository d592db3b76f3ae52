#include "query/exec/query_context.h"

#include "engine/base/check.h"

namespace silverback::exec {

void SampleCounter::Add(uint64_t samples, std::span<const uint64_t> by_step) {
  total_ += samples;
  if (per_step_.empty() || by_step.empty()) return;
  SB_CHECK_EQ(by_step.size(), per_step_.size());
  for (size_t i = 0; i < by_step.size(); ++i) per_step_[i] += by_step[i];
}

void SampleCounter::Close() {
  if (parent_ == nullptr) return;
  switch (relation_) {
    case Relation::kRoot:
    case Relation::kIgnored:
      return;
    case Relation::kEveryStep:
      parent_->total_ += total_ * parent_->steps_;
      for (uint64_t& samples : parent_->per_step_) samples += total_;
      return;
    case Relation::kSameSteps:
      parent_->total_ += total_ * uses_;
      for (size_t i = 0; i < parent_->per_step_.size(); ++i) {
        parent_->per_step_[i] += per_step_[i] * uses_;
      }
      return;
    case Relation::kLastStep:
      parent_->total_ += total_;
      if (!parent_->per_step_.empty()) parent_->per_step_.back() += total_;
      return;
  }
}

Annotations QueryContext::MergedAnnotations() const {
  Annotations all;
  for (const Annotations& annotations : annotations_) all.Merge(annotations);
  return all;
}

SampleCounter* QueryContext::NewCounter(SampleCounter* parent, SampleCounter::Relation relation,
                                        size_t steps) {
  return &counters_.emplace_back(parent, relation, steps, per_step_statistics);
}

SampleCounter* QueryContext::CloseCounters() {
  for (size_t i = counters_.size(); i > 1; --i) counters_[i - 1].Close();
  return &counters_.front();
}

}  // namespace silverback::exec
