#include "engine/log/log.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/log/format.h"
#include "engine/log/log_impl.h"
#include "engine/log/segment_reader.h"

namespace silverback {

StatusOr<SyncMode> ParseSyncMode(std::string_view name) {
  for (const SyncMode mode : {SyncMode::kCommit, SyncMode::kInterval, SyncMode::kOff}) {
    if (name == SyncModeName(mode)) return mode;
  }
  return InvalidArgument("sync mode \"{}\": choose commit, interval or off", name);
}

std::string_view SyncModeName(SyncMode mode) {
  switch (mode) {
    case SyncMode::kCommit:
      return "commit";
    case SyncMode::kInterval:
      return "interval";
    case SyncMode::kOff:
      return "off";
  }
  return "unknown";
}

std::string LogLoss::ToString() const {
  std::string_view what = "damaged record";
  if (kind == Kind::kTorn) what = "torn record";
  if (kind == Kind::kGap) what = "records missing";
  std::string out = kind == Kind::kGap ? fmt::format("{} before {}", what, segment)
                                       : fmt::format("{} at offset {} of {}: {} bytes", what,
                                                     offset, segment, length);
  if (first_sequence != 0 && first_sequence == last_sequence) {
    out += fmt::format(", sequence {}", first_sequence);
  } else if (first_sequence != 0) {
    out += fmt::format(", sequences {} to {}", first_sequence, last_sequence);
  }
  return out;
}

StatusOr<std::unique_ptr<Log>> Log::Open(LogOptions options) {
  SB_CHECK(options.file_system != nullptr);
  RETURN_IF_ERROR(options.file_system->CreateDirectories(options.directory));
  ASSIGN_OR_RETURN(std::vector<log::SegmentName> existing,
                   log::ListSegments(options.file_system, options.directory));
  return std::unique_ptr<Log>(
      std::make_unique<log::LogImpl>(std::move(options), std::move(existing)));
}

}  // namespace silverback
