// /api/v1/notifications and its live stream.
#include <chrono>
#include <memory>
#include <thread>

#include "query/api/handlers.h"
#include "query/api/rfc3339.h"

namespace silverback {
namespace {

using std::chrono::milliseconds;

/// Streams at once; as upstream's --web.max-notifications-subscribers.
constexpr int kSubscribersMax = 16;
constexpr milliseconds kLook{100};
/// A comment is sent so often, so that a client that has gone is noticed.
constexpr int kLooksBetweenComments = 150;

/// The only thing that this server has to say: that it stops.
void WriteStopping(JsonWriter& json, TimestampMs now) {
  json.BeginObject();
  json.Key("text");
  json.String("Silverback is shutting down and gracefully stopping all operations.");
  json.Key("date");
  json.String(FormatRfc3339(now));
  json.Key("active");
  json.Bool(true);
  json.EndObject();
}

/// One of the places for streams; empty-handed if all are taken.
class Subscription {
 public:
  explicit Subscription(std::atomic<int>* count)
      : count_(count), taken_(++*count <= kSubscribersMax) {}
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { --*count_; }
  bool taken() const { return taken_; }

 private:
  std::atomic<int>* count_;
  const bool taken_;
};

void Stream(const ApiContext& context, const std::atomic<bool>* cancelled, Sink& sink) {
  // A comment, so that the head leaves at once.
  bool open = sink.Write(":\n\n") && sink.Flush();
  for (int looks = 1; open && context.ready; ++looks) {
    if (cancelled != nullptr && cancelled->load()) return;
    std::this_thread::sleep_for(kLook);
    if (looks % kLooksBetweenComments == 0) open = sink.Write(":\n\n") && sink.Flush();
  }
  if (!open) return;
  sink.Write("data: ");
  {
    JsonWriter json(&sink);
    WriteStopping(json, context.options.clock());
  }
  sink.Write("\n\n");
  sink.Flush();
}

}  // namespace

ApiResponse HandleNotifications(ApiContext& context, const ApiRequest&) {
  return Success([&context](JsonWriter& json) {
    json.BeginArray();
    if (!context.ready) WriteStopping(json, context.options.clock());
    json.EndArray();
  });
}

ApiResponse HandleNotificationsLive(ApiContext& context, const ApiRequest& request) {
  const auto subscription = std::make_shared<const Subscription>(&context.subscribers);
  if (!subscription->taken()) return NoContent();
  ApiResponse response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.body = [&context, subscription, cancelled = request.cancelled](Sink& sink) {
    Stream(context, cancelled, sink);
  };
  return response;
}

}  // namespace silverback
