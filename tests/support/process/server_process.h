// A program under test as a process of its own: started on a free loopback port, killed, started again.
#pragma once

#include <cstdint>
#include <string>
#include <sys/resource.h>
#include <sys/types.h>
#include <vector>

#include "engine/base/status.h"

namespace silverback {

/// A loopback TCP port that nothing listened on a moment ago.
StatusOr<int> FreeLoopbackPort();

/// What a process has cost from its start to its end, all threads.
struct ProcessUsage {
  double cpu_seconds = 0;      // user and system
  uint64_t written_bytes = 0;  // sent to the disk
};

/// One child process. Killed (SIGKILL) when the object dies while it runs.
class ChildProcess {
 public:
  /// Starts `program arguments...` with standard output and error appended to `log_file`.
  static StatusOr<ChildProcess> Start(const std::string& program,
                                      const std::vector<std::string>& arguments,
                                      const std::string& log_file);
  ChildProcess() = default;
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  pid_t pid() const { return pid_; }
  /// True until the process has ended.
  bool Running();
  /// Sends a signal; nothing happens if the process has ended.
  void Signal(int signal) const;
  /// Waits for the end; the exit code, or 128 + signal.
  int Wait();
  /// Of the process that `Wait` or `Running` has seen end.
  const ProcessUsage& usage() const { return usage_; }

 private:
  void Ended(int status, const rusage& usage);

  pid_t pid_ = -1;
  int exit_code_ = 0;
  ProcessUsage usage_;
};

/// A `silverback serve` of the build under test (the path comes from the environment variable SILVERBACK_BINARY, which
/// ctest sets).
class ServerProcess {
 public:
  struct Options {
    std::string data_directory;
    std::vector<std::string> flags;  // besides path and address
  };
  explicit ServerProcess(Options options) : options_(std::move(options)) {}

  /// Starts on a free port and waits until `/-/ready` answers 200. On failure the error carries the end of the log.
  Status Start();
  /// SIGKILL, and waits for the end.
  void Kill();
  /// SIGTERM, and waits for the end; the exit code.
  int Stop();

  const std::string& url() const { return url_; }
  ChildProcess& process() { return process_; }
  std::string log_file() const { return options_.data_directory + ".log"; }

 private:
  Options options_;
  ChildProcess process_;
  std::string url_;
};

}  // namespace silverback
