#include "engine/head/wire_table.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/base/check.h"

namespace silverback {
namespace {

constexpr size_t kMinHomes = 16;
/// Behind the last home. At the greatest load a run of entries this long is as good as impossible; if it comes about, there will be more
/// of them.
constexpr size_t kPlacesBehind = 128;

/// The greatest number of entries for so many homes: seven eighths. Beyond that the runs of entries get long.
constexpr size_t MostFor(size_t homes) {
  return homes - homes / 8;
}

/// In order of `low`; those that share it, of `high`.
bool Before(const Hash128Value& a, const Hash128Value& b) {
  return a.low != b.low ? a.low < b.low : a.high < b.high;
}

}  // namespace

// The hash as a fraction of all hashes, so that places ascend as hashes do. Its upper half is fine enough: REQUIRES fewer than 2^32 homes.
size_t WireTable::HomeOf(const Hash128Value& hash) const {
  return (hash.low >> 32) * homes_ >> 32;
}

size_t WireTable::Seek(const Hash128Value& hash) const {
  size_t at = HomeOf(hash);
  while (at < places_ && !entries_[at].free() && Before(entries_[at].hash, hash)) ++at;
  return at;
}

WireBinding WireTable::Find(const Hash128Value& hash) const {
  if (size_ == 0) return {};
  const size_t at = Seek(hash);
  return at < places_ && entries_[at].hash == hash ? entries_[at].binding : WireBinding{};
}

void WireTable::Prefetch(const Hash128Value& hash) const {
  if (size_ != 0) __builtin_prefetch(&entries_[HomeOf(hash)]);
}

void WireTable::Set(const Hash128Value& hash, WireBinding binding) {
  SB_DCHECK(binding.series != 0);
  size_t at = homes_ == 0 ? 0 : Seek(hash);
  if (at < places_ && !entries_[at].free() && entries_[at].hash == hash) {
    entries_[at].binding = binding;
    return;
  }
  if (size_ >= MostFor(homes_)) {
    Rebuild(std::max(kMinHomes, homes_ + homes_ / 8), std::max(kPlacesBehind, places_ - homes_));
    at = Seek(hash);
  }
  // Everything from there to the next gap makes room.
  size_t gap = at;
  while (gap < places_ && !entries_[gap].free()) ++gap;
  if (gap == places_) {
    Rebuild(homes_, 2 * (places_ - homes_));
    return Set(hash, binding);
  }
  std::move_backward(&entries_[at], &entries_[gap], &entries_[gap] + 1);
  entries_[at] = {hash, binding};
  ++size_;
}

// What follows moves up, but not before its home.
bool WireTable::Erase(const Hash128Value& hash) {
  if (size_ == 0) return false;
  size_t at = Seek(hash);
  if (at == places_ || entries_[at].free() || entries_[at].hash != hash) return false;
  for (; at + 1 < places_ && !entries_[at + 1].free() && HomeOf(entries_[at + 1].hash) <= at;
       ++at) {
    entries_[at] = entries_[at + 1];
  }
  entries_[at] = {};
  --size_;
  return true;
}

void WireTable::EraseIf(const std::function<bool(const WireBinding&)>& gone) {
  if (size_ != 0) Rebuild(homes_, places_ - homes_, gone);
}

bool WireTable::Append(const Entry& entry, size_t* end) {
  const size_t at = std::max(*end, HomeOf(entry.hash));
  if (at >= places_) return false;
  entries_[at] = entry;
  *end = at + 1;
  ++size_;
  return true;
}

// In an array beside the old one, which stays as it is if there is no memory for that.
void WireTable::Rebuild(size_t homes, size_t behind,
                        const std::function<bool(const WireBinding&)>& gone) {
  const std::span<const Entry> entries(entries_.get(), places_);
  WireTable built;
  for (bool fits = false; !fits; behind *= 2) {
    built = WireTable();
    built.homes_ = homes;
    built.places_ = homes + behind;
    built.entries_ = std::make_unique<Entry[]>(built.places_);
    size_t end = 0;
    fits = std::all_of(entries.begin(), entries.end(), [&](const Entry& entry) {
      return entry.free() || (gone != nullptr && gone(entry.binding)) || built.Append(entry, &end);
    });
  }
  *this = std::move(built);
}

}  // namespace silverback
