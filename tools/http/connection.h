// One client's socket, read and written by one worker at a time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace silverback::http {

/// Owns the socket. The worker that serves the connection calls everything but `Cancel` and `cancelled`.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes over `fd`, a connected non-blocking socket.
  explicit Connection(int fd) : fd_(fd) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  int fd() const { return fd_; }

  /// Bytes received and not consumed.
  std::string_view received() const { return std::string_view(buffer_).substr(consumed_); }
  void Consume(size_t bytes);

  enum class ReadResult : uint8_t { kData, kClosed, kTimeout };
  /// Waits for more bytes, until `deadline` at most, and adds them to `received()`.
  ReadResult Receive(Clock::time_point deadline);

  /// Waits until there is something to receive (bytes, or the client's end), for `time` at most; false if nothing came.
  bool AwaitData(std::chrono::milliseconds time) const;

  /// How many pieces `Send` takes.
  static constexpr size_t kMaxPieces = 4;
  /// Sends all of the pieces, one behind the other. False when the client has gone or takes nothing for `kSendStall`; the
  /// connection is of no use then. REQUIRES: at most `kMaxPieces`.
  bool Send(std::span<const std::string_view> pieces);
  bool Send(std::string_view bytes) { return Send(std::span(&bytes, 1)); }

  /// Says that nothing more will be sent, then reads what the client still sends and throws it away, a second and 64 MiB
  /// at most: a socket that is closed with unread bytes takes the answer back from the client.
  void CloseGently();

  /// Tells whoever works for this client that it has gone. From any thread.
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  const std::atomic<bool>& cancelled() const { return cancelled_; }

 private:
  static constexpr std::chrono::seconds kSendStall{30};

  bool Wait(short events, Clock::time_point deadline) const;

  int fd_;
  std::string buffer_;
  size_t consumed_ = 0;
  std::atomic<bool> cancelled_{false};
};

}  // namespace silverback::http
