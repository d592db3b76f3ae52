#include "engine/block/describe.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/block/block.h"
#include "engine/block/histogram_section.h"
#include "engine/codec/codec.h"
#include "engine/codec/compact_double.h"

namespace silverback {
namespace {

constexpr size_t kPrefixSize = 8;
constexpr size_t kHeaderCrcAt = 4;
constexpr size_t kMaxListedRows = 16;

// docs/format/block.md, "Facts".
constexpr uint8_t kResetsFlag = 8;
constexpr uint8_t kStaleFlag = 16;
constexpr uint8_t kCompensationFlag = 32;
constexpr std::string_view kFlagNames[] = {"some are NaN",          "some are infinite",
                                           "resets are not listed", "resets follow",
                                           "stale rows follow",     "a compensation follows"};
constexpr std::string_view kPlaceNames[] = {"is stored", "is the first", "is the last", "is wrong"};

std::string Hex32(uint32_t value) {
  return fmt::format("{:08x}", value);
}

std::string Checked(uint32_t stored, uint32_t computed) {
  if (stored == computed) return Hex32(stored) + ", right";
  return fmt::format("{:08x}, WRONG: the bytes give {:08x}", stored, computed);
}

std::string FlagsText(uint8_t flags) {
  std::string text = fmt::format("{}", flags);
  for (size_t bit = 0; bit < std::size(kFlagNames); ++bit) {
    if ((flags >> bit & 1) == 0) continue;
    text += fmt::format("{} {}", text.find(':') == std::string::npos ? ":" : ",", kFlagNames[bit]);
  }
  return text;
}

/// Takes a block apart from its front.
class Describer {
 public:
  explicit Describer(std::string_view block) : block_(block), rest_(block) {}

  std::vector<BlockField> Run() {
    if (!(Prefix() && Header() && (is_histogram_ ? HistogramFields() : FloatFields()))) Malformed();
    return std::move(fields_);
  }

 private:
  template <typename T, typename Get, typename Print>
  bool Read(std::string_view name, const Get& get, const Print& print) {
    std::string_view after = rest_;
    T value{};
    if (!get(&after, &value)) return false;
    Add(name, rest_.size() - after.size(), print(value));
    return true;
  }

  void Add(std::string_view name, size_t bytes, std::string text) {
    fields_.push_back({block_.size() - rest_.size(), bytes, std::string(name), std::move(text)});
    rest_.remove_prefix(bytes);
  }

  void Malformed() {
    Add("malformed", rest_.size(),
        rest_.empty() ? "the block ends here" : fmt::format("{} bytes", rest_.size()));
  }

  bool Number(std::string_view name, uint64_t* out) {
    return Read<uint64_t>(name, GetVarint, [out](uint64_t value) {
      *out = value;
      return fmt::format("{}", value);
    });
  }

  bool Double(std::string_view name) {
    return Read<double>(name, codec::GetCompactDouble,
                        [](double value) { return fmt::format("{}", value); });
  }

  bool Prefix() {
    if (block_.size() < kPrefixSize) return false;
    const auto byte = [](uint8_t value) { return fmt::format("{}", value); };
    const auto kind = [this](uint8_t value) {
      is_histogram_ = value == static_cast<uint8_t>(ValueKind::kHistogram);
      if (is_histogram_) return std::string("2: native histograms");
      return value == static_cast<uint8_t>(ValueKind::kFloat) ? std::string("1: float")
                                                              : fmt::format("{}: unknown", value);
    };
    uint8_t version = 0;
    uint16_t header_bytes = 0;
    Read<uint8_t>("version", GetFixed<uint8_t>, [&](uint8_t value) {
      version = value;
      return byte(value);
    });
    Read<uint8_t>("value kind", GetFixed<uint8_t>, kind);
    Read<uint16_t>("bytes of the header", GetFixed<uint16_t>, [&](uint16_t value) {
      header_bytes = value;
      return fmt::format("{}", value);
    });
    header_end_ = std::min<size_t>(std::max<size_t>(header_bytes, kPrefixSize), block_.size());
    const uint32_t crc = Crc32c(block_.substr(kPrefixSize, header_end_ - kPrefixSize),
                                Crc32c(block_.substr(0, kHeaderCrcAt)));
    Read<uint32_t>("checksum of the header", GetFixed<uint32_t>,
                   [crc](uint32_t stored) { return Checked(stored, crc); });
    has_starts_ = version == 2;
    return (version == 1 || has_starts_) && header_bytes >= kPrefixSize &&
           header_bytes <= block_.size();
  }

  bool Header() {
    uint64_t unused = 0;
    const auto first = [](int64_t value) { return fmt::format("{} ms", value); };
    const auto span = [](uint64_t value) { return fmt::format("{} ms after the first", value); };
    const uint32_t crc = Crc32c(block_.substr(header_end_));
    return Number("timeline", &unused) && Number("first row in the timeline", &unused) &&
           Number("rows", &rows_) && rows_ > 0 && rows_ <= kMaxBlockSamples &&
           Read<int64_t>("first time", GetSignedVarint, first) &&
           Read<uint64_t>("last time", GetVarint, span) &&
           Read<uint32_t>("checksum of the values", GetFixed<uint32_t>,
                          [crc](uint32_t stored) { return Checked(stored, crc); }) &&
           (!has_starts_ || Number("bytes of start timestamps", &starts_bytes_));
  }

  bool FloatFields() { return FactFields() && Directory() && Values(); }

  bool HistogramFields() {
    uint64_t stale = 0;
    if (rest_.empty() ||
        (rest_.front() == 0 ? !Number("stale rows", &stale) : !StaleRows(&stale)) ||
        block_.size() - rest_.size() != header_end_) {
      return false;
    }
    uint64_t sections = 0;
    if (!Number("sections", &sections) || sections > rows_) return false;
    std::vector<std::pair<uint64_t, uint64_t>> sizes;
    for (uint64_t i = 0; i < sections; ++i) {
      std::string_view after = rest_;
      uint64_t rows = 0;
      uint64_t bytes = 0;
      if (!GetVarint(&after, &rows) || !GetVarint(&after, &bytes)) return false;
      sizes.emplace_back(rows, bytes);
      Add(fmt::format("entry of section {}", i), rest_.size() - after.size(),
          fmt::format("{} rows, {} bytes", rows, bytes));
    }
    for (uint64_t i = 0; i < sections; ++i) {
      const auto [rows, bytes] = sizes[i];
      if (bytes > rest_.size() || rows == 0 || rows > kMaxSectionRows) return false;
      HistogramSection section;
      const bool sound = section.Parse(rest_.substr(0, bytes), static_cast<uint32_t>(rows));
      Add(fmt::format("section {}", i), static_cast<size_t>(bytes),
          sound ? SectionText(section.layout(), rows) : "it makes no sense");
    }
    return Starts();
  }

  static std::string SectionText(const NativeHistogram& layout, uint64_t rows) {
    return fmt::format("{} {} histograms of schema {}: {} positive and {} negative buckets", rows,
                       layout.is_float ? "float" : "integer", layout.schema,
                       layout.positive_counts.size(), layout.negative_counts.size());
  }

  bool FactFields() {
    uint8_t flags = 0;
    if (!Read<uint8_t>("flags of the facts", GetFixed<uint8_t>, [&flags](uint8_t value) {
          flags = value;
          return FlagsText(value);
        })) {
      return false;
    }
    uint64_t stale = 0;
    if ((flags & kStaleFlag) != 0 && !StaleRows(&stale)) return false;
    if (stale == rows_) return true;
    uint8_t places = 0;
    if (!Read<uint8_t>("places", GetFixed<uint8_t>, [&places](uint8_t value) {
          places = value;
          return fmt::format("the least {}, the greatest {}", kPlaceNames[value & 3],
                             kPlaceNames[value >> 2 & 3]);
        })) {
      return false;
    }
    if (!Double("first sample") || !Double("last sample")) return false;
    if ((places & 3) == 0 && !Double("least sample")) return false;
    if ((places >> 2 & 3) == 0 && !Double("greatest sample")) return false;
    if (!Double("sum")) return false;
    if ((flags & kCompensationFlag) != 0 &&
        !Read<double>("compensation of the sum", GetFixed<double>,
                      [](double value) { return fmt::format("{}", value); })) {
      return false;
    }
    return (flags & kResetsFlag) == 0 || Resets();
  }

  bool StaleRows(uint64_t* count) {
    if (!Number("stale rows", count) || *count > rows_) return false;
    std::string_view after = rest_;
    std::string text;
    uint64_t next = 0;
    for (uint64_t i = 0; i < *count; ++i) {
      uint64_t gap = 0;
      if (!GetVarint(&after, &gap) || gap >= rows_) return false;
      next += gap;
      if (i < kMaxListedRows) text += fmt::format("{}{}", i == 0 ? "" : " ", next);
      ++next;
    }
    if (*count > kMaxListedRows) text += " ...";
    Add("their rows", rest_.size() - after.size(), std::move(text));
    return true;
  }

  bool Resets() {
    uint64_t count = 0;
    if (!Number("counter resets", &count) || count > rows_) return false;
    uint64_t row = 0;
    for (uint64_t i = 0; i < count; ++i) {
      std::string_view after = rest_;
      uint64_t gap = 0;
      double before = 0;
      if (!GetVarint(&after, &gap) || gap >= rows_ || !codec::GetCompactDouble(&after, &before)) {
        return false;
      }
      row += gap;
      Add(fmt::format("reset {}", i), rest_.size() - after.size(),
          fmt::format("row {}, after {}", row, before));
      ++row;
    }
    return true;
  }

  bool Directory() {
    const uint64_t vectors = (rows_ + kVectorSamples - 1) / kVectorSamples;
    for (uint64_t i = 0; i < vectors; ++i) {
      std::string_view after = rest_;
      uint8_t id = 0;
      uint64_t bytes = 0;
      if (!GetFixed(&after, &id) || !GetVarint(&after, &bytes)) return false;
      const codec::Codec* const codec = codec::FindCodec(id);
      vectors_.push_back({codec == nullptr ? "an unknown codec" : std::string(codec->name),
                          std::min<uint64_t>(kVectorSamples, rows_ - i * kVectorSamples), bytes});
      Add(fmt::format("entry of vector {}", i), rest_.size() - after.size(),
          fmt::format("codec {}: {}, {} bytes", id, vectors_.back().codec, bytes));
    }
    return block_.size() - rest_.size() == header_end_;
  }

  bool Values() {
    for (size_t i = 0; i < vectors_.size(); ++i) {
      if (vectors_[i].bytes > rest_.size()) return false;
      Add(fmt::format("vector {}", i), static_cast<size_t>(vectors_[i].bytes),
          fmt::format("{} values by {}", vectors_[i].rows, vectors_[i].codec));
    }
    return Starts();
  }

  /// The stretches of start timestamps, up to the block's end.
  bool Starts() {
    if (rest_.size() != starts_bytes_) return false;
    for (uint64_t row = 0; !rest_.empty();) {
      std::string_view after = rest_;
      uint64_t rows = 0;
      StartMode mode = StartMode::kNone;
      int64_t value = 0;
      if (!GetStartStretch(&after, &rows, &mode, &value) || rows > rows_ - row) return false;
      Add(fmt::format("start timestamps of row {}", row), rest_.size() - after.size(),
          fmt::format("{} rows: {}", rows, StartText(mode, value)));
      row += rows;
    }
    return true;
  }

  static std::string StartText(StartMode mode, int64_t value) {
    switch (mode) {
      case StartMode::kNone:
        return "not known";
      case StartMode::kSame:
        return fmt::format("the last known one, at first the first time, plus {} ms", value);
      case StartMode::kBeforeRow:
        return fmt::format("{} ms before the row", value);
      case StartMode::kAfterLast:
        break;
    }
    return fmt::format("{} ms after the row before", value);
  }

  struct Vector {
    std::string codec;
    uint64_t rows = 0;
    uint64_t bytes = 0;
  };

  std::string_view block_;
  std::string_view rest_;
  std::vector<BlockField> fields_;
  size_t header_end_ = 0;
  bool is_histogram_ = false;
  bool has_starts_ = false;
  uint64_t starts_bytes_ = 0;
  uint64_t rows_ = 0;
  std::vector<Vector> vectors_;
};

}  // namespace

std::vector<BlockField> DescribeBlock(std::string_view block) {
  return Describer(block).Run();
}

}  // namespace silverback
