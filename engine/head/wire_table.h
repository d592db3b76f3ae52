// A hash table for wire keys that wastes little memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "engine/base/hash.h"
#include "engine/base/types.h"

namespace silverback {

/// What a wire key is bound to.
struct WireBinding {
  SeriesId series = 0;  // 0: nothing
  MetricId metric = 0;
  friend bool operator==(const WireBinding&, const WireBinding&) = default;
};

/// From hashes to bindings. The entries lie in one array in order of `Hash128Value::low`, each at the place that its hash is worth
/// or behind it, so that there is a gap here and there (linear probing with the order of Robin Hood hashing: Celis, 1986). The array
/// grows by an eighth, not by doubling: an entry of 24 bytes costs 27 to 31, where a table that doubles, just after doing so, takes
/// 57. Not safe for concurrent use.
class WireTable {
 public:
  /// `series` is 0 if the hash is bound to nothing.
  WireBinding Find(const Hash128Value& hash) const;
  /// Begins to fetch the memory that `Find` of this hash will read.
  void Prefetch(const Hash128Value& hash) const;
  /// Binds the hash, or binds it anew. REQUIRES: `binding.series` is not 0.
  void Set(const Hash128Value& hash, WireBinding binding);
  /// False, and nothing happened, if the hash is bound to nothing.
  bool Erase(const Hash128Value& hash);
  /// Looks at every entry, and lays out anew what is left.
  void EraseIf(const std::function<bool(const WireBinding&)>& gone);

  size_t size() const { return size_; }
  /// Bytes on the heap.
  size_t memory_bytes() const { return places_ * sizeof(Entry); }

 private:
  struct Entry {
    Hash128Value hash;
    WireBinding binding;
    bool free() const { return binding.series == 0; }
  };
  static_assert(sizeof(Entry) == 24);

  /// The place that a hash is worth.
  size_t HomeOf(const Hash128Value& hash) const;
  /// Where the hash is, or would be put: the first entry that is free or does not come before it.
  size_t Seek(const Hash128Value& hash) const;
  /// Puts an entry behind all that are there, which end before `*end`. REQUIRES: it comes after them. False if there is no place left
  /// behind its home.
  bool Append(const Entry& entry, size_t* end);
  /// Lays everything out, but for what is gone, in an array of so many homes and places behind them, or more of these if some entry
  /// finds none.
  void Rebuild(size_t homes, size_t behind,
               const std::function<bool(const WireBinding&)>& gone = nullptr);

  std::unique_ptr<Entry[]> entries_;
  size_t homes_ = 0;   // places that hashes are worth
  size_t places_ = 0;  // homes_ and some behind them, for the entries of the last ones
  size_t size_ = 0;
};

}  // namespace silverback
