#include "engine/log/log.h"

#include <atomic>
#include <cerrno>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "log_fixture.h"

#include "tests/support/fault_file_system.h"

namespace silverback {
namespace {

TEST_CASE("what was written comes back in order, and sequences go on") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  Records written;
  for (int start = 0; start < 3; ++start) {
    Replayed opened = Reopen(options);
    CHECK(opened.records == written);
    CHECK(opened.report.losses.empty());
    for (int i = 0; i < 5; ++i) {
      const std::string payload = fmt::format("record {} of start {}", i, start);
      const Sequence sequence = Write(opened.log.get(), payload);
      CHECK(sequence == written.size() + 1);
      written[sequence] = payload;
    }
    REQUIRE(opened.log->Close().ok());
  }
  CHECK(Segments(options.directory).size() == 3);
  CHECK(Reopen(options).records == written);
}

TEST_CASE("a start without writes leaves no segment") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  CHECK(Reopen(options).log->Close().ok());
  CHECK(Segments(options.directory).empty());
}

TEST_CASE("a log that was not closed comes back whole, and its reserved space is no loss") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  const LogOptions copy = OptionsFor(directory.File("copy"));
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "one");
  Write(opened.log.get(), "two");
  std::filesystem::copy(options.directory, copy.directory);
  const Replayed killed = Reopen(copy);
  CHECK(killed.records == Records{{1, "one"}, {2, "two"}});
  CHECK(killed.report.losses_total == 0);
}

TEST_CASE("records at or below the border are skipped, and new ones lie above it") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  Replayed first = Reopen(options);
  for (const char* payload : {"a", "b", "c"}) Write(first.log.get(), payload);
  first.log.reset();

  Replayed second = Reopen(options, 2);
  CHECK(second.records == Records{{3, "c"}});
  CHECK(second.report.records_skipped == 2);
  second.log.reset();

  Replayed third = Reopen(options, 10);
  CHECK(third.records.empty());
  CHECK(Write(third.log.get(), "d") == 11);
}

TEST_CASE("segments end at their size, and a record that is longer has its own") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.segment_bytes = 1000;
  Replayed opened = Reopen(options);
  Records written;
  for (const size_t size : {400u, 400u, 400u, 5000u, 10u, 900u, 900u}) {
    const std::string payload(size, static_cast<char>('a' + written.size()));
    written[Write(opened.log.get(), payload)] = payload;
  }
  REQUIRE(opened.log->Close().ok());
  CHECK(Segments(options.directory).size() == 6);
  const Replayed replayed = Reopen(options);
  CHECK(replayed.records == written);
  CHECK(replayed.report.losses.empty());
}

TEST_CASE("one buffer may fill several segments") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.segment_bytes = 1000;
  Replayed opened = Reopen(options);
  Records written;
  Sequence last = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string payload(static_cast<size_t>(i * 7 + 1), 'x');
    last = opened.log->Append(payload).value();
    written[last] = payload;
    if (i == 50) CHECK(opened.log->Roll().value() == 51);
  }
  REQUIRE(opened.log->WaitDurable(last).ok());
  REQUIRE(opened.log->Close().ok());
  CHECK(Reopen(options).records == written);
}

TEST_CASE("roll and drop remove what lies at or below the border and nothing else") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  Replayed opened = Reopen(options);
  Log& log = *opened.log;
  Write(&log, "one");
  Write(&log, "two");
  const uint64_t before = log.unsealed_bytes();
  CHECK(before == 2 * (24 + 3));
  CHECK(log.Roll().value() == 2);
  const Sequence three = log.Append("three").value();
  REQUIRE(log.DropThrough(2).ok());
  CHECK(log.unsealed_bytes() == 24 + 5);
  REQUIRE(log.WaitDurable(three).ok());
  CHECK(Segments(options.directory).size() == 1);
  REQUIRE(log.DropThrough(2).ok());
  CHECK(Segments(options.directory).size() == 1);
  REQUIRE(log.Close().ok());

  Replayed after = Reopen(options, 2);
  CHECK(after.records == Records{{3, "three"}});
  CHECK(after.report.losses.empty());
  REQUIRE(after.log->DropThrough(3).ok());
  CHECK(after.log->unsealed_bytes() == 0);
  CHECK(Segments(options.directory).empty());
  after.log.reset();
  CHECK(Write(Reopen(options, 3).log.get(), "four") == 4);
}

TEST_CASE("a segment with a record above the border stays") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "one");
  Write(opened.log.get(), "two");
  REQUIRE(opened.log->DropThrough(1).ok());
  REQUIRE(opened.log->Close().ok());
  CHECK(Reopen(options, 1).records == Records{{2, "two"}});
}

TEST_CASE("dropping through an old border leaves the segments that ended since") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  Replayed opened = Reopen(options);
  for (const char* payload : {"one", "two", "three", "four"}) {
    Write(opened.log.get(), payload);
    REQUIRE(opened.log->Roll().ok());
  }
  REQUIRE(opened.log->DropThrough(2).ok());
  CHECK(opened.log->SegmentNames().size() == 2);
  opened.log.reset();
  CHECK(Segments(options.directory).size() == 2);
  CHECK(Reopen(options, 2).records == Records{{3, "three"}, {4, "four"}});
}

TEST_CASE("payloads that cannot be framed are refused") {
  const TemporaryDirectory directory;
  Replayed opened = Reopen(OptionsFor(directory.path()));
  CHECK(absl::IsInvalidArgument(opened.log->Append("").status()));
  CHECK(absl::IsInvalidArgument(
      opened.log->Append(std::string(kMaxLogPayloadBytes + 1, 'x')).status()));
  CHECK(absl::IsInvalidArgument(opened.log->WaitDurable(1)));
  CHECK(Write(opened.log.get(), "x") == 1);
}

TEST_CASE("at twice its cap the log refuses until something is dropped") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.max_bytes = 1000;
  Replayed opened = Reopen(options);
  const std::string payload(476, 'x');  // 500 bytes with its header
  for (int i = 0; i < 4; ++i) Write(opened.log.get(), payload);
  const Status refused = opened.log->Append(payload).status();
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(std::string(MessageOf(refused)).find("--wal-max-bytes") != std::string::npos);
  REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
  CHECK(Write(opened.log.get(), payload) == 5);
  opened.log.reset();
  CHECK(Reopen(options).log->unsealed_bytes() == 500);
}

TEST_CASE("an error of the callback stops the replay") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  {
    Replayed opened = Reopen(options);
    Write(opened.log.get(), "a");
    Write(opened.log.get(), "b");
  }
  auto log = Log::Open(options);
  int calls = 0;
  const auto report = (*log)->Replay(0, [&](Sequence, std::string_view) -> Status {
    ++calls;
    return InvalidArgument("no");
  });
  CHECK(absl::IsInvalidArgument(report.status()));
  CHECK(calls == 1);
}

TEST_CASE("other files in the folder are left alone") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  for (const char* name : {"notes", "1-2.wal", "0000000000000001-5BD1E995.wal"}) {
    WriteFile(directory.File(name), "mine");
  }
  Replayed opened = Reopen(options);
  CHECK(opened.report.segments == 0);
  REQUIRE(opened.log->DropThrough(100).ok());
  CHECK(Segments(options.directory).size() == 3);
}

TEST_CASE("in mode commit one sync serves all that wait, and no record is lost or changed") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  LogOptions options = OptionsFor(directory.path(), &file_system);
  options.segment_bytes = 20'000;
  constexpr int kThreads = 8;
  constexpr int kRecords = 200;
  std::mutex mutex;
  Records written;
  {
    Replayed opened = Reopen(options);
    std::vector<std::thread> threads;
    std::atomic<int> failures = 0;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kRecords; ++i) {
          const std::string payload(static_cast<size_t>(i % 90 + 1), static_cast<char>('a' + t));
          const auto sequence = opened.log->Append(payload);
          if (!sequence.ok() || !opened.log->WaitDurable(*sequence).ok()) ++failures;
          if (i % 64 == 63 && !opened.log->Roll().ok()) ++failures;
          const std::lock_guard lock(mutex);
          written[*sequence] = payload;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(failures == 0);
    const LogStats stats = opened.log->stats();
    CHECK(stats.records == kThreads * kRecords);
    CHECK(stats.syncs <= file_system.syncs());
    REQUIRE(opened.log->Close().ok());
  }
  CHECK(written.size() == kThreads * kRecords);
  CHECK(Reopen(options).records == written);
}

TEST_CASE("dropping and writing at once loses nothing above the border") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.segment_bytes = 2000;
  std::mutex mutex;
  Records written;
  Sequence dropped = 0;
  {
    Replayed opened = Reopen(options);
    std::atomic<bool> done = false;
    std::atomic<int> failures = 0;
    std::thread dropper([&] {
      while (!done) {
        const auto border = opened.log->Roll();
        if (!border.ok() || !opened.log->DropThrough(*border).ok()) ++failures;
        dropped = *border;
        std::this_thread::yield();
      }
    });
    std::vector<std::thread> writers;
    for (int t = 0; t < 4; ++t) {
      writers.emplace_back([&, t] {
        for (int i = 0; i < 100; ++i) {
          const std::string payload(50, static_cast<char>('a' + t));
          const auto sequence = opened.log->Append(payload);
          if (!sequence.ok() || !opened.log->WaitDurable(*sequence).ok()) ++failures;
          const std::lock_guard lock(mutex);
          written[*sequence] = payload;
        }
      });
    }
    for (std::thread& thread : writers) thread.join();
    done = true;
    dropper.join();
    CHECK(failures == 0);
  }
  written.erase(written.begin(), written.upper_bound(dropped));
  const Replayed replayed = Reopen(options, dropped);
  CHECK(replayed.records == written);
  CHECK(replayed.report.losses.empty());
}

TEST_CASE("the sync mode decides when syncs happen") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  LogOptions options = OptionsFor(directory.path(), &file_system);
  SECTION("commit: before each answer") {
    Replayed opened = Reopen(options);
    Write(opened.log.get(), "a");
    CHECK(file_system.syncs() == 1);
    Write(opened.log.get(), "b");
    CHECK(file_system.syncs() == 2);
  }
  SECTION("off: only at the end of a segment, on demand, and at the close") {
    options.sync_mode = SyncMode::kOff;
    Replayed opened = Reopen(options);
    for (int i = 0; i < 10; ++i) Write(opened.log.get(), "a");
    CHECK(file_system.syncs() == 0);
    REQUIRE(opened.log->Sync().ok());
    CHECK(file_system.syncs() == 1);
    REQUIRE(opened.log->Close().ok());
    CHECK(file_system.syncs() == 2);
  }
  SECTION("interval: by itself") {
    options.sync_mode = SyncMode::kInterval;
    options.sync_interval = std::chrono::milliseconds(1);
    Replayed opened = Reopen(options);
    Write(opened.log.get(), "a");
    while (file_system.syncs() == 0) std::this_thread::yield();
  }
  SECTION("written before the answer in every mode, so that a killed process loses nothing") {
    options.sync_mode = GENERATE(SyncMode::kCommit, SyncMode::kInterval, SyncMode::kOff);
    Replayed opened = Reopen(options);
    Write(opened.log.get(), "a");
    CHECK(Reopen(options).records == Records{{1, "a"}});
  }
}

TEST_CASE("sync modes have names") {
  CHECK(ParseSyncMode("commit").value() == SyncMode::kCommit);
  CHECK(ParseSyncMode("interval").value() == SyncMode::kInterval);
  CHECK(ParseSyncMode("off").value() == SyncMode::kOff);
  CHECK(absl::IsInvalidArgument(ParseSyncMode("always").status()));
}

TEST_CASE("a full disk refuses records, and the log goes on when there is room again") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  LogOptions options = OptionsFor(directory.path(), &file_system);
  const bool reserves = GENERATE(true, false);
  const bool truncates = GENERATE(true, false);
  file_system.IgnorePreallocation(!reserves);
  const auto room = GENERATE(0, 1, 23, 24, 30, 47, 48, 60, 100);
  INFO("room " << room << ", reserves " << reserves << ", truncates " << truncates);
  Records acknowledged;
  std::set<Sequence> given;
  {
    Replayed opened = Reopen(options);
    acknowledged[Write(opened.log.get(), "before")] = "before";
    if (!truncates) file_system.FailTruncations(EIO);
    file_system.SetRoom(room);
    for (int i = 0; i < 6; ++i) {
      const auto sequence = opened.log->Append("crowded");
      REQUIRE(sequence.ok());
      CHECK(given.insert(*sequence).second);
      const Status status = opened.log->WaitDurable(*sequence);
      if (status.ok())
        acknowledged[*sequence] = "crowded";
      else
        CHECK(absl::IsResourceExhausted(status));
      CHECK(opened.log->WaitDurable(*sequence) == status);
      CHECK(opened.log->WaitDurable(1).ok());
    }
    file_system.SetRoom(FaultFileSystem::kUnlimited);
    file_system.FailTruncations(0);
    acknowledged[Write(opened.log.get(), "after")] = "after";
    CHECK(acknowledged.rbegin()->first == 8);
    CHECK(opened.log->unsealed_bytes() >= acknowledged.size() * 24);
    REQUIRE(opened.log->Close().ok());
  }
  const Replayed replayed = Reopen(options);
  for (const auto& [sequence, payload] : acknowledged) {
    INFO("sequence " << sequence);
    REQUIRE(replayed.records.contains(sequence));
    CHECK(replayed.records.at(sequence) == payload);
  }
  if (truncates) {
    CHECK(replayed.records == acknowledged);
    CHECK(replayed.report.losses.empty());
  }
  CHECK(Write(replayed.log.get(), "next") > 8);
}

TEST_CASE("a full disk during the sync refuses the records that waited for it") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  const LogOptions options = OptionsFor(directory.path(), &file_system);
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "before");
  file_system.FailSyncs(ENOSPC);
  const Sequence refused = opened.log->Append("refused").value();
  CHECK(absl::IsResourceExhausted(opened.log->WaitDurable(refused)));
  file_system.FailSyncs(0);
  Write(opened.log.get(), "after");
  REQUIRE(opened.log->Close().ok());
  CHECK(Reopen(options).records == Records{{1, "before"}, {3, "after"}});
}

TEST_CASE("a full disk that endangers acknowledged records is final") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  LogOptions options = OptionsFor(directory.path(), &file_system);
  options.sync_mode = SyncMode::kOff;
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "acknowledged, not synced");
  file_system.FailSyncs(ENOSPC);
  CHECK(absl::IsInternal(opened.log->Sync()));
  file_system.FailSyncs(0);
  CHECK(absl::IsInternal(opened.log->Append("x").status()));
}

TEST_CASE("any other error is final: the next sync may lie") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  const LogOptions options = OptionsFor(directory.path(), &file_system);
  Replayed opened = Reopen(options);
  const Sequence good = Write(opened.log.get(), "good");
  file_system.FailSyncs(EIO);
  const Sequence bad = opened.log->Append("bad").value();
  const Status status = opened.log->WaitDurable(bad);
  CHECK(absl::IsInternal(status));
  file_system.FailSyncs(0);
  CHECK(opened.log->WaitDurable(good).ok());
  CHECK(opened.log->WaitDurable(bad) == status);
  CHECK(opened.log->Append("more").status() == status);
  CHECK(opened.log->Roll().status() == status);
  CHECK(opened.log->DropThrough(good) == status);
  CHECK(opened.log->Sync() == status);
  CHECK(opened.log->Close() == status);
}

TEST_CASE("waiters in many threads all learn of a final error") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  Replayed opened = Reopen(OptionsFor(directory.path(), &file_system));
  file_system.FailSyncs(EIO);
  std::vector<std::thread> threads;
  std::atomic<int> failures = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      const auto sequence = opened.log->Append("x");
      if (!sequence.ok() || !opened.log->WaitDurable(*sequence).ok()) ++failures;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 8);
}

TEST_CASE("appending without waiting keeps the buffer bounded") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.segment_bytes = 32u << 20;
  options.sync_mode = SyncMode::kOff;
  Replayed opened = Reopen(options);
  const std::string payload(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) REQUIRE(opened.log->Append(payload).ok());
  CHECK(opened.log->stats().records >= 17);
  REQUIRE(opened.log->Close().ok());
  CHECK(Reopen(options).records.size() == 40);
}

}  // namespace
}  // namespace silverback
