#include "engine/log/segment_reader.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/hash.h"

namespace silverback::log {

namespace {

constexpr size_t kWindowBytes = 1 << 20;

/// The end of the last byte in [offset, end of file) that is not zero; `offset` if all are.
StatusOr<uint64_t> EndOfNonZero(uint64_t offset, FileWindow* window) {
  uint64_t end = offset;
  for (uint64_t at = offset; at < window->file_size();) {
    ASSIGN_OR_RETURN(const std::string_view bytes, window->View(at, kWindowBytes));
    if (bytes.empty()) break;
    const size_t last = bytes.find_last_not_of('\0');
    if (last != std::string_view::npos) end = at + last + 1;
    at += bytes.size();
  }
  return end;
}

StatusOr<bool> OnlyZerosFrom(uint64_t offset, FileWindow* window) {
  while (offset < window->file_size()) {
    ASSIGN_OR_RETURN(const std::string_view bytes, window->View(offset, kWindowBytes));
    if (bytes.empty()) break;
    if (bytes.find_first_not_of('\0') != std::string_view::npos) return false;
    offset += bytes.size();
  }
  return true;
}

/// Where the page of `offset` ends if only zeros follow there, as where a writer went on with the next
/// page; `offset` otherwise.
StatusOr<uint64_t> PassOverRestOfPage(uint64_t offset, FileWindow* window) {
  const uint64_t end = std::min(NextPage(offset), window->file_size());
  ASSIGN_OR_RETURN(const std::string_view rest, window->View(offset, end - offset));
  return rest.find_first_not_of('\0') == std::string_view::npos ? end : offset;
}

}  // namespace

StatusOr<std::vector<SegmentName>> ListSegments(FileSystem* file_system,
                                                const std::string& directory) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system->List(directory));
  std::vector<SegmentName> segments;
  for (const std::string& name : names) {
    if (const auto segment = ParseSegmentName(name)) segments.push_back(*segment);
  }
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& a, const auto& b) { return a.number < b.number; });
  return segments;
}

StatusOr<std::string_view> FileWindow::View(uint64_t offset, size_t size) {
  const uint64_t left = offset < file_size() ? file_size() - offset : 0;
  size = static_cast<size_t>(std::min<uint64_t>(size, left));
  if (offset < buffer_offset_ || offset + size > buffer_offset_ + held_) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(std::max(size, kWindowBytes), left));
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    held_ = 0;
    buffer_offset_ = offset;
    ASSIGN_OR_RETURN(held_, file_->ReadAt(offset, wanted, buffer_.data()));
    size = std::min(size, held_);
  }
  return std::string_view(buffer_).substr(offset - buffer_offset_, size);
}

StatusOr<Replayer::SegmentSummary> Replayer::ReadSegment(const SegmentName& name) {
  segment_ = {};
  segment_name_ = FormatSegmentName(name);
  salt_ = name.salt;
  has_marks_ = true;
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file,
                   file_system_->OpenForRead(JoinPath(directory_, segment_name_)));
  FileWindow window(file.get());
  segment_.file_bytes = window.file_size();
  ++report_.segments;
  expected_next_ = 0;
  ASSIGN_OR_RETURN(uint64_t offset, ReadHeader(name, &window));
  while (offset < window.file_size()) {
    ASSIGN_OR_RETURN(offset, ReadNext(offset, &window));
  }
  report_.bytes += segment_.record_bytes;
  return segment_;
}

StatusOr<uint64_t> Replayer::ReadHeader(const SegmentName& name, FileWindow* window) {
  ASSIGN_OR_RETURN(const std::string_view bytes, window->View(0, kSegmentHeaderBytes));
  const std::optional<SegmentHeader> header = DecodeSegmentHeader(bytes);
  if (!header) {
    const bool only_zeros = bytes.find_first_not_of('\0') == std::string_view::npos;
    if (bytes.size() < kSegmentHeaderBytes) {
      if (!only_zeros) NoteLoss(LogLoss::Kind::kTorn, 0, bytes.size(), 0);
      return window->file_size();
    }
    ASSIGN_OR_RETURN(const uint64_t end, EndOfNonZero(0, window));
    if (end == 0) return window->file_size();
    const bool torn = end < kSegmentHeaderBytes;
    NoteLoss(torn ? LogLoss::Kind::kTorn : LogLoss::Kind::kDamaged, 0, kSegmentHeaderBytes, 0);
    return torn ? window->file_size() : kSegmentHeaderBytes;
  }
  if (header->version > kFormatVersion) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{}: written by a newer version (log format {}, this one reads up to {})",
                 JoinPath(directory_, segment_name_), header->version, kFormatVersion);
  }
  if (header->salt != name.salt || header->number != name.number) {
    return DataLoss("{}: the file was renamed: its header says {}",
                    JoinPath(directory_, segment_name_),
                    FormatSegmentName({header->number, header->salt}));
  }
  has_marks_ = header->version >= kFirstVersionWithMarks;
  NoteMissing(std::max(last_, from_) + 1, header->previous_sequence + 1);
  expected_next_ = std::max(header->first_sequence, last_ + 1);
  return kSegmentHeaderBytes;
}

std::optional<RecordHeader> Replayer::DecodeInOrder(std::string_view bytes) const {
  const std::optional<RecordHeader> header = DecodeRecordHeader(bytes, salt_);
  const bool in_order = header && header->sequence > last_ &&
                        (expected_next_ == 0 || header->sequence >= expected_next_);
  // One that checks out but is out of order frames nothing of this log.
  return in_order ? header : std::nullopt;
}

StatusOr<std::optional<Replayer::Frame>> Replayer::FrameFrom(uint64_t offset,
                                                             FileWindow* window) const {
  ASSIGN_OR_RETURN(const std::string_view bytes, window->View(offset, kRecordHeaderBytes));
  if (const auto header = DecodeInOrder(bytes)) return Frame{offset, *header};
  ASSIGN_OR_RETURN(const uint64_t page, PassOverRestOfPage(offset, window));
  ASSIGN_OR_RETURN(const std::string_view next, window->View(page, kRecordHeaderBytes));
  if (const auto header = DecodeInOrder(next)) return Frame{page, *header};
  return std::nullopt;
}

StatusOr<std::optional<Replayer::Frame>> Replayer::SearchFrame(uint64_t offset,
                                                               FileWindow* window) const {
  while (offset < window->file_size()) {
    ASSIGN_OR_RETURN(const std::string_view bytes, window->View(offset, kWindowBytes));
    for (size_t at = bytes.find(kRecordMagic); at != std::string_view::npos;
         at = bytes.find(kRecordMagic, at + 1)) {
      if (const auto header = DecodeInOrder(bytes.substr(at))) return Frame{offset + at, *header};
    }
    // A header may straddle two windows: the next one begins before this one ends.
    if (bytes.size() < kRecordHeaderBytes || offset + bytes.size() >= window->file_size()) break;
    offset += bytes.size() - (kRecordHeaderBytes - 1);
  }
  return std::nullopt;
}

StatusOr<uint64_t> Replayer::ReadNext(uint64_t offset, FileWindow* window) {
  ASSIGN_OR_RETURN(const std::optional<Frame> frame, FrameFrom(offset, window));
  if (!frame) return SkipDamage(offset, window);
  NoteMissing(expected_next_, frame->header.sequence);
  return frame->header.is_mark() ? ReadMark(*frame, window) : ReadRecord(*frame, window);
}

StatusOr<uint64_t> Replayer::ReadRecord(const Frame& frame, FileWindow* window) {
  const RecordHeader& header = frame.header;
  const uint64_t payload_offset = frame.offset + kRecordHeaderBytes;
  const uint64_t end = payload_offset + header.payload_bytes;
  last_ = header.sequence;
  segment_.last_sequence = last_;
  expected_next_ = last_ + 1;
  if (end > window->file_size()) {
    NoteLoss(LogLoss::Kind::kTorn, frame.offset, window->file_size() - frame.offset,
             header.sequence);
    return window->file_size();
  }
  segment_.record_bytes += end - frame.offset;
  ASSIGN_OR_RETURN(const std::string_view payload,
                   window->View(payload_offset, header.payload_bytes));
  if (payload.size() < header.payload_bytes) {
    return DataLoss("{}: the file was cut while it was read", JoinPath(directory_, segment_name_));
  }
  if (Crc32c(payload) != header.payload_crc) return SkipPayload(frame, payload, window);
  record_offset_ = frame.offset;
  RETURN_IF_ERROR(Deliver(header, payload));
  return end;
}

StatusOr<uint64_t> Replayer::SkipPayload(const Frame& frame, std::string_view payload,
                                         FileWindow* window) {
  const uint64_t end = frame.offset + kRecordHeaderBytes + frame.header.payload_bytes;
  // A crashed writer leaves what was there before it from some point on: in a file with marks, none
  // of this life; in others, zeros. Damage leaves what follows the record, or its last byte.
  bool torn = payload.back() == '\0';
  if (has_marks_) {
    ASSIGN_OR_RETURN(const std::optional<Frame> next, SearchFrame(end, window));
    torn = !next.has_value();
  } else if (torn) {
    ASSIGN_OR_RETURN(torn, OnlyZerosFrom(end, window));
  }
  const auto kind = torn ? LogLoss::Kind::kTorn : LogLoss::Kind::kDamaged;
  NoteLoss(kind, frame.offset, end - frame.offset, frame.header.sequence);
  return torn && has_marks_ ? window->file_size() : end;
}

StatusOr<uint64_t> Replayer::ReadMark(const Frame& frame, FileWindow* window) {
  expected_next_ = frame.header.sequence;
  const uint64_t end = frame.offset + kRecordHeaderBytes;
  const uint64_t page = NextPage(end);
  ASSIGN_OR_RETURN(const std::string_view bytes, window->View(page, kRecordHeaderBytes));
  if (DecodeInOrder(bytes)) return page;
  ASSIGN_OR_RETURN(const std::optional<Frame> next, SearchFrame(end, window));
  if (!next) return window->file_size();  // what follows was there before
  const uint64_t begin = std::min(page, next->offset);
  segment_.record_bytes += next->offset - begin;
  NoteLoss(LogLoss::Kind::kDamaged, begin, next->offset - begin, 0);
  return next->offset;
}

Status Replayer::Deliver(const RecordHeader& header, std::string_view payload) {
  if (header.sequence <= from_) {
    ++report_.records_skipped;
    return absl::OkStatus();
  }
  ++report_.records;
  return (*callback_)(header.sequence, payload);
}

StatusOr<uint64_t> Replayer::SkipDamage(uint64_t offset, FileWindow* window) {
  ASSIGN_OR_RETURN(const std::optional<Frame> next, SearchFrame(offset + 1, window));
  if (!next) {
    RETURN_IF_ERROR(AccountForTail(offset, window));
    return window->file_size();
  }
  segment_.record_bytes += next->offset - offset;
  NoteLoss(LogLoss::Kind::kDamaged, offset, next->offset - offset, 0);
  return next->offset;
}

Status Replayer::AccountForTail(uint64_t offset, FileWindow* window) {
  ASSIGN_OR_RETURN(const uint64_t end, EndOfNonZero(offset, window));
  if (end == offset) return absl::OkStatus();  // reserved space, as a killed writer leaves it
  ASSIGN_OR_RETURN(const uint64_t page, PassOverRestOfPage(offset, window));
  if (has_marks_) {
    // A writer that came to the end of its records left a mark. What stands here may be no record.
    NoteLoss(LogLoss::Kind::kTorn, page, window->file_size() - page, 0);
    return absl::OkStatus();
  }
  const bool torn = end - page < kRecordHeaderBytes;
  // Damage may have begun in the zeros: all that could have held records counts.
  const uint64_t begin = torn ? page : offset;
  segment_.record_bytes += end - begin;
  NoteLoss(torn ? LogLoss::Kind::kTorn : LogLoss::Kind::kDamaged, begin, end - begin, 0);
  return absl::OkStatus();
}

void Replayer::NoteMissing(Sequence expected, Sequence sequence) {
  const bool missing = expected != 0 && sequence > expected;
  if (missing && !open_loss_) {
    LogLoss gap;
    gap.kind = LogLoss::Kind::kGap;
    gap.segment = segment_name_;
    open_loss_ = std::move(gap);
  }
  if (missing) {
    open_loss_->first_sequence = expected;
    open_loss_->last_sequence = sequence - 1;
    last_ = std::max(last_, sequence - 1);
  }
  SettleLoss();
}

void Replayer::NoteLoss(LogLoss::Kind kind, uint64_t offset, uint64_t length, Sequence sequence) {
  SettleLoss();
  open_loss_ = LogLoss{kind, segment_name_, offset, length, sequence, sequence};
  if (sequence != 0) {
    SettleLoss();
  } else {
    unknown_bytes_ += length;
  }
}

void Replayer::SettleLoss() {
  if (!open_loss_) return;
  const bool sealed = open_loss_->last_sequence != 0 && open_loss_->last_sequence <= from_;
  if (!sealed) {
    ++report_.losses_total;
    if (report_.losses.size() < ReplayReport::kMaxListedLosses) {
      report_.losses.push_back(*open_loss_);
    }
  }
  open_loss_.reset();
}

ReplayReport Replayer::Finish() {
  SettleLoss();
  report_.last_sequence = last_;
  return report_;
}

Sequence Replayer::NextSequence() const {
  const Sequence uncounted = (unknown_bytes_ + kRecordHeaderBytes) / (kRecordHeaderBytes + 1);
  return std::max(last_, from_) + uncounted + 1;
}

}  // namespace silverback::log
