#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/block/describe.h"
#include "engine/block/timeline.h"
#include "engine/codec/integers.h"

namespace silverback {
namespace {

constexpr uint8_t kKnownVersion = 1;
constexpr size_t kPrefixSize = 5;

/// Takes a timeline apart from its front.
class Describer {
 public:
  explicit Describer(std::string_view timeline) : timeline_(timeline), rest_(timeline) {}

  std::vector<BlockField> Run() {
    if (!(Prefix() && Header() && Columns())) {
      Add("malformed", rest_.size(),
          rest_.empty() ? "the timeline ends here" : fmt::format("{} bytes", rest_.size()));
    }
    return std::move(fields_);
  }

 private:
  void Add(std::string name, size_t bytes, std::string text) {
    fields_.push_back({timeline_.size() - rest_.size(), bytes, std::move(name), std::move(text)});
    rest_.remove_prefix(bytes);
  }

  bool Prefix() {
    if (timeline_.size() < kPrefixSize) return false;
    const auto version = static_cast<uint8_t>(rest_[0]);
    Add("version", 1, fmt::format("{}", version));
    const uint32_t computed = Crc32c(timeline_.substr(kPrefixSize), Crc32c(timeline_.substr(0, 1)));
    std::string_view after = rest_;
    uint32_t stored = 0;
    GetFixed(&after, &stored);
    Add("checksum", sizeof(stored),
        stored == computed ? fmt::format("{:08x}, right", stored)
                           : fmt::format("{:08x}, WRONG: the bytes give {:08x}", stored, computed));
    return version == kKnownVersion;
  }

  bool Number(std::string name, std::string_view unit, uint64_t* out) {
    std::string_view after = rest_;
    if (!GetVarint(&after, out)) return false;
    Add(std::move(name), rest_.size() - after.size(), fmt::format("{}{}", *out, unit));
    return true;
  }

  bool Header() {
    uint64_t unused = 0;
    if (!Number("rows", "", &rows_) || rows_ == 0 || rows_ > kMaxTimelineRows) return false;
    std::string_view after = rest_;
    int64_t first = 0;
    if (!GetSignedVarint(&after, &first)) return false;
    Add("first time", rest_.size() - after.size(), fmt::format("{} ms", first));
    return Number("last time", " ms after the first", &unused) &&
           Number("interval", " ms", &unused);
  }

  bool Columns() {
    for (uint64_t begin = 0; begin < rows_; begin += codec::kMaxColumnValues) {
      const uint64_t end = std::min<uint64_t>(rows_, begin + codec::kMaxColumnValues);
      std::string_view after = rest_;
      std::string_view column;
      if (!GetLengthPrefixed(&after, &column)) return false;
      Add(fmt::format("rows {} to {}", begin, end - 1), rest_.size() - after.size(),
          fmt::format("residuals in {} bytes", column.size()));
    }
    return rest_.empty();
  }

  std::string_view timeline_;
  std::string_view rest_;
  std::vector<BlockField> fields_;
  uint64_t rows_ = 0;
};

}  // namespace

std::vector<BlockField> DescribeTimeline(std::string_view timeline) {
  return Describer(timeline).Run();
}

}  // namespace silverback
