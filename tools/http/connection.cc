#include "tools/http/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "engine/base/check.h"

namespace silverback::http {
namespace {

constexpr size_t kReceiveBytes = 64 << 10;
constexpr size_t kDrainBytes = 64 << 20;
constexpr std::chrono::seconds kDrainTime{1};
constexpr std::chrono::milliseconds kCancelPoll{250};

bool WouldBlock() {
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

/// Takes what has been sent off the front of the message.
void Skip(size_t sent, msghdr* message) {
  while (message->msg_iovlen > 0 && sent >= message->msg_iov->iov_len) {
    sent -= message->msg_iov->iov_len;
    ++message->msg_iov;
    --message->msg_iovlen;
  }
  if (message->msg_iovlen == 0) return;
  message->msg_iov->iov_base = static_cast<char*>(message->msg_iov->iov_base) + sent;
  message->msg_iov->iov_len -= sent;
}

}  // namespace

Connection::~Connection() {
  close(fd_);
}

void Connection::Consume(size_t bytes) {
  consumed_ += bytes;
  if (consumed_ < buffer_.size()) return;
  buffer_.clear();
  consumed_ = 0;
  // An idle connection should not keep the room of its largest request.
  if (buffer_.capacity() > 2 * kReceiveBytes) buffer_.shrink_to_fit();
}

bool Connection::Wait(short events, Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    pollfd waited{fd_, events, 0};
    const int ready = poll(&waited, 1, static_cast<int>(std::min(left, kCancelPoll).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (cancelled()) return false;
  }
}

bool Connection::AwaitData(std::chrono::milliseconds time) const {
  pollfd waited{fd_, POLLIN, 0};
  return poll(&waited, 1, static_cast<int>(time.count())) > 0;
}

Connection::ReadResult Connection::Receive(Clock::time_point deadline) {
  if (consumed_ > 0) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  char piece[kReceiveBytes];
  for (;;) {
    const ssize_t got = recv(fd_, piece, sizeof(piece), 0);
    if (got > 0) {
      buffer_.append(piece, static_cast<size_t>(got));
      return ReadResult::kData;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && WouldBlock() && Wait(POLLIN, deadline)) continue;
    return got < 0 && WouldBlock() && !cancelled() ? ReadResult::kTimeout : ReadResult::kClosed;
  }
}

bool Connection::Send(std::span<const std::string_view> pieces) {
  SB_CHECK_LE(pieces.size(), kMaxPieces);
  std::array<iovec, kMaxPieces> parts;
  size_t left = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    parts[i] = {const_cast<char*>(pieces[i].data()), pieces[i].size()};
    left += pieces[i].size();
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = pieces.size();
  while (left > 0) {
    const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent > 0) {
      left -= static_cast<size_t>(sent);
      Skip(static_cast<size_t>(sent), &message);
    } else if (sent < 0 && WouldBlock()) {
      if (!Wait(POLLOUT, Clock::now() + kSendStall)) return false;
    } else if (sent == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

void Connection::CloseGently() {
  shutdown(fd_, SHUT_WR);
  const auto deadline = Clock::now() + kDrainTime;
  char thrown_away[4096];
  for (size_t drained = 0; drained < kDrainBytes;) {
    const ssize_t got = recv(fd_, thrown_away, sizeof(thrown_away), 0);
    if (got > 0) {
      drained += static_cast<size_t>(got);
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got == 0 || !WouldBlock() || !Wait(POLLIN, deadline)) {
      return;
    }
  }
}

}  // namespace silverback::http
