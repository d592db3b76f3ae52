// PartSwitch::Recover: what a crash in the middle of a switch, or a catalog that lost rows, is
// resolved to.
//
// A part that has rows but stands in no catalog row was ingested, and its switch was not written
// (or was lost):
//   - a seal (no inputs) is adopted: its samples may be nowhere else. If the log still has them,
//   they are in both, which
//     readers resolve as any overlap;
//   - a merge whose inputs are all live and stored is redundant: deleted, and merged again some
//   day;
//   - any other merge is adopted and its inputs, as far as the catalog knows them, are dead.
// They are looked at from oldest to youngest, so that a merge finds its inputs adopted already.
#include <algorithm>
#include <limits>
#include <spdlog/spdlog.h>
#include <utility>

#include "engine/base/coding.h"
#include "engine/store/keys.h"
#include "engine/store/part_rows.h"
#include "engine/store/part_switch.h"

namespace silverback {
namespace {

void Note(OpenReport* report, std::string message) {
  spdlog::warn("store: {}", message);
  report->messages.push_back(std::move(message));
}

}  // namespace

Status PartSwitch::LoadCatalog(PartId* max_part) {
  std::vector<PartMeta> parts;
  KvCursor rows = kv_->NewCursor(Family::kCatalog, "");
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    PartId id = 0;
    if (!keys::ParsePart(rows.key(), &id)) {
      return DataLoss("{}: a key of {} bytes in the catalog is no part's", rocks_->path(),
                      rows.key().size());
    }
    ASSIGN_OR_RETURN(const PartMeta part, DecodePartMeta(id, rows.value()));
    parts.push_back(part);
    *max_part = std::max(*max_part, id);
  }
  RETURN_IF_ERROR(rows.status());
  catalog_->Put(parts);

  std::string value;
  const Status status = kv_->Get(Family::kMeta, keys::kSealedThrough, &value);
  if (absl::IsNotFound(status)) return absl::OkStatus();
  RETURN_IF_ERROR(status);
  std::string_view in = value;
  uint64_t sealed = 0;
  if (!GetBigEndian64(&in, &sealed)) return DataLoss("the row 'sealed_through' is malformed");
  sealed_through_.store(sealed, std::memory_order_release);
  return absl::OkStatus();
}

StatusOr<std::set<PartId>> PartSwitch::FindStored(OpenReport* report) const {
  std::set<PartId> stored;
  for (Family family : {Family::kBlocks, Family::kTimelines}) {
    std::set<PartId> known;
    for (const PartMeta& part : *catalog_->live()) known.insert(part.id);
    for (const PartMeta& part : catalog_->dead()) known.insert(part.id);
    PartId from = 0;
    for (;;) {
      // Anew each time: an error sticks to a cursor.
      KvCursor rows = kv_->NewCursor(family, "");
      rows.Seek(keys::PartPrefix(from));
      PartId id = 0;
      if (rows.valid()) {
        if (!keys::ParsePartOf(rows.key(), &id)) {
          return DataLoss("{}: a key of {} bytes in {} is no part's", rocks_->path(),
                          rows.key().size(), FamilyName(family));
        }
      } else {
        const Status status = rows.status();
        if (status.ok()) break;
        if (status.code() != absl::StatusCode::kDataLoss) return status;
        // One damaged file must not keep the others from being served: what it holds is left to the reader, who says what is lost.
        const auto next = known.lower_bound(from);
        Note(report,
             fmt::format("{} from part {} on: {}", FamilyName(family), from, MessageOf(status)));
        if (next == known.end()) break;
        id = *next;
      }
      stored.insert(id);
      if (id == std::numeric_limits<PartId>::max()) break;
      from = id + 1;
    }
  }
  return stored;
}

Status PartSwitch::CheckLive(const std::set<PartId>& stored, OpenReport* report) {
  for (const PartMeta& part : *catalog_->live()) {
    const StatusOr<PartHeader> header = ReadHeader(part.id);
    if (header.ok() && header->meta == part) continue;
    if (stored.contains(part.id) && !header.ok()) {
      Note(report, fmt::format("{} is served as the catalog describes it, its own header cannot be "
                               "read: {}",
                               Describe(part), MessageOf(header.status())));
      continue;
    }
    catalog_->MarkDamaged(part.id);
    report->damaged.push_back(part.id);
    Note(report,
         fmt::format("{} cannot be read: {}", Describe(part),
                     header.ok() ? "its header does not fit the catalog" : "it has no rows"));
  }
  return absl::OkStatus();
}

StatusOr<std::vector<std::pair<Day, SeriesBitmap>>> PartSwitch::ActivityOf(
    const PartMeta& part) const {
  SeriesBitmap series;
  PartId id = 0;
  BlockKey key;
  KvCursor rows = kv_->NewCursor(Family::kBlocks, keys::PartPrefix(part.id));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    if (keys::ParseBlock(rows.key(), &id, &key)) series.add(key.series);
  }
  RETURN_IF_ERROR(rows.status());
  std::vector<std::pair<Day, SeriesBitmap>> activity;
  for (Day day = DayOf(part.time.min_ms); day <= DayOf(part.time.max_ms); ++day) {
    activity.emplace_back(day, series);
  }
  return activity;
}

Status PartSwitch::Adopt(const PartHeader& header, OpenReport* report) {
  PartMeta part = header.meta;
  part.state = PartState::kLive;
  ASSIGN_OR_RETURN(const auto activity, ActivityOf(part));
  std::optional<Sequence> sealed;
  if (header.inputs.empty() && part.last_sequence > sealed_through()) sealed = part.last_sequence;
  RETURN_IF_ERROR(WriteSwitch(std::span(&part, 1), header.inputs, activity, sealed));
  report->adopted.push_back(part.id);
  Note(report, fmt::format("adopted {}: the catalog did not know it", Describe(part)));
  return absl::OkStatus();
}

Status PartSwitch::ResolveUnknown(const std::set<PartId>& stored, OpenReport* report) {
  for (PartId id : stored) {
    if (catalog_->Has(id)) continue;
    const StatusOr<PartHeader> header = ReadHeader(id);
    if (!header.ok()) {
      report->set_aside.push_back(id);
      Note(report, fmt::format("part {} stands in no catalog row and cannot be adopted ({}): its "
                               "rows are kept and not served",
                               id, MessageOf(header.status())));
      continue;
    }
    const auto is_whole = [&](PartId input) {
      const StatusOr<PartMeta> part = catalog_->Get(input);
      return part.ok() && part->state == PartState::kLive && stored.contains(input) &&
             ReadHeader(input).ok();
    };
    const std::vector<PartId>& inputs = header->inputs;
    if (inputs.empty() || !std::all_of(inputs.begin(), inputs.end(), is_whole)) {
      RETURN_IF_ERROR(Adopt(*header, report));
      continue;
    }
    RETURN_IF_ERROR(DeleteRows(std::span(&id, 1)));
    report->discarded.push_back(id);
    Note(report, fmt::format("deleted {}: an unfinished merge whose inputs are all there",
                             Describe(header->meta)));
  }
  return absl::OkStatus();
}

Status PartSwitch::Recover(OpenReport* report, PartId* max_part) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(LoadCatalog(max_part));
  ASSIGN_OR_RETURN(const std::set<PartId> stored, FindStored(report));
  if (!stored.empty()) *max_part = std::max(*max_part, *stored.rbegin());
  RETURN_IF_ERROR(ResolveUnknown(stored, report));
  RETURN_IF_ERROR(CheckLive(stored, report));
  std::vector<PartId> dead;
  for (const PartMeta& part : catalog_->dead()) dead.push_back(part.id);
  return DeleteRows(dead);
}

}  // namespace silverback
