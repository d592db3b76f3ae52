#include "engine/store/keys.h"

#include <algorithm>
#include <bit>

#include "engine/base/coding.h"

namespace silverback::keys {
namespace {

constexpr uint64_t kSign64 = uint64_t{1} << 63;
constexpr uint32_t kSign32 = uint32_t{1} << 31;
constexpr char kEscape = '\0';
constexpr char kEscapedNul = '\xff';
constexpr char kEnd = '\x01';

void PutTime(std::string* out, TimestampMs t) {
  PutBigEndian64(out, static_cast<uint64_t>(t) ^ kSign64);
}

void PutBigEndian16(std::string* out, uint16_t value) {
  out->push_back(static_cast<char>(value >> 8));
  out->push_back(static_cast<char>(value & 0xff));
}

// The escaped text, without its end.
void AppendOpen(std::string* out, std::string_view text) {
  for (char c : text) {
    out->push_back(c);
    if (c == kEscape) out->push_back(kEscapedNul);
  }
}

}  // namespace

bool GetTime(std::string_view* in, TimestampMs* t) {
  uint64_t raw = 0;
  if (!GetBigEndian64(in, &raw)) return false;
  *t = static_cast<TimestampMs>(raw ^ kSign64);
  return true;
}

bool GetDay(std::string_view* in, Day* day) {
  uint32_t raw = 0;
  if (!GetBigEndian32(in, &raw)) return false;
  *day = static_cast<Day>(raw ^ kSign32);
  return true;
}

bool GetBigEndian16(std::string_view* in, uint16_t* value) {
  if (!GetFixed(in, value)) return false;
  *value = static_cast<uint16_t>(*value << 8 | *value >> 8);
  return true;
}

bool GetEscaped(std::string_view* in, std::string* text) {
  text->clear();
  while (true) {
    const size_t plain = in->find(kEscape);
    if (plain == std::string_view::npos || plain + 1 == in->size()) return false;
    text->append(in->substr(0, plain));
    const char next = (*in)[plain + 1];
    in->remove_prefix(plain + 2);
    if (next == kEnd) return true;
    if (next != kEscapedNul) return false;
    text->push_back(kEscape);
  }
}

std::string PartPrefix(PartId part) {
  std::string key;
  PutBigEndian64(&key, part);
  return key;
}

std::string Block(PartId part, const BlockKey& block) {
  std::string key;
  key.reserve(24);
  PutBigEndian64(&key, part);
  PutBigEndian32(&key, block.metric);
  PutBigEndian32(&key, block.series);
  PutTime(&key, block.first_ms);
  return key;
}

bool ParseBlock(std::string_view key, PartId* part, BlockKey* block) {
  return GetBigEndian64(&key, part) && GetBigEndian32(&key, &block->metric) &&
         GetBigEndian32(&key, &block->series) && GetTime(&key, &block->first_ms) && key.empty();
}

bool ParsePart(std::string_view key, PartId* part) {
  return GetBigEndian64(&key, part) && key.empty();
}

bool ParsePartOf(std::string_view key, PartId* part) {
  return GetBigEndian64(&key, part);
}

std::string Timeline(PartId part, uint32_t ordinal) {
  std::string key;
  PutBigEndian64(&key, part);
  PutBigEndian32(&key, ordinal);
  return key;
}

bool ParseTimeline(std::string_view key, PartId* part, uint32_t* ordinal) {
  return GetBigEndian64(&key, part) && GetBigEndian32(&key, ordinal) && key.empty();
}

std::string Series(SeriesId series) {
  std::string key;
  PutBigEndian32(&key, series);
  return key;
}

bool ParseSeries(std::string_view key, SeriesId* series) {
  return GetBigEndian32(&key, series) && key.empty();
}

std::string LabelsPrefix(const Hash128Value& hash) {
  std::string key;
  key.reserve(20);
  PutBigEndian64(&key, hash.high);
  PutBigEndian64(&key, hash.low);
  return key;
}

std::string Labels(const Hash128Value& hash, SeriesId series) {
  std::string key = LabelsPrefix(hash);
  PutBigEndian32(&key, series);
  return key;
}

bool ParseLabels(std::string_view key, Hash128Value* hash, SeriesId* series) {
  return GetBigEndian64(&key, &hash->high) && GetBigEndian64(&key, &hash->low) &&
         GetBigEndian32(&key, series) && key.empty();
}

void AppendEscaped(std::string* out, std::string_view text) {
  AppendOpen(out, text);
  out->push_back(kEscape);
  out->push_back(kEnd);
}

std::string PostingsNamePrefix(std::string_view name) {
  std::string key;
  AppendEscaped(&key, name);
  return key;
}

std::string PostingsValuesPrefix(std::string_view name, std::string_view value_prefix) {
  std::string key = PostingsNamePrefix(name);
  AppendOpen(&key, value_prefix);
  return key;
}

std::string PostingsPrefix(std::string_view name, std::string_view value) {
  std::string key = PostingsNamePrefix(name);
  AppendEscaped(&key, value);
  return key;
}

std::string Postings(std::string_view name, std::string_view value, uint16_t high) {
  std::string key = PostingsPrefix(name, value);
  PutBigEndian16(&key, high);
  return key;
}

bool ParsePostings(std::string_view key, std::string* name, std::string* value, uint16_t* high) {
  return GetEscaped(&key, name) && GetEscaped(&key, value) && GetBigEndian16(&key, high) &&
         key.empty();
}

std::string_view PostingsPrefixOf(std::string_view key) {
  return key.substr(0, key.size() - std::min(key.size(), sizeof(uint16_t)));
}

bool ParsePostingsHigh(std::string_view key, uint16_t* high) {
  key.remove_prefix(PostingsPrefixOf(key).size());
  return GetBigEndian16(&key, high);
}

std::string ActivityPrefix(Day day) {
  std::string key;
  PutBigEndian32(&key, static_cast<uint32_t>(day) ^ kSign32);
  return key;
}

std::string Activity(Day day, uint16_t high) {
  std::string key = ActivityPrefix(day);
  PutBigEndian16(&key, high);
  return key;
}

bool ParseActivity(std::string_view key, Day* day, uint16_t* high) {
  return GetDay(&key, day) && GetBigEndian16(&key, high) && key.empty();
}

std::string ExemplarsPrefix(SeriesId series) {
  return Series(series);
}

std::string ExemplarsAt(SeriesId series, TimestampMs t) {
  std::string key = Series(series);
  PutTime(&key, t);
  return key;
}

std::string Exemplar(SeriesId series, TimestampMs t, uint64_t payload_hash) {
  std::string key = ExemplarsAt(series, t);
  PutBigEndian64(&key, payload_hash);
  return key;
}

bool ParseExemplar(std::string_view key, SeriesId* series, TimestampMs* t) {
  return GetBigEndian32(&key, series) && GetTime(&key, t) &&
         (key.empty() || key.size() == sizeof(uint64_t));
}

std::string Tombstone(SeriesId series, TimeRange range, PartId part_limit) {
  std::string key = Series(series);
  PutTime(&key, range.min_ms);
  PutTime(&key, range.max_ms);
  PutBigEndian64(&key, part_limit);
  return key;
}

bool ParseTombstone(std::string_view key, SeriesId* series, TimeRange* range, PartId* part_limit) {
  return GetBigEndian32(&key, series) && GetTime(&key, &range->min_ms) &&
         GetTime(&key, &range->max_ms) && GetBigEndian64(&key, part_limit) && key.empty();
}

std::string After(std::string_view prefix) {
  std::string next(prefix);
  while (!next.empty() && next.back() == '\xff') next.pop_back();
  if (!next.empty()) next.back() = static_cast<char>(static_cast<unsigned char>(next.back()) + 1);
  return next;
}

}  // namespace silverback::keys
