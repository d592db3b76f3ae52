#include "bench/fleet/fill.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "engine/base/value.h"
#include "tools/client/api_client.h"
#include "tools/client/write_request.h"

namespace silverback {
namespace {

using Clock = std::chrono::steady_clock;

/// What the senders share.
struct Shared {
  std::atomic<uint64_t> samples{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> retries{0};
  std::atomic<TimestampMs> reached_ms{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  Status failure;

  void Fail(const Status& status) {
    const std::lock_guard lock(mutex);
    if (failure.ok()) failure = status;
    stop = true;
  }
};

/// A target with its next scrapes collected, series by series.
class TargetFeed {
 public:
  explicit TargetFeed(std::unique_ptr<FleetTarget> target)
      : target_(std::move(target)),
        values_(target_->series().size()),
        rows_(target_->series().size()) {
    for (const LabelSet& labels : target_->series()) {
      labels_.push_back(WriteRequestBuilder::EncodeLabels(labels));
    }
    Advance();
  }

  size_t series() const { return labels_.size(); }

  /// Adds up to `scrapes` scrapes that are not later than `end_ms`; false when there are none left.
  bool Collect(size_t scrapes, TimestampMs end_ms, WriteRequestBuilder* request) {
    for (auto& row : rows_) row.clear();
    for (size_t i = 0; i < scrapes && time_ms_ <= end_ms; ++i) {
      for (size_t s = 0; s < rows_.size(); ++s) rows_[s].push_back({time_ms_, values_[s]});
      Advance();
    }
    if (rows_[0].empty()) return false;
    for (size_t s = 0; s < rows_.size(); ++s) request->Add(labels_[s], rows_[s]);
    return true;
  }

  TimestampMs time_ms() const { return time_ms_; }

 private:
  void Advance() { time_ms_ = target_->Scrape(values_.data()); }

  std::unique_ptr<FleetTarget> target_;
  std::vector<double> values_;
  std::vector<std::vector<Sample>> rows_;
  std::vector<std::string> labels_;
  TimestampMs time_ms_ = 0;
};

/// Sends until the server says 2xx. Only overload and a server that is starting are waited out.
Status SendUntilAcknowledged(ApiClient* client, const std::string& body, Shared* shared) {
  constexpr int kMaxAttempts = 600;
  for (int attempt = 1; !shared->stop; ++attempt) {
    const StatusOr<HttpAnswer> answer = client->Write(body);
    if (answer.ok() && answer->status / 100 == 2) return absl::OkStatus();
    if (answer.ok() && answer->status != 503 && answer->status != 429) {
      return Error(absl::StatusCode::kFailedPrecondition, "the server answered {}: {}",
                   answer->status, answer->body);
    }
    if (attempt == kMaxAttempts) {
      return answer.ok() ? ResourceExhausted("the server still answers {}: {}", answer->status,
                                             answer->body)
                         : answer.status();
    }
    ++shared->retries;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return absl::OkStatus();
}

Status Send(const FillOptions& options, std::vector<TargetFeed>* feeds, Shared* shared) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(options.url));
  WriteRequestBuilder request;
  while (!shared->stop) {
    bool any = false;
    for (TargetFeed& feed : *feeds) {
      any |= feed.Collect(options.scrapes_per_request, options.end_ms, &request);
    }
    if (!any) return absl::OkStatus();
    const size_t samples = request.samples();
    RETURN_IF_ERROR(SendUntilAcknowledged(client.get(), request.Finish(), shared));
    shared->samples += samples;
    ++shared->requests;
    shared->reached_ms = feeds->front().time_ms();
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<FillReport> FillFleet(const FillOptions& options) {
  const auto start = Clock::now();
  std::vector<std::vector<TargetFeed>> shares(std::max<size_t>(1, options.senders));
  FillReport report;
  size_t next = 0;
  for (auto& target : MakeFleet(options.fleet)) {
    report.series += target->series().size();
    shares[next++ % shares.size()].emplace_back(std::move(target));
  }
  Shared shared;
  std::atomic<size_t> running{0};
  std::vector<std::thread> threads;
  for (auto& share : shares) {
    if (share.empty()) continue;
    ++running;
    threads.emplace_back([&options, &share, &shared, &running] {
      const Status status = Send(options, &share, &shared);
      if (!status.ok()) shared.Fail(status);
      --running;
    });
  }
  while (running > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (options.progress) options.progress(shared.samples, shared.reached_ms);
  }
  for (std::thread& thread : threads) thread.join();
  RETURN_IF_ERROR(shared.failure);
  report.samples = shared.samples;
  report.requests = shared.requests;
  report.retries = shared.retries;
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return report;
}

}  // namespace silverback
