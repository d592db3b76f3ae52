// The exchange: reads a selection of series in chunks, which workers evaluate in parallel, and gives their columns in
// the order of the series. Operators above know nothing of threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "engine/read/read_view.h"
#include "query/exec/operator.h"

namespace silverback::exec {

/// Evaluates series, one at a time, on one thread at a time.
class LeafWorker {
 public:
  virtual ~LeafWorker() = default;
  /// Evaluates one series: `place` is its place in the selection.
  virtual Status Evaluate(const SeriesRuns& series, size_t place, Column* out) = 0;
  /// Memory that the worker holds beside columns.
  virtual size_t memory_bytes() const = 0;
  /// Hands over what it has counted and has to say. Called on the query's thread when all is read.
  virtual void Finish() = 0;
};

/// Which series a leaf reads.
struct LeafSelection {
  std::vector<SeriesHandle> handles;
  TimeRange range;
  ReadOptions options;
};

/// One scan over a selection. The destructor waits for workers.
class LeafScan {
 public:
  using WorkerFactory = std::function<std::unique_ptr<LeafWorker>()>;

  /// `selection`, `query` and `annotations` (storage's warnings are added to it) must outlive the scan; columns have
  /// `steps` steps.
  LeafScan(QueryContext* query, const LeafSelection* selection, size_t steps,
           WorkerFactory new_worker, Annotations* annotations);
  ~LeafScan();

  /// The next series with values, in order of place; false at the end.
  StatusOr<bool> Next(SeriesColumn* out);

 private:
  struct Chunk;
  struct Shared;

  void Schedule();
  void RunOrHelp(Chunk* chunk);
  void FinishWorkers();

  QueryContext* query_;
  const LeafSelection* selection_;
  std::shared_ptr<Shared> shared_;
  Annotations* annotations_;
  std::vector<std::shared_ptr<Chunk>> chunks_;
  size_t next_chunk_ = 0;  // that `Next` takes
  size_t scheduled_ = 1;   // chunks given to the pool, and the first, which the reader takes
  size_t next_in_chunk_ = 0;
};

/// The warning that an answer lacks what could not be read.
Annotation LossWarning(const ReadLoss& loss);

/// Reads the series that satisfy `matchers` in `range` and their labels.
StatusOr<LeafSelection> SelectSeries(QueryContext* query, std::span<const Matcher> matchers,
                                     TimeRange range, std::vector<LabelSet>* labels);

}  // namespace silverback::exec
