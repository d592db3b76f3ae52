// JSON into a sink, byte for byte as Prometheus' encoder writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/labels/label_set.h"
#include "query/api/sink.h"
#include "query/api/text_buffer.h"

namespace silverback {

/// Appends `text` in double quotes as Go's encoding/json does: `<`, `>`, `&`, U+2028 and U+2029 are escaped, invalid
/// UTF-8 becomes \ufffd.
void AppendJsonString(TextBuffer* out, std::string_view text);

/// The same, but nothing beyond what JSON demands is escaped, and bytes that are no ASCII pass unchanged: how
/// Prometheus writes label names and values.
void AppendJsonLabelString(TextBuffer* out, std::string_view text);

/// What stands before the value of a point, `[timestamp,"`. Made once for points of one time.
class PointHead {
 public:
  explicit PointHead(int64_t timestamp_ms);
  /// The time's text.
  std::string_view time() const { return std::string_view(text_).substr(1, size_ - 3U); }

 private:
  friend class JsonWriter;
  char text_[31];  // the longest time has 21 bytes
  uint8_t size_;
};

/// Streams one JSON document. Commas are set by the writer; the caller keeps objects and arrays balanced. Text leaves
/// for the sink in pieces of about 32 KiB. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(Sink* sink);
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  /// Passes the rest on.
  ~JsonWriter();

  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }
  /// The name of an object's next member, from the program's own text: written unescaped.
  void Key(std::string_view name);
  /// The same for a name from outside.
  void EscapedKey(std::string_view name);

  void String(std::string_view text);
  void Integer(int64_t value);
  void Unsigned(uint64_t value);
  void Bool(bool value);
  void Null();
  /// A JSON number. REQUIRES: finite.
  void Float(double value);
  /// A number whose text was made before.
  void Number(std::string_view text) {
    Separate();
    buffer_.Append(text);
  }
  /// A sample's value: a string.
  void Value(double value);
  /// A time in seconds: a number.
  void Timestamp(int64_t timestamp_ms);
  /// `[timestamp, "value"]`, the hot path.
  void Point(int64_t timestamp_ms, double value);
  void Point(const PointHead& head, double value);
  /// An object of the labels.
  void Labels(const LabelSet& labels);

  /// False once the sink has refused bytes: what follows is dropped, and the caller should stop.
  bool ok() const { return ok_; }

 private:
  void Open(char bracket) {
    Separate();
    buffer_.Append(bracket);
    separate_ = false;
  }
  void Close(char bracket) {
    buffer_.Append(bracket);
    separate_ = true;
    if (buffer_.size() >= kPieceBytes) Emit();
  }
  void Separate() {
    if (separate_) buffer_.Append(',');
    separate_ = true;
  }
  void Emit();
  /// Writes the labels of a set as members, from its encoding; false, and nothing, if that takes a look at each byte, or there are none.
  bool WriteAtOnce(std::string_view encoded);

  static constexpr size_t kPieceBytes = 32 << 10;

  Sink* sink_;
  TextBuffer buffer_;
  bool separate_ = false;  // a comma stands before the next value
  bool ok_ = true;
};

}  // namespace silverback
