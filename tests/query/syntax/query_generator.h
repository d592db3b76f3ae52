// Random valid queries.
#pragma once

#include <random>
#include <string>

namespace silverback::syntax {

/// Writes queries by PromQL's grammar, well typed, with all features. The same seed gives the same
/// queries.
class QueryGenerator {
 public:
  explicit QueryGenerator(uint64_t seed) : random_(seed) {}

  std::string Query();

 private:
  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  bool Chance(int percent) { return Pick(100) < static_cast<size_t>(percent); }
  template <size_t N>
  std::string OneOf(const char* const (&options)[N]) {
    return options[Pick(N)];
  }
  std::string Space() { return OneOf({"", " ", " ", "  ", "\n", " # note\n"}); }

  std::string Scalar(int depth);
  std::string Vector(int depth);
  std::string Matrix(int depth);
  std::string Operand(int depth);
  std::string VectorOperation(int depth);
  std::string Aggregation(int depth);
  std::string VectorCall(int depth);
  std::string Number();
  std::string Series();
  std::string Matcher();
  std::string String();
  std::string Labels();
  std::string At();
  std::string Offset();
  std::string Extended();
  std::string Duration(int depth);

  std::mt19937_64 random_;
};

}  // namespace silverback::syntax
