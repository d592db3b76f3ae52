#include "query/exec/admission.h"

#include <algorithm>

#include "engine/base/clock.h"

namespace silverback::exec {
namespace {

// How often a waiting query looks whether its client has gone.
constexpr std::chrono::milliseconds kCancelPoll{20};

}  // namespace

StatusOr<Admission::Ticket> Admission::Enter(const QueryRequest& request,
                                             std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto place =
      queries_.insert(queries_.end(), {++last_id_, request.query, WallClockMs(), true});
  AdmitWaiting();
  while (place->queued) {
    const auto now = std::chrono::steady_clock::now();
    const bool cancelled =
        request.cancelled != nullptr && request.cancelled->load(std::memory_order_relaxed);
    if (cancelled || now >= deadline) {
      queries_.erase(place);
      return cancelled
                 ? Error(absl::StatusCode::kCancelled, "query was canceled in query queue")
                 : Error(absl::StatusCode::kDeadlineExceeded, "query timed out in query queue");
    }
    admitted_.wait_until(lock, std::min(deadline, now + kCancelPoll));
  }
  return Ticket(this, place);
}

void Admission::Leave(std::list<ActiveQuery>::iterator place) {
  const std::lock_guard lock(mutex_);
  queries_.erase(place);
  --running_;
  AdmitWaiting();
}

void Admission::AdmitWaiting() {
  bool any = false;
  for (ActiveQuery& query : queries_) {
    if (running_ >= max_running_) break;
    if (!query.queued) continue;
    query.queued = false;
    ++running_;
    any = true;
  }
  if (any) admitted_.notify_all();
}

std::vector<ActiveQuery> Admission::ActiveQueries() const {
  const std::lock_guard lock(mutex_);
  return {queries_.begin(), queries_.end()};
}

}  // namespace silverback::exec
