#include "query/functions/sort.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <compare>
#include <cstdint>
#include <optional>
#include <system_error>

namespace silverback {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the longest run of digits, or of anything else, off the front of `*text`.
std::string_view TakeChunk(std::string_view* text) {
  size_t length = 1;
  while (length < text->size() && IsDigit((*text)[length]) == IsDigit((*text)[0])) ++length;
  const std::string_view chunk = text->substr(0, length);
  text->remove_prefix(length);
  return chunk;
}

/// The number that a chunk is, if it is one that fits.
std::optional<int64_t> NumberOf(std::string_view chunk) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(chunk.data(), chunk.data() + chunk.size(), number);
  if (error != std::errc() || !IsDigit(chunk[0])) return std::nullopt;
  return number;
}

std::strong_ordering CompareNatural(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    const std::string_view chunk_a = TakeChunk(&a);
    const std::string_view chunk_b = TakeChunk(&b);
    const auto number_a = NumberOf(chunk_a);
    const auto number_b = NumberOf(chunk_b);
    const auto order = number_a && number_b ? *number_a <=> *number_b : chunk_a <=> chunk_b;
    if (order != 0) return order;
  }
  if (a.empty() != b.empty()) {
    return a.empty() ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return whole_a <=> whole_b;  // "01" and "1": equal as numbers
}

}  // namespace

void SortByValue(std::vector<VectorSample>* samples, bool descending) {
  std::erase_if(*samples, [](const VectorSample& s) { return s.histogram != nullptr; });
  std::stable_sort(samples->begin(), samples->end(),
                   [descending](const VectorSample& a, const VectorSample& b) {
                     if (std::isnan(a.value) || std::isnan(b.value)) {
                       return !std::isnan(a.value) && std::isnan(b.value);
                     }
                     return descending ? a.value > b.value : a.value < b.value;
                   });
}

void SortByLabel(std::vector<VectorSample>* samples, std::span<const std::string> names,
                 bool descending) {
  const auto compare = [names](const VectorSample& a, const VectorSample& b) {
    for (const std::string& name : names) {
      const auto order = CompareNatural(a.labels.Get(name), b.labels.Get(name));
      if (order != 0) return order;
    }
    return a.labels <=> b.labels;
  };
  std::sort(samples->begin(), samples->end(), [&](const VectorSample& a, const VectorSample& b) {
    const auto order = compare(a, b);
    return descending ? order > 0 : order < 0;
  });
}

bool NaturalLess(std::string_view a, std::string_view b) {
  return CompareNatural(a, b) < 0;
}

}  // namespace silverback
