// The series of one shard of a head generation, by number.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/head/series_buffer.h"

namespace silverback {

/// A map from numbers to buffers, for numbers that lie close together, as ids of series that appear together do: 64 numbers share a
/// page, which has a bit for each number and a slot for those that are there. So a series costs eight bytes and a little, where
/// a hash table's slots, half of them empty in the mean, take 25 to 36. Not safe for concurrent use.
class BufferPages {
 public:
  /// Null if there is none.
  SeriesBuffer* Find(uint64_t number) const {
    const auto page = pages_.find(number / kPageNumbers);
    return page == pages_.end() ? nullptr : page->second.Find(number % kPageNumbers);
  }
  /// Begins to fetch the slot that `Find` of this number will read.
  void Prefetch(uint64_t number) const {
    const auto page = pages_.find(number / kPageNumbers);
    if (page == pages_.end()) return;
    __builtin_prefetch(page->second.slots.get() + page->second.SlotOf(number % kPageNumbers));
  }
  /// REQUIRES: there is none of this number.
  void Add(uint64_t number, std::unique_ptr<SeriesBuffer> buffer) {
    const size_t pages_before = pages_.capacity();
    Page& page = pages_[number / kPageNumbers];
    bytes_ += (pages_.capacity() - pages_before) * kPageBytes;
    bytes_ += page.Add(number % kPageNumbers, std::move(buffer));
  }
  /// Calls `visit(number, buffer)` for all, in no order.
  template <typename Visit>
  void ForEach(const Visit& visit) const {
    for (const auto& [number, page] : pages_) {
      size_t slot = 0;
      for (uint64_t left = page.present; left != 0; left &= left - 1) {
        visit(number * kPageNumbers + static_cast<uint64_t>(std::countr_zero(left)),
              *page.slots[slot++]);
      }
    }
  }
  /// Bytes on the heap, without the buffers.
  size_t memory_bytes() const { return bytes_; }

 private:
  static constexpr uint64_t kPageNumbers = 64;

  struct Page {
    uint64_t present = 0;
    std::unique_ptr<std::unique_ptr<SeriesBuffer>[]> slots;  // CapacityFor(how many are present)

    size_t SlotOf(uint64_t place) const {
      return static_cast<size_t>(std::popcount(present & ((uint64_t{1} << place) - 1)));
    }
    SeriesBuffer* Find(uint64_t place) const {
      return (present >> place & 1) == 0 ? nullptr : slots[SlotOf(place)].get();
    }
    /// Says by how many bytes the slots have grown.
    size_t Add(uint64_t place, std::unique_ptr<SeriesBuffer> buffer);
  };
  static constexpr size_t kPageBytes = sizeof(std::pair<const uint64_t, Page>) + 1;

  /// Slots for so many series: a page that is nearly empty stays small, a full one is copied some ten times on its way.
  static constexpr size_t CapacityFor(size_t count) {
    return count <= 8 ? std::bit_ceil(count) : (count + 7) / 8 * 8;
  }

  absl::flat_hash_map<uint64_t, Page> pages_;
  size_t bytes_ = 0;
};

}  // namespace silverback
