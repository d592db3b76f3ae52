// The write-ahead log's one implementation. Private to this folder; the door is log.h.
//
// Two kinds of state. What appenders and waiters share stands under `mutex_` and is touched for a
// copy's time only. What touches the disk (`writer_` and all that goes with it) belongs to whoever
// holds the *pen*: a flag under the mutex that one thread at a time takes, works without the mutex,
// and puts down again. The thread that finds the pen free while it waits for its record takes it,
// takes the whole buffer along, and so serves everybody who waits.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/log/format.h"
#include "engine/log/idle_segments.h"
#include "engine/log/log.h"
#include "engine/log/segment_writer.h"

namespace silverback::log {

class LogImpl final : public Log {
 public:
  LogImpl(LogOptions options, std::vector<SegmentName> existing);
  ~LogImpl() override;

  StatusOr<ReplayReport> Replay(Sequence from_sequence_exclusive,
                                const ReplayCallback& callback) override;
  StatusOr<Sequence> Append(std::string_view payload) override;
  Status WaitDurable(Sequence sequence) override;
  StatusOr<Sequence> Roll() override;
  Status DropThrough(Sequence sequence) override;
  Status GiveBackIdleSpace(std::chrono::milliseconds waited) override;
  Status Sync() override;
  std::vector<std::string> SegmentNames() const override;
  Status Close() override;
  uint64_t unsealed_bytes() const override;
  Sequence last_sequence() const override;
  LogStats stats() const override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  /// A record in the buffer.
  struct Frame {
    RecordHeader header;
    size_t end = 0;  // of its bytes in Buffer::bytes
    bool starts_segment = false;
  };
  /// The bytes have room for the headers, which depend on the segment that they go to.
  struct Buffer {
    std::string bytes;
    std::vector<Frame> frames;

    size_t BeginOf(size_t frame) const { return frame == 0 ? 0 : frames[frame - 1].end; }
  };

  /// Records that were refused: [first, last], and why.
  struct Refusal {
    Sequence first = 0;
    Sequence last = 0;
    Status status;
  };

  struct Segment {
    std::string name;
    Sequence last_sequence = 0;
    uint64_t record_bytes = 0;
    uint64_t file_bytes = 0;   // with what is reserved
    bool can_be_idle = false;  // it has the usual length and nothing was cut off
  };

  // Under the mutex.
  void TakePen(Lock* lock);
  void PutPenDown();
  /// Writes the buffer, and syncs if `sync`. REQUIRES: this thread holds the pen. Lets go of the
  /// mutex meanwhile. The error of the disk, if any; waiters learn it by themselves.
  Status WriteBuffer(bool sync, Lock* lock);
  void RefuseAfter(Sequence good, const Buffer& buffer, const Status& status);
  Status OutcomeOf(Sequence sequence) const;
  Status Usable() const;
  Status DiscardSegments(std::vector<Segment> segments, Lock* lock);

  // With the pen, without the mutex.
  Status WriteFrames(Buffer* buffer, bool sync);
  Status WriteRun(Buffer* buffer, size_t begin_frame, size_t end_frame);
  Status OpenSegment(Sequence first_sequence, uint64_t first_record_bytes);
  Status SyncSegment();
  Status EndSegment();
  /// Ends the last one, and gives back what space the log holds beyond its records.
  Status EndLog();
  /// Removes a segment or keeps its file for another.
  Status Discard(const Segment& segment);
  void AcceptThrough(Sequence sequence);
  void TakeBackSegment();
  void RecordSync(std::chrono::steady_clock::duration took);

  void SyncRegularly();

  const LogOptions options_;
  const std::vector<SegmentName> existing_;  // when the log was opened

  mutable std::mutex mutex_;
  std::condition_variable changed_;  // pen put down, or closing
  bool replayed_ = false;
  bool closed_ = false;
  bool pen_taken_ = false;
  bool roll_wanted_ = false;  // the next record starts a segment
  Status fatal_;
  Sequence last_sequence_ = 0;
  Sequence resolved_through_ = 0;  // every record up to here is stored, or refused
  std::deque<Refusal> refusals_;   // ascending, neighbours joined
  Buffer buffer_;
  std::vector<Segment>
      segments_;  // oldest first; the last one is being written while writer_ is set
  uint64_t unsealed_bytes_ = 0;
  uint64_t idle_bytes_ = 0;
  LogStats stats_;

  // The pen holder's.
  std::unique_ptr<SegmentWriter> writer_;
  IdleSegments idle_;
  /// Not before the first segment of our own: who only reads changes nothing.
  bool idle_adopted_ = false;
  Buffer spare_;  // keeps its memory from batch to batch
  uint64_t next_segment_number_ = 1;
  Sequence accepted_through_ = 0;  // the last record that is in a segment

  std::thread syncer_;  // for kInterval
};

}  // namespace silverback::log
