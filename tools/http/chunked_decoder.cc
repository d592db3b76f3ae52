#include "tools/http/chunked_decoder.h"

#include <algorithm>
#include <charconv>

namespace silverback::http {
namespace {

constexpr size_t kMaxLineBytes = 4096;

}  // namespace

/// Completes `line_` (without its end) from the front of `*in`; false if more is needed or it is too long.
bool ChunkedDecoder::TakeLine(std::string_view* in) {
  if (line_complete_) line_.clear();
  line_complete_ = false;
  const size_t end = std::min(in->find('\n'), in->size());
  if (line_.size() + end > kMaxLineBytes) {
    malformed_ = true;
    return false;
  }
  line_.append(in->substr(0, end));
  if (end == in->size()) {
    in->remove_prefix(end);
    return false;
  }
  in->remove_prefix(end + 1);
  if (line_.ends_with('\r')) line_.pop_back();
  line_complete_ = true;
  return true;
}

bool ChunkedDecoder::ReadSize() {
  std::string_view size = std::string_view(line_).substr(0, line_.find(';'));
  while (size.ends_with(' ') || size.ends_with('\t')) size.remove_suffix(1);
  const auto result = std::from_chars(size.data(), size.data() + size.size(), left_, 16);
  return !size.empty() && result.ec == std::errc() && result.ptr == size.data() + size.size();
}

ChunkedDecoder::State ChunkedDecoder::Decode(std::string_view* in, std::string* body) {
  while (!malformed_) {
    switch (part_) {
      case Part::kSize:
        if (!TakeLine(in)) return malformed_ ? State::kMalformed : State::kMore;
        malformed_ = !ReadSize();
        part_ = left_ == 0 ? Part::kTrailer : Part::kData;
        break;
      case Part::kData: {
        const size_t taken = static_cast<size_t>(std::min<uint64_t>(left_, in->size()));
        body->append(in->substr(0, taken));
        in->remove_prefix(taken);
        left_ -= taken;
        if (left_ > 0) return State::kMore;
        part_ = Part::kDataEnd;
        break;
      }
      case Part::kDataEnd:
        if (!TakeLine(in)) return malformed_ ? State::kMalformed : State::kMore;
        malformed_ = !line_.empty();
        part_ = Part::kSize;
        break;
      case Part::kTrailer:
        if (!TakeLine(in)) return malformed_ ? State::kMalformed : State::kMore;
        if (line_.empty()) part_ = Part::kDone;
        break;
      case Part::kDone:
        return State::kDone;
    }
  }
  return State::kMalformed;
}

}  // namespace silverback::http
