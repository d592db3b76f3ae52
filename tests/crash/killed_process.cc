// Killed processes: several senders write through HTTP, the server dies by SIGKILL at random moments while it seals and
// merges, is started again, and every acknowledged sample is compared. In half of the cycles the log's tail is cut, followed
// by garbage, or garbled. With a number of load series, that many are written to beside the senders, as fast as the server
// acknowledges, so that one seal follows the other and merges run meanwhile.
//
//     test_crash_killed_process [cycles [seed [load series]]]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "tests/crash/live_load.h"
#include "tests/crash/log_tail.h"
#include "tests/crash/sender.h"
#include "tests/support/process/server_process.h"
#include "tests/support/temporary_directory.h"
#include "tools/client/api_client.h"

namespace silverback {
namespace {

constexpr int kSenders = 4;
constexpr int kSeriesEach = 12;

/// A number that the server has counted since its start.
StatusOr<uint64_t> Counted(const std::string& url, std::string_view name) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->Get("/metrics"));
  const std::string line = fmt::format("\n{} ", name);
  const size_t at = answer.body.find(line);
  if (at == std::string::npos) {
    return Error(absl::StatusCode::kNotFound, "/metrics has no {}", name);
  }
  return std::strtoull(answer.body.c_str() + at + line.size(), nullptr, 10);
}

std::vector<std::string> Flags(bool loaded) {
  return {"--storage.seal-window=1s", "--storage.merge-interval=1s",
          loaded ? "--wal-max-bytes=8MiB" : "--wal-max-bytes=1MiB",
          loaded ? "--wal-segment-bytes=1MiB" : "--wal-segment-bytes=256KiB"};
}

class CrashRun {
 public:
  CrashRun(uint64_t seed, int load_series)
      : random_(seed),
        server_({.data_directory = directory_.File("data"), .flags = Flags(load_series > 0)}) {
    const TimestampMs start_ms = WallClockMs() - int64_t{24} * 3600 * 1000;
    if (load_series > 0) load_.emplace(load_series, start_ms);
    for (int i = 0; i < kSenders; ++i) senders_.emplace_back(i, kSeriesEach, start_ms, random_());
  }

  Status Cycle(TailDamage damage) {
    RETURN_IF_ERROR(server_.Start());
    RETURN_IF_ERROR(SendUntilKilled());
    ASSIGN_OR_RETURN(what_, DamageLogTail(directory_.File("data"), damage, &random_));
    RETURN_IF_ERROR(server_.Start());
    uint64_t missing = 0;
    for (CrashSender& sender : senders_) {
      RETURN_IF_ERROR(sender.Compare(server_.url(), damage == TailDamage::kGarbled, &missing));
    }
    if (load_.has_value()) {
      RETURN_IF_ERROR(load_->Compare(server_.url(), damage == TailDamage::kGarbled, &missing));
    }
    if (missing > 0) {
      ASSIGN_OR_RETURN(const uint64_t reported,
                       Counted(server_.url(), "silverback_storage_wal_damaged_records_total"));
      if (reported == 0) return DataLoss("{} samples are gone and no damage was reported", missing);
    }
    what_ += fmt::format(", {} missing", missing);
    server_.Kill();
    return absl::OkStatus();
  }

  /// What only a whole run can say: each life's load is still as it was found after that life.
  Status Finish() {
    if (!load_.has_value()) return absl::OkStatus();
    RETURN_IF_ERROR(server_.Start());
    RETURN_IF_ERROR(load_->CompareAll(server_.url()));
    server_.Kill();
    return absl::OkStatus();
  }

  uint64_t seals() const { return seals_; }
  uint64_t merges() const { return merges_; }
  uint64_t acknowledged() const {
    uint64_t count = load_.has_value() ? load_->acknowledged_samples() : 0;
    for (const CrashSender& sender : senders_) count += sender.acknowledged_samples();
    return count;
  }
  const std::string& what() const { return what_; }

 private:
  Status SendUntilKilled() {
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (CrashSender& sender : senders_) {
      threads.emplace_back([&sender, &stop, this] { sender.Run(server_.url(), stop); });
    }
    if (load_.has_value()) threads.emplace_back([&] { load_->Run(server_.url(), stop); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300 + random_() % 2500));
    const auto seals = Counted(server_.url(), "silverback_storage_seals_total");
    const auto merges = Counted(server_.url(), "silverback_storage_merges_total");
    server_.Kill();
    stop = true;
    for (std::thread& thread : threads) thread.join();
    RETURN_IF_ERROR(seals.status());
    RETURN_IF_ERROR(merges.status());
    seals_ += *seals;
    merges_ += *merges;
    return CheckAnswers();
  }

  Status CheckAnswers() const {
    std::string bad = load_.has_value() ? load_->bad_answer() : "";
    for (const CrashSender& sender : senders_) {
      if (bad.empty()) bad = sender.bad_answer();
    }
    if (bad.empty()) return absl::OkStatus();
    return Error(absl::StatusCode::kInternal, "the server answered {}", bad);
  }

  TemporaryDirectory directory_;
  std::mt19937_64 random_;
  ServerProcess server_;
  std::vector<CrashSender> senders_;
  std::optional<LiveLoad> load_;
  uint64_t seals_ = 0;  // of all lives, as far as they were counted before the end
  uint64_t merges_ = 0;
  std::string what_;
};

int Main(int argc, char** argv) {
  const int cycles = argc > 1 ? std::atoi(argv[1]) : 20;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  const int load_series = argc > 3 ? std::atoi(argv[3]) : 0;
  std::printf("killed process: %d cycles, seed %llu, %d load series\n", cycles,
              static_cast<unsigned long long>(seed), load_series);
  CrashRun run(seed, load_series);
  const auto fail = [&run](const Status& status) {
    std::printf("%s: %s\n0 passed, 1 failed\n", run.what().c_str(),
                std::string(MessageOf(status)).c_str());
    return 1;
  };
  constexpr TailDamage kDamages[] = {TailDamage::kNone,    TailDamage::kCut,  TailDamage::kNone,
                                     TailDamage::kGarbage, TailDamage::kNone, TailDamage::kGarbled};
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const Status status = run.Cycle(kDamages[cycle % std::size(kDamages)]);
    std::printf("cycle %d: ", cycle);
    if (!status.ok()) return fail(status);
    std::printf("%llu acknowledged samples are there (%s)\n",
                static_cast<unsigned long long>(run.acknowledged()), run.what().c_str());
    std::fflush(stdout);
  }
  if (const Status status = run.Finish(); !status.ok()) return fail(status);
  std::printf("%llu seals and %llu merges before the kills\n%d passed, 0 failed\n",
              static_cast<unsigned long long>(run.seals()),
              static_cast<unsigned long long>(run.merges()), cycles);
  return 0;
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}
