#include "engine/log/code_runs.h"

#include <algorithm>
#include <cstdint>

namespace silverback::log {
namespace {

/// Shorter ones stay among the bytes that stand for themselves.
constexpr size_t kShortestRun = 3;
/// A byte below it says how many bytes stand for themselves, less one; any other, how often the next one is repeated, less
/// kShortestRun.
constexpr size_t kRunMark = 128;
constexpr size_t kLongestPlain = kRunMark;
constexpr size_t kLongestRun = 256 - kRunMark + kShortestRun - 1;

size_t RunLength(std::string_view codes) {
  size_t length = 1;
  const size_t most = std::min(codes.size(), kLongestRun);
  while (length < most && codes[length] == codes[0]) ++length;
  return length;
}

void PutPlain(std::string_view bytes, std::string* packed) {
  while (!bytes.empty()) {
    const std::string_view some = bytes.substr(0, kLongestPlain);
    packed->push_back(static_cast<char>(some.size() - 1));
    packed->append(some);
    bytes.remove_prefix(some.size());
  }
}

}  // namespace

bool PackCodes(std::string_view codes, std::string* packed) {
  packed->clear();
  const size_t bound = codes.size() - codes.size() / 8;
  size_t plain = 0;  // from here to `at`
  for (size_t at = 0; at < codes.size() && packed->size() < bound;) {
    const size_t run = RunLength(codes.substr(at));
    if (run >= kShortestRun) {
      PutPlain(codes.substr(plain, at - plain), packed);
      packed->push_back(static_cast<char>(kRunMark + run - kShortestRun));
      packed->push_back(codes[at]);
      plain = at + run;
    }
    at += run;
  }
  if (packed->size() + codes.size() - plain >= bound) return false;
  PutPlain(codes.substr(plain), packed);
  return packed->size() < bound;
}

bool UnpackCodes(std::string_view* in, size_t size, std::string* codes) {
  codes->clear();
  codes->reserve(size);
  while (codes->size() < size) {
    if (in->empty()) return false;
    const size_t mark = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    const bool is_run = mark >= kRunMark;
    const size_t count = is_run ? mark - kRunMark + kShortestRun : mark + 1;
    const size_t bytes = is_run ? 1 : count;
    if (bytes > in->size() || count > size - codes->size()) return false;
    if (is_run) {
      codes->append(count, in->front());
    } else {
      codes->append(in->substr(0, count));
    }
    in->remove_prefix(bytes);
  }
  return true;
}

}  // namespace silverback::log
