#include "query/functions/step_values.h"

#include <random>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

/// What StepValues is to hold, an array a step.
using Naive = std::vector<std::vector<double>>;

Naive All(const StepValues& values, size_t steps) {
  Naive all;
  StepValues::Rows rows;
  for (size_t slice = 0; slice < values.slices(); ++slice) {
    values.Read(slice, &rows);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  for (size_t step = steps; step < all.size(); ++step) CHECK(all[step].empty());
  all.resize(steps);
  return all;
}

void AddSome(std::mt19937_64* random, size_t steps, StepValues* values, Naive* naive) {
  const uint64_t present = (*random)() % 5;  // of four
  Column column;
  column.Reset(steps);
  for (size_t step = 0; step < steps; ++step) {
    if ((*random)() % 4 >= present) continue;
    column.Set(step, static_cast<double>((*random)() % 1000));
    (*naive)[step].push_back(column.floats[step]);
  }
  values->Add(column);
}

}  // namespace

TEST_CASE("each step has its values, in the order in which they came") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const size_t steps : {1, 15, 16, 17, 63, 64, 65, 100, 1000}) {
    StepValues values(steps);
    Naive naive(steps);
    for (int series = 0; series < 30; ++series) AddSome(&random, steps, &values, &naive);
    REQUIRE(All(values, steps) == naive);

    StepValues more(steps);
    Naive naive_more(steps);
    for (int series = 0; series < 5; ++series) AddSome(&random, steps, &more, &naive_more);
    values.Add(more);
    for (size_t step = 0; step < steps; ++step) {
      naive[step].insert(naive[step].end(), naive_more[step].begin(), naive_more[step].end());
    }
    REQUIRE(All(values, steps) == naive);
    CHECK(values.memory_bytes() > 0);
  }
}

TEST_CASE("no series, no values") {
  CHECK(All(StepValues(20), 20) == Naive(20));
  CHECK(StepValues().slices() == 0);
}

}  // namespace silverback
