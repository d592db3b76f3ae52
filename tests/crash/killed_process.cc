// Killed processes: several senders write through HTTP, the server dies by SIGKILL at random moments while it seals and
// merges, is started again, and every acknowledged sample is compared. In half of the cycles the log's tail is cut, followed
// by garbage, or garbled.
//
//     test_crash_killed_process [cycles [seed]]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "tests/crash/log_tail.h"
#include "tests/crash/sender.h"
#include "tests/support/process/server_process.h"
#include "tests/support/temporary_directory.h"
#include "tools/client/api_client.h"

namespace silverback {
namespace {

constexpr int kSenders = 4;
constexpr int kSeriesEach = 12;

/// Damaged log records that the server has reported since its start.
StatusOr<uint64_t> ReportedDamage(const std::string& url) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Get("/metrics"));
  constexpr std::string_view kName = "\nsilverback_storage_wal_damaged_records_total ";
  const size_t at = answer.body.find(kName);
  if (at == std::string::npos) {
    return Error(absl::StatusCode::kNotFound, "/metrics has no {}", kName.substr(1));
  }
  return std::strtoull(answer.body.c_str() + at + kName.size(), nullptr, 10);
}

class CrashRun {
 public:
  explicit CrashRun(uint64_t seed)
      : random_(seed),
        server_({.data_directory = directory_.File("data"),
                 .flags = {"--storage.seal-window=1s", "--storage.merge-interval=1s",
                           "--wal-max-bytes=1MiB", "--wal-segment-bytes=256KiB"}}) {
    const TimestampMs start_ms = WallClockMs() - int64_t{24} * 3600 * 1000;
    for (int i = 0; i < kSenders; ++i) senders_.emplace_back(i, kSeriesEach, start_ms, random_());
  }

  Status Cycle(TailDamage damage) {
    RETURN_IF_ERROR(server_.Start());
    SendUntilKilled();
    for (const CrashSender& sender : senders_) {
      if (!sender.bad_answer().empty()) {
        return Error(absl::StatusCode::kInternal, "the server answered {}", sender.bad_answer());
      }
    }
    ASSIGN_OR_RETURN(what_, DamageLogTail(directory_.File("data"), damage, &random_));
    RETURN_IF_ERROR(server_.Start());
    uint64_t missing = 0;
    for (CrashSender& sender : senders_) {
      RETURN_IF_ERROR(sender.Compare(server_.url(), damage == TailDamage::kGarbled, &missing));
    }
    if (missing > 0) {
      ASSIGN_OR_RETURN(const uint64_t reported, ReportedDamage(server_.url()));
      if (reported == 0) return DataLoss("{} samples are gone and no damage was reported", missing);
    }
    what_ += fmt::format(", {} missing", missing);
    server_.Kill();
    return absl::OkStatus();
  }

  uint64_t acknowledged() const {
    uint64_t count = 0;
    for (const CrashSender& sender : senders_) count += sender.acknowledged_samples();
    return count;
  }
  const std::string& what() const { return what_; }

 private:
  void SendUntilKilled() {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (CrashSender& sender : senders_) {
      threads.emplace_back([&sender, &stop, this] { sender.Run(server_.url(), stop); });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(300 + random_() % 2500));
    server_.Kill();
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }

  TemporaryDirectory directory_;
  std::mt19937_64 random_;
  ServerProcess server_;
  std::vector<CrashSender> senders_;
  std::string what_;
};

int Main(int argc, char** argv) {
  const int cycles = argc > 1 ? std::atoi(argv[1]) : 20;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  std::printf("killed process: %d cycles, seed %llu\n", cycles,
              static_cast<unsigned long long>(seed));
  CrashRun run(seed);
  constexpr TailDamage kDamages[] = {TailDamage::kNone,    TailDamage::kCut,  TailDamage::kNone,
                                     TailDamage::kGarbage, TailDamage::kNone, TailDamage::kGarbled};
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const Status status = run.Cycle(kDamages[cycle % std::size(kDamages)]);
    if (!status.ok()) {
      std::printf("cycle %d (%s): %s\n0 passed, 1 failed\n", cycle, run.what().c_str(),
                  std::string(MessageOf(status)).c_str());
      return 1;
    }
    std::printf("cycle %d: %llu acknowledged samples are there (%s)\n", cycle,
                static_cast<unsigned long long>(run.acknowledged()), run.what().c_str());
    std::fflush(stdout);
  }
  std::printf("%d passed, 0 failed\n", cycles);
  return 0;
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}
