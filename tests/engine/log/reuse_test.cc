// Files of dropped segments that are written over: what the earlier life left is never taken for the log's.
#include <random>

#include "log_fixture.h"

#include "engine/log/format.h"

namespace silverback {
namespace {

using Kind = LogLoss::Kind;

std::vector<std::string> NamesWith(std::string_view suffix, const std::string& directory) {
  std::vector<std::string> names = Segments(directory);
  std::erase_if(names, [&](const std::string& name) { return !name.ends_with(suffix); });
  return names;
}

std::string Filled(size_t bytes, std::mt19937_64* random) {
  std::string payload(bytes, '\0');
  for (char& byte : payload) byte = static_cast<char>((*random)());
  return payload;
}

/// A log whose process was killed while its one segment was in its second life: behind the records of this life stand those of
/// the one before.
struct KilledLog {
  explicit KilledLog(const std::vector<size_t>& sizes)
      : options(OptionsFor(directory.File("log"))) {
    std::mt19937_64 random(sizes.size());
    Replayed opened = Reopen(options);
    // In the first life small records stand everywhere, on pages of their own and not.
    while (opened.log->unsealed_bytes() < options.segment_bytes / 2) {
      sealed = Write(opened.log.get(), Filled(100 + random() % 900, &random));
    }
    REQUIRE(opened.log->Roll().ok());
    REQUIRE(opened.log->DropThrough(sealed).ok());
    REQUIRE(NamesWith(".idle", options.directory).size() == 1);
    before = ReadFile(JoinPath(options.directory, NamesWith(".idle", options.directory)[0]));
    for (const size_t size : sizes) {
      const std::string payload = Filled(size - log::kRecordHeaderBytes, &random);
      records[Write(opened.log.get(), payload)] = payload;
    }
    REQUIRE(NamesWith(".idle", options.directory).empty());
    REQUIRE(NamesWith(".wal", options.directory).size() == 1);
    path = JoinPath(options.directory, NamesWith(".wal", options.directory)[0]);
    bytes = ReadFile(path);  // as a kill would leave it
    opened.log.reset();
    REQUIRE(bytes.size() == before.size());
    WriteFile(path, bytes);
    places = PlacesOf(options.directory);
    REQUIRE(places.size() == sizes.size());
  }

  Replayed ReadAs(std::string_view changed) const {
    WriteFile(path, changed);
    return Reopen(options, sealed);
  }

  Records WithoutRecord(size_t index) const {
    Records out = records;
    out.erase(std::next(out.begin(), static_cast<ptrdiff_t>(index)));
    return out;
  }

  TemporaryDirectory directory;
  LogOptions options;
  Sequence sealed = 0;
  Records records;
  std::vector<Place> places;
  std::string path;
  std::string before;
  std::string bytes;
};

/// The first ends in the file's second page, the second in its third and leaves no room for a mark there, the third fills the next
/// two, and the others share one.
const std::vector<size_t> kSizes = {5000, 4090, 8192, 1000, 700};

}  // namespace

TEST_CASE("a dropped segment's file is the next segment, and its old records are gone") {
  const KilledLog log(kSizes);
  CHECK(log.before.find(log::kRecordMagic, log.places.back().end + 100) != std::string::npos);
  const Replayed replayed = Reopen(log.options, log.sealed);
  CHECK(replayed.records == log.records);
  CHECK(replayed.report.losses.empty());
  CHECK(replayed.report.records_skipped == 0);
  // Nor is anything of it a loss to who knows nothing of the seal.
  CHECK(Reopen(log.options, 0).records == log.records);
}

TEST_CASE(
    "a write over an earlier life that stopped at any byte loses what was not whole, as torn") {
  const KilledLog log(kSizes);
  for (uint64_t cut = log::kSegmentHeaderBytes; cut <= log.places.back().end; cut += cut % 61 + 1) {
    INFO("cut at " << cut);
    const Replayed replayed = log.ReadAs(log.bytes.substr(0, cut) + log.before.substr(cut));
    const auto whole =
        static_cast<size_t>(std::count_if(log.places.begin(), log.places.end(),
                                          [&](const Place& place) { return place.end <= cut; }));
    CHECK(replayed.records ==
          Records(log.records.begin(),
                  std::next(log.records.begin(), static_cast<ptrdiff_t>(whole))));
    CHECK(replayed.report.losses_total <= 1);
    for (const LogLoss& loss : replayed.report.losses) CHECK(loss.kind == Kind::kTorn);
    const Sequence next = Write(replayed.log.get(), "next");
    CHECK(next > log.sealed + whole);
    const std::string added = NamesWith(".wal", log.options.directory).back();
    REQUIRE(FileSystem::Posix()->Remove(JoinPath(log.options.directory, added)).ok());
  }
}

TEST_CASE(
    "a changed byte before the remains of an earlier life loses its record, with its sequence") {
  const KilledLog log(kSizes);
  for (size_t i = 0; i < log.places.size(); ++i) {
    for (uint64_t at = log.places[i].offset; at < log.places[i].end; at += at % 47 + 1) {
      INFO("byte " << at << " of record " << i);
      std::string bytes = log.bytes;
      bytes[at] ^= 0x20;
      const Replayed replayed = log.ReadAs(bytes);
      CHECK(replayed.records == log.WithoutRecord(i));
      REQUIRE(replayed.report.losses.size() == 1);
      CHECK(replayed.report.losses[0].kind == Kind::kDamaged);
      CHECK(replayed.report.losses[0].first_sequence == log.sealed + 1 + i);
      CHECK(replayed.report.losses[0].last_sequence == log.sealed + 1 + i);
    }
  }
}

TEST_CASE("a changed segment header costs nothing in a second life, either") {
  const KilledLog log(kSizes);
  for (size_t at = 0; at < log::kSegmentHeaderBytes; ++at) {
    std::string bytes = log.bytes;
    bytes[at] ^= 1;
    const Replayed replayed = log.ReadAs(bytes);
    CHECK(replayed.records == log.records);
    CHECK(replayed.report.losses_total == 1);
  }
}

TEST_CASE("a log that is dropped again and again makes no more files than it needs at once") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  Replayed opened = Reopen(options);
  std::mt19937_64 random(1);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 30; ++i) Write(opened.log.get(), Filled(5000, &random));
    REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
    CHECK(Segments(options.directory).size() <= 4);
    CHECK(opened.log->unsealed_bytes() == 0);
    CHECK(opened.log->stats().file_bytes ==
          Segments(options.directory).size() * options.segment_bytes);
  }
  Write(opened.log.get(), "last");
  REQUIRE(opened.log->Close().ok());
  CHECK(Segments(options.directory).size() == 1);
  CHECK(Reopen(options, opened.log->last_sequence() - 1).records ==
        Records{{opened.log->last_sequence(), "last"}});
}

TEST_CASE("idle files take no more than the log may") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.File("log"));
  options.max_bytes = 3 * options.segment_bytes;
  Replayed opened = Reopen(options);
  std::mt19937_64 random(2);
  while (opened.log->unsealed_bytes() < 2 * options.max_bytes - (1 << 15)) {
    Write(opened.log.get(), Filled(20'000, &random));
  }
  REQUIRE(opened.log->SegmentNames().size() > 5);
  REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
  CHECK(Segments(options.directory).size() == 3);
}

TEST_CASE("idle files are given back when they have waited long enough") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "one");
  REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
  Write(opened.log.get(), "two");
  REQUIRE(opened.log->Roll().ok());
  Write(opened.log.get(), "three");
  REQUIRE(opened.log->DropThrough(2).ok());
  CHECK(opened.log->stats().file_bytes == 2 * options.segment_bytes);
  REQUIRE(opened.log->GiveBackIdleSpace(std::chrono::hours(1)).ok());
  CHECK(opened.log->stats().file_bytes == 2 * options.segment_bytes);
  REQUIRE(opened.log->GiveBackIdleSpace(std::chrono::milliseconds(0)).ok());
  CHECK(opened.log->stats().file_bytes == options.segment_bytes);
  CHECK(Segments(options.directory) == opened.log->SegmentNames());
  CHECK(Write(opened.log.get(), "four") == 4);
  CHECK(Reopen(options, 2).records == Records{{3, "three"}, {4, "four"}});
}

TEST_CASE("what a killed process left idle is used, not kept for ever; who only reads leaves it") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.File("log"));
  std::vector<std::string> idle;
  std::string file;
  {
    Replayed opened = Reopen(options);
    for (const char* payload : {"one", "two", "three"}) {
      Write(opened.log.get(), payload);
      REQUIRE(opened.log->Roll().ok());
    }
    REQUIRE(opened.log->DropThrough(3).ok());
    idle = Segments(options.directory);
    REQUIRE(idle.size() == 3);
    file = ReadFile(JoinPath(options.directory, idle[0]));
  }
  for (const std::string& name : idle) WriteFile(JoinPath(options.directory, name), file);
  {
    Replayed reader = Reopen(options, 3);
    CHECK(reader.records.empty());
    CHECK(reader.report.segments == 0);
    REQUIRE(reader.log->Close().ok());
    CHECK(Segments(options.directory) == idle);
  }
  options.max_bytes = 2 * options.segment_bytes;
  Replayed writer = Reopen(options, 3);
  Write(writer.log.get(), "four");
  CHECK(NamesWith(".idle", options.directory).size() == 1);
  CHECK(NamesWith(".wal", options.directory).size() == 1);
  REQUIRE(writer.log->Close().ok());
  CHECK(Segments(options.directory).size() == 1);
  CHECK(Reopen(options, 3).records == Records{{4, "four"}});
}

TEST_CASE("an idle file that somebody removed is no trouble") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  Replayed opened = Reopen(options);
  Write(opened.log.get(), "one");
  REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
  REQUIRE(FileSystem::Posix()
              ->Remove(JoinPath(options.directory, Segments(options.directory).at(0)))
              .ok());
  CHECK(Write(opened.log.get(), "two") == 2);
  CHECK(Reopen(options, 1).records == Records{{2, "two"}});
}

TEST_CASE("a record that is longer than a segment leaves no idle file") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  Replayed opened = Reopen(options);
  Write(opened.log.get(), std::string(options.segment_bytes + 1, 'x'));
  REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
  CHECK(Segments(options.directory).empty());
}

TEST_CASE("a full disk in a second life refuses records, and those before them stay") {
  const TemporaryDirectory directory;
  FaultFileSystem file_system;
  const LogOptions options = OptionsFor(directory.File("log"), &file_system);
  const bool truncates = GENERATE(true, false);
  Replayed opened = Reopen(options);
  Write(opened.log.get(), std::string(9000, 'a'));
  REQUIRE(opened.log->DropThrough(opened.log->Roll().value()).ok());
  Write(opened.log.get(), "before");
  if (!truncates) file_system.FailTruncations(EIO);
  file_system.FailSyncs(ENOSPC);
  const Sequence refused = opened.log->Append("refused").value();
  CHECK(absl::IsResourceExhausted(opened.log->WaitDurable(refused)));
  file_system.FailSyncs(0);
  file_system.FailTruncations(0);
  const Sequence after = Write(opened.log.get(), "after");
  opened.log.reset();
  Replayed replayed = Reopen(options, 1);
  replayed.records.erase(refused);  // may be replayed if it could not be taken back
  CHECK(replayed.records == Records{{2, "before"}, {after, "after"}});
  CHECK(replayed.report.losses.empty());
}

}  // namespace silverback
