#include "engine/log/inspect.h"

#include "log_fixture.h"

#include "engine/base/hash.h"
#include "engine/log/format.h"

namespace silverback {
namespace {

struct SeenRecord {
  std::string segment;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  std::string payload;
};

struct Inspected {
  LogInspection log;
  std::map<Sequence, SeenRecord> records;
};

Inspected Inspect(const std::string& directory) {
  Inspected inspected;
  auto log = InspectLog(FileSystem::Posix(), directory, [&](const LogRecordInfo& record) {
    CHECK(record.payload_crc == Crc32c(record.payload));
    inspected.records[record.sequence] = {std::string(record.segment), record.offset, record.bytes,
                                          std::string(record.payload)};
    return absl::OkStatus();
  });
  INFO(log.status().ToString());
  REQUIRE(log.ok());
  inspected.log = *std::move(log);
  return inspected;
}

/// Two segments of three records each.
void WriteTwoSegments(const LogOptions& options) {
  for (int start = 0; start < 2; ++start) {
    Replayed opened = Reopen(options);
    for (int i = 0; i < 3; ++i)
      Write(opened.log.get(), fmt::format("start {} record {}", start, i));
    REQUIRE(opened.log->Close().ok());
  }
}

}  // namespace

TEST_CASE("inspecting a log finds every record where it stands in its file") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  WriteTwoSegments(options);
  const Inspected inspected = Inspect(options.directory);
  REQUIRE(inspected.log.segments.size() == 2);
  CHECK(inspected.log.losses.empty());
  CHECK(inspected.log.losses_total == 0);
  REQUIRE(inspected.records.size() == 6);
  for (const auto& [sequence, record] : inspected.records) {
    const std::string file = ReadFile(JoinPath(options.directory, record.segment));
    const std::string_view frame = std::string_view(file).substr(record.offset, record.bytes);
    CHECK(frame.starts_with(log::kRecordMagic));
    CHECK(frame.substr(log::kRecordHeaderBytes) == record.payload);
  }
  const LogSegmentInfo& second = inspected.log.segments[1];
  CHECK(second.header_intact);
  CHECK(second.version == log::kFormatVersion);
  CHECK(second.number == 2);
  CHECK(second.previous_sequence == 3);
  CHECK(second.first_sequence == inspected.records.rbegin()->first - 2);
  CHECK(second.last_sequence == inspected.records.rbegin()->first);
  CHECK(second.records == 3);
  CHECK(second.file_bytes == ReadFile(JoinPath(options.directory, second.name)).size());
}

TEST_CASE("inspecting a damaged log says what is lost, and shows the rest") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  WriteTwoSegments(options);
  const Inspected whole = Inspect(options.directory);
  const auto& [sequence, record] = *std::next(whole.records.begin());
  const std::string path = JoinPath(options.directory, record.segment);
  std::string bytes = ReadFile(path);
  bytes[record.offset + record.bytes - 1] ^= 1;
  WriteFile(path, bytes);
  const Inspected damaged = Inspect(options.directory);
  CHECK(damaged.records.size() == 5);
  REQUIRE(damaged.log.losses.size() == 1);
  CHECK(damaged.log.losses[0].kind == LogLoss::Kind::kDamaged);
  CHECK(damaged.log.losses[0].offset == record.offset);
  CHECK(damaged.log.losses[0].length == record.bytes);
  CHECK(damaged.log.losses[0].first_sequence == sequence);
}

TEST_CASE("segments that were dropped after a seal are no gap to who inspects a log") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  WriteTwoSegments(options);
  REQUIRE(FileSystem::Posix()
              ->Remove(JoinPath(options.directory, Inspect(options.directory).log.segments[0].name))
              .ok());
  const Inspected inspected = Inspect(options.directory);
  CHECK(inspected.records.size() == 3);
  CHECK(inspected.log.losses.empty());
}

}  // namespace silverback
