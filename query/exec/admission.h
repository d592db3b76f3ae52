// Who may execute: at most so many queries at a time, the others wait in order.
#pragma once

#include <atomic>
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
  /// Beyond `max_queued` waiting queries (0: no limit) more are refused.
  Admission(uint32_t max_running, uint32_t max_queued)
      : max_running_(max_running), max_queued_(max_queued) {}

  struct Entry {
    ActiveQuery query;
    std::atomic<bool> killed{false};
  };

  /// A query's place: running while it exists.
  class Ticket {
   public:
    Ticket(Admission* admission, std::list<Entry>::iterator place)
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
    /// Turns true when somebody kills the query; lives as long as the ticket.
    const std::atomic<bool>* killed() const { return &place_->killed; }

   private:
    Admission* admission_;
    std::list<Entry>::iterator place_;
  };

  /// Waits until the query may run. DeadlineExceeded or Cancelled when it may not in time, Unavailable when too many wait.
  StatusOr<Ticket> Enter(const QueryRequest& request,
                         std::chrono::steady_clock::time_point deadline);

  std::vector<ActiveQuery> ActiveQueries() const;
  /// As `Engine::Kill`.
  bool Kill(uint64_t id);

 private:
  void Leave(std::list<Entry>::iterator place);
  // Lets the queries that have waited longest run as far as there is room. Needs mutex_.
  void AdmitWaiting();

  const uint32_t max_running_;
  const uint32_t max_queued_;
  mutable std::mutex mutex_;
  std::condition_variable admitted_;
  std::list<Entry> queries_;  // in order of arrival
  uint32_t running_ = 0;
  uint32_t queued_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace silverback::exec
