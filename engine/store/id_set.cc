#include "engine/store/id_set.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/coding.h"

namespace silverback {
namespace {

constexpr char kArray = 1;
constexpr char kRuns = 2;
constexpr char kBits = 3;
constexpr size_t kBitsBytes = 8192;
constexpr size_t kMaxArrayIds = 4095;  // longer arrays are no shorter than bits
// Up to here a union sorts intervals instead of filling 8 KiB of bits.
constexpr size_t kSmallUnionBytes = 1024;

uint16_t Load16(const char* p) {
  uint16_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// Calls `array(id)` for each id, `run(first, last)` for each run, `bits(words)` for a bitmap,
// having checked the form: order, gaps, bounds. False when malformed.
template <typename Array, typename Run, typename Bits>
bool Walk(std::string_view encoded, const Array& array, const Run& run, const Bits& bits) {
  if (encoded.size() < 3) return false;
  const char form = encoded[0];
  encoded.remove_prefix(1);
  if (form == kBits) {
    if (encoded.size() != kBitsBytes) return false;
    bits(encoded.data());
    return true;
  }
  const size_t width = form == kArray ? 2 : 4;
  if ((form != kArray && form != kRuns) || encoded.size() % width != 0) return false;
  if (encoded.size() >= kBitsBytes) return false;
  int64_t previous = form == kArray ? -1 : -2;
  for (size_t at = 0; at < encoded.size(); at += width) {
    const uint32_t first = Load16(encoded.data() + at);
    // Runs that touch would not be the shortest form.
    if (first <= previous + (form == kRuns ? 1 : 0)) return false;
    if (form == kArray) {
      array(first);
      previous = first;
      continue;
    }
    const uint32_t last = first + Load16(encoded.data() + at + 2);
    if (last > 0xffff) return false;
    run(first, last);
    previous = last;
  }
  return true;
}

// Of ids and runs, which it does not look at otherwise; false for bits, and for what is no set.
bool OutermostIds(std::string_view encoded, uint16_t* first, uint32_t* last) {
  if (encoded.size() < 3) return false;
  const size_t width = encoded[0] == kArray ? 2 : 4;
  if ((encoded[0] != kArray && encoded[0] != kRuns) || (encoded.size() - 1) % width != 0)
    return false;
  const char* entry = encoded.data() + encoded.size() - width;
  *first = Load16(encoded.data() + 1);
  *last = uint32_t{Load16(entry)} + (width == 4 ? uint32_t{Load16(entry + 2)} : 0U);
  return *first <= *last && *last <= 0xffff;
}

std::string EncodeArray(std::span<const uint16_t> ids) {
  std::string out(1 + 2 * ids.size(), '\0');
  out[0] = kArray;
  std::memcpy(out.data() + 1, ids.data(), 2 * ids.size());
  return out;
}

void PutRun(std::string* out, uint32_t first, uint32_t last) {
  PutFixed(out, static_cast<uint16_t>(first));
  PutFixed(out, static_cast<uint16_t>(last - first));
}

// Portable Roaring of one bitmap container: cookie, container count, key and cardinality - 1,
// offset, bits.
SeriesBitmap FromBits(const char* bits, uint16_t high, uint32_t cardinality) {
  constexpr uint32_t kCookieWithoutRuns = 12346;
  std::string portable;
  portable.reserve(16 + kBitsBytes);
  PutFixed(&portable, kCookieWithoutRuns);
  PutFixed(&portable, uint32_t{1});
  PutFixed(&portable, high);
  PutFixed(&portable, static_cast<uint16_t>(cardinality - 1));
  PutFixed(&portable, uint32_t{16});
  portable.append(bits, kBitsBytes);
  return SeriesBitmap::readSafe(portable.data(), portable.size());
}

uint32_t CountBits(const char* bits) {
  uint32_t count = 0;
  for (size_t at = 0; at < kBitsBytes; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bits + at, 8);
    count += static_cast<uint32_t>(std::popcount(word));
  }
  return count;
}

// Few ids and runs, in any order, as intervals: sorted, joined and encoded without 8 KiB of bits.
class Intervals {
 public:
  bool Add(std::string_view encoded) {
    return Walk(
        encoded, [&](uint32_t id) { all_.emplace_back(id, id); },
        [&](uint32_t first, uint32_t last) { all_.emplace_back(first, last); }, [](const char*) {});
  }

  std::string Encode() {
    std::sort(all_.begin(), all_.end());
    size_t runs = 0;
    size_t ids = 0;
    for (const auto& [first, last] : all_) {
      if (runs != 0 && first <= all_[runs - 1].second + 1) {
        uint32_t& end = all_[runs - 1].second;
        ids += last > end ? last - end : 0;
        end = std::max(end, last);
      } else {
        all_[runs++] = {first, last};
        ids += last - first + 1;
      }
    }
    all_.resize(runs);
    return ids <= kMaxArrayIds && ids <= 2 * runs ? AsArray(ids) : AsRuns();
  }

 private:
  std::string AsArray(size_t ids) const {
    std::string out(1, kArray);
    out.reserve(1 + 2 * ids);
    for (const auto& [first, last] : all_) {
      for (uint32_t id = first; id <= last; ++id) PutFixed(&out, static_cast<uint16_t>(id));
    }
    return out;
  }

  std::string AsRuns() const {
    std::string out(1, kRuns);
    out.reserve(1 + 4 * all_.size());
    for (const auto& [first, last] : all_) PutRun(&out, first, last);
    return out;
  }

  std::vector<std::pair<uint32_t, uint32_t>> all_;  // first, last
};

}  // namespace

void IdSet::AddRange(uint32_t first, uint32_t last) {
  for (uint32_t word = first >> 6; word <= last >> 6; ++word) {
    uint64_t mask = ~uint64_t{0};
    if (word == first >> 6) mask &= ~uint64_t{0} << (first & 63);
    if (word == last >> 6) mask &= ~uint64_t{0} >> (63 - (last & 63));
    words_[word] |= mask;
  }
}

bool IdSet::Add(std::string_view encoded) {
  return Walk(
      encoded, [&](uint32_t id) { AddId(static_cast<uint16_t>(id)); },
      [&](uint32_t first, uint32_t last) { AddRange(first, last); },
      [&](const char* bits) { AddBits(bits); });
}

void IdSet::AddBits(const char* bits) {
  for (size_t i = 0; i < words_.size(); ++i) {
    uint64_t word = 0;
    std::memcpy(&word, bits + 8 * i, 8);
    words_[i] |= word;
  }
}

bool IdSet::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](uint64_t w) { return w == 0; });
}

size_t IdSet::size() const {
  size_t count = 0;
  for (uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
  return count;
}

std::string IdSet::Encode() const {
  size_t ids = 0;
  size_t runs = 0;
  uint64_t carry = 0;  // the bit before the word
  for (uint64_t word : words_) {
    ids += static_cast<size_t>(std::popcount(word));
    runs += static_cast<size_t>(std::popcount(word & ~(word << 1 | carry)));
    carry = word >> 63;
  }
  SB_CHECK_NE(ids, 0U);
  if (ids <= kMaxArrayIds && ids <= 2 * runs) {
    std::vector<uint16_t> list;
    list.reserve(ids);
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        list.push_back(static_cast<uint16_t>(i * 64 + static_cast<size_t>(std::countr_zero(word))));
      }
    }
    return EncodeArray(list);
  }
  std::string out;
  if (4 * runs >= kBitsBytes) {
    out.reserve(1 + kBitsBytes);
    out.push_back(kBits);
    out.append(reinterpret_cast<const char*>(words_.data()), kBitsBytes);
    return out;
  }
  out.reserve(1 + 4 * runs);
  out.push_back(kRuns);
  for (uint32_t id = NextId(0, true); id < 0x10000;) {
    const uint32_t end = NextId(id, false);
    PutRun(&out, id, end - 1);
    id = NextId(end, true);
  }
  return out;
}

// The first id from `id` on that is in the set, or is not; 65,536 when there is none.
uint32_t IdSet::NextId(uint32_t id, bool in) const {
  while (id < 0x10000) {
    const uint64_t word = (in ? words_[id >> 6] : ~words_[id >> 6]) >> (id & 63);
    if (word != 0) return id + static_cast<uint32_t>(std::countr_zero(word));
    id = (id | 63) + 1;
  }
  return id;
}

bool IdSet::AnyWithin(uint32_t first, uint32_t last) const {
  const size_t first_word = first >> 6;
  const size_t last_word = last >> 6;
  const uint64_t from_first = ~uint64_t{0} << (first & 63);
  const uint64_t to_last = ~uint64_t{0} >> (63 - (last & 63));
  if (first_word == last_word) return (words_[first_word] & from_first & to_last) != 0;
  uint64_t any = (words_[first_word] & from_first) | (words_[last_word] & to_last);
  for (size_t word = first_word + 1; word < last_word; ++word) any |= words_[word];
  return any != 0;
}

bool LowestId(std::string_view encoded, uint16_t* id) {
  if (encoded.size() < 3) return false;
  const char form = encoded[0];
  if (form == kArray || form == kRuns) {
    *id = Load16(encoded.data() + 1);
    return true;
  }
  if (form != kBits || encoded.size() != 1 + kBitsBytes) return false;
  for (size_t at = 0; at < kBitsBytes; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, encoded.data() + 1 + at, 8);
    if (word == 0) continue;
    *id = static_cast<uint16_t>(8 * at + static_cast<size_t>(std::countr_zero(word)));
    return true;
  }
  return false;
}

bool HasId(std::string_view encoded, uint16_t id, bool* has) {
  if (encoded.size() < 3) return false;
  const char form = encoded[0];
  encoded.remove_prefix(1);
  if (form == kBits) {
    if (encoded.size() != kBitsBytes) return false;
    *has = (static_cast<unsigned char>(encoded[id >> 3]) >> (id & 7) & 1) != 0;
    return true;
  }
  const size_t width = form == kArray ? 2 : 4;
  if ((form != kArray && form != kRuns) || encoded.size() % width != 0) return false;
  // The last entry that begins at the id or before it: in [0, end), once one is left.
  size_t begin = 0;
  for (size_t end = encoded.size() / width; end - begin > 1;) {
    const size_t middle = begin + (end - begin) / 2;
    (Load16(encoded.data() + middle * width) <= id ? begin : end) = middle;
  }
  const char* entry = encoded.data() + begin * width;
  const uint16_t first = Load16(entry);
  const uint16_t more = form == kRuns ? Load16(entry + 2) : uint16_t{0};
  *has = first <= id && id - first <= more;
  return true;
}

bool IdSet::Intersects(std::string_view encoded, bool* intersects) const {
  // Mostly they lie apart: none of these ids is between the set's outermost ones.
  uint16_t lowest = 0;
  uint32_t highest = 0;
  *intersects = false;
  if (OutermostIds(encoded, &lowest, &highest) && !AnyWithin(lowest, highest)) return true;
  bool found = false;
  const bool ok = Walk(
      encoded, [&](uint32_t id) { found |= Contains(static_cast<uint16_t>(id)); },
      [&](uint32_t first, uint32_t last) { found = found || AnyWithin(first, last); },
      [&](const char* bits) {
        for (size_t i = 0; i < words_.size() && !found; ++i) {
          uint64_t word = 0;
          std::memcpy(&word, bits + 8 * i, 8);
          found = (word & words_[i]) != 0;
        }
      });
  *intersects = found;
  return ok;
}

void IdSet::AddTo(uint16_t high, SeriesBitmap* bitmap) const {
  const char* bits = reinterpret_cast<const char*>(words_.data());
  const uint32_t cardinality = CountBits(bits);
  if (cardinality > 4096) {
    *bitmap |= FromBits(bits, high, cardinality);
    return;
  }
  std::array<uint32_t, 4096> ids;
  size_t count = 0;
  for (uint32_t i = 0; i < words_.size(); ++i) {
    for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
      ids[count++] = uint32_t{high} << 16 | i * 64 | static_cast<uint32_t>(std::countr_zero(word));
    }
  }
  if (count != 0) bitmap->addMany(count, ids.data());
}

std::string EncodeIds(std::span<const uint16_t> ids) {
  SB_CHECK(!ids.empty());
  size_t runs = 1;
  for (size_t i = 1; i < ids.size(); ++i) runs += ids[i] != ids[i - 1] + 1 ? 1 : 0;
  if (ids.size() <= kMaxArrayIds && ids.size() <= 2 * runs) return EncodeArray(ids);
  if (4 * runs >= kBitsBytes) {
    IdSet set;
    for (uint16_t id : ids) set.AddId(id);
    return set.Encode();
  }
  std::string out(1, kRuns);
  out.reserve(1 + 4 * runs);
  size_t start = 0;
  for (size_t i = 1; i <= ids.size(); ++i) {
    if (i < ids.size() && ids[i] == ids[i - 1] + 1) continue;
    PutRun(&out, ids[start], ids[i - 1]);
    start = i;
  }
  return out;
}

bool AddToBitmap(std::string_view encoded, uint16_t high, SeriesBitmap* bitmap) {
  const uint32_t base = uint32_t{high} << 16;
  std::array<uint32_t, kMaxArrayIds> ids;
  size_t count = 0;
  const bool ok = Walk(
      encoded, [&](uint32_t id) { ids[count++] = base | id; },
      [&](uint32_t first, uint32_t last) {
        bitmap->addRange(uint64_t{base} + first, uint64_t{base} + last + 1);
      },
      [&](const char* bits) {
        IdSet set;
        set.AddBits(bits);
        set.AddTo(high, bitmap);
      });
  if (ok && count != 0) bitmap->addMany(count, ids.data());
  return ok;
}

bool UniteIdSets(std::span<const std::string_view> sets, std::string* encoded) {
  if (sets.empty()) return false;
  size_t bytes = 0;
  for (std::string_view set : sets) bytes += set.size();
  if (bytes <= kSmallUnionBytes) {
    Intervals united;
    for (std::string_view set : sets) {
      if (!united.Add(set)) return false;
    }
    *encoded = united.Encode();
    return true;
  }
  IdSet united;
  for (std::string_view set : sets) {
    if (!united.Add(set)) return false;
  }
  if (united.empty()) return false;
  *encoded = united.Encode();
  return true;
}

bool CountIds(std::string_view encoded, uint32_t* count) {
  uint32_t n = 0;
  const bool ok = Walk(
      encoded, [&](uint32_t) { ++n; },
      [&](uint32_t first, uint32_t last) { n += last - first + 1; },
      [&](const char* bits) { n += CountBits(bits); });
  *count = n;
  return ok;
}

}  // namespace silverback
