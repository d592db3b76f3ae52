// Bytes that live until all are forgotten at once.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace silverback {

/// Copies go into slabs that never move and are used again after `Reset`. Not safe for concurrent
/// use.
class ByteArena {
 public:
  std::string_view Copy(std::string_view bytes) {
    while (slab_ < slabs_.size() && slabs_[slab_].size - used_ < bytes.size()) {
      ++slab_;
      used_ = 0;
    }
    if (slab_ == slabs_.size()) {
      const size_t size = std::max(kSlabBytes, bytes.size());
      slabs_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
      bytes_ += size;
      used_ = 0;
    }
    char* const place = slabs_[slab_].data.get() + used_;
    if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {place, bytes.size()};
  }

  void Reset() {
    slab_ = 0;
    used_ = 0;
  }

  /// Bytes held, in use or not.
  size_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kSlabBytes = 64 * 1024;
  struct Slab {
    std::unique_ptr<char[]> data;
    size_t size = 0;
  };
  std::vector<Slab> slabs_;
  size_t slab_ = 0;
  size_t used_ = 0;
  size_t bytes_ = 0;
};

}  // namespace silverback
