#include "random_query.h"

#include <algorithm>
#include <cmath>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

constexpr int kDatabases = 8;
constexpr int kQueries = 150;

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
    RandomQuery queries(&random);
    int answered = 0;
    for (int i = 0; i < kQueries; ++i) {
      QueryRequest request;
      request.query = queries.Vector(3);
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
    RandomQuery queries(&random);
    for (int i = 0; i < kQueries; ++i) {
      const std::string query = queries.Vector(2);
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
