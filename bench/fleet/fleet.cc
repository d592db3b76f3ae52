#include "bench/fleet/fleet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "bench/fleet/split_mix.h"
#include "engine/base/hash.h"
#include "engine/base/value.h"

namespace silverback {
namespace {

constexpr double kDaySeconds = 86'400;
constexpr std::array<const char*, 11> kServices = {"gateway",   "auth",    "catalog",  "cart",
                                                   "checkout",  "payment", "shipping", "search",
                                                   "recommend", "notify",  "worker"};
constexpr std::array<const char*, 10> kBounds = {"0.005", "0.01", "0.025", "0.05", "0.1",
                                                 "0.25",  "0.5",  "1",     "2.5",  "+Inf"};
constexpr std::array<double, 10> kShares = {0.18, 0.42,  0.66,  0.81,  0.90,
                                            0.96, 0.985, 0.995, 0.999, 1};

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() { return SplitMix(state_ += kSplitMixStep); }
  /// In [0, 1).
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  /// Roughly normal, mean 0, deviation 1.
  double Noise() {
    return (Uniform() + Uniform() + Uniform() + Uniform() - 2) * std::numbers::sqrt3;
  }
  /// `expected` rounded up or down at random, so that the mean is kept.
  double Round(double expected) { return std::floor(std::max(0.0, expected) + Uniform()); }

 private:
  uint64_t state_;
};

/// Requests per second, relative to the mean: a trough at night, less at weekends.
double LoadShape(TimestampMs time_ms, double phase_hours) {
  const double seconds = static_cast<double>(time_ms) / 1000;
  const double hour = std::fmod(seconds / 3600 + phase_hours, 24);
  const double day_of_week = std::fmod(seconds / kDaySeconds + 4, 7);  // the epoch was a Thursday
  const double weekend = day_of_week >= 6 || day_of_week < 1 ? 0.55 : 1.0;
  return weekend * (1 + 0.6 * std::sin((hour - 8) / 24 * 2 * std::numbers::pi));
}

class TargetBase : public FleetTarget {
 public:
  TargetBase(const FleetOptions& options, std::string job, std::string instance)
      : job_(std::move(job)),
        instance_(std::move(instance)),
        interval_ms_(options.interval_ms),
        random_(options.seed ^ Hash64(instance_)) {
    next_ms_ = options.start_ms + static_cast<int64_t>(random_.Next() % options.interval_ms);
  }

  const std::vector<LabelSet>& series() const override { return series_; }

 protected:
  /// The nominal time of this scrape, now and then a few milliseconds late as schedulers are.
  TimestampMs Tick() {
    const TimestampMs time = next_ms_ + (random_.Next() % 400 == 0 ? 3 : 0);
    next_ms_ += interval_ms_;
    return time;
  }

  void Define(std::string_view metric, std::vector<Label> labels) {
    labels.push_back({kMetricName, metric});
    labels.push_back({"job", job_});
    labels.push_back(
        {"signal", metric});  // tells series apart once a function has dropped the name
    labels.push_back({"instance", instance_});
    series_.push_back(LabelSet::FromLabels(std::move(labels)).value());
  }

  double seconds_per_step() const { return static_cast<double>(interval_ms_) / 1000; }

  std::string job_;
  std::string instance_;
  int64_t interval_ms_;
  Random random_;

 private:
  std::vector<LabelSet> series_;
  TimestampMs next_ms_ = 0;
};

class ServiceTarget : public TargetBase {
 public:
  ServiceTarget(const FleetOptions& options, size_t index)
      : TargetBase(options, "services", fmt::format("{}-1:8080", kServices[index])),
        rate_(20.0 * static_cast<double>(11 - index) + 5),
        phase_hours_(static_cast<double>(index) * 0.3),
        deploy_every_(9 * 5760 + index * 631),
        next_deploy_(deploy_every_ / (index + 2) + 7) {
    const char* service = kServices[index];
    for (const char* code : {"200", "404", "500"}) {
      Define("http_requests_total", {{"service", service}, {"code", code}});
    }
    for (const char* bound : kBounds) {
      Define("http_request_duration_seconds_bucket", {{"service", service}, {"le", bound}});
    }
    for (const char* metric :
         {"http_request_duration_seconds_sum", "http_request_duration_seconds_count",
          "db_query_duration_seconds_sum", "process_cpu_seconds_total",
          "process_resident_memory_bytes", "queue_length", "process_threads", "up"}) {
      Define(metric, {{"service", service}});
    }
    const std::string team = index < 4 ? "front" : index < 8 ? "orders" : "platform";
    Define("service_info", {{"service", service}, {"team", team}, {"version", "v1.4.2"}});
    Restart();
  }

  TimestampMs Scrape(double* values) override {
    const TimestampMs time = Tick();
    if (++step_ == next_deploy_) {
      next_deploy_ += deploy_every_;
      Restart();
      std::fill(values, values + series().size(), ValueOf(kStaleNanBits));
      values[series().size() - 2] = 0;  // up
      return time;
    }
    const double seconds = seconds_per_step();
    const double load = rate_ * LoadShape(time, phase_hours_) * (1 + 0.08 * random_.Noise());
    const double requests = random_.Round(load * seconds);
    const double errors = random_.Round(requests * 0.004);
    const double missing = random_.Round(requests * 0.02);
    ok_ += std::max(0.0, requests - errors - missing);
    not_found_ += missing;
    failed_ += errors;
    Observe(requests, load);
    cpu_ += std::round((0.05 + load * 0.002) * seconds * (1 + 0.1 * random_.Noise()) * 100) / 100;
    MoveGauges(load);
    Write(values);
    return time;
  }

 private:
  void Restart() {
    ok_ = not_found_ = failed_ = latency_sum_ = database_sum_ = cpu_ = 0;
    buckets_.fill(0);
    memory_pages_ = 30'000;
    queue_ = 0;
    threads_ = 12;
  }

  void Observe(double requests, double load) {
    const double slowdown = 1 + 0.4 * load / (rate_ * 1.6);
    double below = 0;
    for (size_t i = 0; i < kBounds.size(); ++i) {
      const double share = std::pow(kShares[i], slowdown);
      const double count = i + 1 == kBounds.size() ? requests : random_.Round(requests * share);
      below = std::min(requests, std::max(below, count));
      buckets_[i] += below;
    }
    latency_sum_ += requests * 0.031 * slowdown * (1 + 0.2 * random_.Uniform());
    database_sum_ += requests * 0.0037 * (1 + 0.5 * random_.Uniform());
  }

  void MoveGauges(double load) {
    if (random_.Next() % 3 == 0) {
      memory_pages_ += std::round(random_.Noise() * 40 + 2 + (load - rate_) * 0.05);
      memory_pages_ = std::clamp(memory_pages_, 20'000.0, 400'000.0);
    }
    if (random_.Next() % 8 == 0)
      queue_ = random_.Round(std::max(0.0, load / 10 + random_.Noise() * 3));
    if (random_.Next() % 40 == 0) threads_ = 12 + random_.Round(load / 20);
  }

  void Write(double* out) const {
    *out++ = ok_;
    *out++ = not_found_;
    *out++ = failed_;
    out = std::copy(buckets_.begin(), buckets_.end(), out);
    *out++ = latency_sum_;
    *out++ = buckets_.back();
    *out++ = database_sum_;
    *out++ = std::round(cpu_ * 100) / 100;
    *out++ = memory_pages_ * 4096;
    *out++ = queue_;
    *out++ = threads_;
    *out++ = 1;  // up
    *out++ = 1;  // service_info
  }

  const double rate_;
  const double phase_hours_;
  const uint64_t deploy_every_;
  uint64_t next_deploy_;
  uint64_t step_ = 0;
  double ok_ = 0, not_found_ = 0, failed_ = 0;
  std::array<double, kBounds.size()> buckets_{};
  double latency_sum_ = 0, database_sum_ = 0, cpu_ = 0;
  double memory_pages_ = 0, queue_ = 0, threads_ = 0;
};

class PostgresTarget : public TargetBase {
 public:
  explicit PostgresTarget(const FleetOptions& options)
      : TargetBase(options, "postgres", "postgres-1:9187") {
    for (const char* database : {"orders", "users"}) {
      for (const char* metric : kCounters) Define(metric, {{"datname", database}});
      for (const char* metric : kGauges) Define(metric, {{"datname", database}});
    }
    Define("up", {});
  }

  TimestampMs Scrape(double* values) override {
    const TimestampMs time = Tick();
    const double seconds = seconds_per_step();
    for (size_t i = 0; i < databases_.size(); ++i) {
      Database& database = databases_[i];
      const double load =
          (i == 0 ? 900 : 260) * LoadShape(time, 0.5) * (1 + 0.05 * random_.Noise());
      for (size_t c = 0; c < kCounters.size(); ++c) {
        database.counters[c] += random_.Round(load * kPerTransaction[c] * seconds);
      }
      if (random_.Next() % 4 == 0) database.backends = 5 + random_.Round(load / 40);
      if (random_.Next() % 20 == 0) database.size_pages += random_.Round(load / 100);
      if (random_.Next() % 6 == 0) database.locks = random_.Round(load / 60);
      values = std::copy(database.counters.begin(), database.counters.end(), values);
      *values++ = database.backends;
      *values++ = database.size_pages * 8192;
      *values++ = database.locks;
    }
    *values = 1;  // up
    return time;
  }

 private:
  static constexpr std::array<const char*, 6> kCounters = {
      "pg_stat_database_xact_commit_total", "pg_stat_database_xact_rollback_total",
      "pg_stat_database_blks_read_total",   "pg_stat_database_blks_hit_total",
      "pg_stat_database_tup_fetched_total", "pg_stat_database_deadlocks_total"};
  static constexpr std::array<const char*, 3> kGauges = {
      "pg_stat_database_numbackends", "pg_database_size_bytes", "pg_locks_count"};
  static constexpr std::array<double, 6> kPerTransaction = {1, 0.01, 0.6, 38, 120, 0.00001};

  struct Database {
    std::array<double, kCounters.size()> counters{};
    double backends = 5;
    double size_pages = 1'000'000;
    double locks = 3;
  };
  std::array<Database, 2> databases_;
};

}  // namespace

std::vector<std::unique_ptr<FleetTarget>> MakeFleet(const FleetOptions& options) {
  std::vector<std::unique_ptr<FleetTarget>> targets;
  for (size_t i = 0; i < kServices.size(); ++i) {
    targets.push_back(std::make_unique<ServiceTarget>(options, i));
  }
  targets.push_back(std::make_unique<PostgresTarget>(options));
  return targets;
}

}  // namespace silverback
