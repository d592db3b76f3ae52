#include "engine/labels/regex_shape.h"

#include <algorithm>
#include <utility>

namespace silverback {
namespace {

using Tail = RegexShape::Tail;

constexpr int kMaxNesting = 100;

/// Walks the pattern once. Whatever it does not know ends the analysis (`unknown_`).
class ShapeParser {
 public:
  ShapeParser(std::string_view pattern, size_t max_heads)
      : pattern_(pattern), max_heads_(max_heads) {}

  RegexShape Parse() {
    RegexShape shape = ParseAlternation(0);
    if (unknown_ || !rest().empty()) return {};
    shape.exact = !assertions_;
    std::sort(shape.heads.begin(), shape.heads.end());
    shape.heads.erase(std::unique(shape.heads.begin(), shape.heads.end()), shape.heads.end());
    return shape;
  }

 private:
  static RegexShape Exactly(std::string text) {
    return {.heads = {std::move(text)}, .tail = Tail::kNothing};
  }

  std::string_view rest() const { return pattern_.substr(pos_); }
  bool AtEnd() const { return pos_ >= pattern_.size(); }
  bool Next(char c) const { return !AtEnd() && pattern_[pos_] == c; }
  bool Accept(std::string_view text) {
    if (rest().substr(0, text.size()) != text) return false;
    pos_ += text.size();
    return true;
  }
  RegexShape Unknown() {
    unknown_ = true;
    return {};
  }

  RegexShape ParseAlternation(int depth) {
    RegexShape all = ParseConcatenation(depth);
    while (!unknown_ && Accept("|")) {
      RegexShape next = ParseConcatenation(depth);
      if (all.tail != next.tail) all.tail = Tail::kUnknown;
      all.heads.insert(all.heads.end(), next.heads.begin(), next.heads.end());
      if (all.heads.size() > max_heads_) all = {};
    }
    return all;
  }

  RegexShape ParseConcatenation(int depth) {
    RegexShape all = Exactly("");
    while (!unknown_ && !AtEnd() && !Next('|') && !Next(')')) {
      RegexShape atom = ParseAtom(depth);
      if (unknown_) break;
      atom = ParseRepetition(std::move(atom));
      Append(&all, atom);
    }
    return all;
  }

  void Append(RegexShape* all, const RegexShape& next) const {
    if (all->tail != Tail::kNothing) {
      // What follows an open end says nothing about the beginning.
      all->tail = Tail::kUnknown;
      return;
    }
    if (all->heads.size() * next.heads.size() > max_heads_) {
      all->tail = Tail::kUnknown;
      return;
    }
    std::vector<std::string> product;
    product.reserve(all->heads.size() * next.heads.size());
    for (const std::string& head : all->heads) {
      for (const std::string& more : next.heads) product.push_back(head + more);
    }
    all->heads = std::move(product);
    all->tail = next.tail;
  }

  RegexShape ParseAtom(int depth) {
    const char c = pattern_[pos_];
    switch (c) {
      case '(':
        return ParseGroup(depth);
      case '[':
        return ParseClass();
      case '\\':
        return ParseEscape();
      case '.':
        ++pos_;
        any_character_ = true;
        return {};
      case '^':
        // At the very front it says nothing new.
        if (pos_++ != 0) assertions_ = true;
        return Exactly("");
      case '$':
        if (++pos_ != pattern_.size()) assertions_ = true;
        return Exactly("");
      case '*':
      case '+':
      case '?':
        return Unknown();
      case '{':
        return Unknown();
      default:
        return ParseCharacter();
    }
  }

  RegexShape ParseCharacter() {
    const auto lead = static_cast<unsigned char>(pattern_[pos_]);
    const size_t bytes = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    RegexShape shape = Exactly(std::string(rest().substr(0, bytes)));
    pos_ = std::min(pos_ + bytes, pattern_.size());
    return shape;
  }

  RegexShape ParseGroup(int depth) {
    if (depth >= kMaxNesting) return Unknown();
    Accept("(");
    if (Next('?') && !Accept("?:")) return Unknown();
    RegexShape inner = ParseAlternation(depth + 1);
    if (!unknown_ && !Accept(")")) return Unknown();
    any_character_ = false;
    return inner;
  }

  /// `[abc]`, `[a-z0-9]` of plain ASCII characters; others are unknown.
  RegexShape ParseClass() {
    Accept("[");
    RegexShape shape{.heads = {}, .tail = Tail::kNothing};
    while (!Accept("]")) {
      if (AtEnd() || !IsPlain(pattern_[pos_])) return Unknown();
      const char first = pattern_[pos_++];
      char last = first;
      if (Accept("-")) {
        if (AtEnd() || !IsPlain(pattern_[pos_])) return Unknown();
        last = pattern_[pos_++];
      }
      for (int c = first; c <= last; ++c) shape.heads.emplace_back(1, static_cast<char>(c));
    }
    if (shape.heads.empty()) return Unknown();
    // Too many to list: some character, and the analysis goes on.
    if (shape.heads.size() > max_heads_) return {};
    return shape;
  }

  static bool IsPlain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == ':' || c == '/' || c == ' ';
  }

  RegexShape ParseEscape() {
    ++pos_;
    if (AtEnd()) return Unknown();
    const char c = pattern_[pos_++];
    switch (c) {
      case 'n':
        return Exactly("\n");
      case 't':
        return Exactly("\t");
      case 'r':
        return Exactly("\r");
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 's':
      case 'S':
        return {};
      default:
        break;
    }
    const bool punctuation = c > ' ' && c < 0x7f && !IsPlain(c);
    if (punctuation || c == '.' || c == ':' || c == '/' || c == ' ') {
      return Exactly(std::string(1, c));
    }
    return Unknown();
  }

  /// What `*`, `+`, `?` and `{...}` make of an atom.
  RegexShape ParseRepetition(RegexShape atom) {
    while (!AtEnd() && !unknown_) {
      const bool any = std::exchange(any_character_, false);
      if (Accept("*")) {
        atom = {.heads = {""}, .tail = any ? Tail::kAny : Tail::kUnknown};
      } else if (Accept("+")) {
        atom.tail = any ? Tail::kSome : Tail::kUnknown;
      } else if (Accept("?")) {
        atom.heads.emplace_back();
      } else if (Next('{')) {
        return Unknown();
      } else {
        break;
      }
      // A question mark behind only asks for the shorter match, which changes nothing here.
      Accept("?");
    }
    any_character_ = false;
    return atom;
  }

  std::string_view pattern_;
  size_t max_heads_;
  size_t pos_ = 0;
  bool unknown_ = false;
  bool assertions_ = false;
  /// The atom just read is `.`.
  bool any_character_ = false;
};

}  // namespace

RegexShape ShapeOfRegex(std::string_view pattern, size_t max_heads) {
  return ShapeParser(pattern, max_heads).Parse();
}

}  // namespace silverback
