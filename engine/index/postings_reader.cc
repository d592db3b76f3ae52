#include "engine/index/postings_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/labels/label_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

constexpr uint64_t kCheckCancelledEvery = 1024;
// Most values have one row or a few: rows are passed over by a seek after so many steps.
constexpr int kStepsBeforeSeek = 4;

Status Malformed(std::string_view name, std::string_view value) {
  return DataLoss("the postings of {}={} are malformed", name, Quote(value));
}

}  // namespace

bool BitmapBuilder::Add(uint16_t high, std::string_view encoded) {
  if (high >= sets_.size()) sets_.resize(size_t{high} + 1);
  if (sets_[high] == nullptr) sets_[high] = std::make_unique<IdSet>();
  return sets_[high]->Add(encoded);
}

SeriesBitmap BitmapBuilder::Build() const {
  SeriesBitmap bitmap;
  for (size_t high = 0; high < sets_.size(); ++high) {
    if (sets_[high] != nullptr) sets_[high]->AddTo(static_cast<uint16_t>(high), &bitmap);
  }
  return bitmap;
}

const IdSet& SeriesProbe::SetOf(uint16_t high) {
  if (high >= sets_.size()) sets_.resize(size_t{high} + 1);
  if (sets_[high] == nullptr) {
    sets_[high] = std::make_unique<IdSet>();
    SeriesBitmap::const_iterator at = series_.begin();
    for (at.equalorlarger(uint32_t{high} << 16); at != series_.end() && *at >> 16 == high; ++at) {
      sets_[high]->AddId(static_cast<uint16_t>(*at));
    }
  }
  return *sets_[high];
}

bool SeriesProbe::Intersects(uint16_t high, std::string_view encoded, bool* intersects) {
  uint16_t lowest = 0;
  if (LowestId(encoded, &lowest) && series_.contains(uint32_t{high} << 16 | lowest)) {
    *intersects = true;
    return true;
  }
  return SetOf(high).Intersects(encoded, intersects);
}

PostingsReader::PostingsReader(const Kv* kv, const KvSnapshot* moment,
                               const std::atomic<bool>* cancelled)
    : kv_(kv),
      cancelled_(cancelled),
      taken_(moment == nullptr ? kv->NewSnapshot() : nullptr),
      snapshot_(moment == nullptr ? taken_.get() : moment) {}

void PostingsReader::UseCache(PostingsCache* cache, uint64_t version) {
  cache_ = cache;
  version_ = version;
}

Status PostingsReader::CheckCancelled() const {
  if (cancelled_ == nullptr || !cancelled_->load(std::memory_order_relaxed)) {
    return absl::OkStatus();
  }
  return absl::CancelledError("selecting series was cancelled");
}

StatusOr<SeriesBitmap> PostingsReader::All() const {
  return Of("", "");
}

StatusOr<SeriesBitmap> PostingsReader::Of(std::string_view name, std::string_view value) const {
  SeriesBitmap bitmap;
  const std::string prefix = keys::PostingsPrefix(name, value);
  KvCursor rows = kv_->NewCursor(Family::kPostings, prefix, snapshot_);
  std::string n;
  std::string v;
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    uint16_t high = 0;
    if (!keys::ParsePostings(rows.key(), &n, &v, &high) ||
        !AddToBitmap(rows.value(), high, &bitmap)) {
      return Malformed(name, value);
    }
  }
  RETURN_IF_ERROR(rows.status());
  return bitmap;
}

Status PostingsReader::AddOf(std::string_view name, std::string_view value,
                             BitmapBuilder* out) const {
  const std::string prefix = keys::PostingsPrefix(name, value);
  KvCursor rows = kv_->NewCursor(Family::kPostings, prefix, snapshot_);
  std::string n;
  std::string v;
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    uint16_t high = 0;
    if (!keys::ParsePostings(rows.key(), &n, &v, &high) || !out->Add(high, rows.value())) {
      return Malformed(name, value);
    }
  }
  return rows.status();
}

Status PostingsReader::WalkValues(
    std::string_view name, std::string_view value_prefix,
    const std::function<StatusOr<Walk>(const PostingsRow&)>& visit) const {
  std::optional<ValueRows> kept;  // as long as they are all rows so far
  if (cache_ != nullptr) {
    if (const auto rows = cache_->Find(name, version_)) return WalkKept(*rows, value_prefix, visit);
    if (value_prefix.empty()) kept.emplace();
  }
  KvCursor rows =
      kv_->NewCursor(Family::kPostings, keys::PostingsValuesPrefix(name, value_prefix), snapshot_);
  std::string n;
  std::string value;
  std::string same;  // what the keys of the value's rows begin with
  bool wanted = true;
  int unwanted = 0;  // rows of the value
  uint64_t seen = 0;
  rows.SeekToFirst();
  while (rows.valid()) {
    if (++seen % kCheckCancelledEvery == 0) RETURN_IF_ERROR(CheckCancelled());
    PostingsRow row;
    const std::string_view key = rows.key();
    row.new_value = same.empty() || keys::PostingsPrefixOf(key) != same;
    const bool read = row.new_value ? keys::ParsePostings(key, &n, &value, &row.high)
                                    : keys::ParsePostingsHigh(key, &row.high);
    if (!read) return Malformed(name, value);
    if (row.new_value) {
      same = keys::PostingsPrefixOf(key);
      wanted = true;
      unwanted = 0;
    }
    row.value = value;
    row.ids = rows.value();
    if (kept.has_value() && !kept->Append(row)) kept.reset();
    if (wanted) {
      ASSIGN_OR_RETURN(const Walk walk, visit(row));
      if (walk == Walk::kStop) return absl::OkStatus();
      wanted = walk == Walk::kNext;
    } else if (++unwanted >= kStepsBeforeSeek && !kept.has_value()) {
      rows.Seek(keys::After(same));
      continue;
    }
    rows.Next();
  }
  RETURN_IF_ERROR(rows.status());
  if (kept.has_value()) cache_->Add(name, version_, *std::move(kept));
  return absl::OkStatus();
}

Status PostingsReader::WalkKept(
    const ValueRows& rows, std::string_view value_prefix,
    const std::function<StatusOr<Walk>(const PostingsRow&)>& visit) const {
  uint64_t seen = 0;
  for (size_t i = rows.LowerBound(value_prefix); i < rows.size();) {
    if (++seen % kCheckCancelledEvery == 0) RETURN_IF_ERROR(CheckCancelled());
    const PostingsRow row = rows[i++];
    if (!row.value.starts_with(value_prefix)) break;
    ASSIGN_OR_RETURN(const Walk walk, visit(row));
    if (walk == Walk::kStop) break;
    while (walk == Walk::kNextValue && i < rows.size() && !rows[i].new_value) ++i;
  }
  return absl::OkStatus();
}

Status PostingsReader::WalkNames(
    const std::function<StatusOr<bool>(std::string_view name, const PostingsRow& first)>& visit)
    const {
  KvCursor rows = kv_->NewCursor(Family::kPostings, "", snapshot_);
  rows.Seek(keys::After(keys::PostingsNamePrefix("")));
  std::string name;
  std::string value;
  while (rows.valid()) {
    RETURN_IF_ERROR(CheckCancelled());
    PostingsRow row;
    if (!keys::ParsePostings(rows.key(), &name, &value, &row.high)) return Malformed(name, value);
    row.value = value;
    row.ids = rows.value();
    row.new_value = true;
    ASSIGN_OR_RETURN(const bool more, visit(name, row));
    if (!more) return absl::OkStatus();
    rows.Seek(keys::After(keys::PostingsNamePrefix(name)));
  }
  return rows.status();
}

Status PostingsReader::WalkActivity(
    Day first, Day last,
    const std::function<StatusOr<bool>(Day day, uint16_t high, std::string_view ids)>& visit)
    const {
  KvCursor rows = kv_->NewCursor(Family::kActivity, "", snapshot_);
  uint64_t seen = 0;
  for (rows.Seek(keys::ActivityPrefix(first)); rows.valid(); rows.Next()) {
    if (++seen % kCheckCancelledEvery == 0) RETURN_IF_ERROR(CheckCancelled());
    Day day = 0;
    uint16_t high = 0;
    if (!keys::ParseActivity(rows.key(), &day, &high)) {
      return DataLoss("a key of {} bytes in activity is malformed", rows.key().size());
    }
    if (day > last) break;
    ASSIGN_OR_RETURN(const bool more, visit(day, high, rows.value()));
    if (!more) return absl::OkStatus();
  }
  return rows.status();
}

StatusOr<bool> PostingsReader::IsAllActivity(Day first, Day last) const {
  KvCursor rows = kv_->NewCursor(Family::kActivity, "", snapshot_);
  rows.SeekToFirst();
  if (rows.valid() && rows.key() < keys::ActivityPrefix(first)) return false;
  if (rows.valid()) rows.Seek(keys::After(keys::ActivityPrefix(last)));
  RETURN_IF_ERROR(rows.status());
  return !rows.valid();
}

}  // namespace silverback
