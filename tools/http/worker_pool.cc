#include "tools/http/worker_pool.h"

#include <chrono>
#include <system_error>
#include <thread>

namespace silverback::http {
namespace {

constexpr std::chrono::seconds kIdleTime{10};

}  // namespace

WorkerPool::~WorkerPool() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  work_.notify_all();
  ended_.wait(lock, [this] { return threads_ == 0; });
}

void WorkerPool::Submit(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  if (tasks_.size() > waiting_ && threads_ < max_threads_) {
    ++threads_;
    try {
      std::thread(&WorkerPool::Run, this).detach();
      return;
    } catch (
        const std::system_error&) {  // no more threads to be had: one of those that run takes it
      --threads_;
    }
  }
  work_.notify_one();
}

void WorkerPool::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (tasks_.empty()) {
      if (stopping_) break;
      ++waiting_;
      const bool woken =
          work_.wait_for(lock, kIdleTime, [this] { return stopping_ || !tasks_.empty(); });
      --waiting_;
      if (!woken) break;
      continue;
    }
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
  --threads_;
  // Under the lock: the destructor cannot go on, and the pool end, before this thread has let go of it.
  ended_.notify_all();
}

}  // namespace silverback::http
