#include "engine/labels/label_set.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/coding.h"
#include "engine/base/common_prefix.h"
#include "engine/base/hash.h"
#include "engine/labels/encoded_labels.h"

namespace silverback {
namespace {

void PutLabel(std::string* out, std::string_view name, std::string_view value) {
  PutLengthPrefixed(out, name);
  PutLengthPrefixed(out, value);
}

}  // namespace

LabelSet::LabelSet(std::initializer_list<Label> labels) {
  std::vector<Label> sorted(labels);
  std::sort(sorted.begin(), sorted.end());
  for (const Label& label : sorted) {
    if (!label.value.empty()) PutLabel(&encoded_, label.name, label.value);
  }
}

StatusOr<LabelSet> LabelSet::FromLabels(std::vector<Label> labels) {
  std::sort(labels.begin(), labels.end());
  LabelSet set;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i].name.empty()) return InvalidArgument("a label has an empty name");
    if (i > 0 && labels[i].name == labels[i - 1].name) {
      return InvalidArgument("label name {} stands twice", Quote(labels[i].name));
    }
    if (!labels[i].value.empty()) PutLabel(&set.encoded_, labels[i].name, labels[i].value);
  }
  return set;
}

StatusOr<LabelSet> LabelSet::FromEncoded(std::string_view encoded) {
  std::string_view in = encoded;
  std::string_view previous;
  bool first = true;
  while (!in.empty()) {
    std::string_view name;
    std::string_view value;
    if (!GetLengthPrefixed(&in, &name) || !GetLengthPrefixed(&in, &value)) {
      return DataLoss("label set of {} bytes is cut short", encoded.size());
    }
    if (name.empty() || value.empty() || (!first && name <= previous)) {
      return DataLoss("label set of {} bytes is not sorted or has an empty part", encoded.size());
    }
    previous = name;
    first = false;
  }
  LabelSet set;
  set.encoded_.assign(encoded);
  return set;
}

void LabelSet::Iterator::Read() {
  if (rest_.empty()) return;
  label_.name = TakeTrusted(&rest_);
  label_.value = TakeTrusted(&rest_);
}

size_t LabelSet::size() const {
  size_t count = 0;
  for (auto it = begin(); it != end(); ++it) ++count;
  return count;
}

std::string_view LabelSet::Get(std::string_view name) const {
  std::string_view in = encoded_;
  while (!in.empty()) {
    const std::string_view found = TakeTrusted(&in);
    const std::string_view value = TakeTrusted(&in);
    if (found == name) return value;
  }
  return {};
}

bool LabelSet::Has(std::string_view name) const {
  return !Get(name).empty();
}

std::string LabelSet::ToString() const {
  std::string out;
  const std::string_view metric = Get(kMetricName);
  const bool plain = IsPlainMetricName(metric);
  std::string inside;
  if (!metric.empty() && !plain) inside = Quote(metric);
  for (const Label& label : *this) {
    if (label.name == kMetricName) continue;
    if (!inside.empty()) inside += ", ";
    inside += IsPlainLabelName(label.name) ? std::string(label.name) : Quote(label.name);
    inside += '=';
    inside += Quote(label.value);
  }
  if (plain) out = metric;
  if (!plain || !inside.empty()) out += "{" + inside + "}";
  return out;
}

// Series that are sorted together have most labels in common: whole names and values that are alike are skipped by their
// lengths.
std::strong_ordering operator<=>(const LabelSet& a, const LabelSet& b) {
  std::string_view left = a.encoded_;
  std::string_view right = b.encoded_;
  const size_t alike = CommonPrefix(left, right);
  const char* const difference = left.data() + alike;
  while (!left.empty()) {
    std::string_view rest = left;
    TakeTrusted(&rest);
    if (rest.data() > difference) break;
    left = rest;
  }
  right.remove_prefix(a.encoded_.size() - left.size());
  if (left.empty() || right.empty()) return left.size() <=> right.size();
  return TakeTrusted(&left) <=> TakeTrusted(&right);
}

LabelSetBuilder::LabelSetBuilder(const LabelSet& base) {
  for (const Label& label : base) labels_.emplace_back(label.name, label.value);
}

LabelSetBuilder& LabelSetBuilder::Set(std::string_view name, std::string_view value) {
  if (value.empty()) return Delete(name);
  auto it = std::lower_bound(labels_.begin(), labels_.end(), name,
                             [](const auto& label, std::string_view n) { return label.first < n; });
  if (it != labels_.end() && it->first == name) {
    it->second = value;
  } else {
    labels_.emplace(it, name, value);
  }
  return *this;
}

LabelSetBuilder& LabelSetBuilder::Delete(std::string_view name) {
  std::erase_if(labels_, [&](const auto& label) { return label.first == name; });
  return *this;
}

LabelSet LabelSetBuilder::Build() const {
  LabelSet set;
  for (const auto& [name, value] : labels_) PutLabel(&set.encoded_, name, value);
  return set;
}

Status ValidateLabels(std::span<const Label> labels, const LabelLimits& limits) {
  if (labels.empty()) return InvalidArgument("a series has no labels");
  if (labels.size() > limits.max_labels) {
    return InvalidArgument("{} labels, more than the limit of {} (--storage.max-labels)",
                           labels.size(), limits.max_labels);
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    const Label& label = labels[i];
    if (label.name.empty()) return InvalidArgument("label {} has an empty name", i + 1);
    if (label.name.size() > limits.max_name_bytes) {
      return InvalidArgument("a label name of {} bytes is over the limit of {}: {}...",
                             label.name.size(), limits.max_name_bytes,
                             Quote(label.name.substr(0, 64)));
    }
    if (label.value.size() > limits.max_value_bytes) {
      return InvalidArgument("the value of label {} has {} bytes, over the limit of {}",
                             Quote(label.name), label.value.size(), limits.max_value_bytes);
    }
    if (!IsValidUtf8(label.name)) {
      return InvalidArgument("label name {} is not valid UTF-8", Quote(label.name));
    }
    if (!IsValidUtf8(label.value)) {
      return InvalidArgument("the value of label {} is not valid UTF-8", Quote(label.name));
    }
  }
  return absl::OkStatus();
}

namespace {

bool IsPlain(std::string_view name, bool colon) {
  if (name.empty()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !(digit && i > 0) && !(colon && c == ':')) return false;
  }
  return true;
}

/// Length of the valid UTF-8 sequence at the front of `s`, or 0.
size_t Utf8Length(std::string_view s, uint32_t* code_point) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t lead = at(0);
  if (lead < 0x80) {
    *code_point = lead;
    return 1;
  }
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || s.size() < length) return 0;
  uint32_t code = lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
    code = (code << 6) | (at(i) & 0x3f);
  }
  static constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 0;
  *code_point = code;
  return length;
}

/// False for controls, white space other than the space, and characters without a shape, which Go escapes. Code points
/// that Unicode has not assigned count as printable.
bool IsPrintable(uint32_t code) {
  struct Range {
    uint32_t first;
    uint32_t last;
  };
  static constexpr Range kInvisible[] = {
      {0x7f, 0xa0},     {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},   {0x6dd, 0x6dd},
      {0x70f, 0x70f},   {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f}, {0x2028, 0x202f},
      {0x205f, 0x206f}, {0x3000, 0x3000},   {0xe000, 0xf8ff},   {0xfeff, 0xfeff}, {0xfff0, 0xfffb},
      {0xfffe, 0xffff}, {0xe0000, 0xe00ff}, {0xf0000, 0x10ffff}};
  return std::none_of(std::begin(kInvisible), std::end(kInvisible), [&](const Range& range) {
    return range.first <= code && code <= range.last;
  });
}

}  // namespace

bool IsPlainLabelName(std::string_view name) {
  return IsPlain(name, /*colon=*/false);
}
bool IsPlainMetricName(std::string_view name) {
  return IsPlain(name, /*colon=*/true);
}

bool IsValidUtf8(std::string_view s) {
  while (!s.empty()) {
    uint32_t code_point = 0;
    const size_t length = Utf8Length(s, &code_point);
    if (length == 0) return false;
    s.remove_prefix(length);
  }
  return true;
}

std::string Quote(std::string_view s) {
  std::string out = "\"";
  while (!s.empty()) {
    uint32_t code = 0;
    const size_t length = Utf8Length(s, &code);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<uint8_t>(s[0]));
      s.remove_prefix(1);
      continue;
    }
    switch (code) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\a':
        out += "\\a";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\v':
        out += "\\v";
        break;
      default:
        if (code < 0x20 || code == 0x7f) {
          out += fmt::format("\\x{:02x}", code);
        } else if (code >= 0x80 && !IsPrintable(code)) {
          out += code < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
        } else {
          out += s.substr(0, length);
        }
    }
    s.remove_prefix(length);
  }
  out += '"';
  return out;
}

}  // namespace silverback

size_t std::hash<silverback::LabelSet>::operator()(
    const silverback::LabelSet& labels) const noexcept {
  return silverback::Hash64(labels.encoded());
}
