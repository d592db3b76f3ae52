#include "engine/log/idle_segments.h"

#include <utility>
#include <vector>

namespace silverback::log {

Status IdleSegments::Adopt() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, file_system_->List(directory_));
  for (const std::string& name : names) {
    if (!IsIdleName(name)) continue;
    const std::string path = JoinPath(directory_, name);
    if (files_.size() >= max_count_) {
      RETURN_IF_ERROR(file_system_->Remove(path));
      continue;
    }
    ASSIGN_OR_RETURN(const uint64_t bytes, file_system_->FileSize(path));
    Add(name, bytes);
  }
  return files_.empty() ? absl::OkStatus() : file_system_->SyncDirectory(directory_);
}

bool IdleSegments::Keep(const std::string& segment_name, uint64_t bytes) {
  const std::optional<SegmentName> name = ParseSegmentName(segment_name);
  if (files_.size() >= max_count_ || !name) return false;
  std::string idle_name = FormatIdleName(*name);
  const Status renamed =
      file_system_->Rename(JoinPath(directory_, segment_name), JoinPath(directory_, idle_name));
  if (!renamed.ok()) return false;
  Add(std::move(idle_name), bytes);
  return true;
}

void IdleSegments::Add(std::string name, uint64_t bytes) {
  files_.push_back({std::move(name), bytes, std::chrono::steady_clock::now()});
  bytes_ += bytes;
}

std::optional<std::string> IdleSegments::Take() {
  if (files_.empty()) return std::nullopt;
  File file = std::move(files_.front());
  files_.pop_front();
  bytes_ -= file.bytes;
  return std::move(file.name);
}

Status IdleSegments::Remove(std::chrono::milliseconds waited) {
  const auto latest = std::chrono::steady_clock::now() - waited;
  Status first_error;
  while (!files_.empty() && files_.front().since <= latest) {
    const Status removed = file_system_->Remove(JoinPath(directory_, *Take()));
    if (first_error.ok() && !absl::IsNotFound(removed)) first_error = removed;
  }
  return first_error;
}

}  // namespace silverback::log
