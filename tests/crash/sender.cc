#include "tests/crash/sender.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

#include <nlohmann/json.hpp>

#include "engine/base/value.h"
#include "tools/client/api_client.h"
#include "tools/client/write_request.h"

namespace silverback {
namespace {

constexpr int64_t kIntervalMs = 100;

/// The raw samples of the only series that `query` selects over `window_seconds` before `end_ms`. Staleness markers do not show.
StatusOr<std::vector<Sample>> ReadRaw(ApiClient* client, const std::string& query,
                                      TimestampMs end_ms) {
  const Parameters parameters{{"query", query},
                              {"time", fmt::format("{:.3f}", static_cast<double>(end_ms) / 1000)}};
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->PostForm("/api/v1/query", parameters));
  if (answer.status != 200) {
    return Error(absl::StatusCode::kInternal, "{} answered {}: {}", query, answer.status,
                 answer.body);
  }
  std::vector<Sample> samples;
  const auto json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Error(absl::StatusCode::kInternal, "{}: not JSON", query);
  if (json.contains("warnings")) {
    return DataLoss("{} answered with warnings: {}", query, json["warnings"].dump());
  }
  const auto& result = json["data"]["result"];
  if (result.size() > 1)
    return Error(absl::StatusCode::kInternal, "{}: {} series", query, result.size());
  if (result.empty()) return samples;
  for (const auto& point : result[0]["values"]) {
    samples.push_back({std::llround(point[0].get<double>() * 1000),
                       std::strtod(point[1].get<std::string>().c_str(), nullptr)});
  }
  return samples;
}

}  // namespace

CrashSender::CrashSender(int number, int series, TimestampMs start_ms, uint64_t seed)
    : number_(number),
      ledgers_(series),
      next_ms_(series, start_ms),
      start_ms_(start_ms),
      random_(seed) {
  for (int i = 0; i < series; ++i) {
    encoded_labels_.push_back(
        WriteRequestBuilder::EncodeLabels(LabelSet{{kMetricName, "crash_test"},
                                                   {"sender", std::to_string(number)},
                                                   {"series", std::to_string(i)}}));
  }
}

std::vector<Sample> CrashSender::NextSamples(size_t series) {
  std::vector<Sample> samples;
  const auto value = [&] {
    return random_() % 3 == 0 ? static_cast<double>(random_() % 1'000'000) / 7
                              : static_cast<double>(random_() % 1000);
  };
  const size_t count = 1 + random_() % 8;
  for (size_t i = 0; i < count; ++i) {
    samples.push_back({next_ms_[series], value()});
    next_ms_[series] +=
        kIntervalMs * static_cast<int64_t>(1 + (random_() % 10 == 0 ? random_() % 5 : 0));
  }
  const int64_t written = (next_ms_[series] - start_ms_) / kIntervalMs;
  if (random_() % 4 == 0) {  // late, perhaps over a sample that is there
    samples.push_back(
        {start_ms_ + static_cast<int64_t>(random_() % written) * kIntervalMs, value()});
  }
  return samples;
}

void CrashSender::Run(const std::string& url, const std::atomic<bool>& stop) {
  auto client = ApiClient::Create(url);
  if (!client.ok()) return;
  WriteRequestBuilder request;
  while (!stop) {
    std::vector<size_t> touched;
    for (size_t i = 0; i < ledgers_.size(); ++i) {
      if (random_() % 2 == 0) continue;
      const std::vector<Sample> samples = NextSamples(i);
      for (const Sample& sample : samples) ledgers_[i].Sending(sample);
      request.Add(encoded_labels_[i], samples);
      touched.push_back(i);
    }
    if (touched.empty()) continue;
    // A pace that keeps the ledger, which is compared whole after each crash, at a size that can be read back.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const std::string body = request.Finish();
    const auto answer = (*client)->Write(body);
    ++requests_;
    const bool acknowledged = answer.ok() && answer->status == 204;
    for (const size_t i : touched) {
      acknowledged ? ledgers_[i].Acknowledged() : ledgers_[i].Unanswered();
    }
    if (answer.ok() && !acknowledged && answer->status != 503) {
      bad_answer_ = fmt::format("{}: {}", answer->status, answer->body);
    }
    if (!answer.ok()) return;
  }
}

Status CrashSender::Compare(const std::string& url, bool allow_missing, uint64_t* missing) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  for (size_t i = 0; i < ledgers_.size(); ++i) {
    const TimestampMs end_ms = next_ms_[i] + 1;
    const std::string query = fmt::format("crash_test{{sender=\"{}\",series=\"{}\"}}[{}ms]",
                                          number_, i, end_ms - start_ms_ + 2);
    ASSIGN_OR_RETURN(const std::vector<Sample> found, ReadRaw(client.get(), query, end_ms));
    const std::string contradiction = ledgers_[i].Compare(found, allow_missing, missing);
    if (!contradiction.empty()) return DataLoss("{}: {}", query, contradiction);
  }
  return absl::OkStatus();
}

uint64_t CrashSender::acknowledged_samples() const {
  uint64_t count = 0;
  for (const SeriesLedger& ledger : ledgers_) count += ledger.acknowledged_samples();
  return count;
}

}  // namespace silverback
