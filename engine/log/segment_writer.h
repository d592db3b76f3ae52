// One segment being written. Private to this folder. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/file_system.h"
#include "engine/log/format.h"

namespace silverback::log {

class SegmentWriter {
 public:
  /// Makes the file, reserves `reserve_bytes`, writes the header and makes the name durable. On
  /// error nothing is left behind, if the disk allows.
  static StatusOr<std::unique_ptr<SegmentWriter>> Create(FileSystem* file_system,
                                                         const std::string& directory,
                                                         const SegmentHeader& header,
                                                         uint64_t reserve_bytes);

  /// As `Create`, but over the file `idle_name` of the same folder, which is as the writer of another
  /// segment left it: its blocks are there already, so that a sync waits for the bytes alone and not
  /// for the file system's account of them.
  static StatusOr<std::unique_ptr<SegmentWriter>> Reuse(FileSystem* file_system,
                                                        const std::string& directory,
                                                        const SegmentHeader& header,
                                                        uint64_t reserve_bytes,
                                                        const std::string& idle_name);

  /// Writes whole records behind those that are there, and a mark behind them. Headers' checksums
  /// begin from `salt()`. After an error they may be there in part; `TakeBack` or a repeated write
  /// mends that.
  Status Write(std::string_view records, Sequence last_sequence);

  /// Declares everything written good: it is never taken back.
  void Accept() { accepted_ = written_; }

  /// Makes everything written durable. The error of a full disk stays ResourceExhausted only if all
  /// that was not synced is not accepted either; otherwise it is as final as any other.
  ///
  /// The next record may begin on the next page: the disk takes pages, and one that was synced partly
  /// filled would be written again. What is passed over is less than what was synced, so that records
  /// are at least half of a file.
  Status Sync();

  /// Cuts what was written but not accepted, and closes.
  Status TakeBack();

  /// Syncs and closes. The file keeps its length and its reserved space, for `Reuse`.
  Status Finish();

  /// As `Finish`, but gives the reserved space back.
  Status FinishForGood();

  const std::string& name() const { return name_; }
  uint32_t salt() const { return salt_; }
  /// Where the next record goes.
  uint64_t offset() const { return next_; }
  /// Of records, without the pages' ends that were passed over.
  uint64_t record_bytes() const { return written_.record_bytes; }
  uint64_t accepted_record_bytes() const { return accepted_.record_bytes; }
  /// Where the last accepted record ends.
  uint64_t accepted_end() const { return accepted_.end; }
  bool is_synced() const { return synced_.end == written_.end; }

 private:
  SegmentWriter(const SegmentHeader& header, std::string name, std::unique_ptr<WritableFile> file)
      : name_(std::move(name)), salt_(header.salt), file_(std::move(file)) {}

  /// A record's end in the file, and the bytes of records before it.
  struct Position {
    uint64_t end = kSegmentHeaderBytes;
    uint64_t record_bytes = 0;
  };

  void PassOverRestOfPage(uint64_t just_synced_bytes);

  std::string name_;
  uint32_t salt_;
  std::unique_ptr<WritableFile> file_;
  std::string last_pages_;  // keeps its memory from write to write
  uint64_t next_ = kSegmentHeaderBytes;
  Position written_;
  Position accepted_;
  Position synced_{0, 0};  // not even the header
};

}  // namespace silverback::log
