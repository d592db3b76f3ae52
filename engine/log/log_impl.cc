#include "engine/log/log_impl.h"

#include <algorithm>
#include <random>
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

/// A file is made only when none is idle, so all together are never more than were needed at once.
/// Those of a burst go again.
size_t MaxIdleSegments(const LogOptions& options) {
  return options.max_bytes / std::max<uint64_t>(options.segment_bytes, 1);
}

}  // namespace

LogImpl::LogImpl(LogOptions options, std::vector<SegmentName> existing)
    : options_(std::move(options)),
      existing_(std::move(existing)),
      idle_(options_.file_system, options_.directory, MaxIdleSegments(options_)) {
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
    segments_.push_back(
        {FormatSegmentName(name), summary.last_sequence, summary.record_bytes, summary.file_bytes});
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
  buffer_.bytes.append(kRecordHeaderBytes, '\0');
  buffer_.bytes.append(payload);
  buffer_.frames.push_back({header, buffer_.bytes.size(), std::exchange(roll_wanted_, false)});
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
  std::vector<Segment> unneeded;
  for (size_t i = 0; i < segments_.size(); ++i) {
    const bool current = writer_ != nullptr && i + 1 == segments_.size();
    if (!current && segments_[i].last_sequence <= sequence) unneeded.push_back(segments_[i]);
  }
  const Status status = DiscardSegments(std::move(unneeded), &lock);
  PutPenDown();
  return status;
}

Status LogImpl::DiscardSegments(std::vector<Segment> segments, Lock* lock) {
  if (segments.empty()) return absl::OkStatus();
  lock->unlock();
  Status status;
  size_t discarded = 0;
  for (const Segment& segment : segments) {
    status = Discard(segment);
    if (!status.ok()) break;
    ++discarded;
  }
  segments.resize(discarded);
  const Status synced = options_.file_system->SyncDirectory(options_.directory);
  if (!synced.ok()) (void)idle_.Remove(IdleSegments::kAll);  // their names may not be durable
  lock->lock();
  std::erase_if(segments_, [&](const Segment& segment) {
    const auto is_same = [&](const Segment& other) { return other.name == segment.name; };
    if (std::none_of(segments.begin(), segments.end(), is_same)) return false;
    unsealed_bytes_ -= segment.record_bytes;
    return true;
  });
  idle_bytes_ = idle_.bytes();
  return status.ok() ? synced : status;
}

Status LogImpl::Discard(const Segment& segment) {
  if (segment.can_be_idle && idle_.Keep(segment.name, segment.file_bytes)) return absl::OkStatus();
  const Status removed = options_.file_system->Remove(JoinPath(options_.directory, segment.name));
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

Status LogImpl::GiveBackIdleSpace(std::chrono::milliseconds waited) {
  Lock lock(mutex_);
  SB_CHECK(replayed_);
  if (idle_bytes_ == 0) return absl::OkStatus();
  TakePen(&lock);
  lock.unlock();
  const Status status = idle_.Remove(waited);
  lock.lock();
  idle_bytes_ = idle_.bytes();
  PutPenDown();
  return status;
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

std::vector<std::string> LogImpl::SegmentNames() const {
  const Lock lock(mutex_);
  std::vector<std::string> names;
  for (const Segment& segment : segments_) names.push_back(segment.name);
  return names;
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
  if (status.ok()) {
    lock.unlock();
    status = EndLog();
    lock.lock();
    idle_bytes_ = idle_.bytes();
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
  stats.file_bytes = idle_bytes_;
  for (const Segment& segment : segments_) stats.file_bytes += segment.file_bytes;
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
  const Status status = WriteFrames(&batch, sync);
  if (absl::IsResourceExhausted(status)) TakeBackSegment();
  lock->lock();
  if (status.ok()) {
    if (!batch.frames.empty()) resolved_through_ = batch.frames.back().header.sequence;
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
    if (frame.header.sequence > good) {
      if (first == 0) first = frame.header.sequence;
      unsealed_bytes_ -= frame.end - begin;
    }
    begin = frame.end;
  }
  const Sequence last = buffer.frames.back().header.sequence;
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

Status LogImpl::WriteFrames(Buffer* buffer, bool sync) {
  const std::vector<Frame>& frames = buffer->frames;
  size_t run_begin = 0;  // the first frame that is not written
  for (size_t i = 0; i < frames.size(); ++i) {
    const uint64_t frame_bytes = frames[i].end - buffer->BeginOf(i);
    if (writer_ != nullptr) {
      const uint64_t offset = writer_->offset() + (buffer->BeginOf(i) - buffer->BeginOf(run_begin));
      const bool full = offset > kSegmentHeaderBytes &&
                        offset + frame_bytes + kRecordHeaderBytes > options_.segment_bytes;
      if (frames[i].starts_segment || full) {
        RETURN_IF_ERROR(WriteRun(buffer, run_begin, i));
        RETURN_IF_ERROR(EndSegment());
        run_begin = i;
      }
    }
    if (writer_ == nullptr) RETURN_IF_ERROR(OpenSegment(frames[i].header.sequence, frame_bytes));
  }
  RETURN_IF_ERROR(WriteRun(buffer, run_begin, frames.size()));
  if (sync && writer_ != nullptr && !writer_->is_synced()) RETURN_IF_ERROR(SyncSegment());
  if (!frames.empty()) AcceptThrough(frames.back().header.sequence);
  return absl::OkStatus();
}

Status LogImpl::WriteRun(Buffer* buffer, size_t begin_frame, size_t end_frame) {
  if (begin_frame == end_frame) return absl::OkStatus();
  for (size_t i = begin_frame; i < end_frame; ++i) {
    EncodeRecordHeader(buffer->frames[i].header, writer_->salt(),
                       buffer->bytes.data() + buffer->BeginOf(i));
  }
  const size_t begin = buffer->BeginOf(begin_frame);
  const size_t end = buffer->BeginOf(end_frame);
  const Sequence last_sequence = buffer->frames[end_frame - 1].header.sequence;
  RETURN_IF_ERROR(
      writer_->Write(std::string_view(buffer->bytes).substr(begin, end - begin), last_sequence));
  const Lock lock(mutex_);
  Segment& segment = segments_.back();
  segment.last_sequence = last_sequence;
  segment.record_bytes = writer_->record_bytes();
  stats_.records += end_frame - begin_frame;
  stats_.bytes += end - begin;
  return absl::OkStatus();
}

Status LogImpl::OpenSegment(Sequence first_sequence, uint64_t first_record_bytes) {
  if (!std::exchange(idle_adopted_, true)) RETURN_IF_ERROR(idle_.Adopt());
  SegmentHeader header;
  header.salt = static_cast<uint32_t>(std::random_device{}());
  header.number = next_segment_number_++;
  header.previous_sequence = accepted_through_;
  header.first_sequence = first_sequence;
  const uint64_t needed = kSegmentHeaderBytes + first_record_bytes + kRecordHeaderBytes;
  const uint64_t reserve = std::max(options_.segment_bytes, needed);
  const bool is_usual = needed <= options_.segment_bytes;
  const std::optional<std::string> idle = is_usual ? idle_.Take() : std::nullopt;
  ASSIGN_OR_RETURN(
      writer_,
      idle ? SegmentWriter::Reuse(options_.file_system, options_.directory, header, reserve, *idle)
           : SegmentWriter::Create(options_.file_system, options_.directory, header, reserve));
  const Lock lock(mutex_);
  segments_.push_back({writer_->name(), 0, 0, reserve, is_usual});
  idle_bytes_ = idle_.bytes();
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

Status LogImpl::EndLog() {
  if (writer_ != nullptr) RETURN_IF_ERROR(writer_->FinishForGood());
  return idle_.Remove(IdleSegments::kAll);
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
  const uint64_t file_bytes = writer_->accepted_end();
  const std::string path = JoinPath(options_.directory, writer_->name());
  writer_.reset();
  const bool removed = record_bytes == 0 && options_.file_system->Remove(path).ok();
  const Lock lock(mutex_);
  if (removed) {
    segments_.pop_back();
  } else {
    segments_.back().last_sequence = accepted_through_;
    segments_.back().record_bytes = record_bytes;
    segments_.back().file_bytes = file_bytes;
    segments_.back().can_be_idle = false;
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
