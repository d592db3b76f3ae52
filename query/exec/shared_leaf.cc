#include "query/exec/shared_leaf.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "engine/base/check.h"

namespace silverback::exec {

// The leaf and the columns that not all readers have taken yet.
class SharedLeaf {
 public:
  SharedLeaf(Budget* budget, OperatorPtr leaf, SampleCounter* counter)
      : leaf_(std::move(leaf)), counter_(counter), share_(budget) {}

  size_t AddReader() {
    counter_->AddUse();
    taken_.push_back(0);
    return taken_.size() - 1;
  }

  // Opens the leaf once; all readers get the same answer.
  const Status& Open() {
    if (opened_) return open_status_;
    opened_ = true;
    open_status_ = leaf_->Open();
    return open_status_;
  }

  // Whether the columns of all series, if it comes to the worst, fit into a small part of the budget.
  bool Fits(const Budget& budget) const {
    const uint64_t column_bytes = leaf_->steps() * (sizeof(double) + 1) + sizeof(SeriesColumn);
    return leaf_->series().size() <= budget.memory_limit() / 8 / column_bytes;
  }

  StatusOr<bool> Next(size_t reader, SeriesColumn* out) {
    if (taken_[reader] == first_ + columns_.size()) {
      SeriesColumn column;
      ASSIGN_OR_RETURN(const bool more, leaf_->Next(&column));
      if (!more) return false;
      RETURN_IF_ERROR(ChargeColumn(column.column, &share_));
      columns_.push_back(std::move(column));
    }
    const size_t place = taken_[reader]++ - first_;
    if (*std::min_element(taken_.begin(), taken_.end()) > first_) {
      SB_DCHECK_EQ(place, size_t{0});
      *out = std::move(columns_.front());
      columns_.pop_front();
      ++first_;
      if (columns_.empty()) share_.Clear();
    } else {
      *out = columns_[place];
    }
    return true;
  }

  const Operator& leaf() const { return *leaf_; }

 private:
  OperatorPtr leaf_;
  SampleCounter* counter_;
  BudgetShare share_;
  bool opened_ = false;
  Status open_status_;
  std::deque<SeriesColumn> columns_;
  size_t first_ = 0;           // columns that are gone
  std::vector<size_t> taken_;  // by reader
};

namespace {

class SharedReader : public Operator {
 public:
  SharedReader(QueryContext* query, const StepGrid& grid, std::shared_ptr<SharedLeaf> shared,
               SampleCounter* counter, LeafFactory new_leaf)
      : Operator(query, grid),
        shared_(std::move(shared)),
        reader_(shared_->AddReader()),
        counter_(counter),
        new_leaf_(std::move(new_leaf)) {}

  Status Open() override {
    RETURN_IF_ERROR(shared_->Open());
    if (!shared_->Fits(*budget())) {
      own_ = new_leaf_(counter_);
      RETURN_IF_ERROR(own_->Open());
    }
    series_ = own_ != nullptr ? own_->series() : shared_->leaf().series();
    return absl::OkStatus();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    return own_ != nullptr ? own_->Next(out) : shared_->Next(reader_, out);
  }

  bool ascending() const override {
    return own_ != nullptr ? own_->ascending() : shared_->leaf().ascending();
  }

 private:
  std::shared_ptr<SharedLeaf> shared_;
  size_t reader_;
  SampleCounter* counter_;
  LeafFactory new_leaf_;
  OperatorPtr own_;  // where sharing would cost too much memory
};

}  // namespace

OperatorPtr NewSharedReader(QueryContext* query, const StepGrid& grid, uint32_t number,
                            SampleCounter* counter, LeafFactory new_leaf) {
  std::shared_ptr<SharedLeaf>& shared = query->shared_leaves[number];
  if (shared == nullptr) {
    SampleCounter* leaf_counter =
        query->NewCounter(counter, SampleCounter::Relation::kSameSteps, grid);
    shared = std::make_shared<SharedLeaf>(&query->budget, new_leaf(leaf_counter), leaf_counter);
  }
  return std::make_unique<SharedReader>(query, grid, shared, counter, std::move(new_leaf));
}

}  // namespace silverback::exec
