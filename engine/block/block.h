// A block of floats: up to 8,192 samples of one series, sealed, columnar and immutable. docs/format/block.md
// has the bytes.
//
// The timestamps are not in it: a block's rows are rows [offset, offset + rows) of a timeline
// (engine/block/timeline.h) that it shares with other series. Values are encoded in vectors of
// 1,024, each by the codec that makes it smallest; their bits survive exactly. Facts stand at the
// front.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/block/facts.h"
#include "engine/block/starts.h"

namespace silverback {

/// Values are encoded in vectors of this many rows (the last one of a block may be shorter).
inline constexpr uint32_t kVectorSamples = 1024;
/// The most rows that a block has.
inline constexpr uint32_t kMaxBlockSamples = 8192;
inline constexpr uint32_t kMaxBlockVectors = kMaxBlockSamples / kVectorSamples;

/// Where a block's timestamps are: its rows are rows [offset, offset + rows) of timeline `ordinal`
/// of its part.
struct TimelineRef {
  uint32_t ordinal = 0;
  uint32_t offset = 0;
  friend bool operator==(const TimelineRef&, const TimelineRef&) = default;
};

/// Encodes a block. REQUIRES: 1 to kMaxBlockSamples rows, as many `times` as `values`, `times`
/// strictly ascending. The first and last timestamp are recorded, so that a block can be judged
/// without its timeline. `starts`: the rows' start timestamps; a block without any costs no byte for
/// them. Deterministic.
std::string BuildBlock(std::span<const TimestampMs> times, std::span<const double> values,
                       TimelineRef timeline, const StartsView& starts = {});

/// `block`, of any value kind, with another TimelineRef, all else untouched: for copying a
/// block into another part. DataLoss if a checksum is wrong or the header makes no sense.
StatusOr<std::string> RebindBlock(std::string_view block, TimelineRef timeline);

/// A block's bytes, read in place: the view borrows them, and they must outlive it. Cheap to open
/// (no vector is decoded), cheap to move. Any number of threads may use one view.
///
/// Whatever the bytes are, no function reads or writes outside of its bounds. Bytes that pass their
/// checksum but not the rules of a codec (an encoder's bug, or an attack) decode as NaN.
class BlockView {
 public:
  /// How much `Open` checks beyond structure.
  enum class Verify {
    /// The checksums of header and values.
    kAll,
    /// The header's checksum only; the values' bytes are not even touched. For who needs no more
    /// than facts: call
    /// `VerifyValues` before `ValueAt` or `Decode`.
    kFacts,
  };

  /// An empty view: only good for being assigned to.
  BlockView() = default;

  /// DataLoss, with the reason, if `bytes` are no block of a version that we know, are cut short or
  /// too long, or fail their checksum.
  static StatusOr<BlockView> Open(std::string_view bytes, Verify verify = Verify::kAll);

  /// `Open` without checksums, so that a fuzzer reaches what is behind them.
  static StatusOr<BlockView> FUZZING_ONLY_OpenUnverified(std::string_view bytes);

  /// DataLoss if the values' bytes fail their checksum. Need not be called after Open with `kAll`.
  Status VerifyValues() const;

  /// 1 to kMaxBlockSamples.
  uint32_t rows() const { return rows_; }
  /// The first and the last row's timestamps (staleness markers are rows too).
  TimeRange time_range() const { return time_range_; }
  TimelineRef timeline() const { return timeline_; }
  const Facts& facts() const { return facts_; }

  /// The value of a row, without decoding its vector. REQUIRES: row < rows().
  double ValueAt(uint32_t row) const;

  /// Writes the values of rows [begin, end) to out[0], out[1], ... Staleness markers are among
  /// them. REQUIRES: begin <= end <= rows(), room for end - begin values.
  void Decode(uint32_t begin, uint32_t end, double* out) const;

  /// Whether some row has a start timestamp.
  bool has_starts() const { return !starts_.empty(); }
  /// Replaces `*out` by the rows' start timestamps; `times`: those of all rows. DataLoss if they are
  /// malformed. REQUIRES: verified values.
  Status DecodeStarts(const TimesView& times, StartColumn* out) const;

  /// How a vector is stored, for statistics and inspection.
  struct VectorInfo {
    std::string_view codec;
    size_t bytes = 0;
    uint32_t rows = 0;
  };
  uint32_t vector_count() const { return (rows_ + kVectorSamples - 1) / kVectorSamples; }
  /// REQUIRES: index < vector_count().
  VectorInfo vector_info(uint32_t index) const;

  /// All of the block's bytes.
  std::string_view bytes() const { return bytes_; }

 private:
  struct Vector {
    uint32_t offset = 0;  // in values_
    uint32_t size = 0;
    uint8_t codec = 0;
  };

  static StatusOr<BlockView> OpenImpl(std::string_view bytes, bool verify_header,
                                      bool verify_values);
  /// Facts and directory.
  Status ParseFacts(std::string_view header);
  uint32_t VectorRows(uint32_t index) const;
  std::string_view VectorBytes(uint32_t index) const;

  std::string_view bytes_;
  std::string_view values_;
  std::string_view starts_;
  uint32_t rows_ = 0;
  uint32_t values_crc_ = 0;
  TimeRange time_range_;
  TimelineRef timeline_;
  Facts facts_;
  std::array<Vector, kMaxBlockVectors> vectors_;
};

}  // namespace silverback
