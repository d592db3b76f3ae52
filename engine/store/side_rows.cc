#include "engine/store/side_rows.h"

#include <utility>

#include "engine/base/coding.h"
#include "engine/base/hash.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

constexpr size_t kBatchBytes = 1 << 20;

Status DropExemplarsBefore(Kv* kv, TimestampMs cutoff) {
  KvBatch batch(*kv);
  KvCursor rows = kv->NewCursor(Family::kExemplars, "");
  rows.SeekToFirst();
  while (rows.valid()) {
    SeriesId series = 0;
    TimestampMs t = 0;
    if (!keys::ParseExemplar(rows.key(), &series, &t)) {
      return DataLoss("a key of {} bytes in exemplars is malformed", rows.key().size());
    }
    if (t < cutoff) {
      batch.DeleteRange(Family::kExemplars, rows.key(), keys::ExemplarsAt(series, cutoff));
    }
    // Each series has its old rows in front: on to the next series.
    const std::string next = keys::After(keys::ExemplarsPrefix(series));
    if (next.empty()) break;
    rows.Seek(next);
    if (batch.bytes() >= kBatchBytes) {
      RETURN_IF_ERROR(kv->Write(std::exchange(batch, KvBatch(*kv)), Durability::kBuffered));
    }
  }
  RETURN_IF_ERROR(rows.status());
  return kv->Write(std::move(batch), Durability::kBuffered);
}

}  // namespace

std::string EncodeMetadata(const MetadataRow& metadata) {
  std::string out;
  PutLengthPrefixed(&out, metadata.type);
  PutLengthPrefixed(&out, metadata.help);
  PutLengthPrefixed(&out, metadata.unit);
  return out;
}

StatusOr<MetadataRow> DecodeMetadata(std::string_view name, std::string_view bytes) {
  std::string_view type;
  std::string_view help;
  std::string_view unit;
  if (!GetLengthPrefixed(&bytes, &type) || !GetLengthPrefixed(&bytes, &help) ||
      !GetLengthPrefixed(&bytes, &unit) || !bytes.empty()) {
    return DataLoss("the metadata of {} is malformed", name);
  }
  return MetadataRow{std::string(type), std::string(help), std::string(unit)};
}

Status PutMetadataRows(Kv* kv, std::span<const std::pair<std::string, MetadataRow>> rows) {
  KvBatch batch(*kv);
  std::string old;
  for (const auto& [name, metadata] : rows) {
    const std::string value = EncodeMetadata(metadata);
    // Senders repeat theirs every minute: what is the same is not written again.
    const Status status = kv->Get(Family::kMetadata, name, &old);
    if (!status.ok() && !absl::IsNotFound(status)) return status;
    if (!status.ok() || old != value) batch.Put(Family::kMetadata, name, value);
  }
  return kv->Write(std::move(batch), Durability::kBuffered);
}

Status ScanMetadataRows(const Kv& kv,
                        const std::function<bool(std::string_view, const MetadataRow&)>& visit) {
  KvCursor rows = kv.NewCursor(Family::kMetadata, "");
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    ASSIGN_OR_RETURN(const MetadataRow metadata, DecodeMetadata(rows.key(), rows.value()));
    if (!visit(rows.key(), metadata)) return absl::OkStatus();
  }
  return rows.status();
}

Status PutExemplarRows(Kv* kv, std::span<const ExemplarRow> rows) {
  KvBatch batch(*kv);
  for (const ExemplarRow& row : rows) {
    batch.Put(Family::kExemplars, keys::Exemplar(row.series, row.timestamp_ms, Hash64(row.payload)),
              row.payload);
  }
  return kv->Write(std::move(batch), Durability::kBuffered);
}

Status TrimExemplarRows(Kv* kv, SeriesId series, size_t keep) {
  const std::string prefix = keys::ExemplarsPrefix(series);
  size_t count = 0;
  KvCursor rows = kv->NewCursor(Family::kExemplars, prefix);
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) ++count;
  RETURN_IF_ERROR(rows.status());
  if (count <= keep) return absl::OkStatus();
  rows.SeekToFirst();
  for (size_t excess = count - keep; excess > 0 && rows.valid(); --excess) rows.Next();
  RETURN_IF_ERROR(rows.status());
  const std::string end = rows.valid() ? std::string(rows.key()) : keys::After(prefix);
  KvBatch batch(*kv);
  batch.DeleteRange(Family::kExemplars, prefix, end);
  return kv->Write(std::move(batch), Durability::kBuffered);
}

Status ScanExemplarRows(const Kv& kv, SeriesId series, TimeRange range,
                        const std::function<bool(TimestampMs, std::string_view)>& visit) {
  KvCursor rows = kv.NewCursor(Family::kExemplars, keys::ExemplarsPrefix(series));
  for (rows.Seek(keys::ExemplarsAt(series, range.min_ms)); rows.valid(); rows.Next()) {
    SeriesId id = 0;
    TimestampMs t = 0;
    if (!keys::ParseExemplar(rows.key(), &id, &t)) {
      return DataLoss("a key of {} bytes in exemplars is malformed", rows.key().size());
    }
    if (t > range.max_ms || !visit(t, rows.value())) return absl::OkStatus();
  }
  return rows.status();
}

Status DropRowsBefore(Kv* kv, TimestampMs cutoff, TimestampMs exemplar_cutoff) {
  KvCursor rows = kv->NewCursor(Family::kActivity, "");
  rows.SeekToFirst();
  const std::string end = keys::ActivityPrefix(DayOf(cutoff));
  if (rows.valid() && rows.key() < end) {
    KvBatch batch(*kv);
    batch.DeleteRange(Family::kActivity, rows.key(), end);
    RETURN_IF_ERROR(kv->Write(std::move(batch), Durability::kBuffered));
  }
  RETURN_IF_ERROR(rows.status());
  return DropExemplarsBefore(kv, exemplar_cutoff);
}

}  // namespace silverback
