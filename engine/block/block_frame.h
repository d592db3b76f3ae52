// What blocks of every value kind begin with: prefix and the fields up to the facts.
// docs/format/block.md, "Header".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/block/block.h"
#include "engine/block/starts.h"

namespace silverback {

/// The parts of a block, and the fields that all kinds have.
struct BlockFrame {
  uint8_t kind = 0;
  TimelineRef timeline;
  uint32_t rows = 0;
  /// The first and the last row's timestamps.
  TimeRange time_range;
  uint32_t values_crc = 0;
  /// The header behind those fields: facts, and for floats the directory.
  std::string_view facts;
  std::string_view values;
  /// Start timestamps as `PutStarts` writes them; empty: none. They stand right behind the values.
  std::string_view starts;

  /// Values and start timestamps: all bytes after the header.
  std::string_view body() const { return {values.data(), values.size() + starts.size()}; }
};

/// DataLoss, with the reason, if `bytes` are no block of a version that we know, are cut short, or
/// the fields make no sense. `verify` looks at the header's checksum too.
StatusOr<BlockFrame> OpenBlockFrame(std::string_view bytes, bool verify);

/// DataLoss if a block's body does not have the checksum.
Status VerifyBlockBody(std::string_view body, uint32_t values_crc);

/// Reads `BlockFrame::starts` of a block whose rows are at `times`. DataLoss if they are malformed.
Status DecodeBlockStarts(std::string_view starts, const TimesView& times, StartColumn* out);

/// Whether a block of `kind` with this many bytes of facts can be written (headers are bounded).
bool FitsBlockHeader(size_t facts_bytes);

/// Puts a block together. `facts` and `starts` as in `BlockFrame`. REQUIRES: FitsBlockHeader(facts.size()).
std::string AssembleBlock(ValueKind kind, TimelineRef timeline, uint32_t rows, TimeRange time_range,
                          std::string_view facts, std::string_view values, std::string_view starts);

/// The value kind of a block (0: too short to have one), unchecked: says who can open it.
inline uint8_t PeekBlockKind(std::string_view bytes) {
  return bytes.size() < 2 ? 0 : static_cast<uint8_t>(bytes[1]);
}

}  // namespace silverback
