// What the log's tests share: a log in a folder, its records as strings.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/log/inspect.h"
#include "engine/log/log.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/temporary_directory.h"

namespace silverback {

using Records = std::map<Sequence, std::string>;

struct Replayed {
  std::unique_ptr<Log> log;
  Records records;
  ReplayReport report;
};

/// One that works, and does not wait for the disk.
inline FileSystem* FastFileSystem() {
  static FaultFileSystem file_system;
  return &file_system;
}

inline LogOptions OptionsFor(const std::string& directory,
                             FileSystem* file_system = FastFileSystem()) {
  LogOptions options;
  options.directory = directory;
  options.segment_bytes = 1 << 16;
  options.file_system = file_system;
  return options;
}

/// Opens and replays; fails the test if either fails, or if sequences do not rise.
inline Replayed Reopen(const LogOptions& options, Sequence from = 0) {
  Replayed replayed;
  auto log = Log::Open(options);
  INFO(log.status().ToString());
  REQUIRE(log.ok());
  replayed.log = *std::move(log);
  Sequence last = 0;
  auto report = replayed.log->Replay(from, [&](Sequence sequence, std::string_view payload) {
    CHECK(sequence > last);
    last = sequence;
    replayed.records[sequence] = std::string(payload);
    return absl::OkStatus();
  });
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  replayed.report = *std::move(report);
  return replayed;
}

/// Appends and waits; the sequence.
inline Sequence Write(Log* log, std::string_view payload) {
  const auto sequence = log->Append(payload);
  INFO(sequence.status().ToString());
  REQUIRE(sequence.ok());
  const Status status = log->WaitDurable(*sequence);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return *sequence;
}

/// Where a record stands in its file.
struct Place {
  uint64_t offset = 0;
  uint64_t end = 0;
};

/// Of all whole records of a log folder, in order.
inline std::vector<Place> PlacesOf(const std::string& directory) {
  std::vector<Place> places;
  const auto visit = [&](const LogRecordInfo& record) {
    places.push_back({record.offset, record.offset + record.bytes});
    return absl::OkStatus();
  };
  REQUIRE(InspectLog(FileSystem::Posix(), directory, visit).ok());
  return places;
}

/// The segments of a log folder, in order.
inline std::vector<std::string> Segments(const std::string& directory) {
  return FileSystem::Posix()->List(directory).value();
}

inline std::string ReadFile(const std::string& path) {
  return ReadWholeFile(FileSystem::Posix(), path, UINT64_MAX).value();
}

inline void WriteFile(const std::string& path, std::string_view bytes) {
  auto file = FileSystem::Posix()->OpenForWrite(path, WriteMode::kTruncate);
  REQUIRE(file.ok());
  REQUIRE((*file)->WriteAt(0, bytes).ok());
}

}  // namespace silverback
