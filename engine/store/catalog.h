// The catalog of parts in memory. Private to engine/store.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/store/part.h"
#include "engine/store/store.h"

namespace silverback {

/// Mirrors the rows of `catalog`. Safe for concurrent use; readers take one pointer.
class Catalog {
 public:
  Catalog();

  void Put(std::span<const PartMeta> parts);
  void MarkDead(std::span<const PartId> ids);
  /// Adds and kills in one step, as readers see it.
  void Switch(std::span<const PartMeta> parts, std::span<const PartId> dead);
  void Erase(std::span<const PartId> ids);
  void MarkDamaged(PartId id);

  LiveParts live() const;
  std::vector<PartMeta> dead() const;
  bool Has(PartId id) const;
  bool IsDamaged(PartId id) const;
  /// NotFound when there is no such part.
  StatusOr<PartMeta> Get(PartId id) const;

 private:
  void Publish();  // with mutex_ held

  mutable std::mutex mutex_;
  std::map<PartId, PartMeta> parts_;
  std::set<PartId> damaged_;
  LiveParts live_;
};

}  // namespace silverback
