// The power goes at every operation that the log does, one after the other: what was acknowledged survives.
#include <memory>
#include <optional>
#include <random>

#include "log_fixture.h"

#include "tests/support/lost_power_file_system.h"

namespace silverback {
namespace {

struct Sizes {
  uint64_t longest_payload;
  uint64_t segment;
};
/// Records share pages.
constexpr Sizes kSmall = {150, 600};
/// Most records begin on a page of their own.
constexpr Sizes kPaged = {9000, 40'000};

/// A log on a disk that can lose its power, and what its user may rely on.
class Machine {
 public:
  Machine(SyncMode mode, Sizes sizes) : mode_(mode), sizes_(sizes) {
    std::filesystem::create_directory(directory_.File("log"));
    std::filesystem::create_directory(directory_.File("graveyard"));
    disk_ = std::make_unique<LostPowerFileSystem>(directory_.File("graveyard"));
  }

  LostPowerFileSystem& disk() { return *disk_; }

  /// Opens the log and checks it against the promises. False when the power went meanwhile.
  bool Start() {
    LogOptions options = OptionsFor(directory_.File("log"), disk_.get());
    options.segment_bytes = sizes_.segment;
    options.sync_mode = mode_;
    auto log = Log::Open(options);
    if (!log.ok()) return false;
    log_ = *std::move(log);
    Records replayed;
    const auto report = log_->Replay(sealed_, [&](Sequence sequence, std::string_view payload) {
      replayed[sequence] = std::string(payload);
      return absl::OkStatus();
    });
    if (!report.ok()) return false;
    for (const auto& [sequence, payload] : promised_) {
      INFO("sequence " << sequence);
      REQUIRE(replayed.contains(sequence));
      REQUIRE(replayed[sequence] == payload);
    }
    for (const auto& [sequence, payload] : replayed) {
      INFO("sequence " << sequence);
      REQUIRE(written_.contains(sequence));
      REQUIRE(written_[sequence] == payload);
    }
    return true;
  }

  /// Writes, rolls, seals and drops; stops at the first error.
  void Work(std::mt19937_64* random) {
    for (int step = 0; step < 30; ++step) {
      const auto dice = (*random)() % 10;
      if (dice == 0 && !Seal()) return;
      if (dice != 0 && !WriteBatch(1 + (*random)() % 3, random)) return;
    }
    if ((*random)() % 2 == 0) (void)log_->Close();
  }

  void LosePower(std::mt19937_64* keep_some) {
    disk_->Cut();
    log_.reset();
    const Status status = disk_->Restore(keep_some);
    INFO(status.ToString());
    REQUIRE(status.ok());
    if (mode_ != SyncMode::kCommit) promised_.clear();
  }

 private:
  bool WriteBatch(size_t count, std::mt19937_64* random) {
    std::vector<Sequence> sequences;
    for (size_t i = 0; i < count; ++i) {
      const std::string payload =
          fmt::format("{}{}", ++payloads_, std::string((*random)() % sizes_.longest_payload, '.'));
      const auto sequence = log_->Append(payload);
      if (!sequence.ok()) return false;
      written_[*sequence] = payload;
      sequences.push_back(*sequence);
    }
    for (const Sequence sequence : sequences) {
      if (!log_->WaitDurable(sequence).ok()) return false;
      promised_[sequence] = written_[sequence];
    }
    return true;
  }

  bool Seal() {
    const auto border = log_->Roll();
    if (!border.ok()) return false;
    // Everything up to the border is in a part now, durably.
    sealed_ = *border;
    promised_.erase(promised_.begin(), promised_.upper_bound(sealed_));
    return log_->DropThrough(sealed_).ok();
  }

  const SyncMode mode_;
  const Sizes sizes_;
  TemporaryDirectory directory_;
  std::unique_ptr<LostPowerFileSystem> disk_;
  std::unique_ptr<Log> log_;
  Records written_;
  Records promised_;
  Sequence sealed_ = 0;
  int payloads_ = 0;
};

void CutEverywhere(SyncMode mode, bool keep_some, Sizes sizes) {
  for (const PowerPoint point : kPowerPoints) {
    bool reached = true;
    for (uint64_t nth = 1; reached; ++nth) {
      INFO("mode " << SyncModeName(mode) << ", power goes at " << PowerPointName(point)
                   << " number " << nth << (keep_some ? ", some unsynced bytes stay" : ""));
      std::mt19937_64 random(nth);
      Machine machine(mode, sizes);
      REQUIRE(machine.Start());
      machine.disk().CutAt(point, nth);
      machine.Work(&random);
      reached = !machine.disk().has_power();
      for (int life = 0; life < 2; ++life) {
        machine.LosePower(keep_some ? &random : nullptr);
        REQUIRE(machine.Start());
        machine.Work(&random);
      }
      machine.LosePower(nullptr);
      REQUIRE(machine.Start());
    }
  }
}

TEST_CASE("wherever the power goes, acknowledged records survive and nothing else appears") {
  CutEverywhere(SyncMode::kCommit, false, GENERATE(kSmall, kPaged));
}

TEST_CASE("the same when the disk kept some of what was not synced") {
  CutEverywhere(SyncMode::kCommit, true, GENERATE(kSmall, kPaged));
}

TEST_CASE("without syncs before the answer, what comes back is at least what was written") {
  CutEverywhere(SyncMode::kOff, true, GENERATE(kSmall, kPaged));
}

TEST_CASE("in mode interval a power cut loses nothing from before the last sync") {
  const TemporaryDirectory directory;
  REQUIRE(FileSystem::Posix()->CreateDirectories(directory.File("graveyard")).ok());
  LostPowerFileSystem disk(directory.File("graveyard"));
  LogOptions options = OptionsFor(directory.File("log"), &disk);
  options.sync_mode = SyncMode::kInterval;
  options.sync_interval = std::chrono::hours(1);
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "synced");
  REQUIRE(opened.log->Sync().ok());
  Write(opened.log.get(), "lost");
  disk.Cut();
  opened.log.reset();
  REQUIRE(disk.Restore().ok());
  CHECK(Reopen(options).records == Records{{1, "synced"}});
}

TEST_CASE("the lost-power file system forgets what was not synced, and only that") {
  const TemporaryDirectory directory;
  REQUIRE(FileSystem::Posix()->CreateDirectories(directory.File("graveyard")).ok());
  REQUIRE(FileSystem::Posix()->CreateDirectories(directory.File("data")).ok());
  LostPowerFileSystem disk(directory.File("graveyard"));
  const auto path = [&](std::string_view name) {
    return directory.File("data/") + std::string(name);
  };
  const auto write = [&](std::string_view name, std::string_view bytes, bool sync) {
    auto file = disk.OpenForWrite(path(name), WriteMode::kKeep);
    REQUIRE(file.ok());
    REQUIRE((*file)->WriteAt(0, bytes).ok());
    if (sync) REQUIRE((*file)->Sync().ok());
    REQUIRE((*file)->Close().ok());
  };
  write("synced", "old", true);
  write("removed", "was removed", true);
  write("replaced", "was replaced", true);
  REQUIRE(disk.SyncDirectory(directory.File("data")).ok());

  write("synced", "newer", false);
  write("nameless", "bytes without a name", true);
  REQUIRE(disk.Remove(path("removed")).ok());
  write("other", "other", true);
  REQUIRE(disk.Rename(path("other"), path("replaced")).ok());
  disk.Cut();
  CHECK_FALSE(disk.OpenForWrite(path("late"), WriteMode::kKeep).ok());
  REQUIRE(disk.Restore().ok());

  CHECK(ReadFile(path("synced")) == "old");
  CHECK(ReadFile(path("removed")) == "was removed");
  CHECK(ReadFile(path("replaced")) == "was replaced");
  CHECK(disk.List(directory.File("data")).value() ==
        std::vector<std::string>{"removed", "replaced", "synced"});

  REQUIRE(WriteFileDurably(&disk, path("synced"), "durable").ok());
  disk.Cut();
  REQUIRE(disk.Restore().ok());
  CHECK(ReadFile(path("synced")) == "durable");
}

}  // namespace
}  // namespace silverback
