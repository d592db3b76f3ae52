#include "engine/log/segment_writer.h"

#include <utility>

namespace silverback::log {

namespace {

Status Prepare(FileSystem* file_system, const std::string& directory, const SegmentHeader& header,
               uint64_t reserve_bytes, WritableFile* file) {
  RETURN_IF_ERROR(file->Preallocate(reserve_bytes));
  RETURN_IF_ERROR(file->WriteAt(0, EncodeSegmentHeader(header)));
  return file_system->SyncDirectory(directory);
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
  if (const Status status = Prepare(file_system, directory, header, reserve_bytes, file.get());
      !status.ok()) {
    file.reset();
    // What stays, if this fails too, has no records and does no harm.
    (void)file_system->Remove(path);
    return status;
  }
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(name), std::move(file)));
}

Status SegmentWriter::Write(std::string_view records) {
  RETURN_IF_ERROR(file_->WriteAt(next_, records));
  next_ += records.size();
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
  RETURN_IF_ERROR(file_->Truncate(written_.end));
  RETURN_IF_ERROR(Sync());
  return file_->Close();
}

}  // namespace silverback::log
