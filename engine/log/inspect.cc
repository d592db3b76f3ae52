#include "engine/log/inspect.h"

#include <algorithm>
#include <optional>

#include "engine/base/hash.h"
#include "engine/log/format.h"
#include "engine/log/segment_reader.h"

namespace silverback {
namespace {

StatusOr<LogSegmentInfo> ReadSegmentInfo(FileSystem* file_system, const std::string& directory,
                                         const log::SegmentName& name) {
  LogSegmentInfo info;
  info.name = FormatSegmentName(name);
  ASSIGN_OR_RETURN(const auto file, file_system->OpenForRead(JoinPath(directory, info.name)));
  info.file_bytes = file->size();
  log::FileWindow window(file.get());
  ASSIGN_OR_RETURN(const std::string_view bytes, window.View(0, log::kSegmentHeaderBytes));
  if (const auto header = log::DecodeSegmentHeader(bytes)) {
    info.header_intact = true;
    info.version = header->version;
    info.number = header->number;
    info.previous_sequence = header->previous_sequence;
    info.first_sequence = header->first_sequence;
  }
  return info;
}

}  // namespace

StatusOr<LogInspection> InspectLog(FileSystem* file_system, const std::string& directory,
                                   const std::function<Status(const LogRecordInfo&)>& visit) {
  ASSIGN_OR_RETURN(const std::vector<log::SegmentName> names,
                   log::ListSegments(file_system, directory));
  LogInspection inspection;
  for (const log::SegmentName& name : names) {
    ASSIGN_OR_RETURN(inspection.segments.emplace_back(),
                     ReadSegmentInfo(file_system, directory, name));
  }
  const Sequence before = names.empty() ? 0 : inspection.segments.front().previous_sequence;
  LogSegmentInfo* segment = nullptr;
  log::Replayer* source = nullptr;
  const Log::ReplayCallback callback = [&](Sequence sequence, std::string_view payload) {
    ++segment->records;
    return visit({.segment = segment->name,
                  .offset = source->record_offset(),
                  .bytes = log::kRecordHeaderBytes + payload.size(),
                  .sequence = sequence,
                  .payload_crc = Crc32c(payload),
                  .payload = payload});
  };
  log::Replayer replayer(file_system, directory, before, &callback);
  source = &replayer;
  for (size_t i = 0; i < names.size(); ++i) {
    segment = &inspection.segments[i];
    ASSIGN_OR_RETURN(const log::Replayer::SegmentSummary summary, replayer.ReadSegment(names[i]));
    segment->last_sequence = summary.last_sequence;
  }
  ReplayReport report = replayer.Finish();
  inspection.losses = std::move(report.losses);
  inspection.losses_total = report.losses_total;
  return inspection;
}

}  // namespace silverback
