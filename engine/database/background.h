// Threads that do upkeep by themselves.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace silverback {

/// Calls a function now and then from a thread of its own, and at once when woken. The destructor
/// waits for the call that runs.
class PeriodicThread {
 public:
  /// `run` says how long to wait until the next call.
  explicit PeriodicThread(std::function<std::chrono::milliseconds()> run);
  ~PeriodicThread();
  PeriodicThread(const PeriodicThread&) = delete;
  PeriodicThread& operator=(const PeriodicThread&) = delete;

  void Wake();

 private:
  void Loop();

  const std::function<std::chrono::milliseconds()> run_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace silverback
