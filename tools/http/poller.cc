#include "tools/http/poller.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/check.h"

namespace silverback::http {
namespace {

constexpr uint32_t kIdleEvents = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
constexpr uint32_t kBusyEvents = EPOLLRDHUP | EPOLLONESHOT;
constexpr std::chrono::seconds kTick{1};

bool HasBytes(int fd) {
  char byte = 0;
  return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace

Poller::Poller(int listener, const PollerOptions& options, Ready ready)
    : listener_(listener), options_(options), ready_(std::move(ready)) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  SB_CHECK(epoll_ >= 0 && wake_ >= 0);
  Watch(EPOLL_CTL_ADD, wake_, EPOLLIN);
}

void Poller::Start() {
  Watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  thread_ = std::thread(&Poller::Run, this);
}

Poller::~Poller() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
  close(epoll_);
  close(wake_);
}

void Poller::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void Poller::Watch(int operation, int fd, uint32_t events, uint32_t generation) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = uint64_t{generation} << 32 | static_cast<uint32_t>(fd);
  epoll_ctl(epoll_, operation, fd, &event);
}

void Poller::Run() {
  auto next_tick = Connection::Clock::now() + kTick;
  while (!stopping_) {
    epoll_event events[64];
    const int count =
        epoll_wait(epoll_, events, 64, static_cast<int>(std::chrono::milliseconds(kTick).count()));
    for (int i = 0; i < count; ++i) {
      const int fd = static_cast<int>(events[i].data.u64 & 0xffffffff);
      if (fd == wake_) {
        uint64_t woken = 0;
        [[maybe_unused]] const ssize_t got = read(wake_, &woken, sizeof(woken));
      } else if (fd == listener_) {
        Accept();
      } else {
        Serve(fd, static_cast<uint32_t>(events[i].data.u64 >> 32), events[i].events);
      }
    }
    if (const auto now = Connection::Clock::now(); now >= next_tick) {
      CloseIdle(now - options_.idle_timeout);
      next_tick = now + kTick;
    }
  }
}

/// Closes the connection that has been idle longest if there are as many as may be. False if all are busy.
bool Poller::MakeRoom() {
  const std::lock_guard lock(mutex_);
  if (entries_.size() < options_.max_connections) return true;
  auto oldest = entries_.end();
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->second.busy) continue;
    if (oldest == entries_.end() || entry->second.since < oldest->second.since) oldest = entry;
  }
  if (oldest == entries_.end()) {
    HoldClients();
    return false;
  }
  entries_.erase(oldest);
  return true;
}

// One client: while more wait, the listener stays readable. (Making room for one that is not there would close a connection in vain.)
void Poller::Accept() {
  if (!accepting_ || !MakeRoom()) return;
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    Admit(fd);
  } else if (errno == EMFILE || errno == ENFILE) {
    const std::lock_guard lock(mutex_);
    HoldClients();
  }
}

void Poller::HoldClients() {
  if (!accepting_) return;
  holding_ = true;
  Watch(EPOLL_CTL_MOD, listener_, 0);
}

void Poller::LetClientsIn() {
  if (!holding_ || !accepting_) return;
  holding_ = false;
  Watch(EPOLL_CTL_MOD, listener_, EPOLLIN);
}

void Poller::Admit(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const uint32_t generation = ++generations_;
  const std::lock_guard lock(mutex_);
  entries_[fd] =
      Entry{std::make_shared<Connection>(fd), generation, false, Connection::Clock::now()};
  Watch(EPOLL_CTL_ADD, fd, kIdleEvents, generation);
}

void Poller::Serve(int fd, uint32_t generation, uint32_t events) {
  std::shared_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(fd);
    if (entry == entries_.end() || entry->second.generation != generation) return;
    if (entry->second.busy) {
      entry->second.connection->Cancel();
      return;
    }
    if ((events & EPOLLIN) == 0 || !HasBytes(fd)) {
      entries_.erase(entry);
      return;
    }
    entry->second.busy = true;
    ++busy_;
    connection = entry->second.connection;
    Watch(EPOLL_CTL_MOD, fd, kBusyEvents, generation);
  }
  ready_(std::move(connection));
}

void Poller::Park(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  --busy_;
  if (!accepting_) {
    entries_.erase(connection->fd());
    return;
  }
  Entry& entry = entries_.at(connection->fd());
  entry.busy = false;
  entry.since = Connection::Clock::now();
  Watch(EPOLL_CTL_MOD, connection->fd(), kIdleEvents, entry.generation);
  LetClientsIn();
}

void Poller::Forget(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  --busy_;
  entries_.erase(connection->fd());
  LetClientsIn();
}

void Poller::CloseIdle(Connection::Clock::time_point idle_since) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [idle_since](const auto& entry) {
    return !entry.second.busy && entry.second.since <= idle_since;
  });
  LetClientsIn();
}

void Poller::StopAccepting() {
  {
    const std::lock_guard lock(mutex_);
    accepting_ = false;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, listener_, nullptr);
  }
  CloseIdle(Connection::Clock::time_point::max());
}

void Poller::CancelAll() {
  const std::lock_guard lock(mutex_);
  for (auto& [fd, entry] : entries_) {
    if (entry.busy) entry.connection->Cancel();
  }
}

size_t Poller::connections() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

size_t Poller::busy() const {
  return busy_;
}

}  // namespace silverback::http
