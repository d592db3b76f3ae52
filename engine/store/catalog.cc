#include "engine/store/catalog.h"

namespace silverback {

Catalog::Catalog() : live_(std::make_shared<const std::vector<PartMeta>>()) {}

void Catalog::Publish() {
  auto live = std::make_shared<std::vector<PartMeta>>();
  for (const auto& [id, part] : parts_) {
    if (part.state == PartState::kLive) live->push_back(part);
  }
  live_ = std::move(live);
}

void Catalog::Switch(std::span<const PartMeta> parts, std::span<const PartId> dead) {
  const std::lock_guard lock(mutex_);
  for (const PartMeta& part : parts) parts_[part.id] = part;
  for (PartId id : dead) {
    if (const auto at = parts_.find(id); at != parts_.end()) at->second.state = PartState::kDead;
  }
  Publish();
}

void Catalog::Put(std::span<const PartMeta> parts) {
  Switch(parts, {});
}
void Catalog::MarkDead(std::span<const PartId> ids) {
  Switch({}, ids);
}

void Catalog::Erase(std::span<const PartId> ids) {
  const std::lock_guard lock(mutex_);
  for (PartId id : ids) {
    parts_.erase(id);
    damaged_.erase(id);
  }
  Publish();
}

void Catalog::MarkDamaged(PartId id) {
  const std::lock_guard lock(mutex_);
  damaged_.insert(id);
}

LiveParts Catalog::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

std::vector<PartMeta> Catalog::dead() const {
  const std::lock_guard lock(mutex_);
  std::vector<PartMeta> dead;
  for (const auto& [id, part] : parts_) {
    if (part.state == PartState::kDead) dead.push_back(part);
  }
  return dead;
}

bool Catalog::Has(PartId id) const {
  const std::lock_guard lock(mutex_);
  return parts_.contains(id);
}

bool Catalog::IsDamaged(PartId id) const {
  const std::lock_guard lock(mutex_);
  return damaged_.contains(id);
}

StatusOr<PartMeta> Catalog::Get(PartId id) const {
  const std::lock_guard lock(mutex_);
  const auto at = parts_.find(id);
  if (at == parts_.end()) {
    return Error(absl::StatusCode::kNotFound, "part {} is not in the catalog", id);
  }
  return at->second;
}

}  // namespace silverback
