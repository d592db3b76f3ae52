#include "engine/store/part_switch.h"

#include <algorithm>
#include <rocksdb/convenience.h>
#include <utility>

#include "engine/base/coding.h"
#include "engine/store/id_set.h"
#include "engine/store/id_set_rows.h"
#include "engine/store/keys.h"
#include "engine/store/part_files.h"
#include "engine/store/part_rows.h"
#include "engine/store/rocks_status.h"

namespace silverback {
namespace {

Status MergeActivity(KvBatch* batch, Day day, const SeriesBitmap& series) {
  return ForEachHalf(series, [&](uint16_t high, std::span<const uint16_t> low) {
    batch->Merge(Family::kActivity, keys::Activity(day, high), EncodeIds(low));
    return absl::OkStatus();
  });
}

rocksdb::IngestExternalFileArg IngestArg(const Rocks& rocks, Family family) {
  rocksdb::IngestExternalFileArg arg;
  arg.column_family = rocks.family(family);
  arg.options.move_files = true;
  arg.options.write_global_seqno = false;
  arg.options.fail_if_not_bottommost_level = true;
  return arg;
}

}  // namespace

Sequence PartSwitch::sealed_through() const {
  return sealed_through_.load(std::memory_order_acquire);
}

StatusOr<PartHeader> PartSwitch::ReadHeader(PartId id) const {
  std::string value;
  const Status status = kv_->Get(Family::kBlocks, keys::PartPrefix(id), &value);
  if (!status.ok()) return WithContext(status, fmt::format("the header of part {}", id));
  return DecodePartHeader(id, value);
}

// Commit.

Status PartSwitch::Validate(const CatalogEdit& edit) const {
  for (const FinishedPart& part : edit.new_parts) {
    if (part.files_ == nullptr) return InvalidArgument("a new part was committed before");
    if (catalog_->Has(part.meta().id)) {
      return InvalidArgument("part {} is in the catalog already", part.meta().id);
    }
  }
  for (PartId id : edit.dead) {
    ASSIGN_OR_RETURN(const PartMeta part, catalog_->Get(id));
    if (part.state != PartState::kLive) return InvalidArgument("part {} is dead already", id);
  }
  if (edit.sealed_through.has_value() && *edit.sealed_through < sealed_through()) {
    return InvalidArgument("the log is sealed through {}, which cannot go back to {}",
                           sealed_through(), *edit.sealed_through);
  }
  return absl::OkStatus();
}

Status PartSwitch::Ingest(CatalogEdit* edit) {
  if (edit->new_parts.empty()) return absl::OkStatus();
  rocksdb::IngestExternalFileArg blocks = IngestArg(*rocks_, Family::kBlocks);
  rocksdb::IngestExternalFileArg timelines = IngestArg(*rocks_, Family::kTimelines);
  for (const FinishedPart& part : edit->new_parts) {
    const FinishedPart::Files& files = *part.files_;
    blocks.external_files.insert(blocks.external_files.end(), files.blocks.begin(),
                                 files.blocks.end());
    timelines.external_files.insert(timelines.external_files.end(), files.timelines.begin(),
                                    files.timelines.end());
  }
  std::vector<rocksdb::IngestExternalFileArg> args{std::move(blocks)};
  if (!timelines.external_files.empty()) args.push_back(std::move(timelines));
  RETURN_IF_ERROR(
      WithContext(rocks_->ChangeFiles([&] { return rocks_->db()->IngestExternalFiles(args); }),
                  "ingest new parts"));
  rocks_->AtPoint("ingested");
  return absl::OkStatus();
}

Status PartSwitch::WriteSwitch(std::span<const PartMeta> live, std::span<const PartId> dead,
                               std::span<const std::pair<Day, SeriesBitmap>> activity,
                               std::optional<Sequence> sealed_through) {
  KvBatch batch(*kv_);
  for (const PartMeta& part : live) {
    batch.Put(Family::kCatalog, keys::PartPrefix(part.id), EncodePartMeta(part));
  }
  for (PartId id : dead) {
    StatusOr<PartMeta> part = catalog_->Get(id);
    if (!part.ok()) continue;  // an adopted merge may name inputs that are gone
    part->state = PartState::kDead;
    batch.Put(Family::kCatalog, keys::PartPrefix(id), EncodePartMeta(*part));
  }
  for (const auto& [day, series] : activity) RETURN_IF_ERROR(MergeActivity(&batch, day, series));
  if (sealed_through.has_value()) {
    std::string value;
    PutBigEndian64(&value, *sealed_through);
    batch.Put(Family::kMeta, keys::kSealedThrough, value);
  }
  // Opened for reading, recovery changes memory alone.
  if (!rocks_->read_only()) RETURN_IF_ERROR(kv_->Write(std::move(batch), Durability::kSynced));
  rocks_->AtPoint("catalog written");
  catalog_->Switch(live, dead);
  if (sealed_through.has_value()) {
    sealed_through_.store(*sealed_through, std::memory_order_release);
  }
  return absl::OkStatus();
}

Status PartSwitch::Commit(CatalogEdit edit) {
  RETURN_IF_ERROR(rocks_->CheckWritable());
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(Validate(edit));
  RETURN_IF_ERROR(Ingest(&edit));
  std::vector<PartMeta> live;
  std::vector<std::pair<Day, SeriesBitmap>> activity;
  for (FinishedPart& part : edit.new_parts) {
    live.push_back(part.meta());
    std::move(part.activity_.begin(), part.activity_.end(), std::back_inserter(activity));
  }
  return WriteSwitch(live, edit.dead, activity, edit.sealed_through);
}

// Drop.

Status PartSwitch::DeleteRowsOf(Family family, std::span<const PartId> ids) {
  rocksdb::ColumnFamilyHandle* handle = rocks_->family(family);
  std::vector<std::pair<std::string, std::string>> bounds;
  for (PartId id : ids) {
    const std::string prefix = keys::PartPrefix(id);
    bounds.emplace_back(prefix, keys::After(prefix));
  }
  std::vector<rocksdb::Slice> slices;
  for (const auto& [begin, end] : bounds) {
    slices.push_back(ToSlice(begin));
    slices.push_back(ToSlice(end));
  }
  std::vector<rocksdb::RangePtr> ranges;
  for (size_t i = 0; i < slices.size(); i += 2) ranges.emplace_back(&slices[i], &slices[i + 1]);
  const auto delete_files = [&] {
    return rocksdb::DeleteFilesInRanges(rocks_->db(), handle, ranges.data(), ranges.size(),
                                        /*include_end=*/false);
  };
  RETURN_IF_ERROR(WithContext(rocks_->ChangeFiles(delete_files),
                              fmt::format("delete files of {}", FamilyName(family))));
  // Every file of a part holds that part alone, so nothing is left; unless another tool rewrote the
  // family. Range tombstones cost every later read, hence only then.
  KvBatch leftovers(*kv_);
  for (const auto& [begin, end] : bounds) {
    KvCursor rows = kv_->NewCursor(family, begin);
    rows.SeekToFirst();
    if (rows.valid() || !rows.status().ok()) leftovers.DeleteRange(family, begin, end);
  }
  return kv_->Write(std::move(leftovers), Durability::kSynced);
}

Status PartSwitch::DeleteRows(std::span<const PartId> ids) {
  if (ids.empty()) return absl::OkStatus();
  if (rocks_->read_only()) {
    catalog_->Erase(ids);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(DeleteRowsOf(Family::kBlocks, ids));
  RETURN_IF_ERROR(DeleteRowsOf(Family::kTimelines, ids));
  rocks_->AtPoint("files deleted");
  KvBatch batch(*kv_);
  for (PartId id : ids) batch.Delete(Family::kCatalog, keys::PartPrefix(id));
  RETURN_IF_ERROR(kv_->Write(std::move(batch), Durability::kBuffered));
  rocks_->AtPoint("parts forgotten");
  catalog_->Erase(ids);
  return absl::OkStatus();
}

Status PartSwitch::Drop(std::span<const PartId> ids) {
  RETURN_IF_ERROR(rocks_->CheckWritable());
  const std::lock_guard lock(mutex_);
  for (PartId id : ids) {
    ASSIGN_OR_RETURN(const PartMeta part, catalog_->Get(id));
    if (part.state != PartState::kDead) return InvalidArgument("part {} is live", id);
  }
  return DeleteRows(ids);
}

// Activity.

Status PartSwitch::RemoveActivity(Day day, const SeriesBitmap& series) {
  RETURN_IF_ERROR(rocks_->CheckWritable());
  const std::lock_guard lock(mutex_);  // a commit adds to the same rows
  KvBatch batch(*kv_);
  RETURN_IF_ERROR(ForEachHalf(series, [&](uint16_t high, std::span<const uint16_t> low) {
    return RemoveIdsFromRow(*kv_, Family::kActivity, keys::Activity(day, high), low, &batch);
  }));
  return kv_->Write(std::move(batch), Durability::kBuffered);
}

}  // namespace silverback
