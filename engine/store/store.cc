#include "engine/store/store.h"

#include <limits>
#include <random>
#include <rocksdb/utilities/checkpoint.h>
#include <utility>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/store/block_cursor_rocks.h"
#include "engine/store/catalog.h"
#include "engine/store/high_water_mark.h"
#include "engine/store/keys.h"
#include "engine/store/kv_rocks.h"
#include "engine/store/part_switch.h"
#include "engine/store/part_verify.h"
#include "engine/store/rocks.h"
#include "engine/store/rocks_status.h"
#include "engine/store/side_rows.h"
#include "engine/store/store_stats.h"

namespace silverback {
namespace {

// Raised with every change that older builds cannot read.
/// 2: blocks may hold native histograms.
constexpr uint64_t kFormatVersion = 2;
constexpr uint64_t kPartLeap = 64;

uint64_t RandomSeed() {
  std::random_device random;
  return uint64_t{random()} << 32 | random();
}

StatusOr<std::optional<uint64_t>> ReadNumber(const Kv& kv, std::string_view key) {
  std::string value;
  const Status status = kv.Get(Family::kMeta, key, &value);
  if (absl::IsNotFound(status)) return std::optional<uint64_t>();
  RETURN_IF_ERROR(status);
  std::string_view in = value;
  uint64_t number = 0;
  if (!GetBigEndian64(&in, &number) || !in.empty()) {
    return DataLoss("the row '{}' of meta is malformed", key);
  }
  return std::optional<uint64_t>(number);
}

}  // namespace

struct Store::Impl {
  explicit Impl(std::unique_ptr<Rocks> r)
      : rocks(std::move(r)),
        kv(new Kv(std::make_unique<Kv::Impl>(Kv::Impl{rocks.get()}))),
        switcher(rocks.get(), kv.get(), &catalog),
        part_ids(kv.get(), keys::kNextPart, 1, kPartLeap, std::numeric_limits<uint64_t>::max()) {}

  Status Load();
  Status LoadFormat();
  Status CreateFormat();

  std::unique_ptr<Rocks> rocks;
  std::unique_ptr<Kv> kv;
  Catalog catalog;
  PartSwitch switcher;
  HighWaterMark part_ids;
  uint64_t hash_seed = 0;
  OpenReport report;
};

Status Store::Impl::CreateFormat() {
  for (Family family : {Family::kCatalog, Family::kSeries}) {
    KvCursor rows = kv->NewCursor(family, "");
    rows.SeekToFirst();
    RETURN_IF_ERROR(rows.status());
    if (rows.valid()) {
      return DataLoss("{}: there are rows in {} but the format version is lost", rocks->path(),
                      FamilyName(family));
    }
  }
  hash_seed = RandomSeed();
  KvBatch batch(*kv);
  for (const auto& [key, number] :
       {std::pair(keys::kFormat, kFormatVersion), std::pair(keys::kHashSeed, hash_seed)}) {
    std::string value;
    PutBigEndian64(&value, number);
    batch.Put(Family::kMeta, key, value);
  }
  return kv->Write(std::move(batch), Durability::kSynced);
}

Status Store::Impl::LoadFormat() {
  ASSIGN_OR_RETURN(const std::optional<uint64_t> format, ReadNumber(*kv, keys::kFormat));
  if (!format.has_value()) return CreateFormat();
  if (*format > kFormatVersion) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} was written by a newer version (store format {}, this version reads up to "
                 "{}); upgrade",
                 rocks->path(), *format, kFormatVersion);
  }
  ASSIGN_OR_RETURN(const std::optional<uint64_t> seed, ReadNumber(*kv, keys::kHashSeed));
  if (!seed.has_value()) return DataLoss("{}: the hash seed is lost", rocks->path());
  hash_seed = *seed;
  if (*format == kFormatVersion || rocks->read_only()) return absl::OkStatus();
  // What an older version would take for damage may be written from now on.
  std::string value;
  PutBigEndian64(&value, kFormatVersion);
  KvBatch batch(*kv);
  batch.Put(Family::kMeta, keys::kFormat, value);
  return kv->Write(std::move(batch), Durability::kSynced);
}

Status Store::Impl::Load() {
  RETURN_IF_ERROR(LoadFormat());
  RETURN_IF_ERROR(part_ids.Load());
  PartId max_part = 0;
  RETURN_IF_ERROR(switcher.Recover(&report, &max_part));
  return rocks->read_only() ? absl::OkStatus() : part_ids.RaisePast(max_part);
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
  impl_->part_ids.Close();
}

StatusOr<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Rocks> rocks, Rocks::Open(options));
  auto impl = std::make_unique<Impl>(std::move(rocks));
  RETURN_IF_ERROR(impl->Load());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

const OpenReport& Store::open_report() const {
  return impl_->report;
}
const std::string& Store::path() const {
  return impl_->rocks->path();
}
LiveParts Store::live_parts() const {
  return impl_->catalog.live();
}
std::vector<PartMeta> Store::dead_parts() const {
  return impl_->catalog.dead();
}
Sequence Store::sealed_through() const {
  return impl_->switcher.sealed_through();
}
uint64_t Store::hash_seed() const {
  return impl_->hash_seed;
}
Kv& Store::kv() {
  return *impl_->kv;
}

StatusOr<std::unique_ptr<PartWriter>> Store::NewPartWriter(NewPart part) {
  RETURN_IF_ERROR(impl_->rocks->CheckCanChangeFiles());
  ASSIGN_OR_RETURN(const PartId id, impl_->part_ids.Take(1));
  return PartWriter::Make(impl_->rocks.get(), id, std::move(part));
}

Status Store::Commit(CatalogEdit edit) {
  return impl_->switcher.Commit(std::move(edit));
}

Status Store::DropDeadParts(std::span<const PartId> ids) {
  return impl_->switcher.Drop(ids);
}

StatusOr<std::unique_ptr<BlockCursor>> Store::NewCursor(PartId part,
                                                        const CursorOptions& options) const {
  ASSIGN_OR_RETURN(const PartMeta meta, impl_->catalog.Get(part));
  if (impl_->catalog.IsDamaged(part)) return DataLoss("{} cannot be read", Describe(meta));
  return std::unique_ptr<BlockCursor>(
      new BlockCursor(std::make_unique<BlockCursor::Impl>(*impl_->rocks, part, options)));
}

StatusOr<std::string> Store::ReadTimeline(PartId part, uint32_t ordinal) const {
  std::string timeline;
  const Status status =
      impl_->kv->Get(Family::kTimelines, keys::Timeline(part, ordinal), &timeline);
  if (status.ok()) return timeline;
  if (absl::IsNotFound(status)) return DataLoss("part {} has no timeline {}", part, ordinal);
  return WithContext(status, fmt::format("timeline {} of part {}", ordinal, part));
}

StatusOr<PartHeader> Store::ReadHeader(PartId part) const {
  return impl_->switcher.ReadHeader(part);
}

Status Store::VerifyPart(
    PartId part, const std::function<Status(const BlockKey&, std::string_view)>& visit) const {
  ASSIGN_OR_RETURN(const PartHeader header, ReadHeader(part));
  ASSIGN_OR_RETURN(const std::unique_ptr<BlockCursor> cursor,
                   NewCursor(part, {.readahead_bytes = 1 << 20, .fill_cache = false}));
  return VerifyPartRows(*impl_->kv, header, cursor.get(), visit);
}

StoreStats Store::Stats() const {
  return CollectStats(*impl_->rocks, impl_->catalog);
}

Status Store::PutMetadata(std::span<const std::pair<std::string, MetadataRow>> rows) {
  return PutMetadataRows(impl_->kv.get(), rows);
}

Status Store::ScanMetadata(
    const std::function<bool(std::string_view, const MetadataRow&)>& visit) const {
  return ScanMetadataRows(*impl_->kv, visit);
}

Status Store::PutExemplars(std::span<const ExemplarRow> rows) {
  return PutExemplarRows(impl_->kv.get(), rows);
}

Status Store::ScanExemplars(SeriesId series, TimeRange range,
                            const std::function<bool(TimestampMs, std::string_view)>& visit) const {
  return ScanExemplarRows(*impl_->kv, series, range, visit);
}

Status Store::TrimExemplars(SeriesId series, size_t keep) {
  return TrimExemplarRows(impl_->kv.get(), series, keep);
}

Status Store::RemoveActivity(Day day, const SeriesBitmap& series) {
  return impl_->switcher.RemoveActivity(day, series);
}

Status Store::DropBefore(TimestampMs cutoff, TimestampMs exemplar_cutoff) {
  return DropRowsBefore(impl_->kv.get(), cutoff, exemplar_cutoff);
}

Status Store::Flush() {
  return impl_->rocks->Flush();
}

uint64_t Store::unflushed_bytes() const {
  uint64_t bytes = 0;
  impl_->rocks->db()->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables,
                                               &bytes);
  return bytes;
}

uint64_t Store::block_cache_capacity_bytes() const {
  return impl_->rocks->cache()->GetCapacity();
}

Status Store::Checkpoint(const std::string& directory) const {
  RETURN_IF_ERROR(impl_->rocks->CheckWritable());
  rocksdb::Checkpoint* raw = nullptr;
  RETURN_IF_ERROR(FromRocks(rocksdb::Checkpoint::Create(impl_->rocks->db(), &raw), "checkpoint"));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  return FromRocks(checkpoint->CreateCheckpoint(directory, /*log_size_for_flush=*/0),
                   fmt::format("checkpoint into {}", directory));
}

Status Store::VerifyChecksums() const {
  return FromRocks(impl_->rocks->db()->VerifyChecksum(), "verify table files");
}

Status Store::Resume() {
  return FromRocks(impl_->rocks->db()->Resume(), "resume after a background error");
}

}  // namespace silverback
