#include "query/api/process_metrics.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace silverback {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The fields of /proc/self/stat behind the command's name, which may hold anything; the first is field 3 (state).
std::vector<std::string> StatFields() {
  const std::string text = ReadFile("/proc/self/stat");
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(text.substr(name_end + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(std::move(field));
  return fields;
}

double BootTimeSeconds() {
  const std::string text = ReadFile("/proc/stat");
  const size_t at = text.find("\nbtime ");
  return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + 7, nullptr);
}

uint64_t CountOpenFiles() {
  std::error_code error;
  std::filesystem::directory_iterator files("/proc/self/fd", error);
  uint64_t count = 0;
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) ++count;
  return count;
}

}  // namespace

ProcessFigures ReadProcessFigures() {
  ProcessFigures figures;
  const std::vector<std::string> fields = StatFields();
  if (fields.size() > 21) {
    const auto number = [&fields](size_t i) { return std::strtod(fields[i].c_str(), nullptr); };
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    figures.cpu_seconds = (number(11) + number(12)) / ticks;
    figures.threads = static_cast<uint64_t>(number(17));
    figures.start_time_seconds = BootTimeSeconds() + number(19) / ticks;
    figures.virtual_bytes = static_cast<uint64_t>(number(20));
    figures.resident_bytes =
        static_cast<uint64_t>(number(21)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }
  figures.open_files = CountOpenFiles();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) figures.max_files = limit.rlim_cur;
  return figures;
}

void WriteProcessMetrics(MetricFamilies& metrics) {
  const ProcessFigures figures = ReadProcessFigures();
  metrics.SecondsCounter("process_cpu_seconds_total",
                         "Total user and system CPU time spent in seconds.", figures.cpu_seconds);
  const auto gauge = [&metrics](std::string_view name, std::string_view help, uint64_t value) {
    metrics.Gauge(name, help, static_cast<double>(value));
  };
  gauge("process_max_fds", "Maximum number of open file descriptors.", figures.max_files);
  gauge("process_open_fds", "Number of open file descriptors.", figures.open_files);
  gauge("process_resident_memory_bytes", "Resident memory size in bytes.", figures.resident_bytes);
  metrics.Gauge("process_start_time_seconds",
                "Start time of the process since unix epoch in seconds.",
                figures.start_time_seconds);
  gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", figures.virtual_bytes);
  gauge("process_threads", "Number of threads.", figures.threads);
}

}  // namespace silverback
