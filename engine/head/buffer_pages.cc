#include "engine/head/buffer_pages.h"

#include <algorithm>

#include "engine/base/check.h"

namespace silverback {

size_t BufferPages::Page::Add(uint64_t place, std::unique_ptr<SeriesBuffer> buffer) {
  SB_DCHECK(Find(place) == nullptr);
  const auto count = static_cast<size_t>(std::popcount(present));
  const size_t slot = SlotOf(place);
  const size_t capacity = count == 0 ? 0 : CapacityFor(count);
  const size_t needed = CapacityFor(count + 1);
  if (needed != capacity) {
    auto grown = std::make_unique<std::unique_ptr<SeriesBuffer>[]>(needed);
    std::move(slots.get(), slots.get() + slot, grown.get());
    std::move(slots.get() + slot, slots.get() + count, grown.get() + slot + 1);
    slots = std::move(grown);
  } else {
    std::move_backward(slots.get() + slot, slots.get() + count, slots.get() + count + 1);
  }
  slots[slot] = std::move(buffer);
  present |= uint64_t{1} << place;
  return (needed - capacity) * sizeof(slots[0]);
}

}  // namespace silverback
