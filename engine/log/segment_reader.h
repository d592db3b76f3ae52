// Reads a log back, segment after segment. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log/format.h"
#include "engine/log/log.h"

namespace silverback::log {

/// A part of a file in memory, moved along as it is asked for.
class FileWindow {
 public:
  explicit FileWindow(const ReadableFile* file) : file_(file) {}

  /// The bytes at `offset`: `size` of them, or as many as the file has. Valid until the next call.
  StatusOr<std::string_view> View(uint64_t offset, size_t size);

  uint64_t file_size() const { return file_->size(); }

 private:
  const ReadableFile* file_;
  std::string buffer_;
  size_t held_ = 0;  // valid bytes of buffer_
  uint64_t buffer_offset_ = 0;
};

/// The segments in `directory` by their names, in order of number.
StatusOr<std::vector<SegmentName>> ListSegments(FileSystem* file_system,
                                                const std::string& directory);

/// Goes through segments in order, hands over the records and keeps account of what is missing.
class Replayer {
 public:
  Replayer(FileSystem* file_system, std::string directory, Sequence from_sequence_exclusive,
           const Log::ReplayCallback* callback)
      : file_system_(file_system),
        directory_(std::move(directory)),
        from_(from_sequence_exclusive),
        callback_(callback) {}

  struct SegmentSummary {
    Sequence last_sequence = 0;  ///< The highest record in it; 0 if none.
    uint64_t file_bytes = 0;
    uint64_t record_bytes = 0;  ///< Up to the end of the last thing that is no tail of zeros.
  };

  StatusOr<SegmentSummary> ReadSegment(const SegmentName& name);

  /// Where the header of the record stands that the callback is being handed.
  uint64_t record_offset() const { return record_offset_; }

  /// Closes the account. Call once, after the last segment.
  ReplayReport Finish();

  /// Above every sequence that a record here has, or could have had before it was damaged. Call
  /// after `Finish`.
  Sequence NextSequence() const;

 private:
  /// A header of this segment that checks out, and where it stands.
  struct Frame {
    uint64_t offset = 0;
    RecordHeader header;
  };

  /// Reads the header; says where records begin.
  StatusOr<uint64_t> ReadHeader(const SegmentName& name, FileWindow* window);

  /// Reads the record, the mark or the loss at `offset`; says where to go on. The end of the file
  /// ends the segment.
  StatusOr<uint64_t> ReadNext(uint64_t offset, FileWindow* window);
  StatusOr<uint64_t> ReadRecord(const Frame& frame, FileWindow* window);
  StatusOr<uint64_t> ReadMark(const Frame& frame, FileWindow* window);
  /// Of a record whose payload is not what was written: nothing of the segment may follow it.
  StatusOr<uint64_t> SkipPayload(const Frame& frame, std::string_view payload, FileWindow* window);
  Status Deliver(const RecordHeader& header, std::string_view payload);
  StatusOr<uint64_t> SkipDamage(uint64_t offset, FileWindow* window);
  Status AccountForTail(uint64_t offset, FileWindow* window);

  /// The frame at `offset`, or on the next page if only zeros stand before that.
  StatusOr<std::optional<Frame>> FrameFrom(uint64_t offset, FileWindow* window) const;
  /// The first frame at or after `offset`, byte by byte.
  StatusOr<std::optional<Frame>> SearchFrame(uint64_t offset, FileWindow* window) const;
  /// Nothing unless a frame whose sequence can come next stands at the beginning of `bytes`.
  std::optional<RecordHeader> DecodeInOrder(std::string_view bytes) const;

  /// Records that `sequence` comes next, though `expected` should.
  void NoteMissing(Sequence expected, Sequence sequence);
  void NoteLoss(LogLoss::Kind kind, uint64_t offset, uint64_t length, Sequence sequence);
  void SettleLoss();

  FileSystem* file_system_;
  std::string directory_;
  Sequence from_;
  const Log::ReplayCallback* callback_;

  ReplayReport report_;
  SegmentSummary segment_;
  std::string segment_name_;
  uint32_t salt_ = 0;
  bool has_marks_ = true;  // as every segment whose header does not say that it is older
  uint64_t record_offset_ = 0;
  Sequence last_ = 0;                 // the highest sequence met, of lost records too
  Sequence expected_next_ = 0;        // 0: not known
  std::optional<LogLoss> open_loss_;  // its sequences come out at the next record
  uint64_t unknown_bytes_ = 0;        // in which records may have been that nobody can count
};

}  // namespace silverback::log
