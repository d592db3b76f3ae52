#include "engine/upkeep/tombstone_rows.h"

#include <string>
#include <utility>

#include "engine/store/keys.h"

namespace silverback {
namespace {

std::string KeyOf(const Tombstone& row) {
  return keys::Tombstone(row.series, row.range, row.part_limit);
}

}  // namespace

StatusOr<std::vector<Tombstone>> ReadTombstones(const Kv& kv) {
  std::vector<Tombstone> rows;
  KvCursor cursor = kv.NewCursor(Family::kTombstones, "");
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    Tombstone row;
    if (!keys::ParseTombstone(cursor.key(), &row.series, &row.range, &row.part_limit)) {
      return DataLoss("a tombstone's key of {} bytes is malformed", cursor.key().size());
    }
    rows.push_back(row);
  }
  RETURN_IF_ERROR(cursor.status());
  return rows;
}

Status WriteTombstones(Kv* kv, std::span<const Tombstone> rows) {
  KvBatch batch(*kv);
  for (const Tombstone& row : rows) {
    batch.Put(Family::kTombstones, KeyOf(row), "");
  }
  return kv->Write(std::move(batch), Durability::kSynced);
}

Status RemoveTombstones(Kv* kv, std::span<const Tombstone> rows) {
  KvBatch batch(*kv);
  for (const Tombstone& row : rows) batch.Delete(Family::kTombstones, KeyOf(row));
  return kv->Write(std::move(batch), Durability::kSynced);
}

}  // namespace silverback
