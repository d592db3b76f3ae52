// The engine's threads: leaves of all queries share them.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace silverback::exec {

/// A fixed number of threads that run tasks in the order in which they came. Safe for concurrent use. Tasks must not
/// wait for other tasks.
class WorkerPool {
 public:
  explicit WorkerPool(size_t threads);
  /// Finishes the tasks that were submitted.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  size_t threads() const { return threads_.size(); }
  void Submit(std::function<void()> task);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace silverback::exec
