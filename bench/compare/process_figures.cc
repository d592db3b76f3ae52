#include "bench/compare/process_figures.h"

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace silverback {
namespace {

/// The number behind "KEY:" in a file of such lines; 0 if there is none.
uint64_t Field(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(key + ":", 0) == 0)
      return std::strtoull(line.c_str() + key.size() + 1, nullptr, 10);
  }
  return 0;
}

}  // namespace

StatusOr<ProcessFigures> ReadProcessFigures(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  ProcessFigures figures;
  ASSIGN_OR_RETURN(figures.cpu_seconds, CpuSeconds(pid));
  figures.rss_bytes = Field(folder + "/status", "VmRSS") * 1024;
  figures.rss_peak_bytes = Field(folder + "/status", "VmHWM") * 1024;
  return figures;
}

StatusOr<double> CpuSeconds(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return Error(absl::StatusCode::kNotFound, "process {} has ended", pid);
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Status WaitUntilIdle(pid_t pid) {
  constexpr std::chrono::milliseconds kInterval(500);
  constexpr double kIdleSeconds = 0.01;  // of CPU in an interval
  constexpr int kIntervalsMax = 60;
  ASSIGN_OR_RETURN(double before, CpuSeconds(pid));
  for (int i = 0; i < kIntervalsMax; ++i) {
    std::this_thread::sleep_for(kInterval);
    ASSIGN_OR_RETURN(const double now, CpuSeconds(pid));
    if (now - before < kIdleSeconds) break;
    before = now;
  }
  return absl::OkStatus();
}

uint64_t DirectoryBytes(const std::string& directory) {
  uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(directory, error);
  for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    std::error_code gone;
    if (it->is_regular_file(gone)) {
      const auto size = it->file_size(gone);
      if (!gone) bytes += size;
    }
  }
  return bytes;
}

bool DropPageCache() {
  ::sync();
  std::ofstream out("/proc/sys/vm/drop_caches");
  out << "3" << std::flush;
  return static_cast<bool>(out);
}

}  // namespace silverback
