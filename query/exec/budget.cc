#include "query/exec/budget.h"

namespace silverback::exec {
namespace {

void RaiseTo(std::atomic<uint64_t>* peak, uint64_t value) {
  uint64_t seen = peak->load(std::memory_order_relaxed);
  while (seen < value && !peak->compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

Status TooManySamples(uint64_t limit) {
  return ResourceExhausted(
      "query processing would load too many samples into memory in query execution (limit {}, "
      "--query.max-samples)",
      limit);
}

}  // namespace

Status Budget::Check() const {
  if (killed_ != nullptr && killed_->load(std::memory_order_relaxed)) {
    return Error(absl::StatusCode::kCancelled,
                 "query was canceled in expression evaluation: it was killed");
  }
  if (cancelled_ != nullptr && cancelled_->load(std::memory_order_relaxed)) {
    return Error(absl::StatusCode::kCancelled, "query was canceled in expression evaluation");
  }
  if (std::chrono::steady_clock::now() >= limits_.deadline) {
    return Error(absl::StatusCode::kDeadlineExceeded, "query timed out in expression evaluation");
  }
  return absl::OkStatus();
}

Status Budget::Take(uint64_t bytes, uint64_t samples) {
  const uint64_t memory = memory_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  if (memory > limits_.memory_bytes) {
    memory_.fetch_sub(bytes, std::memory_order_relaxed);
    return ResourceExhausted(
        "query processing would use more memory than allowed in query execution (limit {} bytes, "
        "--query.max-memory)",
        limits_.memory_bytes);
  }
  const uint64_t held = samples_.fetch_add(samples, std::memory_order_relaxed) + samples;
  if (held > limits_.samples) {
    memory_.fetch_sub(bytes, std::memory_order_relaxed);
    samples_.fetch_sub(samples, std::memory_order_relaxed);
    return TooManySamples(limits_.samples);
  }
  RaiseTo(&memory_peak_, memory);
  RaiseTo(&samples_peak_, held);
  return absl::OkStatus();
}

void Budget::Return(uint64_t bytes, uint64_t samples) {
  memory_.fetch_sub(bytes, std::memory_order_relaxed);
  samples_.fetch_sub(samples, std::memory_order_relaxed);
}

Status Budget::Touch(uint64_t samples) {
  const uint64_t held = samples_.load(std::memory_order_relaxed) + samples;
  if (held > limits_.samples) return TooManySamples(limits_.samples);
  RaiseTo(&samples_peak_, held);
  return absl::OkStatus();
}

Status BudgetShare::Resize(uint64_t bytes, uint64_t samples) {
  if (bytes > bytes_ || samples > samples_) {
    const uint64_t more_bytes = bytes > bytes_ ? bytes - bytes_ : 0;
    const uint64_t more_samples = samples > samples_ ? samples - samples_ : 0;
    RETURN_IF_ERROR(Grow(more_bytes, more_samples));
  }
  budget_->Return(bytes_ - bytes, samples_ - samples);
  bytes_ = bytes;
  samples_ = samples;
  return absl::OkStatus();
}

}  // namespace silverback::exec
