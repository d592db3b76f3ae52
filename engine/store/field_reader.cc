#include "engine/store/field_reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace silverback {
namespace {

constexpr size_t kMaxHexBytes = 64;

std::string Hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes.substr(0, kMaxHexBytes)) out += fmt::format("{:02x}", c);
  if (bytes.size() > kMaxHexBytes) out += fmt::format("... ({} bytes)", bytes.size());
  return out;
}

}  // namespace

// Bytes that nobody asked for belong to no format.
FieldReader::~FieldReader() {
  if (!rest_.empty()) Fail();
}

void FieldReader::Add(std::string_view name, size_t bytes, std::string text) {
  fields_->push_back(
      {place_, whole_.size() - rest_.size(), bytes, std::string(name), std::move(text)});
  rest_.remove_prefix(bytes);
}

void FieldReader::Rest(std::string_view name, std::string text) {
  if (!failed_) Add(name, rest_.size(), std::move(text));
}

bool FieldReader::Take(std::string_view name, size_t bytes, std::string text) {
  if (failed_) return false;
  if (bytes > rest_.size()) return Fail();
  Add(name, bytes, std::move(text));
  return true;
}

bool FieldReader::Fail() {
  if (!failed_) Add("malformed", rest_.size(), Hex(rest_));
  failed_ = true;
  return false;
}

}  // namespace silverback
