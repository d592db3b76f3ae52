// Files of segments that are no longer needed and wait for another life. Private to this folder. One thread at a time.
//
// The first write to a block of a file makes the file system change its account of the file, and a sync waits for that, too. A
// block that was written before costs the bytes alone: half of a sync's time and CPU.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "engine/base/file_system.h"
#include "engine/log/format.h"

namespace silverback::log {

class IdleSegments {
 public:
  /// At most `max_count` files are kept.
  IdleSegments(FileSystem* file_system, std::string directory, size_t max_count)
      : file_system_(file_system), directory_(std::move(directory)), max_count_(max_count) {}

  /// Takes in what an earlier process left, and makes the names durable; removes what is too much.
  Status Adopt();

  /// Renames the segment of `bytes` bytes, which nobody reads or writes any more, so that it is none. False if there is no
  /// room for it or if it cannot be renamed: it is as it was. The folder must be synced before the next `Take`: a file that is
  /// written over and then has its old name again would be refused.
  bool Keep(const std::string& segment_name, uint64_t bytes);

  /// The name of a file for the next segment, which is the caller's now.
  std::optional<std::string> Take();

  /// Removes those that have waited so long. The first error; the others are tried, too.
  Status Remove(std::chrono::milliseconds waited);
  static constexpr std::chrono::milliseconds kAll{0};

  /// Of all files.
  uint64_t bytes() const { return bytes_; }

 private:
  struct File {
    std::string name;
    uint64_t bytes = 0;
    std::chrono::steady_clock::time_point since;
  };

  void Add(std::string name, uint64_t bytes);

  FileSystem* file_system_;
  std::string directory_;
  size_t max_count_;
  std::deque<File> files_;  // the longest waiting first
  uint64_t bytes_ = 0;
};

}  // namespace silverback::log
