// Series that are sorted together have most labels in common, and differ soon in the rest. So behind what is common to all, the labels
// are written as text whose bytes sort as they do, and the sort compares the 16 bytes of it where the texts begin to differ; what is
// alike in these is sorted by the next that differ, and what is alike in all that was written as if nothing else were there.
#include "engine/labels/label_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string_view>

#include "engine/base/byte_words.h"
#include "engine/base/common_prefix.h"
#include "engine/labels/encoded_labels.h"

namespace silverback {
namespace {

/// So much is written of each text: in most requests what differs stands right behind what is common.
constexpr size_t kTextBytes = 48;
constexpr size_t kKeyBytes = 16;

/// Followed by zeros, which is what a text's end sorts as: before everything.
using Text = std::array<char, kTextBytes + kKeyBytes>;

/// Writes names and values so that the texts sort as the labels do: each ends with a byte that sorts before all others. For that the
/// two lowest bytes become two, and what is left out at the end of the room is left to a comparison of the sets.
class TextWriter {
 public:
  explicit TextWriter(Text* text) : text_(text) {}

  bool full() const { return size_ == kTextBytes; }

  void Add(std::string_view part) {
    const size_t size = std::min(part.size(), kTextBytes - size_);
    uint64_t low = 0;
    CopyInWords(part.data(), size, text_->data() + size_,
                [&low](uint64_t word) { low |= BytesBelow(word, kEscape + 1); });
    if (low != 0) {
      AddEscaped(part);
    } else {
      size_ += size;
    }
    Put(kEnd);
  }

 private:
  static constexpr char kEnd = 0;
  static constexpr char kEscape = 1;

  void AddEscaped(std::string_view part) {
    for (const char c : part) {
      const bool low = static_cast<unsigned char>(c) <= kEscape;
      if (low) Put(kEscape);
      Put(low ? static_cast<char>(c + 1) : c);
    }
  }

  void Put(char c) {
    if (!full()) (*text_)[size_++] = c;
  }

  Text* text_;
  size_t size_ = 0;
};

/// How many bytes of whole labels all sets begin with.
size_t CommonLabels(std::span<const LabelSet* const> sets) {
  const std::string_view first = sets[0]->encoded();
  size_t alike = first.size();
  for (const LabelSet* set : sets.subspan(1)) {
    alike = std::min(alike, CommonPrefix(first.substr(0, alike), set->encoded()));
  }
  size_t common = 0;
  for (const Label& label : *sets[0]) {
    const auto end = static_cast<size_t>(label.value.data() + label.value.size() - first.data());
    if (end > alike) break;
    common = end;
  }
  return common;
}

uint64_t BigEndianWord(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return __builtin_bswap64(word);
}

struct Key {
  uint64_t high;
  uint64_t low;
  uint32_t place;
  friend bool operator==(const Key& a, const Key& b) { return a.high == b.high && a.low == b.low; }
  friend bool operator<(const Key& a, const Key& b) {
    return a.high != b.high ? a.high < b.high : a.low < b.low;
  }
};

class Sorter {
 public:
  explicit Sorter(std::span<const LabelSet* const> sets) : sets_(sets), texts_(sets.size()) {
    const size_t common = CommonLabels(sets);
    keys_.reserve(sets.size());
    for (size_t i = 0; i < sets.size(); ++i) {
      TextWriter writer(&texts_[i]);
      std::string_view rest = std::string_view(sets[i]->encoded()).substr(common);
      while (!rest.empty() && !writer.full()) writer.Add(TakeTrusted(&rest));
      keys_.push_back({0, 0, static_cast<uint32_t>(i)});
    }
    Sort(keys_, 0);
  }

  const std::vector<Key>& keys() const { return keys_; }

 private:
  /// Sorts texts that are alike in their first `from` bytes.
  void Sort(std::span<Key> keys, size_t from) {
    if (keys.size() < 2) return;
    const size_t alike = AlikeUpTo(keys, from);
    if (alike == kTextBytes) {
      SortByTheRest(keys);
      return;
    }
    for (Key& key : keys) {
      const char* at = texts_[key.place].data() + alike;
      key.high = BigEndianWord(at);
      key.low = BigEndianWord(at + sizeof key.high);
    }
    std::sort(keys.begin(), keys.end());
    for (size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
      while (end < keys.size() && keys[end] == keys[begin]) ++end;
      Sort(keys.subspan(begin, end - begin), std::min(alike + kKeyBytes, kTextBytes));
    }
  }

  /// Sorts sets whose texts are alike as far as they were written.
  void SortByTheRest(std::span<Key> keys) {
    // Of all sets once more the same would be written: they begin with a long value. So there are no more rounds than labels.
    if (keys.size() == keys_.size()) {
      std::sort(keys.begin(), keys.end(),
                [&](const Key& a, const Key& b) { return *sets_[a.place] < *sets_[b.place]; });
      return;
    }
    std::vector<const LabelSet*> sets;
    sets.reserve(keys.size());
    for (const Key& key : keys) sets.push_back(sets_[key.place]);
    const Sorter sorter(sets);
    std::vector<uint32_t> places;
    places.reserve(keys.size());
    for (const Key& key : sorter.keys()) places.push_back(keys[key.place].place);
    for (size_t i = 0; i < keys.size(); ++i) keys[i].place = places[i];
  }

  size_t AlikeUpTo(std::span<const Key> keys, size_t from) const {
    const auto text = [&](const Key& key, size_t end) {
      return std::string_view(texts_[key.place].data() + from, end - from);
    };
    size_t alike = kTextBytes;
    for (const Key& key : keys.subspan(1)) {
      alike = from + CommonPrefix(text(keys[0], alike), text(key, alike));
    }
    return alike;
  }

  std::span<const LabelSet* const> sets_;
  std::vector<Text> texts_;
  std::vector<Key> keys_;
};

}  // namespace

std::vector<uint32_t> LabelOrder(std::span<const LabelSet* const> sets) {
  std::vector<uint32_t> order;
  if (sets.empty()) return order;
  const Sorter sorter(sets);
  order.reserve(sets.size());
  for (const Key& key : sorter.keys()) order.push_back(key.place);
  return order;
}

}  // namespace silverback
