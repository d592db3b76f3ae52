// A folder that lives as long as a test: in memory where the machine has such a file system, since tests that make
// thousands of small files would wait for the disk most of their time; TMPDIR decides otherwise.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>

#include "engine/base/check.h"
#include "engine/base/file_system.h"

namespace silverback {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const bool in_memory = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
    const std::filesystem::path root =
        in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    path_ = (root / "silverback-test-XXXXXX").string();
    SB_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const { return JoinPath(path_, name); }

 private:
  std::string path_;
};

}  // namespace silverback
