// Where a test script's data lie while its queries run.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/histogram/native_histogram.h"
#include "engine/labels/label_set.h"
#include "engine/labels/matcher.h"
#include "query/exec/engine.h"
#include "query/model/query_result.h"

namespace silverback::promqltest {

struct LoadedSeries {
  LabelSet labels;
  std::vector<Sample> samples;  // by time
  std::vector<HistogramSample> histograms;
  std::vector<TimestampMs> starts = {};  // of the samples, or nothing
};

/// A database in one state, and an engine over it. A fresh one is opened for every script and after every `clear`.
class TestStorage {
 public:
  virtual ~TestStorage() = default;

  /// Adds samples. May be called again after queries have run.
  virtual Status Load(std::span<const LoadedSeries> series) = 0;

  /// Deletes the samples of a range of the series that match. What is loaded afterwards counts.
  virtual Status Delete(const std::vector<Matcher>& matchers, TimeRange range) = 0;

  /// Brings everything that has been loaded into the state. Called before queries and deletions whenever something was
  /// loaded or deleted.
  virtual Status GetReady() = 0;

  virtual StatusOr<QueryResult> Run(const QueryRequest& request) = 0;
};

/// A way for data to lie, or for queries to be executed, that must not change any answer.
struct StorageState {
  std::string name;
  std::function<StatusOr<std::unique_ptr<TestStorage>>()> open;
};

/// The options that the scripts are written for, as Prometheus' own tests set them.
EngineOptions ScriptEngineOptions();

/// All states: plainly in memory; on disk in the head, sealed, half and half, merged, late and out of
/// order, after a restart; one thread; plan rewrites off. Where SILVERBACK_PROMQL_STATE names one, that one alone.
std::vector<StorageState> AllStates();

}  // namespace silverback::promqltest
