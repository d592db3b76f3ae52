#include "bench/compare/streams.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "bench/fleet/split_mix.h"
#include "engine/base/clock.h"
#include "engine/labels/label_set.h"
#include "tools/client/write_request.h"

namespace silverback {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// One sender's share of the series: those whose number leaves the sender's number when divided by the senders.
class LiveSender {
 public:
  LiveSender(const LiveOptions& options, uint32_t number) : options_(options) {
    for (uint32_t i = number; i < options.series; i += options.senders) {
      series_.push_back({i, 0, Encode(i, 0), static_cast<double>(i % 1000)});
    }
    for (uint32_t round = 0; round < options_.first_round; ++round) Begin(round);
  }

  Status Run(const std::string& url) {
    ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
    started_ = SteadyClock::now();
    const uint32_t end = options_.first_round + options_.rounds;
    for (uint32_t round = options_.first_round; round < end && !Stopped(); ++round) {
      Begin(round);
      const TimestampMs time =
          options_.at_wall_clock ? WallClockMs() : options_.start_ms + round * options_.interval_ms;
      for (size_t i = 0; i < series_.size() && !Stopped(); ++i) {
        const Sample sample{time, series_[i].value};
        request_.Add(series_[i].labels, {&sample, 1});
        if (request_.samples() < options_.samples_per_request && i + 1 < series_.size()) continue;
        RETURN_IF_ERROR(Send(client.get()));
      }
    }
    return absl::OkStatus();
  }

  uint64_t samples() const { return samples_; }
  const std::vector<double>& request_ms() const { return request_ms_; }

 private:
  struct Series {
    uint32_t number;
    uint32_t life;
    std::string labels;
    double value;
  };

  static std::string Encode(uint32_t number, uint32_t life) {
    const uint32_t host = number / 100;
    return WriteRequestBuilder::EncodeLabels(LabelSet{
        {kMetricName, fmt::format("live_metric_{}", number % 100)},
        {"job", fmt::format("job-{}", host % 10)},
        {"instance", fmt::format("10.0.{}.{}:9100", host / 256 % 256, host % 256)},
        {"pod", fmt::format("pod-{}-{}", host, life)},
        {"slot",
         std::to_string(number % 100)},  // tells series apart once a function has dropped the name
        {"zone", std::string(1, static_cast<char>('a' + host % 3))}});
  }

  /// What changes from one round to the next: values, and the series that are replaced.
  void Begin(uint32_t round) {
    if (options_.churn_rounds != 0 && round != 0 && round % options_.churn_rounds == 0) {
      Replace(round / options_.churn_rounds);
    }
    for (Series& one : series_) Advance(&one, round);
  }

  /// Half counters, a quarter gauges that move, a quarter that hardly do. (Values that are multiples of a constant would do for a few
  /// rounds; after some thousand they repeat themselves so well that a general compressor finds what no real series has.)
  static void Advance(Series* one, uint32_t round) {
    const uint64_t mixed = SplitMix((uint64_t{one->number} << 32 | round) * kSplitMixStep) >> 40;
    if (one->number % 2 == 0) {
      one->value += static_cast<double>(mixed % 100);
    } else if (one->number % 4 == 1) {
      one->value = static_cast<double>(mixed % 10'000) / 10;
    } else if (mixed % 20 == 0) {
      one->value = static_cast<double>(mixed % 50);
    }
  }

  /// Whole hosts go and come, a tenth of them each time.
  void Replace(uint32_t turn) {
    for (Series& one : series_) {
      if ((one.number / 100 + turn) % 10 != 0) continue;
      one.labels = Encode(one.number, ++one.life);
      one.value = 0;
    }
  }

  bool Stopped() const { return options_.stop != nullptr && *options_.stop; }

  /// Waits until the next request is due at the wanted rate.
  void Pace() const {
    if (options_.samples_per_second <= 0) return;
    const double due =
        static_cast<double>(samples_) * options_.senders / options_.samples_per_second;
    std::this_thread::sleep_until(started_ + std::chrono::duration_cast<SteadyClock::duration>(
                                                 std::chrono::duration<double>(due)));
  }

  Status Send(ApiClient* client) {
    Pace();
    const size_t samples = request_.samples();
    const std::string body = request_.Finish();
    const auto start = SteadyClock::now();
    RETURN_IF_ERROR(WriteUntilAcknowledged(client, body));
    samples_ += samples;
    request_ms_.push_back(
        std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count());
    return absl::OkStatus();
  }

  LiveOptions options_;
  std::vector<Series> series_;
  WriteRequestBuilder request_;
  SteadyClock::time_point started_;
  uint64_t samples_ = 0;
  std::vector<double> request_ms_;
};

}  // namespace

Status WriteUntilAcknowledged(ApiClient* client, const std::string& body) {
  for (int attempt = 0; attempt < 6000; ++attempt) {
    ASSIGN_OR_RETURN(const HttpAnswer answer, client->Write(body));
    if (answer.status / 100 == 2) return absl::OkStatus();
    if (answer.status != 503 && answer.status != 429) {
      return Error(absl::StatusCode::kFailedPrecondition, "a write was answered {}: {}",
                   answer.status, answer.body);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return ResourceExhausted("the server has been overloaded for a minute");
}

StatusOr<LiveReport> SendLive(const std::string& url, const LiveOptions& options) {
  std::vector<LiveSender> senders;
  for (uint32_t i = 0; i < options.senders; ++i) senders.emplace_back(options, i);
  std::vector<Status> outcomes(senders.size());
  const auto start = SteadyClock::now();
  std::vector<std::thread> threads;
  for (size_t i = 0; i < senders.size(); ++i) {
    threads.emplace_back([&, i] { outcomes[i] = senders[i].Run(url); });
  }
  for (std::thread& thread : threads) thread.join();
  LiveReport report;
  report.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  std::vector<double> request_ms;
  for (size_t i = 0; i < senders.size(); ++i) {
    RETURN_IF_ERROR(outcomes[i]);
    report.samples += senders[i].samples();
    request_ms.insert(request_ms.end(), senders[i].request_ms().begin(),
                      senders[i].request_ms().end());
  }
  std::sort(request_ms.begin(), request_ms.end());
  if (!request_ms.empty()) report.request_p99_ms = request_ms[request_ms.size() * 99 / 100];
  return report;
}

}  // namespace silverback
