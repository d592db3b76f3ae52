#include "query/api/request.h"

#include <span>

namespace silverback {
namespace {

constexpr size_t kMaxNotices = 10;

void WriteNotices(JsonWriter& json, std::string_view key, std::string_view kind,
                  std::span<const std::string> notices) {
  if (notices.empty()) return;
  json.Key(key);
  json.BeginArray();
  for (size_t i = 0; i < notices.size() && i < kMaxNotices; ++i) json.String(notices[i]);
  if (notices.size() > kMaxNotices) {
    json.String(fmt::format("{} more {} annotations omitted", notices.size() - kMaxNotices, kind));
  }
  json.EndArray();
}

}  // namespace

ApiResponse Success(std::function<void(JsonWriter&)> write_data, Notices notices) {
  ApiResponse response;
  response.body = [write_data = std::move(write_data), notices = std::move(notices)](Sink& sink) {
    JsonWriter json(&sink);
    json.BeginObject();
    json.Key("status");
    json.String("success");
    json.Key("data");
    write_data(json);
    WriteNotices(json, "warnings", "warning", notices.warnings);
    WriteNotices(json, "infos", "info", notices.infos);
    json.EndObject();
  };
  return response;
}

ApiResponse Failure(const ApiError& error) {
  ApiResponse response;
  response.status = HttpStatusOf(error.type);
  response.body = [error](Sink& sink) {
    JsonWriter json(&sink);
    json.BeginObject();
    json.Key("status");
    json.String("error");
    json.Key("errorType");
    json.String(ErrorTypeName(error.type));
    json.Key("error");
    json.String(error.message);
    json.EndObject();
  };
  return response;
}

ApiResponse PlainText(int status, std::string text) {
  ApiResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = [text = std::move(text)](Sink& sink) { sink.Write(text); };
  return response;
}

ApiResponse NoContent() {
  ApiResponse response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

}  // namespace silverback
