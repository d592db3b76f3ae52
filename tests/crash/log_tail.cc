#include "tests/crash/log_tail.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace silverback {
namespace {

/// Empty if there is none: a server that was killed between a seal and the next write has no unsealed log.
std::string NewestSegment(const std::string& directory) {
  std::vector<std::string> segments;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, error)) {
    if (entry.path().extension() == ".wal") segments.push_back(entry.path().string());
  }
  return segments.empty() ? "" : *std::max_element(segments.begin(), segments.end());
}

}  // namespace

StatusOr<std::string> DamageLogTail(const std::string& directory, TailDamage damage,
                                    std::mt19937_64* random) {
  if (damage == TailDamage::kNone) return std::string("log left as it was");
  const std::string path = NewestSegment(directory);
  if (path.empty()) return std::string("no log to damage");
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  in.close();
  // Segments are preallocated: zeros follow the last record. A record may itself end in zeros, so a cut leaves some.
  const size_t end =
      bytes.find_last_not_of('\0') == std::string::npos ? 0 : bytes.find_last_not_of('\0') + 1;
  constexpr size_t kSlack = 64;
  std::string what;
  if (damage == TailDamage::kCut) {
    bytes.resize(std::min(bytes.size(), end + kSlack + (*random)() % 512));
    what = fmt::format("cut {} to {} bytes", path, bytes.size());
  } else if (damage == TailDamage::kGarbage) {
    bytes.resize(std::max(bytes.size(), end + kSlack + 4096));
    const size_t length = 1 + (*random)() % 4000;
    for (size_t i = 0; i < length; ++i) bytes[end + kSlack + i] = static_cast<char>((*random)());
    what = fmt::format("wrote {} random bytes at {} of {}", length, end + kSlack, path);
  } else {
    if (end < 256) return std::string("too little in the log to garble");
    const size_t at = 64 + (*random)() % (end - 64);
    const size_t length = std::min<size_t>(1 + (*random)() % 16, end - at);
    for (size_t i = 0; i < length; ++i)
      bytes[at + i] = static_cast<char>(bytes[at + i] ^ (1 + (*random)() % 255));
    what = fmt::format("changed {} bytes at {} of {}", length, at, path);
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out) return Error(absl::StatusCode::kInternal, "cannot write {}", path);
  return what;
}

}  // namespace silverback
