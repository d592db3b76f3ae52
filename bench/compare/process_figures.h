// What a process costs, from /proc.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

#include "engine/base/status.h"

namespace silverback {

struct ProcessFigures {
  double cpu_seconds = 0;       // user and system, all threads
  uint64_t rss_bytes = 0;       // now
  uint64_t rss_peak_bytes = 0;  // highest so far
};

/// NotFound if the process has ended.
StatusOr<ProcessFigures> ReadProcessFigures(pid_t pid);

/// CPU time of all threads of a process, past ones included, to the nanosecond.
StatusOr<double> CpuSeconds(pid_t pid);

/// Waits until a process has taken less than a fiftieth of a core for half a second: what a server tidies up after a start is
/// no part of an answer. Gives up in silence after 30 seconds.
Status WaitUntilIdle(pid_t pid);

/// Bytes of all files under `directory`.
uint64_t DirectoryBytes(const std::string& directory);

/// Writes back and drops the page cache; false where only root may and this process is not.
bool DropPageCache();

}  // namespace silverback
