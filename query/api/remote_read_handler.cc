// /api/v1/read: Prometheus' remote read protocol.
#include <chrono>
#include <memory>
#include <thread>

#include "query/api/handlers.h"
#include "query/remote_read/reader.h"

namespace silverback {
namespace {

/// As upstream bounds requests, compressed and not.
constexpr size_t kMaxRequestBytes = size_t{32} << 20;
constexpr std::chrono::milliseconds kLook{5};

ApiResponse Refuse(int status, std::string_view message) {
  return PlainText(status, fmt::format("{}\n", message));
}

ApiResponse RefuseFor(const Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kResourceExhausted:
      return Refuse(400, MessageOf(status));
    case absl::StatusCode::kCancelled:
      return Refuse(503, MessageOf(status));
    default:
      return Refuse(500, MessageOf(status));
  }
}

/// One of the places for reads that run at once; waits for it.
class Turn {
 public:
  Turn(std::atomic<int>* running, int max, const std::atomic<bool>* cancelled) : running_(running) {
    for (;;) {
      int now = running_->load();
      if (max <= 0 || now < max) {
        if (running_->compare_exchange_weak(now, now + 1)) break;
        continue;
      }
      if (cancelled != nullptr && cancelled->load()) return;
      std::this_thread::sleep_for(kLook);
    }
    taken_ = true;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (taken_) --*running_;
  }
  bool taken() const { return taken_; }

 private:
  std::atomic<int>* running_;
  bool taken_ = false;
};

ApiResponse AnswerSamples(const ReadView& view, const remote_read::ReadRequest& request,
                          const remote_read::ReadLimits& limits,
                          const std::atomic<bool>* cancelled) {
  auto answer = remote_read::ReadSamples(view, request, limits, cancelled);
  if (!answer.ok()) return RefuseFor(answer.status());
  ApiResponse response = PlainText(200, std::move(answer).value());
  response.content_type = "application/x-protobuf";
  response.headers.emplace_back("Content-Encoding", "snappy");
  return response;
}

/// Everything that a stream needs until its end.
struct Stream {
  std::shared_ptr<const ReadView> view;
  remote_read::ReadRequest request;
  remote_read::ReadLimits limits;
  std::shared_ptr<const Turn> turn;
  const std::atomic<bool>* cancelled;

  void Write(Sink& sink) const {
    const Status status =
        remote_read::StreamChunks(*view, request, limits, cancelled,
                                  [&sink](std::string_view frame) { return sink.Write(frame); });
    // The status code has been sent. What follows is no frame, so that the reader fails instead of taking a part for the whole.
    if (!status.ok()) sink.Write(fmt::format("{}\n", MessageOf(status)));
  }
};

}  // namespace

ApiResponse HandleRemoteRead(ApiContext& context, const ApiRequest& request) {
  auto turn = std::make_shared<const Turn>(
      &context.remote_reads, static_cast<int>(context.options.remote_read_concurrency),
      request.cancelled);
  if (!turn->taken()) return Refuse(503, "the read was canceled while it waited for its turn");
  auto decoded = remote_read::DecodeReadRequest(request.body, kMaxRequestBytes);
  if (!decoded.ok()) return RefuseFor(decoded.status());
  auto view = context.database->NewView();
  if (!view.ok()) return RefuseFor(view.status());
  remote_read::ReadLimits limits;
  limits.max_samples = context.options.remote_read_samples_max;
  limits.max_bytes = context.engine->options().max_memory_bytes;
  limits.max_frame_bytes = context.options.remote_read_frame_bytes;
  if (decoded->response == remote_read::ResponseType::kSamples) {
    return AnswerSamples(**view, *decoded, limits, request.cancelled);
  }
  ApiResponse response;
  response.content_type = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";
  response.body = [stream = std::make_shared<const Stream>(
                       Stream{*std::move(view), *std::move(decoded), limits, std::move(turn),
                              request.cancelled})](Sink& sink) { stream->Write(sink); };
  return response;
}

}  // namespace silverback
