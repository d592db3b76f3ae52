#include "bench/fleet/panels.h"

#include <algorithm>
#include <fmt/format.h>

namespace silverback {
namespace {
constexpr int64_t kScrapeSeconds = 15;
}

int64_t PanelStepSeconds(int64_t range_seconds) {
  return std::max<int64_t>(kScrapeSeconds, range_seconds / 1000);
}

std::string GoDuration(int64_t seconds) {
  const int64_t hours = seconds / 3600;
  const int64_t minutes = seconds / 60 % 60;
  if (hours > 0) return fmt::format("{}h{}m{}s", hours, minutes, seconds % 60);
  if (minutes > 0) return fmt::format("{}m{}s", minutes, seconds % 60);
  return fmt::format("{}s", seconds);
}

std::vector<Panel> FleetPanels(int64_t range_seconds) {
  const int64_t step = PanelStepSeconds(range_seconds);
  const std::string window = GoDuration(std::max(step + kScrapeSeconds, 4 * kScrapeSeconds));
  const auto with_window = [&](std::string query) {
    for (size_t at; (at = query.find("$w")) != std::string::npos;) query.replace(at, 2, window);
    return query;
  };
  return {
      {"request rate by service", with_window("sum by (service) (rate(http_requests_total[$w]))")},
      {"error ratio by service",
       with_window("sum by (service) (rate(http_requests_total{code=\"500\"}[$w])) / "
                   "sum by (service) (rate(http_requests_total[$w]))")},
      {"p99 latency by service", with_window("histogram_quantile(0.99, sum by (service, le) "
                                             "(rate(http_request_duration_seconds_bucket[$w])))")},
      {"cpu by service", with_window("sum by (service) (rate(process_cpu_seconds_total[$w]))")},
      {"memory, largest by service", "max by (service) (process_resident_memory_bytes)"},
      {"queue, hourly mean", "avg_over_time(queue_length[1h])"},
      {"memory, daily peak", "max_over_time(process_resident_memory_bytes[1d])"},
      {"requests a day", "sum(increase(http_requests_total[1d]))"},
      {"busiest three services",
       with_window("topk(3, sum by (service) (rate(http_requests_total[$w])))")},
      {"targets by job", "count by (job) (up)"},
      {"memory, 90th percentile by job", "quantile by (job) (0.9, process_resident_memory_bytes)"},
      {"database connections", "pg_stat_database_numbackends"},
      {"request rate by team (join)",
       with_window("sum by (service, code) (rate(http_requests_total[$w])) * on (service) "
                   "group_left (team) service_info")},
      {"rate of every series", with_window("rate({job=~\"services|postgres\"}[$w])")},
  };
}

}  // namespace silverback
