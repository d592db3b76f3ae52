#include "query/exec/leaf_scan.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <fmt/format.h>
#include <mutex>
#include <utility>

#include "query/exec/leaf_cursor.h"
#include "query/windows/facts_path.h"

namespace silverback::exec {
namespace {

// A chunk is large enough to be worth a cursor and a task, and small enough that a few of them in memory cost little...
constexpr size_t kChunkValues = 16 * 1024;
constexpr size_t kChunkSeriesMax = 512;
// ...and that threads do not wait for the one that has the last of them. Reading a day of a series costs about as much as
// so many steps.
constexpr size_t kStepsADay = 50;
constexpr double kDayMs = 24.0 * 3600 * 1000;
constexpr size_t kChunksPerThread = 8;
// Chunks cost unequally (a gauge's rate many times a counter's): with several ahead no thread waits for the reader.
constexpr size_t kChunksAheadOfThread = 4;

/// How many of `series` make a chunk, for `threads` to share.
size_t ChunkSeries(size_t series, size_t steps, TimeRange range, size_t threads) {
  steps = std::max<size_t>(steps, 1);
  const size_t most = std::clamp<size_t>(kChunkValues / steps, 1, kChunkSeriesMax);
  // A long range is worth a cursor for few series, but for no fewer than it takes to keep all threads busy.
  const auto days = static_cast<size_t>(
      std::max<double>(0, static_cast<double>(range.max_ms) - static_cast<double>(range.min_ms)) /
      kDayMs);
  const size_t worth = kChunkValues / (steps + days * kStepsADay);
  return std::clamp<size_t>(std::max(worth, series / (threads * kChunksPerThread)), 1, most);
}

void CountRuns(const SeriesRuns& series, OperatorProfile* profile) {
  for (const Run& run : series.runs) {
    profile->samples += run.size();
    if (run.block() != nullptr) {
      ++profile->blocks;
      profile->bytes += run.block()->bytes().size();
    } else if (run.histogram_block() != nullptr) {
      ++profile->blocks;
      profile->bytes += run.histogram_block()->bytes().size();
    }
  }
}

}  // namespace

struct LeafScan::Chunk {
  explicit Chunk(Budget* budget) : share(budget) {}

  size_t begin = 0;  // places [begin, end) of the selection
  size_t end = 0;
  std::atomic<bool> claimed{false};
  // Set by who claimed it, read after `done`:
  Status status;
  std::vector<SeriesColumn> columns;
  std::vector<Annotation> losses;
  BudgetShare share;
  bool done = false;  // guarded by Shared::mutex

  // Lets go of everything that belongs to the query: a task that has run may hold the chunk a little longer.
  void Clear() {
    columns = {};
    share.Clear();
  }
};

// What tasks in the pool may touch; it lives until the last of them is gone.
struct LeafScan::Shared {
  QueryContext* query = nullptr;
  const LeafSelection* selection = nullptr;
  size_t steps = 0;
  WorkerFactory new_worker;
  std::atomic<bool> widened{false};    // a series with native histograms was met
  OperatorProfile* profile = nullptr;  // null: nobody asks

  std::mutex mutex;
  std::condition_variable changed;
  bool abandoned = false;  // tasks that have not started yet do nothing
  size_t running = 0;
  std::vector<std::unique_ptr<LeafWorker>> idle;

  // Evaluates `chunk` unless somebody else does.
  void Run(Chunk* chunk);
  Status Evaluate(Chunk* chunk, LeafWorker* worker);
};

void LeafScan::Shared::Run(Chunk* chunk) {
  std::unique_ptr<LeafWorker> worker;
  {
    const std::lock_guard lock(mutex);
    if (abandoned || chunk->claimed.exchange(true)) return;
    ++running;
    if (!idle.empty()) {
      worker = std::move(idle.back());
      idle.pop_back();
    }
  }
  if (worker == nullptr) worker = new_worker();
  chunk->status = Evaluate(chunk, worker.get());
  {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(worker));
    chunk->done = true;
    --running;
    // Under the lock: the waiting thread may destroy the scan as soon as it sees `done`.
    changed.notify_all();
  }
}

Status LeafScan::Shared::Evaluate(Chunk* chunk, LeafWorker* worker) {
  const std::span<const SeriesHandle> handles(selection->handles.data() + chunk->begin,
                                              chunk->end - chunk->begin);
  LeafCursor cursor(query->view, handles,
                    {selection->range, query->lookback_ms, selection->options}, &widened);
  BudgetShare scratch(&query->budget);
  SeriesRuns runs;
  Column column;
  for (size_t place = chunk->begin;; ++place) {
    RETURN_IF_ERROR(query->budget.Check());
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&runs));
    if (!more) break;
    const uint64_t fact_hits = FactHitsOfThread();
    RETURN_IF_ERROR(worker->Evaluate(runs, place, &column));
    if (profile != nullptr) {
      CountRuns(runs, profile);
      profile->fact_hits += FactHitsOfThread() - fact_hits;
    }
    RETURN_IF_ERROR(scratch.Resize(cursor.memory_bytes() + worker->memory_bytes(), 0));
    if (!column.present.Any()) continue;
    RETURN_IF_ERROR(ChargeColumn(column, &chunk->share));
    chunk->columns.push_back({place, std::move(column)});
    column = Column();
  }
  for (const ReadLoss& loss : cursor.losses()) {
    chunk->losses.push_back(LossWarning(loss));
  }
  return absl::OkStatus();
}

LeafScan::LeafScan(QueryContext* query, const LeafSelection* selection, size_t steps,
                   WorkerFactory new_worker, Annotations* annotations)
    : query_(query),
      selection_(selection),
      shared_(std::make_shared<Shared>()),
      annotations_(annotations) {
  shared_->query = query;
  shared_->selection = selection;
  shared_->steps = steps;
  shared_->profile = query->profile;
  shared_->new_worker = std::move(new_worker);
  const size_t threads = 1 + (query->pool == nullptr ? 0 : query->pool->threads());
  const size_t chunk_series =
      ChunkSeries(selection_->handles.size(), steps, selection_->range, threads);
  for (size_t begin = 0; begin < selection_->handles.size(); begin += chunk_series) {
    auto chunk = std::make_shared<Chunk>(&query->budget);
    chunk->begin = begin;
    chunk->end = std::min(begin + chunk_series, selection_->handles.size());
    chunks_.push_back(std::move(chunk));
  }
}

LeafScan::~LeafScan() {
  std::unique_lock lock(shared_->mutex);
  shared_->abandoned = true;
  shared_->changed.wait(lock, [this] { return shared_->running == 0; });
  shared_->idle.clear();
  shared_->new_worker = nullptr;
  for (const std::shared_ptr<Chunk>& chunk : chunks_) chunk->Clear();
}

// Keeps some chunks ahead of the reader for each thread. The reader's own chunk is not counted: the reader evaluates it
// itself if no thread has come to it.
void LeafScan::Schedule() {
  if (query_->pool == nullptr) return;
  const size_t ahead = next_chunk_ + 1 + kChunksAheadOfThread * query_->pool->threads();
  for (; scheduled_ < std::min(ahead, chunks_.size()); ++scheduled_) {
    query_->pool->Submit(
        [shared = shared_, chunk = chunks_[scheduled_]] { shared->Run(chunk.get()); });
  }
}

// Evaluates `chunk` unless a thread has it already. Then the reader would only wait: until it is done it evaluates chunks
// behind it instead, in the order in which they will be wanted.
void LeafScan::RunOrHelp(Chunk* chunk) {
  shared_->Run(chunk);
  const auto done = [&] {
    const std::lock_guard lock(shared_->mutex);
    return chunk->done;
  };
  for (size_t ahead = next_chunk_ + 1; ahead < scheduled_ && !done(); ++ahead) {
    shared_->Run(chunks_[ahead].get());
  }
}

StatusOr<bool> LeafScan::Next(SeriesColumn* out) {
  while (next_chunk_ < chunks_.size()) {
    Chunk& chunk = *chunks_[next_chunk_];
    if (next_in_chunk_ == 0) {
      Schedule();
      RunOrHelp(&chunk);
      std::unique_lock lock(shared_->mutex);
      shared_->changed.wait(lock, [&chunk] { return chunk.done; });
      lock.unlock();
      RETURN_IF_ERROR(chunk.status);
      for (Annotation& loss : chunk.losses) annotations_->Add(std::move(loss));
    }
    if (next_in_chunk_ < chunk.columns.size()) {
      *out = std::move(chunk.columns[next_in_chunk_++]);
      return true;
    }
    chunk.Clear();
    ++next_chunk_;
    next_in_chunk_ = 0;
  }
  FinishWorkers();
  return false;
}

void LeafScan::FinishWorkers() {
  std::vector<std::unique_ptr<LeafWorker>> workers;
  {
    const std::lock_guard lock(shared_->mutex);
    workers = std::move(shared_->idle);
    shared_->idle.clear();
  }
  for (const std::unique_ptr<LeafWorker>& worker : workers) worker->Finish();
}

Annotation LossWarning(const ReadLoss& loss) {
  return StorageWarning(fmt::format("samples are missing from the answer: {}", loss.reason));
}

StatusOr<LeafSelection> SelectSeries(QueryContext* query, std::span<const Matcher> matchers,
                                     TimeRange range, std::vector<LabelSet>* labels) {
  LeafSelection selection;
  selection.range = range;
  if (!range.empty()) {
    ASSIGN_OR_RETURN(selection.handles,
                     query->view->Select(matchers, range, query->budget.cancelled()));
  }
  RETURN_IF_ERROR(query->budget.Check());
  const uint64_t series = query->series_selected + selection.handles.size();
  if (query->series_max > 0 && series > query->series_max) {
    return ResourceExhausted(
        "query processing would select {} series (limit {}, --query.max-series)", series,
        query->series_max);
  }
  ASSIGN_OR_RETURN(*labels, query->view->LabelsOf(selection.handles));
  query->series_selected += selection.handles.size();
  if (query->profile != nullptr) query->profile->series_in += selection.handles.size();
  return selection;
}

}  // namespace silverback::exec
