#include "query/exec/admission.h"

#include <algorithm>
#include <iterator>

#include "engine/base/clock.h"

namespace silverback::exec {
namespace {

// How often a waiting query looks whether its client has gone.
constexpr std::chrono::milliseconds kCancelPoll{20};

}  // namespace

StatusOr<Admission::Ticket> Admission::Enter(const QueryRequest& request,
                                             std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (max_queued_ > 0 && running_ >= max_running_ && queued_ >= max_queued_) {
    return Error(absl::StatusCode::kUnavailable,
                 "too many queries wait for their turn (limit {}, --query.max-queued)",
                 max_queued_);
  }
  queries_.emplace_back();
  const auto place = std::prev(queries_.end());
  place->query = {++last_id_, request.query, WallClockMs(), true};
  ++queued_;
  AdmitWaiting();
  while (place->query.queued) {
    const auto now = std::chrono::steady_clock::now();
    const bool cancelled = place->killed || (request.cancelled != nullptr &&
                                             request.cancelled->load(std::memory_order_relaxed));
    if (cancelled || now >= deadline) {
      queries_.erase(place);
      --queued_;
      return cancelled
                 ? Error(absl::StatusCode::kCancelled, "query was canceled in query queue")
                 : Error(absl::StatusCode::kDeadlineExceeded, "query timed out in query queue");
    }
    admitted_.wait_until(lock, std::min(deadline, now + kCancelPoll));
  }
  return Ticket(this, place);
}

void Admission::Leave(std::list<Entry>::iterator place) {
  const std::lock_guard lock(mutex_);
  queries_.erase(place);
  --running_;
  AdmitWaiting();
}

void Admission::AdmitWaiting() {
  bool any = false;
  for (Entry& entry : queries_) {
    if (running_ >= max_running_) break;
    if (!entry.query.queued) continue;
    entry.query.queued = false;
    ++running_;
    --queued_;
    any = true;
  }
  if (any) admitted_.notify_all();
}

std::vector<ActiveQuery> Admission::ActiveQueries() const {
  const std::lock_guard lock(mutex_);
  std::vector<ActiveQuery> active;
  for (const Entry& entry : queries_) active.push_back(entry.query);
  return active;
}

bool Admission::Kill(uint64_t id) {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : queries_) {
    if (entry.query.id != id) continue;
    entry.killed = true;
    admitted_.notify_all();
    return true;
  }
  return false;
}

}  // namespace silverback::exec
