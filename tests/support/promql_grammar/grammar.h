// Well-typed PromQL out of bytes: the same bytes give the same expression, and most changes of a byte give another one, so
// that whatever makes up bytes (a fuzzer, a random generator) walks the grammar.
#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include "query/syntax/function_signatures.h"
#include "query/syntax/value_type.h"

namespace silverback::testing {

struct PromqlGrammarOptions {
  /// Writes what is hard to read: keywords as names, comments and line breaks between words, expressions as durations.
  bool obscure = false;
  /// Leaves out what depends on the query's range, and what an instant query orders otherwise: start(), end(), range() and
  /// step(), `@ start()`, durations of them, sort().
  bool same_at_every_step = false;
};

class PromqlGrammar {
 public:
  /// Borrows `bytes`. When they are used up, every choice is the first one, which leads to an end.
  explicit PromqlGrammar(std::string_view bytes, PromqlGrammarOptions options = {})
      : bytes_(bytes), options_(options) {}

  /// An expression of any type but a range vector.
  std::string Expression();
  std::string Vector(int depth);
  std::string Scalar(int depth);
  std::string String();

 private:
  size_t Below(size_t n);
  bool Chance(size_t one_in) { return Below(one_in) == one_in - 1; }
  template <size_t N>
  std::string Pick(const std::array<std::string_view, N>& choices) {
    return std::string(choices[Below(N)]);
  }

  std::string OfType(syntax::ValueType type, int depth);
  std::string InParentheses(int depth);
  std::string Matrix(int depth);
  std::string Subquery(int depth);
  std::string Selector();
  std::string Matchers();
  /// `named`: the selector has a metric name already.
  std::string Matcher(bool named);
  std::string Shift();
  std::string Duration();
  std::string PlainDuration();
  std::string DurationExpression(int depth);
  /// What may stand between two words.
  std::string Space();
  std::string Number();
  std::string Call(syntax::ValueType returned, int depth);
  std::string Arguments(const syntax::FunctionSignature& function, int depth);
  std::string Aggregation(int depth);
  std::string Binary(int depth);
  std::string Matching(bool groups);
  std::string Labels();
  bool Wanted(const syntax::FunctionSignature& function) const;

  std::string_view bytes_;
  PromqlGrammarOptions options_;
};

/// Bytes for a `PromqlGrammar`.
std::string RandomChoices(std::mt19937_64* random);

}  // namespace silverback::testing
