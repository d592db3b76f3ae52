#include "engine/log/segment_writer.h"

#include <utility>

namespace silverback::log {

namespace {

/// Where the mark behind records that end at `end` stands: with them, unless their page has no room.
uint64_t MarkOffset(uint64_t end) {
  const uint64_t page_end = NextPage(end);
  return page_end - end < kRecordHeaderBytes ? page_end : end;
}

/// Appends, to bytes that end at the file's offset `end`, a mark and zeros up to the end of its page.
/// Whole pages are written: of a file in its second life, a page in part would first be read.
void AppendMark(uint64_t end, Sequence next_sequence, uint32_t salt, std::string* out) {
  const uint64_t mark = MarkOffset(end);
  const size_t padded = out->size() + (NextPage(mark + kRecordHeaderBytes) - end);
  out->resize(out->size() + (mark - end), '\0');
  AppendRecordHeader({.sequence = next_sequence}, salt, out);
  out->resize(padded, '\0');
}

std::string FirstPage(const SegmentHeader& header) {
  std::string page = EncodeSegmentHeader(header);
  AppendMark(page.size(), header.first_sequence, header.salt, &page);
  return page;
}

Status PrepareNew(FileSystem* file_system, const std::string& directory,
                  const SegmentHeader& header, uint64_t reserve_bytes, WritableFile* file) {
  RETURN_IF_ERROR(file->Preallocate(reserve_bytes));
  RETURN_IF_ERROR(file->WriteAt(0, FirstPage(header)));
  return file_system->SyncDirectory(directory);
}

/// The header is durable before the name: a segment with the header of another would be refused.
Status PrepareUsed(FileSystem* file_system, const std::string& path, const SegmentHeader& header,
                   uint64_t reserve_bytes) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file,
                   file_system->OpenForWrite(path, WriteMode::kKeep));
  RETURN_IF_ERROR(file->Preallocate(reserve_bytes));
  RETURN_IF_ERROR(file->WriteAt(0, FirstPage(header)));
  RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

}  // namespace

StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(FileSystem* file_system,
                                                               const std::string& directory,
                                                               const SegmentHeader& header,
                                                               uint64_t reserve_bytes) {
  std::string name = FormatSegmentName({header.number, header.salt});
  const std::string path = JoinPath(directory, name);
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file,
                   file_system->OpenForWrite(path, WriteMode::kCreateNew));
  if (const Status status = PrepareNew(file_system, directory, header, reserve_bytes, file.get());
      !status.ok()) {
    file.reset();
    // What stays, if this fails too, has no records and does no harm.
    (void)file_system->Remove(path);
    return status;
  }
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(header, std::move(name), std::move(file)));
}

StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Reuse(FileSystem* file_system,
                                                              const std::string& directory,
                                                              const SegmentHeader& header,
                                                              uint64_t reserve_bytes,
                                                              const std::string& idle_name) {
  const std::string idle_path = JoinPath(directory, idle_name);
  if (const Status status = PrepareUsed(file_system, idle_path, header, reserve_bytes);
      !status.ok()) {
    (void)file_system->Remove(idle_path);
    return status;
  }
  std::string name = FormatSegmentName({header.number, header.salt});
  const std::string path = JoinPath(directory, name);
  RETURN_IF_ERROR(file_system->Rename(idle_path, path));
  RETURN_IF_ERROR(file_system->SyncDirectory(directory));
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file,
                   file_system->OpenForWrite(path, WriteMode::kKeep));
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(header, std::move(name), std::move(file)));
}

Status SegmentWriter::Write(std::string_view records, Sequence last_sequence) {
  const uint64_t end = next_ + records.size();
  const uint64_t last_page = end / kPageBytes * kPageBytes;
  const size_t before_last_page = last_page > next_ ? last_page - next_ : 0;
  if (before_last_page > 0) {
    RETURN_IF_ERROR(file_->WriteAt(next_, records.substr(0, before_last_page)));
  }
  last_pages_.assign(records.substr(before_last_page));
  AppendMark(end, last_sequence + 1, salt_, &last_pages_);
  RETURN_IF_ERROR(file_->WriteAt(next_ + before_last_page, last_pages_));
  next_ = end;
  written_ = {next_, written_.record_bytes + records.size()};
  return absl::OkStatus();
}

Status SegmentWriter::Sync() {
  const Status status = file_->Sync();
  if (status.ok()) {
    PassOverRestOfPage(written_.record_bytes - synced_.record_bytes);
    synced_ = written_;
    return status;
  }
  const bool acknowledged_at_stake = accepted_record_bytes() > 0 && accepted_.end > synced_.end;
  if (absl::IsResourceExhausted(status) && acknowledged_at_stake) {
    return Error(absl::StatusCode::kInternal, "{} (records acknowledged before may be lost)",
                 MessageOf(status));
  }
  return status;
}

void SegmentWriter::PassOverRestOfPage(uint64_t just_synced_bytes) {
  const uint64_t page_end = NextPage(next_);
  if (page_end - next_ < just_synced_bytes) next_ = page_end;
}

Status SegmentWriter::TakeBack() {
  const Status truncated = file_->Truncate(accepted_.end);
  const Status closed = file_->Close();
  return truncated.ok() ? closed : truncated;
}

Status SegmentWriter::Finish() {
  RETURN_IF_ERROR(Sync());
  return file_->Close();
}

Status SegmentWriter::FinishForGood() {
  RETURN_IF_ERROR(file_->Truncate(MarkOffset(written_.end) + kRecordHeaderBytes));
  return Finish();
}

}  // namespace silverback::log
