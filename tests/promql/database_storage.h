// A database on disk, its samples brought into a given shape.
#pragma once

#include <memory>

#include "test_storage.h"

#include "tests/support/temporary_directory.h"

namespace silverback::promqltest {

/// Where the samples lie when queries run.
enum class Arrangement : uint8_t {
  kHead,          // all in the head, in order
  kSealed,        // all in one sealed part
  kHalfAndHalf,   // the older half of every load sealed, the younger in the head
  kMerged,        // three parts of neighbouring time, merged into one
  kLate,          // the younger half first and sealed, the older after it, out of order
  kAfterRestart,  // replayed from the log
};

class DatabaseStorage : public TestStorage {
 public:
  static StatusOr<std::unique_ptr<TestStorage>> Open(Arrangement arrangement,
                                                     const EngineOptions& options);
  ~DatabaseStorage() override;

  Status Load(std::span<const LoadedSeries> series) override;
  Status Delete(const std::vector<Matcher>& matchers, TimeRange range) override;
  Status GetReady() override;
  StatusOr<QueryResult> Run(const QueryRequest& request) override;

 private:
  DatabaseStorage(Arrangement arrangement, const EngineOptions& options)
      : arrangement_(arrangement), options_(options) {}

  Status Reopen();
  /// Appends the samples of one stretch of time.
  Status Append(std::span<const LoadedSeries> series, TimeRange range);
  /// The same in a random order, a few at a time.
  Status AppendShuffled(std::span<const LoadedSeries> series, TimeRange range);
  Status Commit(Appender* appender, size_t samples);

  Arrangement arrangement_;
  EngineOptions options_;
  TemporaryDirectory directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace silverback::promqltest
