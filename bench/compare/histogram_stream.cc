#include "bench/compare/histogram_stream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <vector>

#include "engine/labels/label_set.h"
#include "query/remote_read/wire.h"
#include "tools/client/write_request.h"

namespace silverback {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Eight buckets for each doubling, from under a millisecond to half a minute.
constexpr int32_t kSchema = 3;
constexpr int32_t kFirstBucket = -80;
constexpr uint32_t kBuckets = 120;
constexpr std::array<double, 11> kBounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                            0.5,   1,    2.5,   5,    10};

double UpperBound(uint32_t bucket) {
  return std::exp2((static_cast<double>(bucket) + kFirstBucket) / (1 << kSchema));
}

/// One process: what it has observed so far, counted both ways.
class Instance {
 public:
  Instance(const std::string& service, uint32_t number) : random_(number * 2654435761u + 1) {
    const auto labels = [&](const std::string& name, const std::string& bound) {
      return WriteRequestBuilder::EncodeLabels(
          LabelSet{{kMetricName, name},
                   {"instance", fmt::format("{}-{}:8080", service, number)},
                   {"job", "services"},
                   {"le", bound},
                   {"service", service}});
    };
    native_labels_ = labels("native_seconds", "");
    for (const double bound : kBounds) {
      classic_labels_.push_back(labels("classic_seconds_bucket", fmt::format("{}", bound)));
    }
    classic_labels_.push_back(labels("classic_seconds_bucket", "+Inf"));
    classic_labels_.push_back(labels("classic_seconds_sum", ""));
    classic_labels_.push_back(labels("classic_seconds_count", ""));
    native_.schema = kSchema;
    native_.zero_threshold = 1e-128;
    native_.positive_spans = {{kFirstBucket, kBuckets}};
    native_.positive_counts.assign(kBuckets, 0);
  }

  /// Adds `scrapes` scrapes from `time` on to the request.
  void Scrape(TimestampMs time, int64_t interval_ms, uint32_t scrapes, WriteRequestBuilder* out) {
    std::string native = native_labels_;
    std::vector<std::vector<Sample>> classic(classic_labels_.size());
    for (uint32_t scrape = 0; scrape < scrapes; ++scrape, time += interval_ms) {
      for (uint64_t left = 1 + Next() % 40; left > 0; --left) Observe();
      remote_read::AppendHistogram(&native, time, native_);
      for (size_t i = 0; i < classic.size(); ++i) classic[i].push_back({time, Classic(i)});
    }
    out->AddFields(native, scrapes);
    for (size_t i = 0; i < classic.size(); ++i) out->Add(classic_labels_[i], classic[i]);
  }

 private:
  uint64_t Next() {
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    return random_ >> 33;
  }

  /// Four dice: durations gather around 30 ms, and some are a hundred times that.
  void Observe() {
    uint32_t bucket = 20;
    for (int die = 0; die < 4; ++die) bucket += static_cast<uint32_t>(Next() % 16);
    if (Next() % 50 == 0) bucket += 30;
    const double seconds = UpperBound(bucket);
    ++native_.positive_counts[bucket];
    ++native_.count;
    native_.sum += seconds;
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
    ++classic_counts_[static_cast<size_t>(bound - kBounds.begin())];
  }

  double Classic(size_t series) const {
    const size_t buckets = classic_counts_.size();
    if (series == buckets) return native_.sum;
    if (series > buckets) return static_cast<double>(native_.count);
    uint64_t cumulative = 0;
    for (size_t i = 0; i <= series; ++i) cumulative += classic_counts_[i];
    return static_cast<double>(cumulative);
  }

  uint64_t random_;
  std::string native_labels_;
  std::vector<std::string> classic_labels_;
  NativeHistogram native_;
  std::array<uint64_t, kBounds.size() + 1> classic_counts_{};
};

}  // namespace

StatusOr<LiveReport> SendHistograms(const std::string& url, const HistogramOptions& options) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  std::vector<std::vector<Instance>> services(options.services);
  for (uint32_t service = 0; service < options.services; ++service) {
    for (uint32_t i = 0; i < options.instances; ++i) {
      services[service].emplace_back(fmt::format("service-{}", service), service * 1000 + i);
    }
  }
  LiveReport report;
  std::vector<double> request_ms;
  WriteRequestBuilder request;
  const auto start = SteadyClock::now();
  for (uint32_t first = 0; first < options.scrapes; first += options.scrapes_per_request) {
    const uint32_t scrapes = std::min(options.scrapes_per_request, options.scrapes - first);
    const TimestampMs time = options.start_ms + first * options.interval_ms;
    for (std::vector<Instance>& instances : services) {
      for (Instance& one : instances) one.Scrape(time, options.interval_ms, scrapes, &request);
      report.samples += request.samples();
      const std::string body = request.Finish();
      const auto sent = SteadyClock::now();
      RETURN_IF_ERROR(WriteUntilAcknowledged(client.get(), body));
      request_ms.push_back(
          std::chrono::duration<double, std::milli>(SteadyClock::now() - sent).count());
    }
  }
  report.seconds = std::chrono::duration<double>(SteadyClock::now() - start).count();
  std::sort(request_ms.begin(), request_ms.end());
  if (!request_ms.empty()) report.request_p99_ms = request_ms[request_ms.size() * 99 / 100];
  return report;
}

}  // namespace silverback
