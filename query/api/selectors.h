// `match[]`: selectors of series.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/matcher.h"
#include "query/syntax/parser.h"

namespace silverback {

using MatcherSets = std::vector<std::vector<Matcher>>;

/// Each selector parsed.
StatusOr<MatcherSets> ParseSelectors(const std::vector<std::string_view>& selectors,
                                     const syntax::ParserOptions& options);
/// The same; a selector that would select every series is an error.
StatusOr<MatcherSets> ParseMatcherSets(const std::vector<std::string_view>& selectors,
                                       const syntax::ParserOptions& options);

/// Looks up by each set (once without any matcher if there is none) and unites what was found, sorted.
template <typename LookUp>
StatusOr<std::vector<std::string>> UniteLookups(const MatcherSets& sets, const LookUp& look_up) {
  if (sets.empty()) return look_up(std::span<const Matcher>());
  std::vector<std::string> united;
  for (const std::vector<Matcher>& matchers : sets) {
    ASSIGN_OR_RETURN(std::vector<std::string> found, look_up(std::span<const Matcher>(matchers)));
    std::move(found.begin(), found.end(), std::back_inserter(united));
  }
  std::sort(united.begin(), united.end());
  united.erase(std::unique(united.begin(), united.end()), united.end());
  return united;
}

}  // namespace silverback
