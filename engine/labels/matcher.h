// Label matchers: `name="value"`, `!=`, `=~`, `!~`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"

namespace re2 {
class RE2;
}

namespace silverback {

enum class MatchType : uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };

/// "=", "!=", "=~" or "!~".
std::string_view MatchTypeName(MatchType type);

/// One compiled condition on one label. An absent label has the value "". Copies share the compiled
/// regex. Immutable, safe for concurrent use.
///
/// Regexes are RE2, anchored at both ends, `.` matching newlines, as in Prometheus 3
/// (`labels.FastRegexMatcher`). Literals, prefixes and alternations of literals are recognised and
/// matched without running the regex.
class Matcher {
 public:
  /// Error (InvalidArgument, with RE2's reason) when the regex does not compile.
  static StatusOr<Matcher> Create(MatchType type, std::string name, std::string value);
  /// `name="value"`, which cannot fail.
  static Matcher Equal(std::string name, std::string value);

  MatchType type() const { return type_; }
  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }

  bool Matches(std::string_view value) const;
  /// Whether series without the label are selected.
  bool MatchesEmpty() const { return Matches(""); }
  /// True for != and !~.
  bool negative() const { return type_ == MatchType::kNotEqual || type_ == MatchType::kNotRegex; }

  /// The same condition turned round (= to !=, =~ to !~ and back).
  Matcher Inverse() const;

  /// For = and =~ (and, for != and !~, of the condition that they negate): the complete list of
  /// values that match, sorted, when it is finite and small ("a", "a|b", "x(1|2)"); nullopt
  /// otherwise.
  const std::optional<std::vector<std::string>>& literals() const;

  /// A prefix that every value the regex matches must have; "" when nothing is known.
  std::string_view prefix() const;

  /// `name=~"value"`, the value quoted.
  std::string ToString() const;

  friend bool operator==(const Matcher& a, const Matcher& b) {
    return a.type_ == b.type_ && a.name_ == b.name_ && a.value_ == b.value_;
  }

 private:
  struct Compiled;
  Matcher(MatchType type, std::string name, std::string value);

  MatchType type_;
  std::string name_;
  std::string value_;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace silverback
