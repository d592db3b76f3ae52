#include "query/functions/step_values.h"

#include <bit>

namespace silverback {
namespace {

size_t LowestOf(unsigned mask) {
  return static_cast<size_t>(std::countr_zero(mask));
}

}  // namespace

void StepValues::Add(const Column& column) {
  constexpr size_t kSlicesAWord = 64 / kSliceSteps;
  const auto words = column.present.words();
  for (size_t s = 0; s < slices_.size(); ++s) {
    const auto mask =
        static_cast<Mask>(words[s / kSlicesAWord] >> (s % kSlicesAWord * kSliceSteps));
    if (mask == 0) continue;
    const double* const values = column.floats.data() + s * kSliceSteps;
    Slice& slice = slices_[s];
    slice.present.push_back(mask);
    if (mask == kAll) {
      slice.values.insert(slice.values.end(), values, values + kSliceSteps);
      continue;
    }
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) {
      slice.values.push_back(values[LowestOf(rest)]);
    }
  }
}

void StepValues::Add(const StepValues& other) {
  for (size_t s = 0; s < slices_.size(); ++s) {
    Slice& slice = slices_[s];
    const Slice& more = other.slices_[s];
    slice.present.insert(slice.present.end(), more.present.begin(), more.present.end());
    slice.values.insert(slice.values.end(), more.values.begin(), more.values.end());
  }
}

void StepValues::Read(size_t slice, Rows* rows) const {
  const Slice& from = slices_[slice];
  std::array<size_t, kSliceSteps> counts{};
  for (const Mask mask : from.present) {
    if (mask == kAll) {
      for (size_t& count : counts) ++count;
      continue;
    }
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) ++counts[LowestOf(rest)];
  }
  std::array<double*, kSliceSteps> ends;
  for (size_t i = 0; i < kSliceSteps; ++i) {
    (*rows)[i].resize(counts[i]);
    ends[i] = (*rows)[i].data();
  }
  const double* value = from.values.data();
  for (const Mask mask : from.present) {
    if (mask == kAll) {
      for (double*& end : ends) *end++ = *value++;
      continue;
    }
    for (unsigned rest = mask; rest != 0; rest &= rest - 1) *ends[LowestOf(rest)]++ = *value++;
  }
}

size_t StepValues::memory_bytes() const {
  size_t bytes = slices_.capacity() * sizeof(Slice);
  for (const Slice& slice : slices_) {
    bytes += slice.present.capacity() * sizeof(Mask) + slice.values.capacity() * sizeof(double);
  }
  return bytes;
}

}  // namespace silverback
