#include "tools/commands/inspect_rows.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/database/exemplar_payload.h"
#include "engine/index/series_row.h"
#include "engine/store/describe.h"
#include "engine/store/keys.h"
#include "tools/commands/arguments.h"
#include "tools/terminal/table.h"

namespace silverback {
namespace {

constexpr size_t kLineBytes = 120;  // of a value on one line

/// What the words of a key mean, for messages.
std::string_view WordsOf(Family family) {
  switch (family) {
    case Family::kBlocks:
      return "PART [METRIC [SERIES [TIME]]]";
    case Family::kTimelines:
      return "PART [ORDINAL]";
    case Family::kCatalog:
      return "PART";
    case Family::kSeries:
      return "SERIES";
    case Family::kLabels:
      return "HASH (hexadecimal digits)";
    case Family::kPostings:
      return "LABEL-NAME [VALUE [HIGH-HALF]]";
    case Family::kActivity:
      return "DAY [HIGH-HALF] (a day as 2026-11-24)";
    case Family::kExemplars:
      return "SERIES [TIME]";
    case Family::kMetrics:
    case Family::kMetadata:
    case Family::kMeta:
      return "NAME";
    case Family::kTombstones:
      return "SERIES [FIRST-TIME [LAST-TIME [PART]]]";
  }
  return "";
}

Status WrongWords(Family family, std::string_view reason) {
  return InvalidArgument("{}: a key of {} is {}", reason, FamilyName(family), WordsOf(family));
}

/// The words of a key, one after the other; the first that does not fit is remembered.
class Words {
 public:
  Words(Family family, std::span<const std::string> words) : family_(family), words_(words) {}

  size_t count() const { return words_.size(); }
  const std::string& text(size_t i) const { return words_[i]; }

  template <typename T>
  T Number(size_t i) {
    T number = 0;
    if (i >= words_.size()) return number;
    const std::string& word = words_[i];
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) {
      Fail(fmt::format("'{}' is no number that fits", word));
    }
    return number;
  }

  TimestampMs Time(size_t i) {
    if (i >= words_.size()) return 0;
    const StatusOr<TimestampMs> time = ParseTimeArgument(words_[i], 0);
    if (!time.ok()) Fail(MessageOf(time.status()));
    return time.value_or(0);
  }

  Status Finish(size_t max) {
    if (words_.size() > max) Fail("too many words");
    return status_;
  }

 private:
  void Fail(std::string_view reason) {
    if (status_.ok()) status_ = WrongWords(family_, reason);
  }

  Family family_;
  std::span<const std::string> words_;
  Status status_;
};

/// The first bytes of `key`, as many as `words` words stand for.
StatusOr<std::string> Cut(Words* words, const std::string& key,
                          std::initializer_list<size_t> ends) {
  RETURN_IF_ERROR(words->Finish(ends.size()));
  return key.substr(0, *(ends.begin() + (words->count() - 1)));
}

StatusOr<std::string> PostingsKey(Words* words) {
  const auto high = words->Number<uint16_t>(2);
  RETURN_IF_ERROR(words->Finish(3));
  switch (words->count()) {
    case 1:
      return keys::PostingsNamePrefix(words->text(0));
    case 2:
      return keys::PostingsPrefix(words->text(0), words->text(1));
    default:
      return keys::Postings(words->text(0), words->text(1), high);
  }
}

StatusOr<std::string> ActivityKey(Words* words) {
  const auto high = words->Number<uint16_t>(1);
  RETURN_IF_ERROR(words->Finish(2));
  const StatusOr<TimestampMs> time = ParseTimeArgument(words->text(0) + "T00:00:00Z", 0);
  if (!time.ok()) return WrongWords(Family::kActivity, MessageOf(time.status()));
  const Day day = DayOf(*time);
  return words->count() == 1 ? keys::ActivityPrefix(day) : keys::Activity(day, high);
}

std::string_view BytesOf(const RowField& field, std::string_view key, std::string_view value) {
  const std::string_view place = field.place == RowField::Place::kKey ? key : value;
  return place.substr(field.offset, field.bytes);
}

/// DescribeRow, and what the database puts into exemplars, which the store does not know.
std::vector<RowField> FieldsOf(Family family, std::string_view key, std::string_view value) {
  std::vector<RowField> fields = DescribeRow(family, key, value);
  if (family != Family::kExemplars) return fields;
  const StatusOr<ExemplarPayload> payload = DecodeExemplarPayload(value);
  if (!payload.ok()) return fields;
  std::erase_if(fields,
                [](const RowField& field) { return field.place == RowField::Place::kValue; });
  const size_t label_bytes = value.size() - sizeof(double);
  fields.push_back({RowField::Place::kValue, 0, label_bytes, "labels", payload->labels.ToString()});
  fields.push_back({RowField::Place::kValue, label_bytes, sizeof(double), "value",
                    fmt::format("{}", payload->value)});
  return fields;
}

Listing ListFields(Family family, std::string_view key, std::string_view value,
                   RowField::Place place) {
  const bool of_key = place == RowField::Place::kKey;
  Listing listing{of_key ? "key" : "value", of_key ? "Key" : "Value", FieldColumns(), {}};
  for (const RowField& field : FieldsOf(family, key, value)) {
    if (field.place != place) continue;
    listing.rows.push_back(
        FieldCells(field.offset, BytesOf(field, key, value), field.name, field.text));
  }
  return listing;
}

/// A series' labels as one writes them; nothing if the row is malformed.
std::optional<std::string> SeriesLine(std::string_view key, std::string_view value) {
  SeriesId series = 0;
  MetricId metric = 0;
  std::string_view encoded;
  if (!keys::ParseSeries(key, &series) || !SplitSeriesRow(series, value, &metric, &encoded).ok()) {
    return std::nullopt;
  }
  const StatusOr<LabelSet> labels = LabelSet::FromEncoded(encoded);
  if (!labels.ok()) return std::nullopt;
  return fmt::format("metric {}, {}", metric, labels->ToString());
}

std::string OneLine(Family family, std::string_view key, std::string_view value) {
  if (family == Family::kSeries) {
    if (std::optional<std::string> line = SeriesLine(key, value)) return *std::move(line);
  }
  std::string line;
  for (const RowField& field : FieldsOf(family, key, value)) {
    if (field.place == RowField::Place::kKey) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", field.name, field.text);
    if (line.size() <= kLineBytes) continue;
    size_t end = kLineBytes;
    while (end > 0 && (line[end] & 0xc0) == 0x80) --end;  // not inside a character
    return line.substr(0, end) + "...";
  }
  return line;
}

}  // namespace

Document InspectFamilies(const Store& store) {
  Listing listing{"families",
                  "",
                  {{"family", "family"},
                   {"key", "key"},
                   {"rowsEstimate", ">rows (about)"},
                   {"files", ">files"},
                   {"fileBytes", ">file bytes"},
                   {"memoryBytes", ">in memory"}},
                  {}};
  for (const FamilyStats& family : store.Stats().families) {
    Family id{};
    FamilyNamed(family.name, &id);
    listing.rows.push_back({TextCell(std::string(family.name)), TextCell(std::string(WordsOf(id))),
                            NumberCell(family.rows_estimate), NumberCell(family.table_files),
                            NumberCell(family.table_bytes), NumberCell(family.memtable_bytes)});
  }
  Document document;
  document.listings.push_back(std::move(listing));
  return document;
}

StatusOr<std::string> KeyPrefix(Family family, std::span<const std::string> all) {
  if (all.empty()) return std::string();
  Words words(family, all);
  switch (family) {
    case Family::kBlocks: {
      const BlockKey key{words.Number<MetricId>(1), words.Number<SeriesId>(2), words.Time(3)};
      return Cut(&words, keys::Block(words.Number<PartId>(0), key), {8, 12, 16, 24});
    }
    case Family::kTimelines:
      return Cut(&words, keys::Timeline(words.Number<PartId>(0), words.Number<uint32_t>(1)),
                 {8, 12});
    case Family::kCatalog:
      return Cut(&words, keys::PartPrefix(words.Number<PartId>(0)), {8});
    case Family::kSeries:
      return Cut(&words, keys::Series(words.Number<SeriesId>(0)), {4});
    case Family::kExemplars:
      return Cut(&words, keys::ExemplarsAt(words.Number<SeriesId>(0), words.Time(1)), {4, 12});
    case Family::kLabels:
      RETURN_IF_ERROR(words.Finish(1));
      return ParseHex(words.text(0));
    case Family::kPostings:
      return PostingsKey(&words);
    case Family::kActivity:
      return ActivityKey(&words);
    case Family::kMetrics:
    case Family::kMetadata:
    case Family::kMeta:
      RETURN_IF_ERROR(words.Finish(1));
      return words.text(0);
    case Family::kTombstones:
      return Cut(&words,
                 keys::Tombstone(words.Number<SeriesId>(0), {words.Time(1), words.Time(2)},
                                 words.Number<PartId>(3)),
                 {4, 12, 20, 28});
  }
  return WrongWords(family, "it has no keys");
}

StatusOr<std::string> ParseHex(std::string_view digits) {
  std::string bytes;
  for (size_t i = 0; i < digits.size(); i += 2) {
    uint8_t byte = 0;
    const char* const begin = digits.data() + i;
    const char* const end = begin + std::min<size_t>(2, digits.size() - i);
    const auto [rest, error] = std::from_chars(begin, end, byte, 16);
    if (error != std::errc() || rest != begin + 2) {
      return InvalidArgument("'{}' is no row of pairs of hexadecimal digits", digits);
    }
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

StatusOr<Document> InspectRows(Store* store, Family family, std::string_view prefix, bool fields,
                               uint64_t limit) {
  Document document;
  Listing listing{
      "rows",
      "",
      {{"key", "key"}, {"keyBytes", ">bytes"}, {"value", "value"}, {"valueBytes", ">bytes"}},
      {}};
  if (fields) document.items_key = "rows";
  KvCursor rows = store->kv().NewCursor(family, prefix);
  for (rows.SeekToFirst(); rows.valid(); rows.Next()) {
    const std::string_view key = rows.key();
    const std::string_view value = rows.value();
    const bool full = document.items.size() + listing.rows.size() == limit;
    (fields ? document.items_cut : listing.cut) = full;
    if (full) break;
    if (!fields) {
      listing.rows.push_back({TextCell(DescribeKey(family, key)), NumberCell(key.size()),
                              TextCell(OneLine(family, key, value)), NumberCell(value.size())});
      continue;
    }
    Item item{DescribeKey(family, key), {}, {}};
    item.listings.push_back(KeyListing(family, key, value));
    item.listings.push_back(ValueListing(family, key, value));
    document.items.push_back(std::move(item));
  }
  NoteDamage(rows.status(), &document);
  if (fields && document.items.empty() && !document.damaged) {
    return Error(absl::StatusCode::kNotFound, "{} has no key that starts so", FamilyName(family));
  }
  if (!fields) document.listings.push_back(std::move(listing));
  return document;
}

Listing KeyListing(Family family, std::string_view key, std::string_view value) {
  return ListFields(family, key, value, RowField::Place::kKey);
}

Listing ValueListing(Family family, std::string_view key, std::string_view value) {
  return ListFields(family, key, value, RowField::Place::kValue);
}

}  // namespace silverback
