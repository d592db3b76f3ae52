#include "query/api/selectors.h"

#include <utility>

namespace silverback {

StatusOr<MatcherSets> ParseSelectors(const std::vector<std::string_view>& selectors,
                                     const syntax::ParserOptions& options) {
  MatcherSets sets;
  for (const std::string_view selector : selectors) {
    ASSIGN_OR_RETURN(std::vector<Matcher> matchers, syntax::ParseMetricSelector(selector, options));
    sets.push_back(std::move(matchers));
  }
  return sets;
}

StatusOr<MatcherSets> ParseMatcherSets(const std::vector<std::string_view>& selectors,
                                       const syntax::ParserOptions& options) {
  ASSIGN_OR_RETURN(MatcherSets sets, ParseSelectors(selectors, options));
  for (const std::vector<Matcher>& matchers : sets) {
    if (std::all_of(matchers.begin(), matchers.end(),
                    [](const Matcher& matcher) { return matcher.MatchesEmpty(); })) {
      return InvalidArgument("match[] must contain at least one non-empty matcher");
    }
  }
  return sets;
}

}  // namespace silverback
