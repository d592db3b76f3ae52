// Text that grows at its end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace silverback {

/// What std::string is to text that is appended to, but whoever knows how long a piece can get writes it in place. Not thread-safe.
class TextBuffer {
 public:
  size_t size() const { return size_; }
  std::string_view view() const { return {text_.get(), size_}; }
  /// Empties the buffer and keeps its room.
  void Clear() { size_ = 0; }

  /// Where `bytes` bytes may be written, behind the text. Valid until the next call; `EndAt` makes what was written text.
  char* Room(size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(size_ + bytes);
    return text_.get() + size_;
  }
  /// REQUIRES: `end` is within what `Room` gave.
  void EndAt(const char* end) { size_ = static_cast<size_t>(end - text_.get()); }

  void Append(char c) {
    *Room(1) = c;
    ++size_;
  }
  void Append(std::string_view text) {
    if (text.empty()) return;  // it may have no bytes to point to
    std::memcpy(Room(text.size()), text.data(), text.size());
    size_ += text.size();
  }

 private:
  static constexpr size_t kLeast = 1024;

  void Grow(size_t needed) {
    capacity_ = std::max({kLeast, needed, 2 * capacity_});
    auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
    if (size_ > 0) std::memcpy(grown.get(), text_.get(), size_);
    text_ = std::move(grown);
  }

  std::unique_ptr<char[]> text_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace silverback
