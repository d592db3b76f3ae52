#include "tests/support/lost_power_file_system.h"

#include <utility>

namespace silverback {

namespace {

Status NoPower() {
  return Error(absl::StatusCode::kInternal, "the power is off");
}

}  // namespace

std::string_view PowerPointName(PowerPoint point) {
  constexpr std::array<std::string_view, kPowerPoints.size()> kNames = {
      "create", "preallocate", "write", "truncate", "sync", "sync directory", "rename", "remove"};
  return kNames[static_cast<size_t>(point)];
}

class LostPowerWritableFile final : public ForwardingWritableFile {
 public:
  LostPowerWritableFile(LostPowerFileSystem* owner, std::string path,
                        std::unique_ptr<WritableFile> base, uint64_t size)
      : ForwardingWritableFile(std::move(base), size),
        owner_(owner),
        path_(std::move(path)),
        age_(owner->age()) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    RETURN_IF_ERROR(Pass(PowerPoint::kWrite));
    RETURN_IF_ERROR(owner_->loss_.BeforeWrite(path_, offset, bytes.size()));
    return base()->WriteAt(offset, bytes);
  }

  Status Preallocate(uint64_t bytes) override {
    RETURN_IF_ERROR(Pass(PowerPoint::kPreallocate));
    RETURN_IF_ERROR(owner_->loss_.BeforeWrite(path_, bytes, 0));
    return base()->Preallocate(bytes);
  }

  Status Truncate(uint64_t bytes) override {
    RETURN_IF_ERROR(Pass(PowerPoint::kTruncate));
    RETURN_IF_ERROR(owner_->loss_.BeforeTruncate(path_, bytes));
    return base()->Truncate(bytes);
  }

  Status Sync() override {
    RETURN_IF_ERROR(Pass(PowerPoint::kSync));
    owner_->loss_.Synced(path_);
    return absl::OkStatus();
  }

 private:
  Status Pass(PowerPoint point) {
    if (age_ != owner_->age()) return NoPower();
    return owner_->Pass(point);
  }

  LostPowerFileSystem* owner_;
  std::string path_;
  uint64_t age_;
};

void LostPowerFileSystem::CutAt(PowerPoint point, uint64_t nth) {
  const std::lock_guard lock(mutex_);
  cut_ = {point, counts_[static_cast<size_t>(point)] + nth};
}

void LostPowerFileSystem::Cut() {
  const std::lock_guard lock(mutex_);
  power_ = false;
}

bool LostPowerFileSystem::has_power() const {
  const std::lock_guard lock(mutex_);
  return power_;
}

uint64_t LostPowerFileSystem::count(PowerPoint point) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<size_t>(point)];
}

uint64_t LostPowerFileSystem::age() const {
  const std::lock_guard lock(mutex_);
  return age_;
}

Status LostPowerFileSystem::Pass(PowerPoint point) {
  const std::lock_guard lock(mutex_);
  const uint64_t count = ++counts_[static_cast<size_t>(point)];
  if (cut_ && cut_->first == point && cut_->second == count) power_ = false;
  return power_ ? absl::OkStatus() : NoPower();
}

Status LostPowerFileSystem::Restore(std::mt19937_64* random) {
  RETURN_IF_ERROR(random == nullptr ? loss_.Drop() : loss_.DropSome(random));
  const std::lock_guard lock(mutex_);
  power_ = true;
  cut_.reset();
  ++age_;
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<WritableFile>> LostPowerFileSystem::OpenForWrite(const std::string& path,
                                                                          WriteMode mode) {
  const bool existed = base()->Exists(path);
  RETURN_IF_ERROR(Pass(PowerPoint::kCreate));
  if (existed && mode == WriteMode::kTruncate) RETURN_IF_ERROR(loss_.BeforeTruncate(path, 0));
  ASSIGN_OR_RETURN(std::unique_ptr<WritableFile> file, base()->OpenForWrite(path, mode));
  if (!existed) loss_.Created(path);
  ASSIGN_OR_RETURN(const uint64_t size, base()->FileSize(path));
  return std::make_unique<LostPowerWritableFile>(this, path, std::move(file), size);
}

StatusOr<std::unique_ptr<ReadableFile>> LostPowerFileSystem::OpenForRead(const std::string& path) {
  if (!has_power()) return NoPower();
  return base()->OpenForRead(path);
}

Status LostPowerFileSystem::Rename(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(Pass(PowerPoint::kRename));
  return loss_.Rename(from, to);
}

Status LostPowerFileSystem::Remove(const std::string& path) {
  RETURN_IF_ERROR(Pass(PowerPoint::kRemove));
  return loss_.Remove(path);
}

Status LostPowerFileSystem::SyncDirectory(const std::string& directory) {
  RETURN_IF_ERROR(Pass(PowerPoint::kSyncDirectory));
  loss_.DirectorySynced(directory);
  return absl::OkStatus();
}

}  // namespace silverback
