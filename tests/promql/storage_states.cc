#include <cstdlib>

#include "database_storage.h"
#include "test_storage.h"

#include "tests/support/memory_database/memory_database.h"

namespace silverback::promqltest {
namespace {

/// Runs queries over a database kept in memory.
class MemoryStorage : public TestStorage {
 public:
  explicit MemoryStorage(const EngineOptions& options)
      : engine_(Engine::Create(&database_, options)) {}

  Status Load(std::span<const LoadedSeries> series) override {
    for (const LoadedSeries& one : series) {
      database_.Add(one.labels, SampleSpan(one.samples, one.starts), one.histograms);
    }
    return absl::OkStatus();
  }
  Status Delete(const std::vector<Matcher>& matchers, TimeRange range) override {
    return database_.Delete({&matchers, 1}, range);
  }
  Status GetReady() override { return absl::OkStatus(); }
  StatusOr<QueryResult> Run(const QueryRequest& request) override {
    return engine_->Execute(request);
  }

 private:
  MemoryDatabase database_;
  std::unique_ptr<Engine> engine_;
};

StorageState InMemory(std::string name, const EngineOptions& options) {
  return {std::move(name), [options]() -> StatusOr<std::unique_ptr<TestStorage>> {
            return std::make_unique<MemoryStorage>(options);
          }};
}

StorageState OnDisk(std::string name, Arrangement arrangement, const EngineOptions& options) {
  return {std::move(name), [arrangement, options]() -> StatusOr<std::unique_ptr<TestStorage>> {
            return DatabaseStorage::Open(arrangement, options);
          }};
}

}  // namespace

EngineOptions ScriptEngineOptions() {
  EngineOptions options;
  options.max_samples = 10'000;
  options.delayed_name_removal = true;
  options.use_start_timestamps = true;
  options.parser = syntax::AllFeatures();
  return options;
}

std::vector<StorageState> AllStates() {
  const EngineOptions options = ScriptEngineOptions();
  EngineOptions one_thread = options;
  one_thread.threads = 1;
  EngineOptions no_rewrites = options;
  no_rewrites.plan_rewrites = false;
  std::vector<StorageState> states = {
      InMemory("plain", options),
      OnDisk("head", Arrangement::kHead, options),
      OnDisk("sealed", Arrangement::kSealed, options),
      OnDisk("half and half", Arrangement::kHalfAndHalf, options),
      OnDisk("merged", Arrangement::kMerged, options),
      OnDisk("late", Arrangement::kLate, options),
      OnDisk("after restart", Arrangement::kAfterRestart, options),
      OnDisk("one thread", Arrangement::kHalfAndHalf, one_thread),
      OnDisk("plan rewrites off", Arrangement::kHalfAndHalf, no_rewrites),
  };
  if (const char* only = std::getenv("SILVERBACK_PROMQL_STATE")) {
    std::erase_if(states, [only](const StorageState& state) { return state.name != only; });
  }
  return states;
}

}  // namespace silverback::promqltest
