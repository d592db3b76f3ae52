// Random queries over the series of `AddRandomSeries`, every one well-typed.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "query_fixture.h"

namespace silverback {

/// Counters `a_total` and `b_total` and gauges `g` and `h` over 30 minutes, with labels `job` and `instance`, gaps,
/// counter resets, stale markers and NaN.
void AddRandomSeries(std::mt19937_64* random, QueryFixture* fixture);

class RandomQuery {
 public:
  explicit RandomQuery(std::mt19937_64* random) : random_(*random) {}
  /// An expression that gives an instant vector.
  std::string Vector(int depth);

 private:
  size_t Below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }
  template <size_t N>
  std::string Pick(const char* const (&choices)[N]) {
    return choices[Below(N)];
  }
  std::string Selector();
  std::string Modifiers();
  std::string RangeFunction(int depth);
  std::string Aggregation(int depth);
  std::string OneToOne(int depth);
  std::string ManyToOne(int depth);
  std::string SetOperation(int depth);
  std::string OfOne(int depth);

  std::mt19937_64& random_;
};

}  // namespace silverback
