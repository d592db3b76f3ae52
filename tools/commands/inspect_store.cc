#include "tools/commands/inspect_store.h"

#include <algorithm>
#include <charconv>

#include "engine/block/describe.h"
#include "engine/block/timeline.h"
#include "engine/index/registry.h"
#include "engine/index/selection.h"
#include "engine/index/series_row.h"
#include "engine/store/describe.h"
#include "engine/store/keys.h"
#include "query/syntax/parser.h"
#include "tools/commands/inspect_blocks.h"
#include "tools/commands/inspect_rows.h"

namespace silverback {
namespace {

constexpr size_t kMetricAndSeriesBytes = 16;  // of a block's key: part, metric, series
constexpr size_t kTimelineHeaderFields = 6;
constexpr size_t kListedCandidates = 5;

std::vector<PartMeta> AllParts(const Store& store) {
  std::vector<PartMeta> parts = *store.live_parts();
  const std::vector<PartMeta> dead = store.dead_parts();
  parts.insert(parts.end(), dead.begin(), dead.end());
  std::sort(parts.begin(), parts.end(),
            [](const PartMeta& a, const PartMeta& b) { return a.id < b.id; });
  return parts;
}

std::vector<Cell> BlockCells(const BlockKey& key, std::string_view bytes, Document* document) {
  std::vector<Cell> cells = {NumberCell(key.metric), NumberCell(key.series),
                             TimeCell(key.first_ms)};
  const StatusOr<BlockSummary> block = SummarizeBlock(bytes);
  if (!block.ok()) {
    document->damaged = true;
    cells.insert(cells.end(), {Cell{}, Cell{}, NumberCell(bytes.size()), Cell{}, Cell{},
                               TextCell(std::string(MessageOf(block.status())))});
    return cells;
  }
  cells.insert(cells.end(), {TimeCell(block->time.max_ms), NumberCell(block->rows),
                             NumberCell(bytes.size()), NumberCell(block->timeline.ordinal),
                             NumberCell(block->timeline.offset), TextCell(block->stored_by)});
  return cells;
}

Listing ListBlocks(Store* store, PartId part, uint64_t limit, CodecCount* codecs,
                   Document* document) {
  Listing listing{"blocks",
                  "Blocks",
                  {{"metric", ">metric"},
                   {"series", ">series"},
                   {"firstTime", "first time"},
                   {"lastTime", "last time"},
                   {"rows", ">rows"},
                   {"bytes", ">bytes"},
                   {"timeline", ">timeline"},
                   {"timelineRow", ">from row"},
                   {"codecs", "stored by"}},
                  {}};
  KvCursor rows = store->kv().NewCursor(Family::kBlocks, keys::PartPrefix(part));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    PartId of = 0;
    BlockKey key;
    if (!keys::ParseBlock(rows.key(), &of, &key)) continue;  // the header
    listing.cut = listing.rows.size() == limit;
    if (listing.cut && codecs == nullptr) break;
    if (!listing.cut) listing.rows.push_back(BlockCells(key, rows.value(), document));
    if (codecs != nullptr) codecs->Add(rows.value());
  }
  NoteDamage(rows.status(), document);
  return listing;
}

Listing ListTimelines(Store* store, PartId part, uint64_t limit, Document* document) {
  Listing listing{"timelines",
                  "Timelines",
                  {{"ordinal", ">ordinal"},
                   {"rows", ">rows"},
                   {"firstTime", "first time"},
                   {"lastTime", "last time"},
                   {"bytes", ">bytes"}},
                  {}};
  KvCursor rows = store->kv().NewCursor(Family::kTimelines, keys::PartPrefix(part));
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    PartId of = 0;
    uint32_t ordinal = 0;
    if (!keys::ParseTimeline(rows.key(), &of, &ordinal)) continue;
    listing.cut = listing.rows.size() == limit;
    if (listing.cut) break;
    std::vector<Cell>& cells = listing.rows.emplace_back();
    const StatusOr<TimelineInfo> info = InspectTimeline(rows.value());
    cells = {NumberCell(ordinal)};
    if (info.ok()) {
      cells.insert(cells.end(), {NumberCell(info->rows), TimeCell(info->time_range.min_ms),
                                 TimeCell(info->time_range.max_ms)});
    } else {
      document->damaged = true;
      cells.insert(cells.end(), {Cell{}, TextCell(std::string(MessageOf(info.status()))), Cell{}});
    }
    cells.push_back(NumberCell(rows.value().size()));
  }
  NoteDamage(rows.status(), document);
  return listing;
}

StatusOr<SeriesId> SelectOne(Store* store, const std::string& selector) {
  ASSIGN_OR_RETURN(const std::vector<Matcher> matchers, syntax::ParseMetricSelector(selector));
  ASSIGN_OR_RETURN(const std::unique_ptr<Registry> registry, Registry::Open(store, {}));
  ASSIGN_OR_RETURN(const std::vector<SelectedSeries> selected,
                   Selector(registry.get()).Select(matchers, SelectionScope{}));
  if (selected.empty()) {
    return Error(absl::StatusCode::kNotFound, "no series matches {}", selector);
  }
  if (selected.size() == 1) return selected.front().series;
  std::string list;
  for (size_t i = 0; i < std::min(selected.size(), kListedCandidates); ++i) {
    list += fmt::format("\n  {} {}", selected[i].series, SeriesName(store, selected[i].series));
  }
  return InvalidArgument("{} matches {} series; name one, by its id or by more labels:{}{}",
                         selector, selected.size(), list,
                         selected.size() > kListedCandidates ? "\n  ..." : "");
}

StatusOr<SeriesId> ParseSeries(Store* store, const std::string& text) {
  SeriesId series = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, series);
  if (error == std::errc() && rest == end) return series;
  return SelectOne(store, text);
}

StatusOr<MetricId> MetricOf(Store* store, SeriesId series) {
  std::string row;
  const Status status = store->kv().Get(Family::kSeries, keys::Series(series), &row);
  if (absl::IsNotFound(status)) {
    return Error(absl::StatusCode::kNotFound,
                 "there is no series {} (`inspect key series` lists them)", series);
  }
  RETURN_IF_ERROR(status);
  MetricId metric = 0;
  std::string_view labels;
  RETURN_IF_ERROR(SplitSeriesRow(series, row, &metric, &labels));
  return metric;
}

Listing FieldListing(std::string key, std::string title, std::string_view bytes,
                     const std::vector<BlockField>& fields) {
  Listing listing{std::move(key), std::move(title), FieldColumns(), {}};
  for (const BlockField& field : fields) {
    listing.rows.push_back(
        FieldCells(field.offset, bytes.substr(field.offset, field.bytes), field.name, field.text));
  }
  return listing;
}

bool Holds(const BlockKey& key, std::string_view bytes, TimestampMs time) {
  if (key.first_ms > time) return false;
  const StatusOr<BlockSummary> block = SummarizeBlock(bytes);
  return !block.ok() || block->time.max_ms >= time;  // damaged: it may
}

/// A block's item; what is wrong with it becomes a note of `document`.
Item BlockItem(Store* store, PartId part, const BlockKey& key, const KvCursor& row, bool samples,
               uint64_t limit, Document* document) {
  const std::string_view bytes = row.value();
  Item item;
  item.title = fmt::format("Block of {} (series {}) in part {} from {}, {} bytes",
                           SeriesName(store, key.series), key.series, part,
                           FormatTime(key.first_ms), bytes.size());
  item.attributes = {{"part", part},
                     {"metric", key.metric},
                     {"series", key.series},
                     {"labels", SeriesName(store, key.series)},
                     {"firstTime", key.first_ms},
                     {"bytes", bytes.size()}};
  item.listings.push_back(KeyListing(Family::kBlocks, row.key(), bytes));
  item.listings.push_back(FieldListing("fields", "Block", bytes, DescribeBlock(bytes)));
  if (!samples) {
    NoteDamage(CheckBlock(bytes), document);
    return item;
  }
  StatusOr<Listing> listing = ListSamples(store, part, bytes, limit);
  NoteDamage(listing.status(), document);
  if (listing.ok()) item.listings.push_back(*std::move(listing));
  return item;
}

}  // namespace

std::string SeriesName(Store* store, SeriesId series) {
  std::string row;
  if (!store->kv().Get(Family::kSeries, keys::Series(series), &row).ok()) return "unknown";
  const StatusOr<LabelSet> labels = DecodeSeriesLabels(series, row);
  return labels.ok() ? labels->ToString() : "malformed";
}

void AddOpenReport(const Store& store, Document* document) {
  const OpenReport& report = store.open_report();
  document->notes.insert(document->notes.end(), report.messages.begin(), report.messages.end());
}

StatusOr<Document> InspectParts(Store* store, uint64_t limit) {
  Document document;
  AddOpenReport(*store, &document);
  Listing listing{"parts",
                  "",
                  {{"part", ">part"},
                   {"month", "month"},
                   {"kind", "kind"},
                   {"state", "state"},
                   {"firstTime", "first time"},
                   {"lastTime", "last time"},
                   {"firstSequence", ">log from"},
                   {"lastSequence", ">to"},
                   {"series", ">series"},
                   {"samples", ">samples"},
                   {"blocks", ">blocks"},
                   {"timelines", ">timelines"},
                   {"bytes", ">bytes"},
                   {"bytesPerSample", ">a sample"}},
                  {}};
  for (const PartMeta& part : AllParts(*store)) {
    listing.cut = listing.rows.size() == limit;
    if (listing.cut) break;
    listing.rows.push_back(
        {NumberCell(part.id), TextCell(PartitionName(part.partition)),
         TextCell(std::string(PartKindName(part.kind))),
         TextCell(std::string(PartStateName(part.state))), TimeCell(part.time.min_ms),
         TimeCell(part.time.max_ms), NumberCell(part.first_sequence),
         NumberCell(part.last_sequence), NumberCell(part.series), NumberCell(part.samples),
         NumberCell(part.blocks), NumberCell(part.timelines), NumberCell(part.bytes),
         RatioCell(static_cast<double>(part.bytes), part.samples)});
  }
  document.listings.push_back(std::move(listing));
  return document;
}

StatusOr<Document> InspectPart(Store* store, PartId part, bool codecs, uint64_t limit) {
  Document document;
  const std::string key = keys::PartPrefix(part);
  const std::vector<PartMeta> parts = AllParts(*store);
  const auto known = std::find_if(parts.begin(), parts.end(),
                                  [part](const PartMeta& meta) { return meta.id == part; });
  document.notes.push_back(known == parts.end()
                               ? fmt::format("Part {} is not in the catalog.", part)
                               : silverback::Describe(*known));
  std::string header;
  const Status status = store->kv().Get(Family::kBlocks, key, &header);
  if (!absl::IsNotFound(status)) NoteDamage(status, &document);
  if (status.ok()) {
    document.listings.push_back(KeyListing(Family::kBlocks, key, header));
    document.listings.back().title = "Header: key";
    document.listings.push_back(ValueListing(Family::kBlocks, key, header));
    document.listings.back().title = "Header: value";
    document.listings.back().key = "header";
  } else if (absl::IsNotFound(status)) {
    document.notes.push_back("It has no header row.");
  }
  CodecCount count;
  Listing blocks = ListBlocks(store, part, limit, codecs ? &count : nullptr, &document);
  Listing timelines = ListTimelines(store, part, limit, &document);
  if (!status.ok() && !document.damaged && blocks.rows.empty() && timelines.rows.empty()) {
    return Error(absl::StatusCode::kNotFound, "there is no part {} (`inspect parts` lists them)",
                 part);
  }
  document.listings.push_back(std::move(blocks));
  document.listings.push_back(std::move(timelines));
  if (codecs) document.listings.push_back(count.ToListing());
  return document;
}

StatusOr<Document> InspectBlocks(Store* store, const BlockQuery& query, uint64_t limit) {
  ASSIGN_OR_RETURN(const SeriesId series, ParseSeries(store, query.series));
  ASSIGN_OR_RETURN(const MetricId metric, MetricOf(store, series));
  std::vector<PartId> parts;
  if (query.part) {
    parts = {*query.part};
  } else {
    for (const PartMeta& part : *store->live_parts()) parts.push_back(part.id);
  }
  Document document;
  document.items_key = "blocks";
  for (const PartId part : parts) {
    const std::string prefix =
        keys::Block(part, {metric, series, 0}).substr(0, kMetricAndSeriesBytes);
    KvCursor rows = store->kv().NewCursor(Family::kBlocks, prefix);
    for (rows.SeekToFirst(); rows.valid() && !document.items_cut; rows.Next()) {
      PartId of = 0;
      BlockKey key;
      if (!keys::ParseBlock(rows.key(), &of, &key)) continue;
      if (query.time && !Holds(key, rows.value(), *query.time)) continue;
      document.items_cut = document.items.size() == limit;
      if (document.items_cut) break;
      document.items.push_back(BlockItem(store, part, key, rows, query.samples, limit, &document));
    }
    NoteDamage(rows.status(), &document);
  }
  if (document.items.empty() && !document.damaged) {
    return Error(absl::StatusCode::kNotFound,
                 "no block of series {} ({}){}{}: its samples may be in the log alone", series,
                 SeriesName(store, series),
                 query.part ? fmt::format(" in part {}", *query.part) : " in any live part",
                 query.time ? " holds " + FormatTime(*query.time) : "");
  }
  return document;
}

StatusOr<Document> InspectTimeline(Store* store, PartId part, uint32_t ordinal, bool times,
                                   uint64_t limit) {
  const std::string key = keys::Timeline(part, ordinal);
  ASSIGN_OR_RETURN(const std::string bytes, store->ReadTimeline(part, ordinal));
  Document document;
  document.listings.push_back(KeyListing(Family::kTimelines, key, bytes));
  document.listings.push_back(FieldListing("fields", "Timeline", bytes, DescribeTimeline(bytes)));
  Listing& fields = document.listings.back();
  fields.cut = fields.rows.size() > kTimelineHeaderFields + limit;
  if (fields.cut) fields.rows.resize(kTimelineHeaderFields + limit);
  std::vector<TimestampMs> all;
  const Status decoded = DecodeTimeline(bytes, &all);
  NoteDamage(decoded, &document);
  if (!times || !decoded.ok()) return document;
  Listing listing{"times", "Times", {{"row", ">row"}, {"time", "time"}}, {}};
  for (size_t row = 0; row < all.size() && row < limit; ++row) {
    listing.rows.push_back({NumberCell(row), TimeCell(all[row])});
  }
  listing.cut = all.size() > limit;
  document.listings.push_back(std::move(listing));
  return document;
}

}  // namespace silverback
