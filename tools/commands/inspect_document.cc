#include "tools/commands/inspect_document.h"

#include <fmt/format.h>

#include "engine/base/value.h"
#include "engine/store/calendar.h"
#include "query/model/float_histogram.h"
#include "query/windows/histogram_reader.h"
#include "tools/terminal/table.h"

namespace silverback {
namespace {

using Json = nlohmann::json;

constexpr size_t kShownBytes = 16;
constexpr const char* kCutLine = "(there are more: raise --limit, or ask for less)\n";

std::string ToText(const Listing& listing) {
  std::string text;
  if (!listing.title.empty()) text += listing.title + "\n";
  if (listing.rows.empty()) return text + "(none)\n";
  std::vector<std::string> header;
  for (const ListingColumn& column : listing.columns) header.push_back(column.title);
  std::vector<std::vector<std::string>> rows;
  for (const auto& cells : listing.rows) {
    auto& row = rows.emplace_back();
    for (const Cell& cell : cells) row.push_back(cell.text);
  }
  text += FormatTable(header, rows);
  if (listing.cut) text += kCutLine;
  return text;
}

void AddTo(Json* object, const std::vector<Listing>& listings) {
  for (const Listing& listing : listings) {
    Json rows = Json::array();
    for (const auto& cells : listing.rows) {
      Json row = Json::object();
      for (size_t i = 0; i < cells.size(); ++i) row[listing.columns[i].key] = cells[i].json;
      rows.push_back(std::move(row));
    }
    (*object)[listing.key] = std::move(rows);
    if (listing.cut) (*object)["cut"].push_back(listing.key);
  }
}

std::string HintText(CounterResetHint hint) {
  switch (hint) {
    case CounterResetHint::kReset:
      return " after a reset";
    case CounterResetHint::kNotReset:
      return " without reset";
    case CounterResetHint::kGauge:
      return " gauge";
    case CounterResetHint::kUnknown:
      break;
  }
  return "";
}

}  // namespace

Cell NumberCell(uint64_t number) {
  return {std::to_string(number), number};
}

Cell TextCell(std::string text) {
  return {text, text};
}

Cell TimeCell(TimestampMs time) {
  return {FormatTime(time), time};
}

Cell StartCell(TimestampMs start_ms) {
  return start_ms == kNoStart ? Cell{} : TimeCell(start_ms);
}

Cell BytesCell(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, kShownBytes)) {
    text += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  }
  if (bytes.size() > kShownBytes) text += "...";
  return TextCell(std::move(text));
}

Cell ValueCell(double value) {
  return TextCell(IsStale(value) ? "stale" : fmt::format("{}", value));
}

Cell RatioCell(double numerator, uint64_t denominator) {
  if (denominator == 0) return {"", nullptr};
  const double ratio = numerator / static_cast<double>(denominator);
  return {fmt::format("{:.2f}", ratio), ratio};
}

Cell HistogramCell(const NativeHistogram& histogram) {
  if (histogram.IsStale()) return TextCell("stale");
  FloatHistogram floats;
  ToFloatHistogram(histogram, &floats);
  return TextCell(floats.ToString() + HintText(histogram.reset_hint));
}

std::vector<ListingColumn> FieldColumns() {
  return {{"offset", ">offset"},
          {"bytes", ">bytes"},
          {"hex", "content"},
          {"field", "field"},
          {"meaning", "meaning"}};
}

std::vector<Cell> FieldCells(uint64_t offset, std::string_view bytes, const std::string& name,
                             const std::string& text) {
  return {NumberCell(offset), NumberCell(bytes.size()), BytesCell(bytes), TextCell(name),
          TextCell(text)};
}

void NoteDamage(const Status& status, Document* document) {
  if (status.ok()) return;
  document->notes.push_back(fmt::format("Not all could be read: {}", MessageOf(status)));
  document->damaged = true;
}

std::string ToText(const Document& document) {
  std::string text;
  for (const std::string& note : document.notes) text += note + "\n";
  const auto add = [&text](const std::string& block) {
    if (!text.empty()) text += "\n";
    text += block;
  };
  for (const Listing& listing : document.listings) add(ToText(listing));
  for (const Item& item : document.items) {
    std::string block = item.title + "\n";
    for (const Listing& listing : item.listings) block += ToText(listing);
    add(block);
  }
  if (document.items_cut) add(kCutLine);
  return text;
}

Json ToJson(const Document& document) {
  Json json = Json::object();
  if (!document.notes.empty()) json["notes"] = document.notes;
  AddTo(&json, document.listings);
  if (!document.items_key.empty()) {
    Json items = Json::array();
    for (const Item& item : document.items) {
      Json one = Json::object();
      for (const auto& [key, value] : item.attributes) one[key] = value;
      AddTo(&one, item.listings);
      items.push_back(std::move(one));
    }
    json[document.items_key] = std::move(items);
    if (document.items_cut) json["cut"].push_back(document.items_key);
  }
  return json;
}

}  // namespace silverback
