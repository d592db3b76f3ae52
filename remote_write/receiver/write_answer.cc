#include "remote_write/receiver/write_answer.h"

namespace silverback {
namespace {

constexpr int kRetryAfterSeconds = 5;

std::string_view ReasonText(RejectReason reason) {
  switch (reason) {
    case RejectReason::kInvalidLabels:
      return "invalid label set";
    case RejectReason::kTooFarAhead:
      return "too far in the future";
    case RejectReason::kTooOld:
      return "older than the retention";
    case RejectReason::kSeriesLimit:
      return "limit of series reached (--storage.max-series)";
    case RejectReason::kInvalidHistogram:
      return "invalid histogram";
  }
  return "refused";
}

WriteHttpAnswer Answer(int status, std::string text) {
  text.push_back('\n');
  return {.status = status, .text = std::move(text)};
}

std::string Counted(uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace

WriteHttpAnswer Malformed(std::string_view reason) {
  return Answer(400, std::string(reason));
}

WriteHttpAnswer TooLarge(std::string_view what, uint64_t limit, std::string_view flag) {
  return Answer(413, fmt::format("{}; the limit is {} ({})", what, limit, flag));
}

WriteHttpAnswer TooLarge(std::string_view what) {
  return Answer(413, std::string(what));
}

WriteHttpAnswer WrongMediaType(std::string_view reason) {
  return Answer(415, std::string(reason));
}

WriteHttpAnswer TryLater(std::string_view cause) {
  WriteHttpAnswer answer = Answer(503, std::string(cause));
  answer.retry_after_seconds = kRetryAfterSeconds;
  return answer;
}

WriteHttpAnswer StorageFailed(const Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return TryLater(MessageOf(status));
    default:
      return Answer(500, fmt::format("storage failed: {}", MessageOf(status)));
  }
}

WriteHttpAnswer Stored(const AppendResult& result, const RefusedSeries& refused) {
  std::string text;
  bool series_limit = false;
  const auto add = [&text](std::string_view sentence) {
    if (!text.empty()) text += "; ";
    text += sentence;
  };
  for (const AppendResult::Rejected& rejected : result.rejected) {
    series_limit |= rejected.reason == RejectReason::kSeriesLimit;
    add(fmt::format("{}: {} of {} refused, for example {}", ReasonText(rejected.reason),
                    Counted(rejected.samples, "sample", "samples"),
                    Counted(rejected.series, "series", "series"), rejected.example));
  }
  if (!refused.example.empty()) {
    add(fmt::format("malformed series: {} of {} refused, for example {}",
                    Counted(refused.samples, "sample", "samples"),
                    Counted(refused.series, "series", "series"), refused.example));
  }
  if (text.empty()) return {};
  text +=
      fmt::format("; {} stored, {} there already",
                  Counted(result.samples_stored, "sample", "samples"), result.samples_duplicate);
  return series_limit ? TryLater(text) : Answer(400, std::move(text));
}

}  // namespace silverback
