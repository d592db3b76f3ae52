// What can be said about the strings a regular expression matches without running it. Private to
// matcher.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace silverback {

/// Every string that the (fully anchored) expression matches begins with one of `heads`; `tail`
/// says what may follow.
struct RegexShape {
  enum class Tail {
    kNothing,  // the match is one of `heads`
    kAny,      // .*
    kSome,     // .+
    kUnknown,
  };
  std::vector<std::string> heads = {""};
  Tail tail = Tail::kUnknown;
  /// With kNothing, kAny and kSome: false where not each such string need match (assertions stand
  /// inside).
  bool exact = true;
};

/// The shape of a pattern in RE2's syntax that is known to compile. Says nothing (one empty head,
/// kUnknown) about patterns that use what it does not know, and where there are more than
/// `max_heads` heads.
RegexShape ShapeOfRegex(std::string_view pattern, size_t max_heads);

}  // namespace silverback
