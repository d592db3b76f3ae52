#include "query/api/json_writer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/byte_lanes.h"
#include "engine/base/check.h"
#include "engine/labels/encoded_labels.h"
#include "query/api/number_text.h"

namespace silverback {
namespace {

constexpr char kHex[] = "0123456789abcdef";

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

void AppendEscapedAscii(TextBuffer* out, unsigned char c) {
  switch (c) {
    case '"':
    case '\\':
      out->Append('\\');
      out->Append(static_cast<char>(c));
      return;
    case '\n':
      out->Append("\\n");
      return;
    case '\r':
      out->Append("\\r");
      return;
    case '\t':
      out->Append("\\t");
      return;
    default:
      out->Append("\\u00");
      out->Append(kHex[c >> 4]);
      out->Append(kHex[c & 15]);
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
size_t AppendSpecial(TextBuffer* out, std::string_view text, size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c < 0x80) {
    AppendEscapedAscii(out, c);
    return 1;
  }
  const size_t length = SequenceLength(text, at);
  if (length == 0) {
    out->Append("\\ufffd");
    return 1;
  }
  const std::string_view sequence = text.substr(at, length);
  if (sequence == "\xe2\x80\xa8" || sequence == "\xe2\x80\xa9") {
    out->Append(sequence.back() == '\xa8' ? "\\u2028" : "\\u2029");
  } else {
    out->Append(sequence);
  }
  return length;
}

/// How many bytes from the front stand for themselves.
size_t PlainPrefix(std::string_view text, const std::array<bool, 256>& plain) {
  size_t at = 0;
  while (at < text.size() && plain[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

void AppendQuoted(TextBuffer* out, std::string_view text, const std::array<bool, 256>& plain) {
  char* at = out->Room(text.size() + 2);
  const size_t length = PlainPrefix(text, plain);
  *at++ = '"';
  at = std::copy_n(text.data(), length, at);
  if (length == text.size()) {
    *at++ = '"';
    return out->EndAt(at);
  }
  out->EndAt(at);
  for (size_t next = length; next < text.size();) {
    next += AppendSpecial(out, text, next);
    const size_t more = PlainPrefix(text.substr(next), plain);
    out->Append(text.substr(next, more));
    next += more;
  }
  out->Append('"');
}

/// Copies `text`, behind which kLaneBytes can be read, in double quotes to `at`, behind which as many more can be written; returns the end. Some
/// byte of `*special` is no longer 0 if some byte does not stand for itself (is not in kPlainLabel).
char* WriteQuoted(char* at, std::string_view text, ByteLanes* special) {
  *at++ = '"';
  CopyInLanes(text.data(), text.size(), at,
              [special](const ByteLanes& lanes, const ByteLanes& of_text) {
                *special |= ((lanes < 0x20) | (lanes == '"') | (lanes == '\\')) & of_text;
              });
  at += text.size();
  *at++ = '"';
  return at;
}

/// Writes the label set with the encoding `encoded`, behind which kLaneBytes can be read, as the inside of an object to `at`, where what
/// WrittenBytesMax says can be written. Returns the end, or null if some byte does not stand for itself.
char* WritePlainLabels(char* at, std::string_view encoded) {
  ByteLanes special{};
  while (!encoded.empty()) {
    at = WriteQuoted(at, TakeTrusted(&encoded), &special);
    *at++ = ':';
    at = WriteQuoted(at, TakeTrusted(&encoded), &special);
    *at++ = ',';
  }
  return AnyLane(special) ? nullptr : at - 1;
}

/// Of a label, two lengths (a byte each at least) become four quotes, a colon and a comma; its name and value have two bytes at least.
constexpr size_t WrittenBytesMax(size_t encoded_bytes) {
  return 2 * encoded_bytes + kLaneBytes;
}

/// Longer label sets, which are rare, are written label by label.
constexpr size_t kPaddedBytes = 496;

}  // namespace

void AppendJsonString(TextBuffer* out, std::string_view text) {
  AppendQuoted(out, text, kPlainHtml);
}

void AppendJsonLabelString(TextBuffer* out, std::string_view text) {
  AppendQuoted(out, text, kPlainLabel);
}

PointHead::PointHead(int64_t timestamp_ms) {
  char text[kNumberRoom];
  text[0] = '[';
  char* end = WriteTimestamp(text + 1, timestamp_ms);
  *end++ = ',';
  *end++ = '"';
  size_ = static_cast<uint8_t>(end - text);
  SB_DCHECK_LE(size_, sizeof(text_));
  std::memcpy(text_, text, sizeof(text_));
}

JsonWriter::JsonWriter(Sink* sink) : sink_(sink) {}

JsonWriter::~JsonWriter() {
  Emit();
}

void JsonWriter::Emit() {
  if (ok_ && buffer_.size() > 0) ok_ = sink_->Write(buffer_.view());
  buffer_.Clear();
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  buffer_.Append('"');
  buffer_.Append(name);
  buffer_.Append("\":");
  separate_ = false;
}

void JsonWriter::EscapedKey(std::string_view name) {
  Separate();
  AppendJsonString(&buffer_, name);
  buffer_.Append(':');
  separate_ = false;
}

void JsonWriter::String(std::string_view text) {
  Separate();
  AppendJsonString(&buffer_, text);
  if (buffer_.size() >= kPieceBytes) Emit();
}

void JsonWriter::Integer(int64_t value) {
  Separate();
  buffer_.EndAt(WriteInteger(buffer_.Room(kNumberRoom), value));
}

void JsonWriter::Unsigned(uint64_t value) {
  Separate();
  buffer_.EndAt(WriteInteger(buffer_.Room(kNumberRoom), value));
}

void JsonWriter::Bool(bool value) {
  Separate();
  buffer_.Append(value ? "true" : "false");
}

void JsonWriter::Null() {
  Separate();
  buffer_.Append("null");
}

void JsonWriter::Float(double value) {
  Separate();
  buffer_.EndAt(WriteDouble(buffer_.Room(kNumberRoom), value));
}

void JsonWriter::Value(double value) {
  Separate();
  char* at = buffer_.Room(kNumberRoom + 2);
  *at++ = '"';
  at = WriteDouble(at, value);
  *at++ = '"';
  buffer_.EndAt(at);
}

void JsonWriter::Timestamp(int64_t timestamp_ms) {
  Separate();
  buffer_.EndAt(WriteTimestamp(buffer_.Room(kNumberRoom), timestamp_ms));
}

void JsonWriter::Point(int64_t timestamp_ms, double value) {
  Point(PointHead(timestamp_ms), value);
}

void JsonWriter::Point(const PointHead& head, double value) {
  char* at = buffer_.Room(1 + sizeof(head.text_) + kNumberRoom + 2);
  *at = ',';
  at += separate_ ? 1 : 0;
  std::memcpy(at, head.text_, sizeof(head.text_));  // as a whole: faster than what is needed of it
  at = WriteDouble(at + head.size_, value);
  *at++ = '"';
  *at++ = ']';
  buffer_.EndAt(at);
  separate_ = true;
  if (buffer_.size() >= kPieceBytes) Emit();
}

void JsonWriter::Labels(const LabelSet& labels) {
  Open('{');
  if (!WriteAtOnce(labels.encoded())) {
    for (const Label& label : labels) {
      Separate();
      AppendJsonLabelString(&buffer_, label.name);
      buffer_.Append(':');
      AppendJsonLabelString(&buffer_, label.value);
    }
  }
  Close('}');
}

bool JsonWriter::WriteAtOnce(std::string_view encoded) {
  if (encoded.empty() || encoded.size() > kPaddedBytes) return false;
  char padded[kPaddedBytes + kLaneBytes];
  std::memcpy(padded, encoded.data(), encoded.size());
  std::memset(padded + encoded.size(), 0, kLaneBytes);
  char* const end =
      WritePlainLabels(buffer_.Room(WrittenBytesMax(encoded.size())), {padded, encoded.size()});
  if (end == nullptr) return false;
  buffer_.EndAt(end);
  return true;
}

}  // namespace silverback
