// How well names fit a search: the scores of Prometheus' search API, 0 (not at all) to 1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace silverback {

/// Code points; bytes that are no UTF-8 count as one each.
std::vector<char32_t> CodePoints(std::string_view text);

/// Characters of `pattern` in the order of `text`, with gaps: runs count by their square, gaps and the rest cost. 0: not contained.
double SubsequenceScore(std::string_view pattern, std::string_view text);
/// Jaro-Winkler similarity.
double JaroWinklerScore(std::string_view a, std::string_view b);
/// 1 for a prefix, less the later `pattern` stands in `text`; negative if it does not.
double SubstringScore(std::string_view pattern, std::string_view text);

/// Lower case, ASCII and Latin letters alone.
std::string FoldCase(std::string_view text);

enum class FuzzAlgorithm : uint8_t { kSubsequence, kJaroWinkler };

/// A search for any of several terms. Empty terms do not count; without any, everything fits.
class SearchFilter {
 public:
  SearchFilter(const std::vector<std::string_view>& terms, FuzzAlgorithm algorithm,
               double threshold, bool case_sensitive);
  /// The score of `value`, or a negative number if it does not fit.
  double Score(std::string_view value) const;

 private:
  double ScoreOf(std::string_view term, std::string_view value) const;

  std::vector<std::string> terms_;
  FuzzAlgorithm algorithm_;
  double threshold_;
  bool case_sensitive_;
};

}  // namespace silverback
