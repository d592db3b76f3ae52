#include "query/functions/label_functions.h"

#include <algorithm>
#include <re2/re2.h>
#include <utility>

namespace silverback {
namespace {

/// A piece of a replacement: literal text, or a group of the regex.
struct Piece {
  std::string literal;
  int group = -1;  // -1: the literal
};

bool IsNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// Reads `$1`, `${1}`, `$name`, `${name}` or `$$` at the front of `text`, which begins with '$'. Takes what it read off
/// `text`; false, nothing taken, if it is none of these.
bool TakeReference(std::string_view* text, std::string_view* name) {
  std::string_view rest = text->substr(1);
  const bool braces = !rest.empty() && rest[0] == '{';
  if (braces) rest.remove_prefix(1);
  size_t length = 0;
  while (length < rest.size() && IsNameCharacter(rest[length])) ++length;
  if (length == 0) return false;
  if (braces && (length == rest.size() || rest[length] != '}')) return false;
  *name = rest.substr(0, length);
  rest.remove_prefix(length + (braces ? 1 : 0));
  *text = rest;
  return true;
}

/// The group that a reference names: by number, or by name; -1 when the regex has no such group (it expands to "").
int GroupOf(std::string_view name, const re2::RE2& regex) {
  const bool number =
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (number && name.size() <= 9 && !(name.size() > 1 && name[0] == '0')) {
    const int group = std::stoi(std::string(name));
    return group <= regex.NumberOfCapturingGroups() ? group : -1;
  }
  const auto& groups = regex.NamedCapturingGroups();
  const auto it = groups.find(std::string(name));
  return it == groups.end() ? -1 : it->second;
}

std::vector<Piece> ParseReplacement(std::string_view text, const re2::RE2& regex) {
  std::vector<Piece> pieces;
  std::string literal;
  while (!text.empty()) {
    std::string_view name;
    if (text[0] != '$') {
      const size_t length = std::min(text.find('$'), text.size());
      literal += text.substr(0, length);
      text.remove_prefix(length);
    } else if (text.starts_with("$$")) {
      literal += '$';
      text.remove_prefix(2);
    } else if (TakeReference(&text, &name)) {
      const int group = GroupOf(name, regex);
      if (group < 0) continue;
      if (!literal.empty()) pieces.push_back({std::exchange(literal, {}), -1});
      pieces.push_back({{}, group});
    } else {
      literal += '$';
      text.remove_prefix(1);
    }
  }
  if (!literal.empty()) pieces.push_back({std::move(literal), -1});
  return pieces;
}

template <typename... Args>
Status ExecutionError(fmt::format_string<Args...> format, Args&&... args) {
  return Error(absl::StatusCode::kFailedPrecondition, format, std::forward<Args>(args)...);
}

bool IsValidName(std::string_view name) {
  return !name.empty() && IsValidUtf8(name);
}

}  // namespace

struct LabelReplacer::Impl {
  std::string destination;
  std::string source;
  std::unique_ptr<re2::RE2> regex;
  std::vector<Piece> pieces;
  int groups = 0;  // group 0 included
};

LabelReplacer::LabelReplacer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
LabelReplacer::~LabelReplacer() = default;
LabelReplacer::LabelReplacer(LabelReplacer&&) noexcept = default;
LabelReplacer& LabelReplacer::operator=(LabelReplacer&&) noexcept = default;

StatusOr<LabelReplacer> LabelReplacer::Create(std::string_view destination,
                                              std::string_view replacement, std::string_view source,
                                              std::string_view regex) {
  auto impl = std::make_unique<Impl>();
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  impl->regex = std::make_unique<re2::RE2>(std::string(regex), options);
  if (!impl->regex->ok()) {
    return ExecutionError("invalid regular expression in label_replace(): {}", regex);
  }
  if (!IsValidName(destination)) {
    return ExecutionError("invalid destination label name in label_replace(): {}", destination);
  }
  impl->destination = destination;
  impl->source = source;
  impl->pieces = ParseReplacement(replacement, *impl->regex);
  impl->groups = impl->regex->NumberOfCapturingGroups() + 1;
  return LabelReplacer(std::move(impl));
}

LabelSet LabelReplacer::Apply(const LabelSet& labels, bool* replaced) const {
  const std::string_view value = labels.Get(impl_->source);
  std::vector<re2::StringPiece> groups(static_cast<size_t>(impl_->groups));
  const bool matched =
      impl_->regex->Match(re2::StringPiece(value.data(), value.size()), 0, value.size(),
                          re2::RE2::ANCHOR_BOTH, groups.data(), impl_->groups);
  if (replaced != nullptr) *replaced = matched;
  if (!matched) return labels;
  std::string result;
  for (const Piece& piece : impl_->pieces) {
    if (piece.group < 0) {
      result += piece.literal;
    } else {
      const auto& group = groups[static_cast<size_t>(piece.group)];
      result.append(group.data(), group.size());
    }
  }
  return LabelSetBuilder(labels).Set(impl_->destination, result).Build();
}

const std::string& LabelReplacer::destination() const {
  return impl_->destination;
}

LabelJoiner::LabelJoiner(std::string destination, std::string separator,
                         std::vector<std::string> sources)
    : destination_(std::move(destination)),
      separator_(std::move(separator)),
      sources_(std::move(sources)) {}

StatusOr<LabelJoiner> LabelJoiner::Create(std::string_view destination, std::string_view separator,
                                          std::vector<std::string> sources) {
  for (const std::string& source : sources) {
    if (!IsValidName(source)) {
      return ExecutionError("invalid source label name in label_join(): {}", source);
    }
  }
  if (!IsValidName(destination)) {
    return ExecutionError("invalid destination label name in label_join(): {}", destination);
  }
  return LabelJoiner(std::string(destination), std::string(separator), std::move(sources));
}

LabelSet LabelJoiner::Apply(const LabelSet& labels) const {
  std::string joined;
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (i > 0) joined += separator_;
    joined += labels.Get(sources_[i]);
  }
  return LabelSetBuilder(labels).Set(destination_, joined).Build();
}

LabelSet AbsentLabels(std::span<const Matcher> matchers) {
  LabelSetBuilder builder;
  std::vector<std::string_view> seen;
  for (const Matcher& matcher : matchers) {
    if (matcher.name() == kMetricName) continue;
    const bool again = std::find(seen.begin(), seen.end(), matcher.name()) != seen.end();
    if (matcher.type() == MatchType::kEqual && !again) {
      builder.Set(matcher.name(), matcher.value());
      seen.push_back(matcher.name());
    } else {
      // A label that two matchers speak of is not fixed by either.
      builder.Delete(matcher.name());
    }
  }
  return builder.Build();
}

LabelSet DropMetricLabels(const LabelSet& labels) {
  return labels.Filtered([](std::string_view name) { return !IsMetricLabel(name); });
}

}  // namespace silverback
