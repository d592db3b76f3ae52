// The write-ahead log: what was acknowledged and is not in a part yet.
//
//     StatusOr<std::unique_ptr<Log>> log = Log::Open(options);
//     report = (*log)->Replay(sealed_through, apply);  // once, before anything else
//     sequence = (*log)->Append(payload);              // cheap; order of calls = order of
//     sequences
//     (*log)->WaitDurable(*sequence);                  // then acknowledge
//     border = (*log)->Roll();                         // seal: freeze the head, encode all <=
//     border
//     (*log)->DropThrough(*border);                    // once the parts are live: forget it
//
// A log is a folder of segments, each a file of records (docs/format/log.md). Invariants:
//   1. Sequences rise by one from record to record, and are never reused, whatever was lost or
//   refused in between.
//   2. Nothing is ever written after a tail: each start, and each recovery from a full disk, opens
//   a new segment.
//   3. A record is acknowledged (`WaitDurable` said OK) only when its bytes, its segment's name and
//   everything before it
//      are durable as the sync mode promises.
//   4. A damaged record loses itself and nothing else, and never in silence.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

/// What `WaitDurable` promises when it says OK. All three survive a killed process.
enum class SyncMode {
  kCommit,    ///< The record survives a power cut.
  kInterval,  ///< A power cut loses at most the last interval (and the time of one sync).
  kOff,  ///< The operating system writes when it likes; a power cut can lose everything since the
         ///< last seal.
};

/// `commit`, `interval` or `off`; InvalidArgument names the choices.
StatusOr<SyncMode> ParseSyncMode(std::string_view name);
std::string_view SyncModeName(SyncMode mode);

struct LogOptions {
  std::string directory;  ///< Created if missing.

  /// A segment ends before it would grow beyond this; a record that is longer has a segment of its
  /// own.
  uint64_t segment_bytes = 32u << 20;

  /// `--wal-max-bytes`. The log's owner seals when `unsealed_bytes()` reaches it; at twice this
  /// `Append` refuses.
  uint64_t max_bytes = 256u << 20;

  SyncMode sync_mode = SyncMode::kCommit;
  std::chrono::milliseconds sync_interval{1000};  ///< For kInterval.

  FileSystem* file_system = FileSystem::Posix();  ///< Not owned; must outlive the log.
};

/// The longest payload that `Append` takes.
inline constexpr uint64_t kMaxLogPayloadBytes = 64u << 20;

/// Something in the log that could not be read back.
struct LogLoss {
  enum class Kind {
    kTorn,     ///< The tail of a segment whose writer died in mid-write. In mode kCommit nobody was
               ///< told it was stored.
    kDamaged,  ///< Bytes changed after they were written.
    kGap,      ///< Sequences that are nowhere, as when a segment file was deleted.
  };
  Kind kind = Kind::kDamaged;
  std::string segment;  ///< Name of the file; for a gap, of the segment after it.
  uint64_t offset = 0;  ///< In that file, of the first byte that makes no sense.
  uint64_t length = 0;  ///< Bytes passed over; 0 for a gap.
  /// The sequences that were lost, if they are known; 0 otherwise.
  Sequence first_sequence = 0;
  Sequence last_sequence = 0;

  /// "damaged record at offset 96 of 0000000000000001-5bd1e995.wal: 40 bytes, sequence 3"
  std::string ToString() const;
};

struct ReplayReport {
  uint64_t segments = 0;
  uint64_t records = 0;          ///< Handed to the callback.
  uint64_t records_skipped = 0;  ///< At or below `from_sequence_exclusive`.
  uint64_t bytes = 0;            ///< Read, headers included.
  Sequence last_sequence = 0;    ///< The highest seen; 0 if none.

  /// In log order, at most `kMaxListedLosses`; `losses_total` counts all. Losses that are known to
  /// lie at or below `from_sequence_exclusive` are left out: parts hold those samples.
  std::vector<LogLoss> losses;
  uint64_t losses_total = 0;

  static constexpr size_t kMaxListedLosses = 1000;
};

struct LogStats {
  uint64_t records = 0;   ///< Appended since the start and written.
  uint64_t bytes = 0;     ///< Written since the start, headers included.
  uint64_t segments = 0;  ///< That hold records now.
  uint64_t unsealed_bytes = 0;
  uint64_t file_bytes = 0;  ///< Of all files, with reserved space and those that wait for reuse.

  uint64_t syncs = 0;  ///< Of record data.
  double sync_seconds_sum = 0;
  /// Syncs that took at most kSyncSecondsBounds[i] and more than the bound before it; the last:
  /// longer than all.
  static constexpr std::array<double, 10> kSyncSecondsBounds = {0.0001, 0.0003, 0.001, 0.003, 0.01,
                                                                0.03,   0.1,    0.3,   1.0,   3.0};
  std::array<uint64_t, kSyncSecondsBounds.size() + 1> sync_seconds_buckets{};
};

/// Safe from any thread once `Replay` has returned.
class Log {
 public:
  /// Receives a record in order of sequence; `payload` is valid during the call. An error stops the
  /// replay.
  using ReplayCallback = std::function<Status(Sequence sequence, std::string_view payload)>;

  /// Lists the segments of `options.directory` (creating it if missing). Reads and writes nothing
  /// yet.
  static StatusOr<std::unique_ptr<Log>> Open(LogOptions options);

  /// As `Close`, without a word about errors.
  virtual ~Log() = default;

  /// Reads every segment that was there at `Open`, in order, and hands over each record above
  /// `from_sequence_exclusive` (what parts hold already: `sealed_through`). Goes on after damage
  /// and reports it. The next `Append` continues above both the highest sequence seen and
  /// `from_sequence_exclusive`. Call exactly once, before any other function. Error: an unreadable
  /// file, a segment of a newer version, or the callback's error.
  virtual StatusOr<ReplayReport> Replay(Sequence from_sequence_exclusive,
                                        const ReplayCallback& callback) = 0;

  /// Gives the record the next sequence and puts it in the buffer; no input or output (unless the
  /// buffer is full: writing catches up first). Sequences follow the order of calls, so a caller
  /// that needs "log order = order of X" holds its own lock across both. InvalidArgument if
  /// `payload` is empty or longer than `kMaxLogPayloadBytes`. ResourceExhausted when the log has
  /// twice `max_bytes` unsealed. Any error means that nothing was appended.
  virtual StatusOr<Sequence> Append(std::string_view payload) = 0;

  /// Blocks until the record is stored as the sync mode promises: the first to wait writes all that
  /// is buffered, and one sync serves all. ResourceExhausted if the disk was full: that record is
  /// not in the log (and will not be replayed, or, if its bytes could not be taken back, may be),
  /// later ones may succeed. Any other error is final: every later call says the same, since the
  /// next sync may lie.
  virtual Status WaitDurable(Sequence sequence) = 0;

  /// Ends the segment after the last record appended, and returns that record's sequence: the
  /// border S. No input or output happens here. A caller that wants "all records <= S are in the
  /// frozen head, all others in the new one" keeps appenders out while it rolls and swaps. Returns
  /// the last sequence given out even if nothing was appended.
  virtual StatusOr<Sequence> Roll() = 0;

  /// Removes the segments that hold only sequences <= `sequence`, durably. Their files may stay for reuse, and count as none.
  virtual Status DropThrough(Sequence sequence) = 0;

  /// Removes the files that have waited for reuse for so long: when their space is needed elsewhere (0), or when writes have become so few that
  /// they no longer pay.
  virtual Status GiveBackIdleSpace(std::chrono::milliseconds waited) = 0;

  /// Writes and syncs everything appended so far, in any mode.
  virtual Status Sync() = 0;

  /// The names of the files that hold records, oldest first. The last one is being written to; the others are as they
  /// are until `DropThrough`.
  virtual std::vector<std::string> SegmentNames() const = 0;

  /// Syncs and closes; only `stats` may be called afterwards. Repeating it is harmless.
  virtual Status Close() = 0;

  /// Bytes of records that are in segments, or buffered, and not dropped yet.
  virtual uint64_t unsealed_bytes() const = 0;

  /// The last sequence given out, or found by `Replay`.
  virtual Sequence last_sequence() const = 0;

  virtual LogStats stats() const = 0;
};

}  // namespace silverback
