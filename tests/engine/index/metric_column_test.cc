#include "engine/index/metric_column.h"

#include <vector>

#include "index_fixture.h"

namespace silverback {
namespace {

TEST_CASE("the metric of a series is known from its creation until it leaves") {
  IndexFixture f;
  MetricColumn column;
  RequireOk(column.Load(f.store->kv()));
  const std::vector<SeriesId> ids = {1, 2, 70'000, 70'001, 200'000};
  const auto get = [&] {
    std::vector<MetricId> metrics(ids.size());
    column.Get(ids, metrics);
    return metrics;
  };
  column.Set(1, 11);
  column.Set(2, 0);  // without a metric name
  column.Set(70'000, 12);
  column.Set(70'001, 13);
  CHECK(get() == std::vector<MetricId>{11, 0, 12, 13, 0});
  column.Erase(std::vector<SeriesId>{2, 70'000, 70'000, 200'000});
  CHECK(get() == std::vector<MetricId>{11, 0, 0, 13, 0});
  // The chunk of these is empty now, and begins anew.
  column.Erase(std::vector<SeriesId>{70'001});
  CHECK(get() == std::vector<MetricId>{11, 0, 0, 0, 0});
  column.Set(70'001, 14);
  CHECK(get() == std::vector<MetricId>{11, 0, 0, 14, 0});
}

}  // namespace
}  // namespace silverback
