#include "tools/commands/serve.h"

#include <csignal>
#include <cstdio>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "tools/commands/command.h"
#include "tools/commands/flags.h"
#include "tools/commands/running_server.h"
#include "tools/commands/server_file.h"

namespace silverback {
namespace {

constexpr const char* kUsage =
    "usage: silverback serve [--flag=value ...]\n\n"
    "Takes samples by remote_write and answers PromQL over HTTP.\n\n"
    "example: silverback serve --storage.tsdb.path=/var/lib/silverback "
    "--web.listen-address=127.0.0.1:9090\n";

/// Lines like `ts=2026-11-24T13:30:00.123Z level=warn msg...` on standard error.
void SetUpLogs(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("silverback");
  logger->set_pattern("ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

/// Table files and connections want descriptors: as many as the system lets this process have.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Signals that end the server. They are blocked before any thread starts and waited for by the main thread.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  int Wait() {
    int signal = 0;
    sigwait(&set_, &signal);
    // A second one ends the process at once.
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return signal;
  }

 private:
  sigset_t set_;
};

int WrongUse(const Status& status) {
  std::fprintf(stderr, "silverback serve: %s\n", std::string(MessageOf(status)).c_str());
  return kExitWrongUse;
}

int Serve(const ServeOptions& options, const FlagTable& table) {
  StopSignals signals;
  RaiseFileLimit();
  auto running = RunningServer::Start(options, table.Values());
  if (!running.ok()) {
    std::fprintf(stderr, "silverback serve: %s\n",
                 std::string(MessageOf(running.status())).c_str());
    return kExitFailed;
  }
  const std::string url = (*running)->url();
  if (const Status written = WriteServerFile(options.database.path, url); !written.ok()) {
    spdlog::warn("commands will not find this server by its directory: {}", MessageOf(written));
  }
  std::fprintf(stderr, "silverback is listening on %s\n", url.c_str());
  const int signal = signals.Wait();
  spdlog::info("stopping signal={}", signal);
  (*running)->Stop(std::chrono::milliseconds(options.shutdown_grace_ms));
  RemoveServerFile(options.database.path);
  running->reset();
  spdlog::info("stopped");
  return kExitDone;
}

}  // namespace

int RunServe(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  ServeOptions options;
  FlagTable table(&options);
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") {
      std::fputs((kUsage + table.Help()).c_str(), stdout);
      return kExitDone;
    }
    if (argument == "--help-markdown") {
      std::fputs(table.Markdown().c_str(), stdout);
      return kExitDone;
    }
  }
  if (const Status parsed = table.Parse(arguments); !parsed.ok()) return WrongUse(parsed);
  SetUpLogs(options.log_level);
  return Serve(options, table);
}

}  // namespace silverback
