#include "tests/support/power_loss.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "engine/base/file_system.h"

namespace silverback {

namespace {

FileSystem* Disk() {
  return FileSystem::Posix();
}

}  // namespace

Status PowerLoss::BeforeWrite(const std::string& path, uint64_t offset, uint64_t bytes) {
  return Record(path, offset, bytes, /*can_tear=*/true);
}

Status PowerLoss::BeforeTruncate(const std::string& path, uint64_t bytes) {
  ASSIGN_OR_RETURN(const uint64_t size, Disk()->FileSize(path));
  return Record(path, bytes, size > bytes ? size - bytes : 0, /*can_tear=*/false);
}

Status PowerLoss::Record(const std::string& path, uint64_t offset, uint64_t bytes, bool can_tear) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, Disk()->OpenForRead(path));
  Contents change;
  change.offset = offset;
  change.tearable_bytes = can_tear ? bytes : 0;
  change.size = file->size();
  if (offset < change.size) {
    change.bytes.resize(std::min(bytes, change.size - offset));
    RETURN_IF_ERROR(file->ReadAt(offset, change.bytes.size(), change.bytes.data()).status());
  }
  const std::lock_guard lock(mutex_);
  contents_[path].push_back(std::move(change));
  return absl::OkStatus();
}

void PowerLoss::Created(const std::string& path) {
  const std::lock_guard lock(mutex_);
  names_.push_back({path, "", ""});
}

std::string PowerLoss::NextGrave() {
  return JoinPath(graveyard_, fmt::format("{}", graves_++));
}

Status PowerLoss::Remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  Name change{path, NextGrave(), ""};
  RETURN_IF_ERROR(Disk()->Rename(path, change.to));
  contents_[change.to] = std::exchange(contents_[path], {});
  std::swap(change.from, change.to);  // taking it back moves the grave's file to `path`
  names_.push_back(std::move(change));
  return absl::OkStatus();
}

Status PowerLoss::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  Name change{to, from, ""};
  if (Disk()->Exists(to)) {
    change.buried = NextGrave();
    RETURN_IF_ERROR(Disk()->Rename(to, change.buried));
    contents_[change.buried] = std::exchange(contents_[to], {});
  }
  RETURN_IF_ERROR(Disk()->Rename(from, to));
  if (std::filesystem::is_directory(to)) {
    MoveRecords(from, std::move(change));
    return absl::OkStatus();
  }
  contents_[to] = std::exchange(contents_[from], {});
  names_.push_back(std::move(change));
  return absl::OkStatus();
}

void PowerLoss::MoveRecords(const std::string& from, Name directory) {
  const std::string to = directory.from;
  const auto move = [&](std::string* path) {
    if (!path->starts_with(from + "/")) return false;
    path->replace(0, from.size(), to);
    return true;
  };
  size_t first = names_.size();
  for (size_t i = names_.size(); i-- > 0;) {
    const bool moved_from = move(&names_[i].from);
    const bool moved_to = move(&names_[i].to);
    if (moved_from || moved_to) first = i;
  }
  // Taken back last, when what lies inside has been taken back under the new name.
  names_.insert(names_.begin() + static_cast<ptrdiff_t>(first), std::move(directory));
  std::map<std::string, std::vector<Contents>> contents;
  for (auto& [path, changes] : contents_) {
    std::string moved = path;
    move(&moved);
    contents[moved] = std::move(changes);
  }
  contents_ = std::move(contents);
}

void PowerLoss::Synced(const std::string& path) {
  const std::lock_guard lock(mutex_);
  contents_.erase(path);
}

void PowerLoss::DirectorySynced(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  std::erase_if(names_, [&](const Name& change) {
    // A removed file's own name is in `to`: its other end is the graveyard.
    const bool removed = DirectoryOf(change.from) == graveyard_;
    return DirectoryOf(removed ? change.to : change.from) == directory;
  });
}

Status PowerLoss::UndoContents(const std::string& path, const Contents& change, uint64_t keep) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file,
                   Disk()->OpenForWrite(path, WriteMode::kKeep));
  if (keep < change.bytes.size()) {
    RETURN_IF_ERROR(
        file->WriteAt(change.offset + keep, std::string_view(change.bytes).substr(keep)));
  }
  RETURN_IF_ERROR(file->Truncate(std::max(change.size, keep > 0 ? change.offset + keep : 0)));
  return file->Close();
}

Status PowerLoss::UndoName(const Name& change) {
  if (change.to.empty()) return Disk()->Remove(change.from);
  RETURN_IF_ERROR(Disk()->Rename(change.from, change.to));
  if (!change.buried.empty()) return Disk()->Rename(change.buried, change.from);
  return absl::OkStatus();
}

Status PowerLoss::Drop() {
  return DropLocked(nullptr);
}

Status PowerLoss::DropSome(std::mt19937_64* random) {
  return DropLocked(random);
}

Status PowerLoss::DropLocked(std::mt19937_64* random) {
  const std::lock_guard lock(mutex_);
  for (const auto& [path, changes] : contents_) {
    const size_t stay = random == nullptr ? 0 : (*random)() % (changes.size() + 1);
    for (size_t i = changes.size(); i > stay; --i) {
      const bool torn = random != nullptr && i == stay + 1 && changes[i - 1].tearable_bytes > 0;
      const uint64_t keep = torn ? (*random)() % changes[i - 1].tearable_bytes : 0;
      RETURN_IF_ERROR(UndoContents(path, changes[i - 1], keep));
    }
  }
  contents_.clear();
  for (auto change = names_.rbegin(); change != names_.rend(); ++change) {
    RETURN_IF_ERROR(UndoName(*change));
  }
  names_.clear();
  return absl::OkStatus();
}

}  // namespace silverback
