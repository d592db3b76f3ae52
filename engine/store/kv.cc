#include "engine/store/kv.h"

#include <algorithm>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>
#include <utility>

#include "engine/base/check.h"
#include "engine/store/families.h"
#include "engine/store/iterator_step.h"
#include "engine/store/keys.h"
#include "engine/store/kv_rocks.h"
#include "engine/store/rocks_status.h"

namespace silverback {
namespace {

constexpr std::string_view kNames[kFamilyCount] = {
    "blocks",   "timelines", "catalog",   "series",   "labels",     "metrics",
    "postings", "activity",  "exemplars", "metadata", "tombstones", "meta"};

const rocksdb::Snapshot* SnapshotOf(const void* snapshot) {
  return static_cast<const rocksdb::Snapshot*>(snapshot);
}

}  // namespace

std::string_view FamilyName(Family family) {
  return kNames[static_cast<size_t>(family)];
}

struct KvBatch::Impl {
  const Rocks* rocks;
  rocksdb::WriteBatch rows;
  rocksdb::Status status;  // of the first operation that failed

  void Note(const rocksdb::Status& next) {
    if (status.ok()) status = next;
  }
};

KvBatch::KvBatch(const Kv& kv)
    : impl_(std::make_unique<Impl>(Impl{kv.impl_->rocks, rocksdb::WriteBatch(), {}})) {}
KvBatch::~KvBatch() = default;
KvBatch::KvBatch(KvBatch&&) noexcept = default;
KvBatch& KvBatch::operator=(KvBatch&&) noexcept = default;

void KvBatch::Put(Family family, std::string_view key, std::string_view value) {
  impl_->Note(impl_->rows.Put(impl_->rocks->family(family), ToSlice(key), ToSlice(value)));
}

void KvBatch::Merge(Family family, std::string_view key, std::string_view value) {
  SB_CHECK(family == Family::kPostings || family == Family::kActivity);
  impl_->Note(impl_->rows.Merge(impl_->rocks->family(family), ToSlice(key), ToSlice(value)));
}

void KvBatch::Delete(Family family, std::string_view key) {
  impl_->Note(impl_->rows.Delete(impl_->rocks->family(family), ToSlice(key)));
}

void KvBatch::DeleteRange(Family family, std::string_view begin, std::string_view end) {
  impl_->Note(impl_->rows.DeleteRange(impl_->rocks->family(family), ToSlice(begin), ToSlice(end)));
}

bool KvBatch::empty() const {
  return impl_->rows.Count() == 0;
}
size_t KvBatch::bytes() const {
  return impl_->rows.GetDataSize();
}
void KvBatch::Clear() {
  impl_->rows.Clear();
  impl_->status = rocksdb::Status::OK();
}

KvSnapshot::~KvSnapshot() {
  static_cast<rocksdb::DB*>(db_)->ReleaseSnapshot(SnapshotOf(snapshot_));
}

struct KvCursor::Impl {
  std::string lower;
  std::string upper;
  rocksdb::Slice lower_slice;
  rocksdb::Slice upper_slice;
  rocksdb::ReadOptions options;
  Family family;
  std::unique_ptr<rocksdb::Iterator> iterator;
  std::string scratch;
};

KvCursor::KvCursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KvCursor::~KvCursor() = default;
KvCursor::KvCursor(KvCursor&&) noexcept = default;
KvCursor& KvCursor::operator=(KvCursor&&) noexcept = default;

void KvCursor::SeekToFirst() {
  impl_->iterator->Seek(impl_->lower_slice);
}

void KvCursor::Seek(std::string_view key) {
  impl_->iterator->Seek(key < impl_->lower ? impl_->lower_slice : ToSlice(key));
}

void KvCursor::Next() {
  StepForward(impl_->iterator.get(), &impl_->scratch);
}
bool KvCursor::valid() const {
  return impl_->iterator->Valid();
}
std::string_view KvCursor::key() const {
  return ToView(impl_->iterator->key());
}
std::string_view KvCursor::value() const {
  return ToView(impl_->iterator->value());
}

Status KvCursor::status() const {
  return FromRocks(impl_->iterator->status(), fmt::format("read {}", FamilyName(impl_->family)));
}

Kv::Kv(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Kv::~Kv() = default;

Status Kv::Write(KvBatch&& batch, Durability durability) {
  RETURN_IF_ERROR(FromRocks(batch.impl_->status, "collect rows"));
  if (batch.empty()) return absl::OkStatus();
  return impl_->rocks->Write(durability == Durability::kSynced, &batch.impl_->rows);
}

Status Kv::Get(Family family, std::string_view key, std::string* value,
               const KvSnapshot* snapshot) const {
  rocksdb::ReadOptions options;
  if (snapshot != nullptr) options.snapshot = SnapshotOf(snapshot->snapshot_);
  const rocksdb::Status status =
      impl_->rocks->db()->Get(options, impl_->rocks->family(family), ToSlice(key), value);
  if (status.ok()) return absl::OkStatus();
  return FromRocks(status, fmt::format("read {}", FamilyName(family)));
}

Status Kv::MultiGet(Family family, std::span<const std::string> keys,
                    const std::function<Status(size_t, std::string_view)>& found,
                    const KvSnapshot* snapshot) const {
  constexpr size_t kAtOnce = 256;
  rocksdb::ReadOptions options;
  if (snapshot != nullptr) options.snapshot = SnapshotOf(snapshot->snapshot_);
  rocksdb::ColumnFamilyHandle* handle = impl_->rocks->family(family);
  const bool sorted = std::is_sorted(keys.begin(), keys.end());
  std::vector<rocksdb::Slice> slices(std::min(keys.size(), kAtOnce));
  std::vector<rocksdb::PinnableSlice> values(slices.size());
  std::vector<rocksdb::Status> statuses(slices.size());
  for (size_t at = 0; at < keys.size(); at += kAtOnce) {
    const size_t count = std::min(kAtOnce, keys.size() - at);
    for (size_t i = 0; i < count; ++i) slices[i] = ToSlice(keys[at + i]);
    impl_->rocks->db()->MultiGet(options, handle, count, slices.data(), values.data(),
                                 statuses.data(), sorted);
    for (size_t i = 0; i < count; ++i) {
      if (statuses[i].ok()) {
        RETURN_IF_ERROR(found(at + i, ToView(values[i])));
      } else if (!statuses[i].IsNotFound()) {
        return FromRocks(statuses[i], fmt::format("read {}", FamilyName(family)));
      }
      values[i].Reset();
    }
  }
  return absl::OkStatus();
}

KvCursor Kv::NewCursor(Family family, std::string_view prefix, const KvSnapshot* snapshot) const {
  auto impl = std::make_unique<KvCursor::Impl>();
  impl->family = family;
  impl->lower = prefix;
  impl->lower_slice = ToSlice(impl->lower);
  impl->options.iterate_lower_bound = prefix.empty() ? nullptr : &impl->lower_slice;
  impl->upper = keys::After(prefix);
  if (!impl->upper.empty()) {
    impl->upper_slice = ToSlice(impl->upper);
    impl->options.iterate_upper_bound = &impl->upper_slice;
  }
  if (snapshot != nullptr) impl->options.snapshot = SnapshotOf(snapshot->snapshot_);
  impl->options.total_order_seek = true;
  impl->iterator.reset(
      impl_->rocks->db()->NewIterator(impl->options, impl_->rocks->family(family)));
  return KvCursor(std::move(impl));
}

KvCursor Kv::NewHashCursor() const {
  auto impl = std::make_unique<KvCursor::Impl>();
  impl->family = Family::kLabels;
  impl->options.prefix_same_as_start = true;
  impl->iterator.reset(
      impl_->rocks->db()->NewIterator(impl->options, impl_->rocks->family(Family::kLabels)));
  return KvCursor(std::move(impl));
}

std::unique_ptr<KvSnapshot> Kv::NewSnapshot() const {
  rocksdb::DB* db = impl_->rocks->db();
  return std::unique_ptr<KvSnapshot>(new KvSnapshot(db, db->GetSnapshot()));
}

}  // namespace silverback
