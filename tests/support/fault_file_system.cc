#include "tests/support/fault_file_system.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace silverback {

class FaultWritableFile final : public ForwardingWritableFile {
 public:
  FaultWritableFile(FaultFileSystem* owner, std::string path, std::unique_ptr<WritableFile> base,
                    uint64_t append_offset)
      : ForwardingWritableFile(std::move(base), append_offset),
        owner_(owner),
        path_(std::move(path)) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    const int64_t room = owner_->room_;
    if (room == FaultFileSystem::kUnlimited) return base()->WriteAt(offset, bytes);
    const auto possible =
        std::min<size_t>(bytes.size(), static_cast<size_t>(std::max<int64_t>(room, 0)));
    owner_->room_ -= static_cast<int64_t>(possible);
    RETURN_IF_ERROR(base()->WriteAt(offset, bytes.substr(0, possible)));
    if (possible < bytes.size()) return StatusFromErrno(ENOSPC, "write", path_);
    return absl::OkStatus();
  }

  Status Preallocate(uint64_t bytes) override {
    if (owner_->ignore_preallocation_) return absl::OkStatus();
    if (static_cast<int64_t>(bytes) > owner_->room_) {
      return StatusFromErrno(ENOSPC, "allocate", path_);
    }
    return base()->Preallocate(bytes);
  }

  Status Truncate(uint64_t bytes) override {
    if (owner_->truncate_error_ != 0) {
      return StatusFromErrno(owner_->truncate_error_, "truncate", path_);
    }
    return base()->Truncate(bytes);
  }

  Status Sync() override {
    ++owner_->syncs_;
    if (owner_->sync_error_ != 0) return StatusFromErrno(owner_->sync_error_, "sync", path_);
    return absl::OkStatus();
  }

 private:
  FaultFileSystem* owner_;
  std::string path_;
};

StatusOr<std::unique_ptr<WritableFile>> FaultFileSystem::OpenForWrite(const std::string& path,
                                                                      WriteMode mode) {
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, base()->OpenForWrite(path, mode));
  ASSIGN_OR_RETURN(const uint64_t size, base()->FileSize(path));
  return std::make_unique<FaultWritableFile>(this, path, std::move(file), size);
}

}  // namespace silverback
