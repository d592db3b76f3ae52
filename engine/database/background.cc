#include "engine/database/background.h"

#include <utility>

namespace silverback {

PeriodicThread::PeriodicThread(std::function<std::chrono::milliseconds()> run)
    : run_(std::move(run)), thread_([this] { Loop(); }) {}

PeriodicThread::~PeriodicThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PeriodicThread::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

void PeriodicThread::Loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    const std::chrono::milliseconds pause = run_();
    lock.lock();
    changed_.wait_for(lock, pause, [this] { return woken_ || stopping_; });
  }
}

}  // namespace silverback
