// The switch: how parts become live and dead, and what an interrupted one leaves. Private to
// engine/store.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>

#include "engine/base/status.h"
#include "engine/store/catalog.h"
#include "engine/store/kv.h"
#include "engine/store/rocks.h"
#include "engine/store/store.h"

namespace silverback {

/// Changes rows and memory together. Safe for concurrent use once `Recover` has returned.
class PartSwitch {
 public:
  PartSwitch(Rocks* rocks, Kv* kv, Catalog* catalog) : rocks_(rocks), kv_(kv), catalog_(catalog) {}

  /// Loads the catalog and resolves what it does not know, as the report tells. `max_part` becomes
  /// the highest part id seen.
  Status Recover(OpenReport* report, PartId* max_part);

  Status Commit(CatalogEdit edit);
  Status Drop(std::span<const PartId> ids);
  Status RemoveActivity(Day day, const SeriesBitmap& series);
  Sequence sealed_through() const;

  /// A part's header row. NotFound or DataLoss.
  StatusOr<PartHeader> ReadHeader(PartId id) const;

 private:
  Status LoadCatalog(PartId* max_part);
  /// The parts that have rows in `blocks` or `timelines`.
  StatusOr<std::set<PartId>> FindStored(OpenReport* report) const;
  Status CheckLive(const std::set<PartId>& stored, OpenReport* report);
  Status ResolveUnknown(const std::set<PartId>& stored, OpenReport* report);
  Status Adopt(const PartHeader& header, OpenReport* report);
  StatusOr<std::vector<std::pair<Day, SeriesBitmap>>> ActivityOf(const PartMeta& part) const;

  Status Validate(const CatalogEdit& edit) const;  // with mutex_ held
  Status Ingest(CatalogEdit* edit);
  Status WriteSwitch(std::span<const PartMeta> live, std::span<const PartId> dead,
                     std::span<const std::pair<Day, SeriesBitmap>> activity,
                     std::optional<Sequence> sealed_through);
  Status DeleteRows(std::span<const PartId> ids);
  Status DeleteRowsOf(Family family, std::span<const PartId> ids);

  Rocks* rocks_;
  Kv* kv_;
  Catalog* catalog_;
  std::mutex mutex_;  // serialises edits
  std::atomic<Sequence> sealed_through_{0};
};

}  // namespace silverback
