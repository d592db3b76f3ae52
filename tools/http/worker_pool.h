// Threads for requests: as many as run at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

namespace silverback::http {

/// Runs each task on a thread that waits, or a new one; threads that had nothing to do for ten seconds end. Submit is safe
/// from any thread.
class WorkerPool {
 public:
  /// Tasks beyond `max_threads` at once wait for a thread.
  explicit WorkerPool(size_t max_threads) : max_threads_(max_threads) {}
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Waits until all tasks are done.
  ~WorkerPool();

  void Submit(std::function<void()> task);

 private:
  void Run();

  const size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable ended_;
  std::deque<std::function<void()>> tasks_;
  size_t threads_ = 0;
  size_t waiting_ = 0;
  bool stopping_ = false;
};

}  // namespace silverback::http
