// The bytes of segments and record frames: docs/format/log.md. Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/types.h"

namespace silverback::log {

/// 2: records may hold native histograms; 3: and start timestamps; 4: and be compressed; 5: or have
/// packed codes; 6: zeros may stand before a record that begins on a page; 7: marks end what was
/// written, and what stands behind may be of the file's earlier life.
inline constexpr uint32_t kFormatVersion = 7;
inline constexpr uint32_t kFirstVersionWithMarks = 7;

/// The unit in which file systems and disks write.
inline constexpr uint64_t kPageBytes = 4096;

/// The first offset at or after `offset` where a page begins.
constexpr uint64_t NextPage(uint64_t offset) {
  return (offset + kPageBytes - 1) / kPageBytes * kPageBytes;
}

/// A segment's name says its number and salt, so that both survive damage to its header.
struct SegmentName {
  uint64_t number = 0;
  uint32_t salt = 0;
};

/// "0000000000000001-5bd1e995.wal"
std::string FormatSegmentName(const SegmentName& name);
/// Nothing if `name` is not a segment's.
std::optional<SegmentName> ParseSegmentName(std::string_view name);

/// The name under which a segment waits for its next life: "0000000000000001-5bd1e995.idle".
std::string FormatIdleName(const SegmentName& name);
bool IsIdleName(std::string_view name);

inline constexpr size_t kSegmentHeaderBytes = 48;

struct SegmentHeader {
  uint32_t version = kFormatVersion;
  /// Seeds the checksum of the record headers, and is another for each segment: neither bytes inside a
  /// payload that look like a record (a client chooses what label values hold) nor records of the
  /// file's earlier life are taken for one when a damaged stretch is searched for the next header.
  uint32_t salt = 0;
  uint64_t number = 0;
  /// The last record in the segments before this one, as its writer knew it.
  Sequence previous_sequence = 0;
  /// The first record's. More than `previous_sequence` + 1 after records were refused or might have
  /// been lost.
  Sequence first_sequence = 0;
};

std::string EncodeSegmentHeader(const SegmentHeader& header);
/// Nothing unless `bytes` begins with an intact header (of any version).
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view bytes);

inline constexpr size_t kRecordHeaderBytes = 24;
/// The first bytes of a record.
inline constexpr std::string_view kRecordMagic = "SBr\xa7";

/// A record's, or a *mark*: a header without a payload that says which sequence comes next, so that
/// the end of a log is told from damage whatever stands behind it.
struct RecordHeader {
  uint32_t payload_bytes = 0;  // 0: a mark
  Sequence sequence = 0;
  uint32_t payload_crc = 0;

  bool is_mark() const { return payload_bytes == 0; }
};

/// Writes the kRecordHeaderBytes of a header to `out`.
void EncodeRecordHeader(const RecordHeader& header, uint32_t salt, char* out);
/// The same at the end of `out`.
void AppendRecordHeader(const RecordHeader& header, uint32_t salt, std::string* out);
/// Nothing unless `bytes` begins with an intact header whose length is possible.
std::optional<RecordHeader> DecodeRecordHeader(std::string_view bytes, uint32_t salt);

}  // namespace silverback::log
