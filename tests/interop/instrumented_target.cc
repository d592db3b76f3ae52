#include "tests/interop/instrumented_target.h"

#include <httplib.h>

#include "engine/base/clock.h"
#include "engine/base/coding.h"
#include "tests/support/write_message/write_message.h"

namespace silverback {
namespace {

using namespace silverback::testing;

// Fields of io.prometheus.client (its metrics.proto).
namespace family {
constexpr int kName = 1;
constexpr int kHelp = 2;
constexpr int kType = 3;
constexpr int kMetric = 4;
constexpr uint64_t kCounterType = 0;
constexpr uint64_t kHistogramType = 4;
}  // namespace family
namespace metric {
constexpr int kCounter = 3;
constexpr int kHistogram = 7;
}  // namespace metric
namespace histogram {
constexpr int kCount = 1;
constexpr int kSum = 2;
constexpr int kBucket = 3;
constexpr int kSchema = 5;
constexpr int kZeroThreshold = 6;
constexpr int kZeroCount = 7;
constexpr int kNegativeSpan = 9;
constexpr int kNegativeDelta = 10;
constexpr int kPositiveSpan = 12;
constexpr int kPositiveDelta = 13;
}  // namespace histogram

constexpr const char* kRoutes[] = {"/cart", "/checkout"};

std::string SignedField(int tag, int64_t value) {
  return VarintField(tag, ZigZag(value));
}

std::string Family(const std::string& name, uint64_t type, const std::string& metrics) {
  const std::string message = BytesField(family::kName, name) + BytesField(family::kHelp, "Help.") +
                              VarintField(family::kType, type) + metrics;
  std::string out;
  PutLengthPrefixed(&out, message);
  return out;
}

std::string Metric(const char* route, int field, const std::string& value) {
  return BytesField(family::kMetric, LabelFields({{"route", route}}) + BytesField(field, value));
}

std::string Exemplar(const std::string& trace, double value) {
  const int64_t now_ms = WallClockMs();
  const std::string time = VarintField(1, static_cast<uint64_t>(now_ms / 1000)) +
                           VarintField(2, static_cast<uint64_t>(now_ms % 1000) * 1'000'000);
  return LabelFields({{"trace_id", trace}}) + DoubleField(2, value) + BytesField(3, time);
}

std::string Counter(uint64_t scrape, const char* route) {
  return DoubleField(1, static_cast<double>(3 * scrape)) +
         BytesField(2, Exemplar(fmt::format("{}{}", route, scrape), 1));
}

std::string ClassicHistogram(uint64_t scrape, const char* route) {
  std::string out = VarintField(histogram::kCount, 6 * scrape) +
                    DoubleField(histogram::kSum, 0.7 * static_cast<double>(scrape));
  uint64_t cumulative = 0;
  for (const double bound : {0.1, 0.5, 2.0}) {
    cumulative += 2 * scrape;
    out += BytesField(
        histogram::kBucket,
        VarintField(1, cumulative) + DoubleField(2, bound) +
            BytesField(3, Exemplar(fmt::format("{}{}le{}", route, scrape, bound), bound / 2)));
  }
  return out;
}

std::string Span(int field, int32_t offset, uint64_t length) {
  return BytesField(field, SignedField(1, offset) + VarintField(2, length));
}

/// `buckets` positive ones of 2 x `scrapes` observations each (then a gap, and one more), one negative, and the zero bucket.
std::string NativeHistogramMessage(uint64_t scrapes, uint64_t buckets) {
  const auto each = static_cast<int64_t>(2 * scrapes);
  std::string out =
      VarintField(histogram::kCount, scrapes * (2 * (buckets + 1) + 1 + 1)) +
      DoubleField(histogram::kSum, 1.3 * static_cast<double>(scrapes)) +
      SignedField(histogram::kSchema, 1) + DoubleField(histogram::kZeroThreshold, 1e-3) +
      VarintField(histogram::kZeroCount, scrapes) + Span(histogram::kNegativeSpan, 0, 1) +
      SignedField(histogram::kNegativeDelta, static_cast<int64_t>(scrapes)) +
      Span(histogram::kPositiveSpan, -4, buckets) + Span(histogram::kPositiveSpan, 3, 1);
  out += SignedField(histogram::kPositiveDelta, each);
  for (uint64_t i = 0; i < buckets; ++i) out += SignedField(histogram::kPositiveDelta, 0);
  return out;
}

std::string Page(uint64_t scrape) {
  std::string counters;
  std::string classic;
  std::string native;
  for (const char* route : kRoutes) {
    const bool steady = route == kRoutes[0];
    counters += Metric(route, metric::kCounter, Counter(scrape, route));
    classic += Metric(route, metric::kHistogram, ClassicHistogram(scrape, route));
    native += Metric(route, metric::kHistogram,
                     steady ? NativeHistogramMessage(scrape, 5)
                            : NativeHistogramMessage(1 + scrape % 20, 3 + scrape % 20 / 4));
  }
  return Family("target_requests_total", family::kCounterType, counters) +
         Family("target_latency_seconds", family::kHistogramType, classic) +
         Family("target_native_seconds", family::kHistogramType, native);
}

}  // namespace

InstrumentedTarget::InstrumentedTarget() : server_(std::make_unique<httplib::Server>()) {}

InstrumentedTarget::~InstrumentedTarget() {
  server_->stop();
  if (thread_.joinable()) thread_.join();
}

Status InstrumentedTarget::Start() {
  server_->Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(Page(++scrapes_),
                         "application/vnd.google.protobuf; "
                         "proto=io.prometheus.client.MetricFamily; encoding=delimited");
  });
  const int port = server_->bind_to_any_port("127.0.0.1");
  if (port < 0) return Error(absl::StatusCode::kUnavailable, "no loopback port to listen on");
  address_ = fmt::format("127.0.0.1:{}", port);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  return absl::OkStatus();
}

}  // namespace silverback
