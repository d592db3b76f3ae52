// What one query may use: memory, samples held at a time, wall-clock time; and whether anyone wants it to stop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "engine/base/status.h"

namespace silverback::exec {

/// Shared by all operators and workers of a query. Safe for concurrent use.
class Budget {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Limits {
    uint64_t memory_bytes = 0;
    uint64_t samples = 0;
    Time deadline;
  };

  /// `cancelled` may be null; it must outlive the budget.
  Budget(const Limits& limits, const std::atomic<bool>* cancelled)
      : limits_(limits), cancelled_(cancelled) {}

  /// OK while the query may go on; otherwise Cancelled or DeadlineExceeded, worded as upstream's. Cheap enough to be
  /// called for every series.
  Status Check() const;

  /// ResourceExhausted (and nothing is taken) when the limit would be passed.
  Status Take(uint64_t bytes, uint64_t samples);
  void Return(uint64_t bytes, uint64_t samples);

  /// Counts `samples` as held for a moment beside what is held: upstream's budget includes the window that a range
  /// function looks at.
  Status Touch(uint64_t samples);

  /// A second flag that ends the query, beside that of its client. May be null; it must outlive the budget.
  void StopWhen(const std::atomic<bool>* killed) { killed_ = killed; }

  uint64_t memory_peak() const { return memory_peak_.load(std::memory_order_relaxed); }
  uint64_t samples_peak() const { return samples_peak_.load(std::memory_order_relaxed); }
  uint64_t memory_limit() const { return limits_.memory_bytes; }
  const std::atomic<bool>* cancelled() const { return cancelled_; }

 private:
  Limits limits_;
  const std::atomic<bool>* cancelled_;
  const std::atomic<bool>* killed_ = nullptr;
  std::atomic<uint64_t> memory_{0};
  std::atomic<uint64_t> memory_peak_{0};
  std::atomic<uint64_t> samples_{0};
  std::atomic<uint64_t> samples_peak_{0};
};

/// A share of a budget, given back when it goes out of scope.
class BudgetShare {
 public:
  explicit BudgetShare(Budget* budget) : budget_(budget) {}
  ~BudgetShare() { Clear(); }
  BudgetShare(BudgetShare&& other) noexcept
      : budget_(other.budget_), bytes_(other.bytes_), samples_(other.samples_) {
    other.bytes_ = other.samples_ = 0;
  }
  BudgetShare(const BudgetShare&) = delete;
  BudgetShare& operator=(const BudgetShare&) = delete;
  BudgetShare& operator=(BudgetShare&&) = delete;

  Status Grow(uint64_t bytes, uint64_t samples = 0) {
    RETURN_IF_ERROR(budget_->Take(bytes, samples));
    bytes_ += bytes;
    samples_ += samples;
    return absl::OkStatus();
  }
  /// Makes the share exactly this large.
  Status Resize(uint64_t bytes, uint64_t samples);
  void Clear() {
    if (bytes_ != 0 || samples_ != 0) budget_->Return(bytes_, samples_);
    bytes_ = samples_ = 0;
  }
  uint64_t bytes() const { return bytes_; }

 private:
  Budget* budget_;
  uint64_t bytes_ = 0;
  uint64_t samples_ = 0;
};

}  // namespace silverback::exec
