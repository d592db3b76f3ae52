#include "engine/index/postings_cache.h"

#include <algorithm>
#include <utility>

namespace silverback {

bool ValueRows::Append(const PostingsRow& row) {
  const size_t more = (row.new_value ? row.value.size() : 0) + row.ids.size() + sizeof(Entry);
  if (bytes() + more > kMaxBytes) return false;
  Entry entry{};
  if (row.new_value) {
    entry.value_at = static_cast<uint32_t>(text_.size());
    entry.value_size = static_cast<uint32_t>(row.value.size());
    text_ += row.value;
  } else {
    entry = entries_.back();
  }
  entry.ids_at = static_cast<uint32_t>(text_.size());
  entry.ids_size = static_cast<uint32_t>(row.ids.size());
  text_ += row.ids;
  entry.high = row.high;
  entry.new_value = row.new_value;
  entries_.push_back(entry);
  return true;
}

PostingsRow ValueRows::operator[](size_t i) const {
  const Entry& entry = entries_[i];
  return {ValueOf(entry), entry.high, std::string_view(text_).substr(entry.ids_at, entry.ids_size),
          entry.new_value};
}

size_t ValueRows::LowerBound(std::string_view value) const {
  const auto at = std::partition_point(entries_.begin(), entries_.end(),
                                       [&](const Entry& entry) { return ValueOf(entry) < value; });
  return static_cast<size_t>(at - entries_.begin());
}

std::shared_ptr<const ValueRows> PostingsCache::Find(std::string_view name,
                                                     uint64_t version) const {
  const std::lock_guard lock(mutex_);
  if (version != version_) return nullptr;
  const auto at = names_.find(name);
  return at == names_.end() ? nullptr : at->second;
}

void PostingsCache::Add(std::string_view name, uint64_t version, ValueRows rows) {
  const auto kept = std::make_shared<const ValueRows>(std::move(rows));
  const std::lock_guard lock(mutex_);
  if (version < version_) return;
  // What is kept is soon there again: whoever is out of room, like whoever is out of date, begins anew.
  if (version > version_ || bytes_ + kept->bytes() > capacity_) {
    names_.clear();
    bytes_ = 0;
  }
  version_ = version;
  if (kept->bytes() > capacity_) return;
  if (names_.try_emplace(std::string(name), kept).second) bytes_ += kept->bytes();
}

size_t PostingsCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace silverback
