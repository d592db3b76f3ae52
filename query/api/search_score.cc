#include "query/api/search_score.h"

#include <algorithm>

namespace silverback {
namespace {

/// What is no exact match stays below 1 even when rounded.
constexpr double kInexact = 0.999;
constexpr double kNoFit = -1;

/// The score of the match that begins at `start`, where the pattern's first character stands, taking each next character where
/// it comes first; negative if the rest of the pattern does not come.
double ScoreFrom(const std::vector<char32_t>& pattern, const std::vector<char32_t>& text,
                 size_t start, bool* complete) {
  const double per_gap = 1.0 / static_cast<double>(text.size());
  double score = 0;
  size_t at = start;
  size_t end_of_last = 0;  // behind the run before
  for (size_t matched = 0; matched < pattern.size();) {
    while (at < text.size() && text[at] != pattern[matched]) ++at;
    if (at == text.size()) {
      *complete = false;
      return 0;
    }
    const size_t begin = at;
    while (at < text.size() && matched < pattern.size() && text[at] == pattern[matched]) {
      ++at;
      ++matched;
    }
    score -= static_cast<double>(begin - end_of_last) * per_gap;
    score += static_cast<double>((at - begin) * (at - begin));
    end_of_last = at;
  }
  *complete = true;
  return score - static_cast<double>(text.size() - end_of_last) * per_gap * 0.5;
}

struct JaroMatches {
  double matches = 0;
  double transpositions = 0;
};

/// REQUIRES: `a` is not longer than `b`.
JaroMatches MatchJaro(const std::vector<char32_t>& a, const std::vector<char32_t>& b) {
  const size_t half = b.size() / 2;
  const size_t reach = half > 0 ? half - 1 : 0;
  std::vector<bool> in_a(a.size());
  std::vector<bool> in_b(b.size());
  JaroMatches found;
  for (size_t i = 0; i < a.size(); ++i) {
    const size_t end = std::min(i + reach + 1, b.size());
    for (size_t j = i > reach ? i - reach : 0; j < end; ++j) {
      if (in_b[j] || a[i] != b[j]) continue;
      in_a[i] = in_b[j] = true;
      ++found.matches;
      break;
    }
  }
  size_t j = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!in_a[i]) continue;
    while (!in_b[j]) ++j;
    if (a[i] != b[j]) ++found.transpositions;
    ++j;
  }
  return found;
}

}  // namespace

std::vector<char32_t> CodePoints(std::string_view text) {
  std::vector<char32_t> points;
  points.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80    ? 1
                          : lead >= 0xf0 ? 4
                          : lead >= 0xe0 ? 3
                          : lead >= 0xc0 ? 2
                                         : 1;
    char32_t point = length == 1 ? lead : lead & (0xff >> (length + 1));
    size_t used = 1;
    for (; used < length && i + used < text.size(); ++used) {
      const auto next = static_cast<unsigned char>(text[i + used]);
      if ((next & 0xc0) != 0x80) break;
      point = (point << 6) | (next & 0x3f);
    }
    if (used < length) {
      point = 0xfffd;
      used = 1;
    }
    points.push_back(point);
    i += used;
  }
  return points;
}

double SubsequenceScore(std::string_view pattern, std::string_view text) {
  if (pattern.empty() || pattern == text) return 1;
  if (pattern.size() > text.size()) return 0;
  const std::vector<char32_t> wanted = CodePoints(pattern);
  const std::vector<char32_t> given = CodePoints(text);
  double best = -1;
  for (size_t start = 0; start + wanted.size() <= given.size(); ++start) {
    if (given[start] != wanted.front()) continue;
    bool complete = false;
    const double score = ScoreFrom(wanted, given, start, &complete);
    if (!complete) break;  // nor from any later start
    best = std::max(best, score);
  }
  if (best < 0) return 0;
  const auto length = static_cast<double>(wanted.size());
  return best / (length * length) * kInexact;
}

double JaroWinklerScore(std::string_view a, std::string_view b) {
  if (a == b) return 1;
  if (a.empty() || b.empty()) return 0;
  std::vector<char32_t> shorter = CodePoints(a);
  std::vector<char32_t> longer = CodePoints(b);
  if (shorter.size() > longer.size()) shorter.swap(longer);
  const JaroMatches found = MatchJaro(shorter, longer);
  if (found.matches == 0) return 0;
  const double jaro = (found.matches * (1.0 / static_cast<double>(shorter.size())) +
                       found.matches * (1.0 / static_cast<double>(longer.size())) +
                       (found.matches - found.transpositions * 0.5) / found.matches) /
                      3.0;
  size_t prefix = 0;
  while (prefix < std::min<size_t>(4, shorter.size()) && shorter[prefix] == longer[prefix])
    ++prefix;
  return jaro + static_cast<double>(prefix) * 0.1 * (1.0 - jaro);
}

double SubstringScore(std::string_view pattern, std::string_view text) {
  const size_t at = text.find(pattern);
  if (at == std::string_view::npos) return kNoFit;
  if (at == 0) return 1;
  const size_t last = CodePoints(text).size() - CodePoints(pattern).size();
  if (last == 0) return 1;
  return 1.0 - 0.9 * static_cast<double>(CodePoints(text.substr(0, at)).size()) /
                   static_cast<double>(last);
}

std::string FoldCase(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return folded;
}

SearchFilter::SearchFilter(const std::vector<std::string_view>& terms, FuzzAlgorithm algorithm,
                           double threshold, bool case_sensitive)
    : algorithm_(algorithm), threshold_(threshold), case_sensitive_(case_sensitive) {
  for (const std::string_view term : terms) {
    if (!term.empty()) terms_.push_back(case_sensitive ? std::string(term) : FoldCase(term));
  }
}

double SearchFilter::ScoreOf(std::string_view term, std::string_view value) const {
  if (algorithm_ == FuzzAlgorithm::kSubsequence) {
    if (value.starts_with(term)) return 1;
    const double score = SubsequenceScore(term, value);
    return score > 0 && score >= threshold_ ? score : kNoFit;
  }
  if (const double score = SubstringScore(term, value); score >= 0) return score;
  if (threshold_ <= 0) return kNoFit;
  const double score = JaroWinklerScore(term, value);
  return score >= threshold_ ? score : kNoFit;
}

double SearchFilter::Score(std::string_view value) const {
  if (terms_.empty()) return 1;
  const std::string folded = case_sensitive_ ? std::string() : FoldCase(value);
  double best = kNoFit;
  for (const std::string& term : terms_) {
    best = std::max(best, ScoreOf(term, case_sensitive_ ? value : std::string_view(folded)));
    if (best >= 1) break;
  }
  return best;
}

}  // namespace silverback
