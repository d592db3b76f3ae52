// What waits in the log of RocksDB.
#include <chrono>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/index/registry.h"
#include "engine/store/store.h"
#include "tests/support/database/harness.h"

namespace silverback {
namespace {

using namespace silverback::testing;

/// Bytes of the log of RocksDB below the database's directory.
uint64_t RowLogBytes(const std::string& path) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path + "/store")) {
    std::error_code gone;
    const uint64_t size = entry.file_size(gone);
    if (entry.path().extension() == ".log" && !gone) bytes += size;
  }
  return bytes;
}

/// RocksDB deletes its log a moment after the flush that makes it useless has returned.
void WaitUntilRowLogIsShort(const std::string& path) {
  while (RowLogBytes(path) >= 10'000) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

TEST_CASE("closing and compacting put what waits in the store's log into tables") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  Contents contents;
  const auto add_many = [&](Database* database, const std::string& name) {
    const auto appender = database->NewAppender();
    const std::vector<Sample> samples = {{kNoon - kHour, 1}};
    for (int i = 0; i < 6000; ++i) {
      Add(appender.get(), name, i, samples);
      contents[SeriesName(name, i)][kNoon - kHour] = BitsOf(1.0);
    }
    MustCommit(appender.get());
  };
  auto database = MustOpen(options);
  add_many(database.get(), "a");
  CHECK(RowLogBytes(options.path) > 100'000);
  database.reset();
  WaitUntilRowLogIsShort(options.path);
  database = MustOpen(options);
  CheckSame(ReadAll(*database), contents);
  add_many(database.get(), "b");
  MustBeOk(database->Compact({}));
  WaitUntilRowLogIsShort(options.path);
  CheckSame(ReadAll(*database), contents);
}

TEST_CASE(
    "rows of very many series at once, whose labels hardly shrink, are read back from the store's "
    "log") {
  const TemporaryDirectory directory;
  const DatabaseOptions options = TestOptions(directory.File("data"));
  constexpr int kRequests = 3;
  constexpr int kSeries = 5000;
  std::mt19937_64 random(11);
  const auto database = MustOpen(options);
  for (int request = 0; request < kRequests; ++request) {
    const auto appender = database->NewAppender();
    const std::vector<Sample> samples = {{kNoon - kHour, 1}};
    for (int i = 0; i < kSeries; ++i) {
      std::string pod;
      for (int c = 0; c < 30; ++c) pod += static_cast<char>('a' + random() % 26);
      const std::vector<Label> labels = {{"__name__", "up"}, {"pod", pod}};
      appender->AppendNew(pod, labels, samples);
    }
    MustCommit(appender.get());
  }
  // Each request's rows are a record of many blocks of 32 KiB, compressed.
  CHECK(RowLogBytes(options.path) > kRequests * 200'000);
  const std::string copy = directory.File("copy");
  CopyDirectory(options.path, copy);
  StoreOptions store_options;  // without our log, which would put back what is missing
  store_options.path = copy + "/store";
  const auto store = Store::Open(store_options);
  MustBeOk(store.status());
  const auto registry = Registry::Open(store->get(), {});
  MustBeOk(registry.status());
  CHECK((*registry)->size() == kRequests * kSeries);
}

}  // namespace
}  // namespace silverback
