// silverback-soak: a live stream as fast as it is acknowledged, with churn, panels asked meanwhile and a retention of a
// minute or so; at the end memory, threads, descriptors and disk must have stopped growing.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <CLI/CLI.hpp>

#include "bench/compare/process_figures.h"
#include "bench/compare/questions.h"
#include "bench/compare/streams.h"
#include "bench/soak/trend.h"
#include "engine/base/clock.h"
#include "tests/support/process/server_process.h"

namespace silverback {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Arguments {
  std::string binary;
  std::string directory;
  double minutes = 1;
  int retention_seconds = 15;
  uint32_t series = 10'000;
  double samples_per_second = 0;
};

/// The server under test.
class Soaked {
 public:
  Status Start(const Arguments& arguments) {
    directory_ = arguments.directory + "/silverback";
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(arguments.directory);
    ASSIGN_OR_RETURN(const int port, FreeLoopbackPort());
    url_ = fmt::format("http://127.0.0.1:{}", port);
    ASSIGN_OR_RETURN(
        process_,
        ChildProcess::Start(
            arguments.binary,
            {"serve", "--storage.tsdb.path=" + directory_,
             fmt::format("--web.listen-address=127.0.0.1:{}", port),
             fmt::format("--storage.tsdb.retention.time={}s", arguments.retention_seconds),
             fmt::format("--storage.seal-window={}s", (arguments.retention_seconds + 4) / 5),
             // Small caches, which are full before the second half: by themselves they fill up with use.
             "--storage.merge-interval=1s", "--storage.block-cache-bytes=32MiB"},
            directory_ + ".log"));
    ASSIGN_OR_RETURN(auto client, ApiClient::Create(url_));
    for (int attempt = 0; attempt < 12'000 && process_.Running(); ++attempt) {
      const auto answer = client->Get("/-/ready");
      if (answer.ok() && answer->status == 200) return absl::OkStatus();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return Error(absl::StatusCode::kUnavailable, "the server does not start: see {}.log",
                 directory_);
  }

  Status Read(std::vector<Trend>* trends) const {
    ASSIGN_OR_RETURN(const ProcessFigures figures, ReadProcessFigures(process_.pid()));
    const std::filesystem::path folder = "/proc/" + std::to_string(process_.pid());
    const auto entries = [&](const char* name) {
      return static_cast<double>(
          std::distance(std::filesystem::directory_iterator(folder / name), {}));
    };
    const double readings[] = {static_cast<double>(figures.rss_bytes) / 1e6, entries("task"),
                               entries("fd"),
                               static_cast<double>(DirectoryBytes(directory_)) / 1e6};
    for (size_t i = 0; i < trends->size(); ++i) (*trends)[i].readings.push_back(readings[i]);
    return absl::OkStatus();
  }

  const std::string& url() const { return url_; }

 private:
  std::string directory_;
  std::string url_;
  ChildProcess process_;
};

/// Asks everything again and again; the number of answers.
StatusOr<uint64_t> AskUntil(const std::string& url, int retention_seconds,
                            const std::atomic<bool>& stop) {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  uint64_t answers = 0;
  while (!stop) {
    const TimestampMs now = WallClockMs();
    for (const QuestionGroup& group : LiveQuestions({now - retention_seconds * 1000, now})) {
      for (const Question& question : group.questions) {
        if (stop) break;
        RETURN_IF_ERROR(Ask(client.get(), question).status());
        ++answers;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return answers;
}

Status Soak(const Arguments& arguments, bool* flat) {
  Soaked server;
  RETURN_IF_ERROR(server.Start(arguments));
  std::vector<Trend> trends{
      {"RSS, MB", 16, {}}, {"threads", 2, {}}, {"file descriptors", 16, {}}, {"disk, MB", 16, {}}};
  std::atomic<bool> stop{false};
  LiveOptions live;
  live.series = arguments.series;
  live.rounds = 1'000'000'000;
  live.churn_rounds = 20;
  live.at_wall_clock = true;
  live.samples_per_second = arguments.samples_per_second;
  live.stop = &stop;
  StatusOr<LiveReport> sent = LiveReport{};
  StatusOr<uint64_t> answers = uint64_t{0};
  std::thread sender([&] { sent = SendLive(server.url(), live); });
  std::thread asker([&] { answers = AskUntil(server.url(), arguments.retention_seconds, stop); });
  const auto end = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(
                                            std::chrono::duration<double>(arguments.minutes * 60));
  Status read;
  while (read.ok() && SteadyClock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
    read = server.Read(&trends);
  }
  stop = true;
  sender.join();
  asker.join();
  RETURN_IF_ERROR(read);
  RETURN_IF_ERROR(sent.status());
  RETURN_IF_ERROR(answers.status());
  std::printf("%s samples in %.0f s, %llu answers\n",
              fmt::format("{:.1f} M", static_cast<double>(sent->samples) / 1e6).c_str(),
              sent->seconds, static_cast<unsigned long long>(*answers));
  *flat = true;
  for (const Trend& trend : trends) {
    std::printf("%-18s third quarter %8.1f, last quarter %8.1f, highest %8.1f: %s\n",
                trend.name.c_str(), trend.ThirdQuarter(), trend.LastQuarter(),
                *std::max_element(trend.readings.begin(), trend.readings.end()),
                trend.Flat() ? "flat" : "GROWS");
    *flat &= trend.Flat();
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Sends a live stream with churn as fast as it is acknowledged, asks panels meanwhile, and "
      "fails if memory, threads, file "
      "descriptors or disk still grow over the second half.");
  app.add_option("--silverback", arguments.binary, "The program under test")->required();
  app.add_option("--directory", arguments.directory, "Where the data directory is made")
      ->required();
  app.add_option("--minutes", arguments.minutes, "How long")
      ->check(CLI::Range(0.1, 10'000.0))
      ->capture_default_str();
  app.add_option("--retention-seconds", arguments.retention_seconds,
                 "Retention of the server; it should pass several times")
      ->check(CLI::Range(5, 86'400))
      ->capture_default_str();
  app.add_option("--samples-per-second", arguments.samples_per_second,
                 "Rate of the stream; 0: as fast as it is acknowledged")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  app.add_option("--series", arguments.series, "Series at a time")
      ->check(CLI::Range(100, 10'000'000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  bool flat = false;
  const Status status = Soak(arguments, &flat);
  if (!status.ok())
    std::fprintf(stderr, "silverback-soak: %s\n", std::string(MessageOf(status)).c_str());
  return status.ok() && flat ? 0 : 1;
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}
