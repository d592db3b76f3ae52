// Who may execute: at most so many queries at a time, the others wait in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <vector>

#include "query/exec/engine.h"

namespace silverback::exec {

/// The gate, and the list of queries that run or wait. Safe for concurrent use.
class Admission {
 public:
  explicit Admission(uint32_t max_running) : max_running_(max_running) {}

  /// A query's place: running while it exists.
  class Ticket {
   public:
    Ticket(Admission* admission, std::list<ActiveQuery>::iterator place)
        : admission_(admission), place_(place) {}
    Ticket(Ticket&& other) noexcept : admission_(other.admission_), place_(other.place_) {
      other.admission_ = nullptr;
    }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (admission_ != nullptr) admission_->Leave(place_);
    }

   private:
    Admission* admission_;
    std::list<ActiveQuery>::iterator place_;
  };

  /// Waits until the query may run. DeadlineExceeded or Cancelled when it may not in time.
  StatusOr<Ticket> Enter(const QueryRequest& request,
                         std::chrono::steady_clock::time_point deadline);

  std::vector<ActiveQuery> ActiveQueries() const;

 private:
  void Leave(std::list<ActiveQuery>::iterator place);
  // Lets the queries that have waited longest run as far as there is room. Needs mutex_.
  void AdmitWaiting();

  const uint32_t max_running_;
  mutable std::mutex mutex_;
  std::condition_variable admitted_;
  std::list<ActiveQuery> queries_;  // in order of arrival
  uint32_t running_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace silverback::exec
