// Rows of postings kept in memory, a label name at a time. Private to engine/index.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/hash.h"
#include "engine/index/postings_row.h"

namespace silverback {

/// All rows of one label name, in order of value, then id.
class ValueRows {
 public:
  /// More is not kept of a name.
  static constexpr size_t kMaxBytes = size_t{4} << 20;

  /// Adds a row, the next in order. False, and then it is not added, if that would be too much.
  bool Append(const PostingsRow& row);

  size_t size() const { return entries_.size(); }
  /// Borrows from this object.
  PostingsRow operator[](size_t i) const;
  /// The first row of a value that is not less; `size()` if there is none.
  size_t LowerBound(std::string_view value) const;
  size_t bytes() const { return text_.size() + entries_.size() * sizeof(Entry); }

 private:
  struct Entry {
    uint32_t value_at;  // in text_
    uint32_t value_size;
    uint32_t ids_at;
    uint32_t ids_size;
    uint16_t high;
    bool new_value;
  };

  std::string_view ValueOf(const Entry& entry) const {
    return std::string_view(text_).substr(entry.value_at, entry.value_size);
  }

  std::string text_;
  std::vector<Entry> entries_;
};

/// The rows of names that were walked to the end, for as long as no series comes or goes: RocksDB needs a third of a microsecond for
/// each row, most of it to merge what was added to it. Safe for concurrent use.
class PostingsCache {
 public:
  /// Keeps up to `capacity` bytes.
  explicit PostingsCache(size_t capacity) : capacity_(capacity) {}

  /// The rows of `name` in that version of the registry (`Registry::version`); null if they are not kept.
  std::shared_ptr<const ValueRows> Find(std::string_view name, uint64_t version) const;
  void Add(std::string_view name, uint64_t version, ValueRows rows);
  size_t bytes() const;

 private:
  const size_t capacity_;
  mutable std::mutex mutex_;
  uint64_t version_ = 0;  // of all that is kept
  size_t bytes_ = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<const ValueRows>, StringHash, StringEqual>
      names_;
};

}  // namespace silverback
