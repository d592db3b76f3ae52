#include "tools/http/server.h"

#include <algorithm>
#include <exception>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "tools/http/answer_stream.h"
#include "tools/http/chunked_decoder.h"
#include "tools/http/connection.h"
#include "tools/http/head_parser.h"
#include "tools/http/listener.h"
#include "tools/http/poller.h"
#include "tools/http/worker_pool.h"

namespace silverback::http {
namespace {

using ReadResult = Connection::ReadResult;
using TimePoint = Connection::Clock::time_point;

/// How long a worker waits for the next request of its connection.
constexpr std::chrono::milliseconds kLinger{2};

/// Keeps account of the bodies in memory.
class BodyBudget {
 public:
  BodyBudget(std::atomic<size_t>* used, size_t limit) : used_(used), limit_(limit) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;
  ~BodyBudget() { used_->fetch_sub(taken_); }

  /// Raises this request's share to `bytes`; false if that is too much for all together.
  bool Raise(size_t bytes) {
    if (bytes <= taken_) return true;
    const size_t more = bytes - taken_;
    const size_t before = used_->fetch_add(more);
    taken_ = bytes;
    return before + more <= limit_;
  }

 private:
  std::atomic<size_t>* used_;
  size_t limit_;
  size_t taken_ = 0;
};

ApiResponse Overloaded() {
  ApiResponse response = PlainText(503, "overloaded: too many request bodies in memory\n");
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

/// One request being read. Each step returns false when the connection cannot go on; `refusal` then says what to answer,
/// if anything.
class RequestReader {
 public:
  RequestReader(Connection& connection, const Server::Admission& admission, TimePoint deadline,
                BodyBudget* budget)
      : connection_(connection), admission_(admission), deadline_(deadline), budget_(budget) {}

  bool ReadHead(RequestHead* head) {
    size_t length = 0;
    while ((length = HeadLength(connection_.received())) == 0) {
      if (connection_.received().size() > kMaxHeadBytes) return Refuse(431, "headers too large");
      if (!Receive()) return false;
    }
    if (length > kMaxHeadBytes) return Refuse(431, "headers too large");
    ParseError error = ParseHead(connection_.received().substr(0, length), head);
    connection_.Consume(length);
    return error.status == 0 || Refuse(error.status, error.reason);
  }

  bool ReadBody(const RequestHead& head, std::string* body) {
    if (!head.has_body()) return true;
    rule_ = admission_(head);
    if (head.content_length.value_or(0) > rule_.max_bytes) {
      refusal_ = rule_.too_large(static_cast<size_t>(*head.content_length));
      return false;
    }
    if (EqualIgnoringCase(head.headers.Get("Expect"), "100-continue") &&
        !connection_.Send("HTTP/1.1 100 Continue\r\n\r\n")) {
      return false;
    }
    return head.chunked ? ReadChunks(body)
                        : ReadExactly(static_cast<size_t>(*head.content_length), body);
  }

  const std::optional<ApiResponse>& refusal() const { return refusal_; }

 private:
  bool Refuse(int status, std::string_view reason) {
    refusal_ = PlainText(status, fmt::format("{}\n", reason));
    return false;
  }

  bool Receive() {
    const ReadResult result = connection_.Receive(deadline_);
    if (result == ReadResult::kTimeout) return Refuse(408, "the request did not arrive in time");
    return result == ReadResult::kData;
  }

  bool Grow(size_t bytes) {
    if (budget_->Raise(bytes)) return true;
    refusal_ = Overloaded();
    return false;
  }

  bool ReadExactly(size_t length, std::string* body) {
    if (!Grow(length)) return false;
    while (body->size() < length) {
      if (connection_.received().empty() && !Receive()) return false;
      const std::string_view piece = connection_.received().substr(0, length - body->size());
      body->append(piece);
      connection_.Consume(piece.size());
    }
    return true;
  }

  bool ReadChunks(std::string* body) {
    ChunkedDecoder decoder;
    for (;;) {
      if (connection_.received().empty() && !Receive()) return false;
      std::string_view in = connection_.received();
      const size_t before = in.size();
      const ChunkedDecoder::State state = decoder.Decode(&in, body);
      connection_.Consume(before - in.size());
      if (state == ChunkedDecoder::State::kMalformed) return Refuse(400, "malformed chunk");
      if (body->size() > rule_.max_bytes) {
        refusal_ = rule_.too_large(body->size());
        return false;
      }
      if (!Grow(body->size())) return false;
      if (state == ChunkedDecoder::State::kDone) return true;
    }
  }

  Connection& connection_;
  const Server::Admission& admission_;
  TimePoint deadline_;
  BodyBudget* budget_;
  BodyRule rule_;
  std::optional<ApiResponse> refusal_;
};

class ServerImpl : public Server {
 public:
  ServerImpl(const ServerOptions& options, const Listener& listener, Admission admission,
             Handler handler)
      : options_(options),
        listener_(listener),
        admission_(std::move(admission)),
        handler_(std::move(handler)),
        poller_(std::make_unique<Poller>(
            listener.fd, PollerOptions{options.max_connections, options.read_timeout},
            [this](std::shared_ptr<Connection> connection) {
              workers_->Submit([this, connection = std::move(connection)] { Serve(connection); });
            })),
        workers_(std::make_unique<WorkerPool>(options.max_connections)) {
    poller_->Start();
  }

  ~ServerImpl() override {
    Stop(std::chrono::milliseconds(0));
    // Nothing is busy, so the poller hands over no more work; the last tasks may still be on their way out of it.
    workers_.reset();
    poller_.reset();
    close(listener_.fd);
  }

  uint16_t port() const override { return listener_.port; }
  size_t connections() const override { return poller_->connections(); }
  size_t busy_connections() const override { return poller_->busy(); }

  void Stop(std::chrono::milliseconds grace) override {
    if (stopped_.exchange(true)) return;
    poller_->StopAccepting();
    shutdown(listener_.fd, SHUT_RD);
    const auto deadline = Connection::Clock::now() + grace;
    while (poller_->busy() > 0 && Connection::Clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    while (poller_->busy() > 0) {
      poller_->CancelAll();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

 private:
  void Serve(const std::shared_ptr<Connection>& connection) {
    // Requests that arrived together are answered one after the other, and so is one that follows at once: to park the connection
    // and hand it to a worker again costs some ten microseconds.
    bool goes_on = true;
    do {
      goes_on = ServeOne(*connection);
    } while (goes_on && (!connection->received().empty() || connection->AwaitData(kLinger)));
    if (goes_on) {
      poller_->Park(connection);
    } else {
      poller_->Forget(connection);
    }
  }

  /// True if the connection can carry another request.
  bool ServeOne(Connection& connection) {
    Request request;
    request.cancelled = &connection.cancelled();
    BodyBudget budget(&body_bytes_, options_.max_inflight_body_bytes);
    RequestReader reader(connection, admission_, Connection::Clock::now() + options_.read_timeout,
                         &budget);
    if (!reader.ReadHead(&request.head) || !reader.ReadBody(request.head, &request.body)) {
      if (reader.refusal().has_value()) {
        SendAnswer(connection, request.head, *reader.refusal(), /*close=*/true);
        connection.CloseGently();
      }
      return false;
    }
    const bool close = stopped_ || !request.head.keep_alive();
    const bool goes_on = Answer(connection, request, close);
    if (!goes_on && close) connection.CloseGently();
    return goes_on;
  }

  bool Answer(Connection& connection, const Request& request, bool close) {
    try {
      return SendAnswer(connection, request.head, handler_(request), close);
    } catch (const std::exception& error) {
      // Memory that could not be had, most likely. The answer may have begun: only the end of the connection is clear.
      spdlog::error("request failed method={} path={} error=\"{}\"", request.head.method,
                    request.head.path, error.what());
      return false;
    }
  }

  const ServerOptions options_;
  const Listener listener_;
  const Admission admission_;
  const Handler handler_;
  std::atomic<bool> stopped_{false};
  std::atomic<size_t> body_bytes_{0};
  std::unique_ptr<Poller> poller_;
  std::unique_ptr<WorkerPool> workers_;
};

}  // namespace

StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, Admission admission,
                                                Handler handler) {
  ASSIGN_OR_RETURN(const Listener listener, Listen(options.host, options.port));
  return std::make_unique<ServerImpl>(options, listener, std::move(admission), std::move(handler));
}

}  // namespace silverback::http
