#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "query_fixture.h"

#include "engine/base/value.h"
#include "tests/support/promql_grammar/grammar.h"

namespace silverback {
namespace {

constexpr int kDatabases = 8;
constexpr int kQueries = 150;

std::vector<double> RandomValues(std::mt19937_64* random, bool counter) {
  std::uniform_int_distribution<int> percent(0, 99);
  std::uniform_int_distribution<int> increase(0, 20);
  std::vector<double> values;
  double value = increase(*random);
  for (int i = 0; i < 30; ++i) {
    value = counter ? value + increase(*random) : increase(*random) - 10 + 0.25;
    const int chance = percent(*random);
    if (counter && chance < 5) value = 0;
    if (chance < 90) {
      values.push_back(value);
    } else if (chance < 97 || counter) {
      values.push_back(ValueOf(kStaleNanBits));
    } else {
      values.push_back(std::numeric_limits<double>::quiet_NaN());
    }
  }
  return values;
}

/// Counters `a_total` and `b_total` and gauges `g` and `h` over 30 minutes, with labels `job` and `instance`, gaps,
/// counter resets, stale markers and NaN.
void AddRandomSeries(std::mt19937_64* random, QueryFixture* fixture) {
  std::uniform_int_distribution<int> percent(0, 99);
  for (const char* const metric : {"a_total", "b_total", "g", "h"}) {
    for (const char* const job : {"x", "y"}) {
      for (int instance = 1; instance <= 3; ++instance) {
        if (percent(*random) < 15) continue;
        const bool counter = std::string_view(metric).ends_with("_total");
        fixture->Add(fmt::format("{}{{job=\"{}\", instance=\"{}\"}}", metric, job, instance),
                     RandomValues(random, counter));
      }
    }
  }
}

std::string RandomVector(std::mt19937_64* random, int depth) {
  const std::string choices = testing::RandomChoices(random);
  return testing::PromqlGrammar(choices, {.same_at_every_step = true}).Vector(depth);
}

// Everything that is said about a query: its answer, annotations and counts, or the kind of its error.
std::string Everything(const StatusOr<QueryResult>& result) {
  if (!result.ok()) return fmt::format("error {}", static_cast<int>(result.status().code()));
  std::string text = Text(result);
  for (const std::string& warning : result->warnings) text += warning + '\n';
  for (const std::string& info : result->infos) text += info + '\n';
  return text;
}

TEST_CASE("answers depend neither on rewrites nor on the number of threads") {
  constexpr uint64_t kSeed = 20240611;
  INFO("seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (int database = 0; database < kDatabases; ++database) {
    QueryFixture fixture;
    AddRandomSeries(&random, &fixture);
    EngineOptions options;
    options.threads = 1;
    options.plan_rewrites = false;
    options.delayed_name_removal = database % 2 == 1;
    const std::unique_ptr<Engine> plain = Engine::Create(&fixture.database(), options);
    options.plan_rewrites = true;
    const std::unique_ptr<Engine> rewriting = Engine::Create(&fixture.database(), options);
    options.threads = 3;
    const std::unique_ptr<Engine> parallel = Engine::Create(&fixture.database(), options);
    int answered = 0;
    for (int i = 0; i < kQueries; ++i) {
      QueryRequest request;
      request.query = RandomVector(&random, 3);
      request.grid = {0, 30 * 60000, 77000};
      INFO(request.query);
      const StatusOr<QueryResult> expected = plain->Execute(request);
      CHECK(Everything(rewriting->Execute(request)) == Everything(expected));
      CHECK(Everything(parallel->Execute(request)) == Everything(expected));
      answered += expected.ok() ? 1 : 0;
    }
    CHECK(answered > kQueries / 3);
  }
}

// The samples of a range query's answer at one step, in the order of its series.
std::vector<VectorSample> AtStep(const MatrixResult& matrix, size_t step) {
  std::vector<VectorSample> samples;
  for (const MatrixSeries& series : matrix.series) {
    if (!series.column.present.Test(step)) continue;
    samples.push_back({series.labels, matrix.grid.At(step), series.column.floats[step], nullptr});
  }
  return samples;
}

bool Close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-9 * std::max({std::abs(a), std::abs(b), 1.0});
}

// Comparisons, counts by value and ranks turn the last bit of a sum into another answer.
bool Amplifies(const std::string& query) {
  return query.find_first_of("<>=!%") != std::string::npos ||
         query.find("count_values") != std::string::npos ||
         query.find("topk") != std::string::npos || query.find("bottomk") != std::string::npos;
}

TEST_CASE("every step of a range query answers as an instant query at that time") {
  constexpr uint64_t kSeed = 77;
  INFO("seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (int database = 0; database < kDatabases; ++database) {
    QueryFixture fixture;
    AddRandomSeries(&random, &fixture);
    for (int i = 0; i < kQueries; ++i) {
      const std::string query = RandomVector(&random, 2);
      if (Amplifies(query)) continue;
      const StatusOr<QueryResult> range = fixture.Range(query, 60000, 1800000, 117000);
      if (!range.ok()) continue;
      INFO(query);
      const MatrixResult& matrix = std::get<MatrixResult>(range->value);
      uint64_t covered = 0;
      for (size_t step = 0; step < matrix.grid.steps(); ++step) {
        const StatusOr<QueryResult> instant = fixture.Instant(query, matrix.grid.At(step));
        REQUIRE(instant.ok());
        covered += instant->statistics.samples.covered.total;
        std::vector<VectorSample> samples = std::get<VectorResult>(instant->value).samples;
        std::sort(samples.begin(), samples.end(),
                  [](const VectorSample& a, const VectorSample& b) { return a.labels < b.labels; });
        const std::vector<VectorSample> expected = AtStep(matrix, step);
        REQUIRE(samples.size() == expected.size());
        for (size_t k = 0; k < samples.size(); ++k) {
          CHECK(samples[k].labels == expected[k].labels);
          CHECK(Close(samples[k].value, expected[k].value));
        }
      }
      CHECK(range->statistics.samples.covered.total == covered);
    }
  }
}

}  // namespace
}  // namespace silverback
