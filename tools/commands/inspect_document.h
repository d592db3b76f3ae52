// What `silverback inspect` shows: lists and items, printed as text or as JSON from one description.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"

namespace silverback {

/// What a person reads, and what a program does.
struct Cell {
  std::string text;
  nlohmann::json json;
};

Cell NumberCell(uint64_t number);
Cell TextCell(std::string text);
/// "2026-11-24T13:26:00.000Z"; milliseconds in JSON.
Cell TimeCell(TimestampMs time);
/// The same of a start timestamp; nothing (null in JSON) if it is not known.
Cell StartCell(TimestampMs start_ms);
/// The first 16 bytes in hexadecimal.
Cell BytesCell(std::string_view bytes);
/// Any bits: "stale" for the marker. JSON has strings, as the HTTP API does, since it knows no NaN.
Cell ValueCell(double value);
/// `numerator` / `denominator` to two digits; nothing if that is 0.
Cell RatioCell(double numerator, uint64_t denominator);
/// "{count:3, sum:4, (0.5,1]:2} without reset", as PromQL shows it (counts as doubles), with its counter reset hint; "stale" for the marker.
Cell HistogramCell(const NativeHistogram& histogram);

struct ListingColumn {
  std::string key;    // in JSON
  std::string title;  // as FormatTable has it
};

/// A table.
struct Listing {
  std::string key;
  std::string title;  // "" for none
  std::vector<ListingColumn> columns;
  std::vector<std::vector<Cell>> rows;
  bool cut = false;  // there are more rows
};

/// A thing with attributes and tables of its own: a block, a row, a record.
struct Item {
  std::string title;
  std::vector<std::pair<std::string, nlohmann::json>> attributes;  // for JSON: the title says them
  std::vector<Listing> listings;
};

struct Document {
  std::vector<std::string> notes;  // what a reader should know beforehand, a line each
  bool damaged = false;            // not all of it could be read; a note says why
  std::vector<Listing> listings;
  std::string items_key;
  std::vector<Item> items;
  bool items_cut = false;
};

/// The columns of a table of fields: offset, bytes, the bytes themselves, field, meaning.
std::vector<ListingColumn> FieldColumns();
std::vector<Cell> FieldCells(uint64_t offset, std::string_view bytes, const std::string& name,
                             const std::string& text);

/// Notes that reading ended early, unless `status` is OK.
void NoteDamage(const Status& status, Document* document);

std::string ToText(const Document& document);
/// {"notes": [...], LISTING: [{COLUMN: ...}], ITEMS: [{ATTRIBUTE: ..., LISTING: [...]}], "cut": ["LISTING", ...]}
nlohmann::json ToJson(const Document& document);

}  // namespace silverback
