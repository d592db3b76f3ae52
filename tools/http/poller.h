// Watches all sockets on one thread: new connections, idle ones that wake, and clients that go away while they are being
// served.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "tools/http/connection.h"

namespace silverback::http {

struct PollerOptions {
  size_t max_connections = 512;
  std::chrono::milliseconds idle_timeout{5 * 60 * 1000};
};

/// An idle connection costs an entry here and no thread. All methods are safe from any thread.
class Poller {
 public:
  using Ready = std::function<void(std::shared_ptr<Connection>)>;

  /// `listener` is a listening non-blocking socket, owned by the caller, and outlives the poller. `ready` is called on the
  /// poller's thread when a connection has bytes to read; from then until `Park` or `Forget` the connection is busy.
  Poller(int listener, const PollerOptions& options, Ready ready);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  /// Begins to accept and to watch. Once.
  void Start();

  /// The request is done; the connection waits for the next.
  void Park(const std::shared_ptr<Connection>& connection);
  /// The connection is at its end; the socket closes with the last reference.
  void Forget(const std::shared_ptr<Connection>& connection);

  /// No new connections from now on; idle ones are closed.
  void StopAccepting();
  /// Tells all busy connections that their clients have gone.
  void CancelAll();

  size_t connections() const;
  size_t busy() const;

 private:
  struct Entry {
    std::shared_ptr<Connection> connection;
    uint32_t generation =
        0;  // tells the events of this connection from those of an earlier one on the same descriptor
    bool busy = false;
    Connection::Clock::time_point since;
  };

  void Run();
  void Wake() const;
  void Accept();
  bool MakeRoom();
  /// New clients wait in the listener's queue until a connection is idle or ends. REQUIRES, both: mutex_ is held.
  void HoldClients();
  void LetClientsIn();
  void Admit(int fd);
  void Serve(int fd, uint32_t generation, uint32_t events);
  void CloseIdle(Connection::Clock::time_point idle_since);
  void Watch(int operation, int fd, uint32_t events, uint32_t generation = 0) const;

  const int listener_;
  const PollerOptions options_;
  const Ready ready_;
  int epoll_ = -1;
  int wake_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> accepting_{true};
  bool holding_ = false;  // guarded by mutex_
  mutable std::mutex mutex_;
  std::unordered_map<int, Entry> entries_;  // by socket
  uint32_t generations_ = 0;                // the poller's thread only
  std::atomic<size_t> busy_{0};
  std::thread thread_;
};

}  // namespace silverback::http
