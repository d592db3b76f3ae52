#include "query/api/json_writer.h"

#include <array>
#include <cstring>

#include "engine/base/check.h"
#include "query/api/number_text.h"

namespace silverback {
namespace {

constexpr char kHex[] = "0123456789abcdef";

/// Labels of up to so many bytes are made beside the buffer, and appended at once if nothing has to be escaped.
constexpr size_t kShortLabel = 120;

/// Bytes below 0x80 that stand for themselves in any JSON string.
constexpr std::array<bool, 256> PlainBytes(bool html) {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c) plain[static_cast<size_t>(c)] = c != '"' && c != '\\';
  if (html) {
    plain['<'] = plain['>'] = plain['&'] = false;
  } else {
    for (size_t c = 0x80; c < 256; ++c) plain[c] = true;
  }
  return plain;
}
constexpr std::array<bool, 256> kPlainHtml = PlainBytes(true);
constexpr std::array<bool, 256> kPlainLabel = PlainBytes(false);

void AppendEscapedAscii(std::string* out, unsigned char c) {
  switch (c) {
    case '"':
    case '\\':
      out->push_back('\\');
      out->push_back(static_cast<char>(c));
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      out->append("\\u00");
      out->push_back(kHex[c >> 4]);
      out->push_back(kHex[c & 15]);
  }
}

bool Continues(std::string_view text, size_t at, unsigned char low = 0x80,
               unsigned char high = 0xbf) {
  if (at >= text.size()) return false;
  const auto c = static_cast<unsigned char>(text[at]);
  return c >= low && c <= high;
}

/// Bytes of the valid UTF-8 sequence at `at`, or 0.
size_t SequenceLength(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead >= 0xc2 && lead <= 0xdf) return Continues(text, at + 1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned char low = lead == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : 0xbf;
    return Continues(text, at + 1, low, high) && Continues(text, at + 2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned char low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xf4 ? 0x8f : 0xbf;
    return Continues(text, at + 1, low, high) && Continues(text, at + 2) && Continues(text, at + 3)
               ? 4
               : 0;
  }
  return 0;
}

/// Writes what stands at `at` and is not plain; returns the bytes used.
size_t AppendSpecial(std::string* out, std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c < 0x80) {
    AppendEscapedAscii(out, c);
    return 1;
  }
  const size_t length = SequenceLength(text, at);
  if (length == 0) {
    out->append("\\ufffd");
    return 1;
  }
  const std::string_view sequence = text.substr(at, length);
  if (sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9") {
    out->append(sequence.back() == '\xa8' ? "\\u2028" : "\\u2029");
  } else {
    out->append(sequence);
  }
  return length;
}

/// How many bytes from the front stand for themselves.
size_t PlainPrefix(std::string_view text, const std::array<bool, 256>& plain) {
  size_t at = 0;
  while (at < text.size() && plain[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

void AppendQuoted(std::string* out, std::string_view text, const std::array<bool, 256>& plain) {
  const size_t begin = out->size();
  out->resize(begin + text.size() + 2, '"');
  size_t at = PlainPrefix(text, plain);
  std::memcpy(out->data() + begin + 1, text.data(), at);
  if (at == text.size()) return;
  out->resize(begin + 1 + at);
  while (at < text.size()) {
    at += AppendSpecial(out, text, at);
    const size_t length = PlainPrefix(text.substr(at), plain);
    out->append(text, at, length);
    at += length;
  }
  out->push_back('"');
}

/// Copies `text` in double quotes to `at`; returns the end. Clears `*all_plain` if some byte does not stand for itself.
char* WriteQuoted(char* at, std::string_view text, bool* all_plain) {
  *at++ = '"';
  for (const char c : text) {
    *at++ = c;
    *all_plain &= kPlainLabel[static_cast<unsigned char>(c)];
  }
  *at++ = '"';
  return at;
}

}  // namespace

void AppendJsonString(std::string* out, std::string_view text) {
  AppendQuoted(out, text, kPlainHtml);
}

void AppendJsonLabelString(std::string* out, std::string_view text) {
  AppendQuoted(out, text, kPlainLabel);
}

JsonWriter::JsonWriter(Sink* sink) : sink_(sink) {
  buffer_.reserve(1024);
}

JsonWriter::~JsonWriter() {
  Emit();
}

void JsonWriter::Emit() {
  if (ok_ && !buffer_.empty()) ok_ = sink_->Write(buffer_);
  buffer_.clear();
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  buffer_.push_back('"');
  buffer_.append(name);
  buffer_.append("\":");
  separate_ = false;
}

void JsonWriter::EscapedKey(std::string_view name) {
  Separate();
  AppendJsonString(&buffer_, name);
  buffer_.push_back(':');
  separate_ = false;
}

void JsonWriter::String(std::string_view text) {
  Separate();
  AppendJsonString(&buffer_, text);
  if (buffer_.size() >= kPieceBytes) Emit();
}

void JsonWriter::Integer(int64_t value) {
  Separate();
  AppendInteger(&buffer_, value);
}

void JsonWriter::Unsigned(uint64_t value) {
  Separate();
  AppendInteger(&buffer_, value);
}

void JsonWriter::Bool(bool value) {
  Separate();
  buffer_.append(value ? "true" : "false");
}

void JsonWriter::Null() {
  Separate();
  buffer_.append("null");
}

void JsonWriter::Float(double value) {
  Separate();
  AppendDouble(&buffer_, value);
}

void JsonWriter::Value(double value) {
  Separate();
  buffer_.push_back('"');
  AppendDouble(&buffer_, value);
  buffer_.push_back('"');
}

void JsonWriter::Timestamp(int64_t timestamp_ms) {
  Separate();
  AppendTimestamp(&buffer_, timestamp_ms);
}

void JsonWriter::Point(int64_t timestamp_ms, double value) {
  char time[kNumberRoom];
  Point(std::string_view(time, static_cast<size_t>(WriteTimestamp(time, timestamp_ms) - time)),
        value);
}

// The text is made beside the buffer and appended at once: a call of append costs more than what it copies.
void JsonWriter::Point(std::string_view time, double value) {
  SB_DCHECK_LE(time.size(), kNumberTextMax);
  char text[kNumberTextMax + kNumberRoom + 8];
  char* at = text;
  if (separate_) *at++ = ',';
  *at++ = '[';
  std::memcpy(at, time.data(), time.size());
  at += time.size();
  *at++ = ',';
  *at++ = '"';
  at = WriteDouble(at, value);
  *at++ = '"';
  *at++ = ']';
  buffer_.append(text, static_cast<size_t>(at - text));
  separate_ = true;
  if (buffer_.size() >= kPieceBytes) Emit();
}

void JsonWriter::Label(std::string_view name, std::string_view value) {
  Separate();
  if (name.size() + value.size() <= kShortLabel) {
    char text[kShortLabel + 5];
    bool all_plain = true;
    char* at = WriteQuoted(text, name, &all_plain);
    *at++ = ':';
    at = WriteQuoted(at, value, &all_plain);
    if (all_plain) {
      buffer_.append(text, static_cast<size_t>(at - text));
      return;
    }
  }
  AppendJsonLabelString(&buffer_, name);
  buffer_.push_back(':');
  AppendJsonLabelString(&buffer_, value);
}

}  // namespace silverback
