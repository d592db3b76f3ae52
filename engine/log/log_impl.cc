#include "engine/log/log_impl.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/log/segment_reader.h"

namespace silverback::log {

namespace {

/// Beyond this, `Append` waits for the disk: so memory is bounded whoever forgets to wait.
constexpr size_t kMaxBufferBytes = 16u << 20;
/// A buffer that grew beyond this is given back.
constexpr size_t kMaxSpareBytes = 32u << 20;
/// Refusals that are told apart; older ones melt into one that covers all between them.
constexpr size_t kMaxRefusals = 1024;

}  // namespace

LogImpl::LogImpl(LogOptions options, std::vector<SegmentName> existing, uint32_t salt)
    : options_(std::move(options)), existing_(std::move(existing)), salt_(salt) {
  if (!existing_.empty()) next_segment_number_ = existing_.back().number + 1;
}

LogImpl::~LogImpl() {
  (void)Close();
}

StatusOr<ReplayReport> LogImpl::Replay(Sequence from_sequence_exclusive,
                                       const ReplayCallback& callback) {
  SB_CHECK(!replayed_);
  Replayer replayer(options_.file_system, options_.directory, from_sequence_exclusive, &callback);
  for (const SegmentName& name : existing_) {
    ASSIGN_OR_RETURN(const Replayer::SegmentSummary summary, replayer.ReadSegment(name));
    segments_.push_back({FormatSegmentName(name), summary.last_sequence, summary.record_bytes});
    unsealed_bytes_ += summary.record_bytes;
  }
  ReplayReport report = replayer.Finish();
  accepted_through_ = std::max(report.last_sequence, from_sequence_exclusive);
  last_sequence_ = replayer.NextSequence() - 1;
  resolved_through_ = last_sequence_;
  replayed_ = true;
  if (options_.sync_mode == SyncMode::kInterval) syncer_ = std::thread([this] { SyncRegularly(); });
  return report;
}

Status LogImpl::Usable() const {
  if (!fatal_.ok()) return fatal_;
  if (closed_) return Error(absl::StatusCode::kFailedPrecondition, "the write-ahead log is closed");
  return absl::OkStatus();
}

StatusOr<Sequence> LogImpl::Append(std::string_view payload) {
  if (payload.empty() || payload.size() > kMaxLogPayloadBytes) {
    return InvalidArgument("a log record of {} bytes: 1 to {} are possible; send smaller requests",
                           payload.size(), kMaxLogPayloadBytes);
  }
  RecordHeader header{static_cast<uint32_t>(payload.size()), 0, Crc32c(payload)};
  const uint64_t frame_bytes = kRecordHeaderBytes + payload.size();
  Lock lock(mutex_);
  SB_CHECK(replayed_);
  while (buffer_.bytes.size() > kMaxBufferBytes && Usable().ok()) {
    TakePen(&lock);
    // The buffered records' own waiters hear of an error.
    (void)WriteBuffer(options_.sync_mode == SyncMode::kCommit, &lock);
    PutPenDown();
  }
  RETURN_IF_ERROR(Usable());
  if (unsealed_bytes_ + frame_bytes > 2 * options_.max_bytes) {
    return ResourceExhausted(
        "the write-ahead log holds {} bytes that are not sealed yet, and may not exceed twice "
        "--wal-max-bytes ({}); try again when sealing has caught up",
        unsealed_bytes_, options_.max_bytes);
  }
  header.sequence = ++last_sequence_;
  AppendRecordHeader(header, salt_, &buffer_.bytes);
  buffer_.bytes.append(payload);
  buffer_.frames.push_back(
      {header.sequence, buffer_.bytes.size(), std::exchange(roll_wanted_, false)});
  unsealed_bytes_ += frame_bytes;
  return header.sequence;
}

Status LogImpl::WaitDurable(Sequence sequence) {
  Lock lock(mutex_);
  SB_CHECK(replayed_);
  if (sequence > last_sequence_) {
    return InvalidArgument("sequence {} was not given out yet (the last is {})", sequence,
                           last_sequence_);
  }
  while (resolved_through_ < sequence) {
    RETURN_IF_ERROR(fatal_);
    if (pen_taken_) {
      changed_.wait(lock);
      continue;
    }
    pen_taken_ = true;
    (void)WriteBuffer(options_.sync_mode == SyncMode::kCommit, &lock);
    PutPenDown();
  }
  return OutcomeOf(sequence);
}

StatusOr<Sequence> LogImpl::Roll() {
  const Lock lock(mutex_);
  SB_CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  roll_wanted_ = true;
  return last_sequence_;
}

Status LogImpl::DropThrough(Sequence sequence) {
  Lock lock(mutex_);
  SB_CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  TakePen(&lock);
  if (writer_ != nullptr && segments_.back().last_sequence <= sequence) {
    // It goes as a whole, so nothing in it needs a sync. A closed file keeps its name: nothing can
    // go wrong.
    writer_.reset();
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const bool current = writer_ != nullptr && i + 1 == segments_.size();
    if (!current && segments_[i].last_sequence <= sequence) names.push_back(segments_[i].name);
  }
  const Status status = RemoveSegments(std::move(names), &lock);
  PutPenDown();
  return status;
}

Status LogImpl::RemoveSegments(std::vector<std::string> names, Lock* lock) {
  if (names.empty()) return absl::OkStatus();
  lock->unlock();
  Status status;
  std::vector<std::string> removed;
  for (const std::string& name : names) {
    status = options_.file_system->Remove(JoinPath(options_.directory, name));
    if (!status.ok() && !absl::IsNotFound(status)) break;
    removed.push_back(name);
  }
  const Status synced = options_.file_system->SyncDirectory(options_.directory);
  lock->lock();
  std::erase_if(segments_, [&](const Segment& segment) {
    if (std::find(removed.begin(), removed.end(), segment.name) == removed.end()) return false;
    unsealed_bytes_ -= segment.record_bytes;
    return true;
  });
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return synced;
}

Status LogImpl::Sync() {
  Lock lock(mutex_);
  SB_CHECK(replayed_);
  RETURN_IF_ERROR(Usable());
  TakePen(&lock);
  const Status status = fatal_.ok() ? WriteBuffer(/*sync=*/true, &lock) : fatal_;
  PutPenDown();
  return status;
}

Status LogImpl::Close() {
  {
    const Lock lock(mutex_);
    if (closed_ || !replayed_) return fatal_;
    closed_ = true;
  }
  changed_.notify_all();
  if (syncer_.joinable()) syncer_.join();
  Lock lock(mutex_);
  TakePen(&lock);
  Status status = fatal_.ok() ? WriteBuffer(/*sync=*/true, &lock) : fatal_;
  if (status.ok() && writer_ != nullptr) {
    lock.unlock();
    status = EndSegment();
    lock.lock();
    if (!status.ok()) fatal_ = status;
  }
  writer_.reset();
  PutPenDown();
  return status;
}

uint64_t LogImpl::unsealed_bytes() const {
  const Lock lock(mutex_);
  return unsealed_bytes_;
}

Sequence LogImpl::last_sequence() const {
  const Lock lock(mutex_);
  return last_sequence_;
}

LogStats LogImpl::stats() const {
  const Lock lock(mutex_);
  LogStats stats = stats_;
  stats.segments = segments_.size();
  stats.unsealed_bytes = unsealed_bytes_;
  return stats;
}

void LogImpl::TakePen(Lock* lock) {
  changed_.wait(*lock, [this] { return !pen_taken_; });
  pen_taken_ = true;
}

void LogImpl::PutPenDown() {
  pen_taken_ = false;
  changed_.notify_all();
}

Status LogImpl::WriteBuffer(bool sync, Lock* lock) {
  RETURN_IF_ERROR(fatal_);
  Buffer batch = std::exchange(buffer_, std::move(spare_));
  lock->unlock();
  const Status status = WriteFrames(batch, sync);
  if (absl::IsResourceExhausted(status)) TakeBackSegment();
  lock->lock();
  if (status.ok()) {
    if (!batch.frames.empty()) resolved_through_ = batch.frames.back().sequence;
  } else if (absl::IsResourceExhausted(status)) {
    RefuseAfter(accepted_through_, batch, status);
  } else {
    resolved_through_ = std::max(resolved_through_, accepted_through_);
    fatal_ = WithContext(status, "the write-ahead log has failed and takes nothing more");
  }
  batch.bytes.clear();
  batch.frames.clear();
  if (batch.bytes.capacity() <= kMaxSpareBytes) spare_ = std::move(batch);
  return status;
}

void LogImpl::RefuseAfter(Sequence good, const Buffer& buffer, const Status& status) {
  if (buffer.frames.empty()) return;
  size_t begin = 0;
  Sequence first = 0;
  for (const Frame& frame : buffer.frames) {
    if (frame.sequence > good) {
      if (first == 0) first = frame.sequence;
      unsealed_bytes_ -= frame.end - begin;
    }
    begin = frame.end;
  }
  const Sequence last = buffer.frames.back().sequence;
  resolved_through_ = last;
  if (first == 0) return;
  if (!refusals_.empty() && refusals_.back().last + 1 == first) {
    refusals_.back().last = last;
  } else {
    refusals_.push_back({first, last, status});
  }
  if (refusals_.size() > kMaxRefusals) {
    refusals_[1].first = refusals_[0].first;
    refusals_.pop_front();
  }
}

Status LogImpl::OutcomeOf(Sequence sequence) const {
  const auto refusal = std::lower_bound(refusals_.begin(), refusals_.end(), sequence,
                                        [](const Refusal& r, Sequence s) { return r.last < s; });
  if (refusal == refusals_.end() || sequence < refusal->first) return absl::OkStatus();
  return WithContext(refusal->status, "the write-ahead log did not take the record");
}

Status LogImpl::WriteFrames(const Buffer& buffer, bool sync) {
  size_t run_begin = 0;  // the first frame that is not written
  size_t frame_begin = 0;
  size_t run_begin_bytes = 0;
  for (size_t i = 0; i < buffer.frames.size(); ++i) {
    const Frame& frame = buffer.frames[i];
    const uint64_t frame_bytes = frame.end - frame_begin;
    if (writer_ != nullptr) {
      const uint64_t offset = writer_->offset() + (frame_begin - run_begin_bytes);
      const bool full =
          offset > kSegmentHeaderBytes && offset + frame_bytes > options_.segment_bytes;
      if (frame.starts_segment || full) {
        RETURN_IF_ERROR(WriteRun(buffer, run_begin, i));
        RETURN_IF_ERROR(EndSegment());
        run_begin = i;
        run_begin_bytes = frame_begin;
      }
    }
    if (writer_ == nullptr) RETURN_IF_ERROR(OpenSegment(frame.sequence, frame_bytes));
    frame_begin = frame.end;
  }
  RETURN_IF_ERROR(WriteRun(buffer, run_begin, buffer.frames.size()));
  if (sync && writer_ != nullptr && !writer_->is_synced()) RETURN_IF_ERROR(SyncSegment());
  if (!buffer.frames.empty()) AcceptThrough(buffer.frames.back().sequence);
  return absl::OkStatus();
}

Status LogImpl::WriteRun(const Buffer& buffer, size_t begin_frame, size_t end_frame) {
  if (begin_frame == end_frame) return absl::OkStatus();
  const size_t begin = begin_frame == 0 ? 0 : buffer.frames[begin_frame - 1].end;
  const size_t end = buffer.frames[end_frame - 1].end;
  RETURN_IF_ERROR(writer_->Write(std::string_view(buffer.bytes).substr(begin, end - begin)));
  const Lock lock(mutex_);
  Segment& segment = segments_.back();
  segment.last_sequence = buffer.frames[end_frame - 1].sequence;
  segment.record_bytes = writer_->record_bytes();
  stats_.records += end_frame - begin_frame;
  stats_.bytes += end - begin;
  return absl::OkStatus();
}

Status LogImpl::OpenSegment(Sequence first_sequence, uint64_t first_record_bytes) {
  SegmentHeader header;
  header.salt = salt_;
  header.number = next_segment_number_++;
  header.previous_sequence = accepted_through_;
  header.first_sequence = first_sequence;
  const uint64_t reserve =
      std::max(options_.segment_bytes, kSegmentHeaderBytes + first_record_bytes);
  ASSIGN_OR_RETURN(
      writer_, SegmentWriter::Create(options_.file_system, options_.directory, header, reserve));
  const Lock lock(mutex_);
  segments_.push_back({writer_->name(), 0, 0});
  return absl::OkStatus();
}

Status LogImpl::SyncSegment() {
  const auto start = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(writer_->Sync());
  RecordSync(std::chrono::steady_clock::now() - start);
  return absl::OkStatus();
}

Status LogImpl::EndSegment() {
  const auto start = std::chrono::steady_clock::now();
  RETURN_IF_ERROR(writer_->Finish());
  RecordSync(std::chrono::steady_clock::now() - start);
  Sequence last = 0;
  {
    const Lock lock(mutex_);
    last = segments_.back().last_sequence;
  }
  AcceptThrough(last);
  writer_.reset();
  return absl::OkStatus();
}

void LogImpl::AcceptThrough(Sequence sequence) {
  accepted_through_ = std::max(accepted_through_, sequence);
  if (writer_ != nullptr) writer_->Accept();
}

void LogImpl::TakeBackSegment() {
  if (writer_ == nullptr) return;
  // If taking back fails, refused records stay in the file; replaying those does no harm.
  (void)writer_->TakeBack();
  const uint64_t record_bytes = writer_->accepted_record_bytes();
  const std::string path = JoinPath(options_.directory, writer_->name());
  writer_.reset();
  const bool removed = record_bytes == 0 && options_.file_system->Remove(path).ok();
  const Lock lock(mutex_);
  if (removed) {
    segments_.pop_back();
  } else {
    segments_.back().last_sequence = accepted_through_;
    segments_.back().record_bytes = record_bytes;
  }
}

void LogImpl::RecordSync(std::chrono::steady_clock::duration took) {
  const double seconds = std::chrono::duration<double>(took).count();
  const auto& bounds = LogStats::kSyncSecondsBounds;
  const auto bucket = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  const Lock lock(mutex_);
  ++stats_.syncs;
  stats_.sync_seconds_sum += seconds;
  ++stats_.sync_seconds_buckets[static_cast<size_t>(bucket)];
}

void LogImpl::SyncRegularly() {
  Lock lock(mutex_);
  while (!closed_) {
    changed_.wait_for(lock, options_.sync_interval, [this] { return closed_; });
    if (closed_) break;
    TakePen(&lock);
    // An error is final and tells itself to the next caller; a full disk refuses the records that
    // it concerns.
    (void)WriteBuffer(/*sync=*/true, &lock);
    PutPenDown();
  }
}

}  // namespace silverback::log
