#include "engine/upkeep/retention.h"

#include <atomic>
#include <vector>

#include "engine/base/file_system.h"
#include "engine/store/store.h"
#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

/// The times of the exemplars that the store of a closed database has of a series.
std::vector<TimestampMs> StoredExemplars(const std::string& path, SeriesId series) {
  StoreOptions options;
  options.path = JoinPath(path, "store");
  options.read_only = true;
  const auto store = Store::Open(options);
  REQUIRE(store.ok());
  std::vector<TimestampMs> times;
  MustBeOk((*store)->ScanExemplars(series, TimeRange{}, [&](TimestampMs t, std::string_view) {
    times.push_back(t);
    return true;
  }));
  return times;
}

TEST_CASE("exemplars past a short retention leave the disk within the day") {
  const TemporaryDirectory directory;
  std::atomic<TimestampMs> now{kNoon};
  DatabaseOptions options = TestOptions(directory.File("data"));
  options.retention_ms = kHour;
  options.clock = [&now] { return now.load(); };
  auto database = MustOpen(options);
  for (int minutes = 0; minutes <= 120; minutes += 5) {
    now = kNoon + minutes * 60'000;
    AddOne(database.get(), "up", 1, {{now, 1}});
    MustBeOk(database->PutExemplars("up/1", std::vector<Exemplar>{{{}, 1, now}}));
    MustBeOk(database->ApplyRetention());
  }
  database.reset();
  const std::vector<TimestampMs> times = StoredExemplars(options.path, 1);
  REQUIRE(!times.empty());
  CHECK(times.back() == now);
  // A tenth of the retention late at most, and they came every five minutes.
  CHECK(times.front() >= now - kHour - 11 * 60'000);
}

}  // namespace
}  // namespace silverback
