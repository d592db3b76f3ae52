// Every key of the store is made and parsed here. docs/format/store.md has the bytes.
//
// Integers are big endian, so that byte order is numeric order; times and days have their sign bit
// flipped. Names and values in `postings` are escaped: 00 becomes 00 FF, and 00 01 ends them, which
// keeps their order. `Parse*` say false for bytes that are no such key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/types.h"
#include "engine/store/calendar.h"
#include "engine/store/part.h"

namespace silverback::keys {

// blocks: part, or part, metric, series, first timestamp.
std::string PartPrefix(PartId part);  // also the key of the header row, and of `catalog`
std::string Block(PartId part, const BlockKey& key);
bool ParseBlock(std::string_view key, PartId* part, BlockKey* block);
bool ParsePart(std::string_view key, PartId* part);  // of exactly the prefix
/// The part of any key of blocks, timelines or catalog.
bool ParsePartOf(std::string_view key, PartId* part);

// timelines: part, ordinal.
std::string Timeline(PartId part, uint32_t ordinal);
bool ParseTimeline(std::string_view key, PartId* part, uint32_t* ordinal);

// series: series id.
std::string Series(SeriesId series);
bool ParseSeries(std::string_view key, SeriesId* series);

// labels: hash, series id.
std::string LabelsPrefix(const Hash128Value& hash);
std::string Labels(const Hash128Value& hash, SeriesId series);
bool ParseLabels(std::string_view key, Hash128Value* hash, SeriesId* series);

// postings: escaped name, escaped value, upper half of series ids. The name "" (with the value "")
// holds all series.
void AppendEscaped(std::string* out, std::string_view text);
std::string PostingsNamePrefix(std::string_view name);
/// Of all values that start with `value_prefix`.
std::string PostingsValuesPrefix(std::string_view name, std::string_view value_prefix);
std::string PostingsPrefix(std::string_view name, std::string_view value);
std::string Postings(std::string_view name, std::string_view value, uint16_t high);
bool ParsePostings(std::string_view key, std::string* name, std::string* value, uint16_t* high);
/// What the keys of all rows of a label have in common, and the rest, of a key that is well-formed.
std::string_view PostingsPrefixOf(std::string_view key);
bool ParsePostingsHigh(std::string_view key, uint16_t* high);

// activity: day, upper half of series ids.
std::string ActivityPrefix(Day day);
std::string Activity(Day day, uint16_t high);
bool ParseActivity(std::string_view key, Day* day, uint16_t* high);

// exemplars: series id, time, hash of the payload (absent in rows of early versions).
std::string ExemplarsPrefix(SeriesId series);
/// Stands before every row of the series and time.
std::string ExemplarsAt(SeriesId series, TimestampMs t);
std::string Exemplar(SeriesId series, TimestampMs t, uint64_t payload_hash);
bool ParseExemplar(std::string_view key, SeriesId* series, TimestampMs* t);

// tombstones: series id, first time, last time, part id.
std::string Tombstone(SeriesId series, TimeRange range, PartId part_limit);
bool ParseTombstone(std::string_view key, SeriesId* series, TimeRange* range, PartId* part_limit);

// Pieces of keys, from the front of a view, as engine/base/coding.h has them.
bool GetTime(std::string_view* in, TimestampMs* t);
bool GetDay(std::string_view* in, Day* day);
bool GetBigEndian16(std::string_view* in, uint16_t* value);
bool GetEscaped(std::string_view* in, std::string* text);

/// The first key after all that start with `prefix`; "" when there is none.
std::string After(std::string_view prefix);

// meta: names.
inline constexpr std::string_view kFormat = "format";
inline constexpr std::string_view kHashSeed = "hash_seed";
inline constexpr std::string_view kSealedThrough = "sealed_through";
inline constexpr std::string_view kNextPart = "next_part";
inline constexpr std::string_view kNextSeries = "next_series";
inline constexpr std::string_view kNextMetric = "next_metric";
inline constexpr std::string_view kRowInMemory = "row_in_memory";  // see rocks.cc

}  // namespace silverback::keys
