#include "query/api/json_writer.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

std::string Escaped(std::string_view text) {
  TextBuffer out;
  AppendJsonString(&out, text);
  return std::string(out.view());
}

std::string LabelEscaped(std::string_view text) {
  TextBuffer out;
  AppendJsonLabelString(&out, text);
  return std::string(out.view());
}

/// Refuses everything after the first `pieces` writes.
class LimitedSink : public Sink {
 public:
  explicit LimitedSink(int pieces) : left_(pieces) {}
  bool Write(std::string_view bytes) override {
    largest_ = std::max(largest_, bytes.size());
    ++writes_;
    return --left_ >= 0;
  }
  int writes() const { return writes_; }
  size_t largest() const { return largest_; }

 private:
  int left_;
  int writes_ = 0;
  size_t largest_ = 0;
};

}  // namespace

TEST_CASE("strings are escaped as Go's encoder escapes them") {
  CHECK(Escaped("") == R"("")");
  CHECK(Escaped("plain") == R"("plain")");
  CHECK(Escaped("a\"b\\c") == R"("a\"b\\c")");
  CHECK(Escaped("\n\r\t") == R"("\n\r\t")");
  CHECK(Escaped(std::string_view("\0\x01\x1f", 3)) == R"("\u0000\u0001\u001f")");
  CHECK(Escaped("<a href='x'>&</a>") == R"("\u003ca href='x'\u003e\u0026\u003c/a\u003e")");
  CHECK(Escaped("\x7f") == "\"\x7f\"");
  CHECK(Escaped("é世😀") == "\"é世😀\"");
  CHECK(Escaped("\xe2\x80\xa8\xe2\x80\xa9") == R"("\u2028\u2029")");
}

TEST_CASE("invalid UTF-8 becomes the replacement character, byte by byte") {
  CHECK(Escaped("a\xff"
                "b") == R"("a\ufffdb")");
  CHECK(Escaped("\xe4\xb8") == R"("\ufffd\ufffd")");                      // cut off
  CHECK(Escaped("\xc0\x80") == R"("\ufffd\ufffd")");                      // overlong
  CHECK(Escaped("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");            // surrogate
  CHECK(Escaped("\xf4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");  // above U+10FFFF
}

TEST_CASE("labels are escaped no more than JSON demands") {
  CHECK(LabelEscaped("<&>") == R"("<&>")");
  CHECK(LabelEscaped("a\"b\\\n") == R"("a\"b\\\n")");
  CHECK(LabelEscaped("\xe2\x80\xa8") == "\"\xe2\x80\xa8\"");
}

TEST_CASE("labels of any length are written alike") {
  for (const std::string& name : {std::string("a"), std::string("b\""), std::string(60, 'n')}) {
    for (const std::string& value :
         {std::string("1"), std::string("2\n"), std::string(60, 'v'), std::string(61, 'v'),
          std::string(59, 'v') + "\\", std::string(127, 'v'), std::string(128, 'v'),
          std::string(5000, 'v')}) {
      const LabelSet labels{{name, value}, {"z", "plain"}, {"zz", value}};
      StringSink sink;
      {
        JsonWriter json(&sink);
        json.BeginArray();
        json.Labels(labels);
        json.Labels(LabelSet{});
        json.Labels(labels);
        json.EndArray();
      }
      const std::string object = "{" + LabelEscaped(name) + ":" + LabelEscaped(value) +
                                 ",\"z\":\"plain\",\"zz\":" + LabelEscaped(value) + "}";
      CHECK(sink.text() == "[" + object + ",{}," + object + "]");
    }
  }
}

TEST_CASE("labels of one byte each fit the room that was made for them") {
  std::vector<Label> labels;
  std::string wanted = "{";
  const std::string names = "abcdefghijklmnopqrstuvwxyz";
  for (size_t i = 0; i < names.size(); ++i) {
    labels.push_back({std::string_view(names).substr(i, 1), "1"});
    wanted += fmt::format("{}\"{}\":\"1\"", i == 0 ? "" : ",", names[i]);
  }
  StringSink sink;
  {
    JsonWriter json(&sink);
    json.Labels(LabelSet::FromLabels(labels).value());
  }
  CHECK(sink.text() == wanted + "}");
}

TEST_CASE("commas are set between values of arrays and objects alone") {
  StringSink sink;
  {
    JsonWriter json(&sink);
    json.BeginObject();
    json.Key("a");
    json.BeginArray();
    json.Integer(-1);
    json.Unsigned(2);
    json.Bool(true);
    json.Null();
    json.BeginArray();
    json.EndArray();
    json.Point(1500, 0.5);
    json.EndArray();
    json.Key("b");
    json.BeginObject();
    json.EndObject();
    json.EscapedKey("<c>");
    json.Value(1e21);
    json.Key("d");
    json.Float(0.25);
    json.EndObject();
  }
  CHECK(sink.text() ==
        R"({"a":[-1,2,true,null,[],[1.500,"0.5"]],"b":{},"\u003cc\u003e":"1e+21","d":0.25})");
}

TEST_CASE("a large document leaves in pieces and stops when nobody takes it") {
  LimitedSink sink(3);
  JsonWriter json(&sink);
  json.BeginArray();
  for (int i = 0; i < 100000 && json.ok(); ++i) json.Point(i, i);
  json.EndArray();
  CHECK_FALSE(json.ok());
  CHECK(sink.writes() == 4);
  CHECK(sink.largest() < 40000);
}

}  // namespace silverback
