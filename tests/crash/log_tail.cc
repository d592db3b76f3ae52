#include "tests/crash/log_tail.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/file_system.h"
#include "engine/log/inspect.h"

namespace silverback {
namespace {

/// What a killed server left of its newest segment.
struct Tail {
  std::string path;  // empty: there is none, as between a seal and the next write
  uint64_t end = 0;  // of the last whole record; what stands behind the mark there may be older
};

StatusOr<Tail> FindTail(const std::string& directory) {
  const std::string folder = JoinPath(directory, "wal");
  Tail tail;
  std::string segment_of_end;
  const auto visit = [&](const LogRecordInfo& record) {
    segment_of_end = record.segment;
    tail.end = record.offset + record.bytes;
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const LogInspection log, InspectLog(FileSystem::Posix(), folder, visit));
  if (log.segments.empty()) return tail;
  const std::string& newest = log.segments.back().name;
  tail.path = JoinPath(folder, newest);
  if (segment_of_end != newest) tail.end = 0;
  return tail;
}

}  // namespace

StatusOr<std::string> DamageLogTail(const std::string& directory, TailDamage damage,
                                    std::mt19937_64* random) {
  if (damage == TailDamage::kNone) return std::string("log left as it was");
  ASSIGN_OR_RETURN(const Tail tail, FindTail(directory));
  const std::string& path = tail.path;
  if (path.empty()) return std::string("no log to damage");
  if (tail.end < 256) return std::string("too little in the log to damage");
  std::ifstream in(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  in.close();
  const size_t end = std::min<size_t>(tail.end, bytes.size());
  std::string what;
  if (damage == TailDamage::kCut) {
    bytes.resize(std::min(bytes.size(), end + (*random)() % 512));
    what = fmt::format("cut {} to {} bytes, records end at {}", path, bytes.size(), end);
  } else if (damage == TailDamage::kGarbage) {
    const size_t begin = end + (*random)() % 64;
    const size_t length = 1 + (*random)() % 4000;
    bytes.resize(std::max(bytes.size(), begin + length));
    for (size_t i = 0; i < length; ++i) bytes[begin + i] = static_cast<char>((*random)());
    what = fmt::format("wrote {} random bytes at {} of {}, records end at {}", length, begin, path,
                       end);
  } else {
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
