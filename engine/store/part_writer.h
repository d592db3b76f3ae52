// Writing one part: into table files of its own, beside the database until `Store::Commit` takes
// them in.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/store/part.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

class Rocks;

/// What the writer of a part knows before the first block.
struct NewPart {
  Partition partition = 0;
  PartKind kind = PartKind::kInOrder;
  /// The range of log sequences that the part's samples come from. Parts of one seal all carry the
  /// seal's whole range, so that a part adopted at open tells how far the log is sealed.
  Sequence first_sequence = 0;
  Sequence last_sequence = 0;
  /// The parts that a merge reads. Empty for a seal.
  std::vector<PartId> inputs = {};
  /// Asked before the first byte and then about every 16 MiB with the bytes written so far; an
  /// error (no room) stops the writer with that error. May be empty.
  std::function<Status(uint64_t bytes_written)> admit = {};
  /// Bytes a second to write at most, 0 for no limit (merges that must leave room for others).
  uint64_t bytes_per_second = 0;
  /// Past this size the blocks, or the timelines, go on in another table file, so that none is unwieldy.
  uint64_t max_file_bytes = 1ULL << 30;
};

/// A complete part on disk that the database does not know yet. Give it to `Store::Commit`;
/// destroyed before that, it deletes its files. Movable.
class FinishedPart {
 public:
  FinishedPart();
  ~FinishedPart();
  FinishedPart(FinishedPart&&) noexcept;
  FinishedPart& operator=(FinishedPart&&) noexcept;

  const PartMeta& meta() const { return header_.meta; }
  const PartHeader& header() const { return header_; }

 private:
  friend class PartSwitch;
  friend class PartWriter;
  struct Files;
  PartHeader header_;
  std::unique_ptr<Files> files_;
  /// Per day, the series that have blocks there (seals only: a merge moves nothing in time).
  std::vector<std::pair<Day, SeriesBitmap>> activity_;
};

/// Streams a part to disk with bounded memory (one table block, and the index of the table, a few
/// bytes a block). Made by `Store::NewPartWriter`; must not outlive the store. Used from one thread
/// at a time; any number of writers can be open. After an error only `Abandon` or destruction make
/// sense. Destroyed before `Finish`, it deletes its files.
class PartWriter {
 public:
  ~PartWriter();
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;

  /// The id that the part will have.
  PartId id() const;

  /// Appends a timeline and says its ordinal: 0, 1, 2, ... May be called between blocks.
  StatusOr<uint32_t> AddTimeline(std::string_view timeline);

  /// Appends a block. Keys ascend strictly; `first_ms` to `last_ms` lies inside the part's
  /// partition; `samples` is the number of samples inside (for the counts of the part). Anything
  /// else is an InvalidArgument.
  Status AddBlock(const BlockKey& key, TimestampMs last_ms, uint64_t samples,
                  std::string_view block);

  /// Bytes written so far, near enough.
  uint64_t bytes() const;
  uint64_t blocks() const;

  /// Completes and syncs the files. FailedPrecondition if the part has no block (abandon it
  /// instead).
  StatusOr<FinishedPart> Finish();

  /// Deletes what was written. Idempotent.
  void Abandon();

 private:
  friend class Store;
  struct Impl;
  static StatusOr<std::unique_ptr<PartWriter>> Make(const Rocks* rocks, PartId id, NewPart part);
  explicit PartWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace silverback
