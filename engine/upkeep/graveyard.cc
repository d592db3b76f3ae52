#include "engine/upkeep/graveyard.h"

#include <utility>

namespace silverback {

void Graveyard::Bury(std::vector<PartRef> parts) {
  const std::lock_guard lock(mutex_);
  for (PartRef& part : parts) parts_.push_back(std::move(part));
}

StatusOr<size_t> Graveyard::Collect(Store* store) {
  const std::lock_guard lock(mutex_);
  std::vector<PartId> unread;
  for (const PartRef& part : parts_) {
    // Nobody can take a new reference: no published state has the part.
    if (part.use_count() == 1) unread.push_back(part->id);
  }
  if (unread.empty()) return size_t{0};
  RETURN_IF_ERROR(store->DropDeadParts(unread));
  std::erase_if(parts_, [](const PartRef& part) { return part.use_count() == 1; });
  return unread.size();
}

size_t Graveyard::size() const {
  const std::lock_guard lock(mutex_);
  return parts_.size();
}

}  // namespace silverback
