#include "engine/store/rocks_status.h"

namespace silverback {
namespace {

// What engine/store/space_errors.h makes of "no space".
bool IsSpaceLimit(const rocksdb::Status& status) {
  return status.IsIOError() && status.subcode() == rocksdb::Status::kSpaceLimit;
}

absl::StatusCode CodeOf(const rocksdb::Status& status) {
  if (status.IsNotFound()) return absl::StatusCode::kNotFound;
  if (status.IsCorruption()) return absl::StatusCode::kDataLoss;
  if (status.IsNoSpace() || IsSpaceLimit(status)) return absl::StatusCode::kResourceExhausted;
  if (status.IsBusy() || status.IsTimedOut() || status.IsTryAgain() || status.IsAborted() ||
      status.IsShutdownInProgress()) {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

}  // namespace

Status FromRocks(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) return absl::OkStatus();
  return Error(CodeOf(status), "{}: {}", what, status.ToString());
}

}  // namespace silverback
