// What ingestion and upkeep share while a database is open.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/file_system.h"
#include "engine/base/types.h"
#include "engine/head/wire_keys.h"
#include "engine/log/log.h"
#include "engine/read/engine_state.h"
#include "engine/read/substrate.h"
#include "engine/upkeep/graveyard.h"
#include "engine/upkeep/series_gate.h"

namespace silverback {

/// What was counted since the start.
struct EngineCounters {
  std::atomic<uint64_t> appended{0}, duplicate{0}, overwritten{0}, late{0}, rejected{0};
  std::atomic<uint64_t> seals{0}, seal_failures{0}, seal_ns{0};
  std::atomic<uint64_t> merges{0}, merge_failures{0}, merge_ns{0};
  std::atomic<uint64_t> retention_drops{0};
  std::atomic<uint64_t> wal_damaged_records{0};
};

/// The open database's moving parts. Locks are taken in this order: `gate`, `append_mutex`,
/// `publish_mutex`.
struct LiveEngine {
  // Settings, fixed after the opening.
  std::string path;
  TimestampMs retention_ms = 0;       // 0: samples are kept for ever
  int64_t exemplar_retention_ms = 0;  // 0, or more than `retention_ms`: as long as samples
  int64_t seal_window_ms = 0;
  uint64_t merge_bytes_per_second = 0;  // of merges that nobody asked for; 0: no limit
  Clock clock;
  FileSystem* file_system = nullptr;
  /// Called between the steps of seal, merge and retention with the step's name; tests copy the
  /// directory there. May be empty.
  std::function<void(std::string_view step)> step_hook;

  std::shared_ptr<Substrate> substrate;
  std::unique_ptr<Log> log;
  std::unique_ptr<WireKeys> wire_keys;
  EngineStateCell state;
  Graveyard graveyard;
  SeriesGate gate;
  EngineCounters counters;

  /// Held while a record is logged and applied to the active generation, and while the log is
  /// rolled and the generation replaced: the order of the log is the order of the head, and a
  /// generation holds exactly the records up to its border.
  std::mutex append_mutex;
  /// Serialises changes of `state`.
  std::mutex publish_mutex;

  /// Publishes a change of the current state: `change` gets a copy.
  void Publish(const std::function<void(EngineState*)>& change);

  /// Makes `added` live and `removed` dead in the published state, in one swap, and drops
  /// `sealed` (may be null) from the generations. The catalog has the change already.
  void PublishParts(const std::vector<PartMeta>& added, const std::vector<PartId>& removed,
                    const Generation* sealed);

  /// Samples before it are past retention: nobody sees them. Counted from the older of clock and
  /// newest sample, so that a clock that jumps ahead deletes nothing. kMinTimestampMs: none.
  TimestampMs RetentionCutoff(const EngineState& at) const;

  /// The same for exemplars, which may be kept for a shorter time; `cutoff_ms` is that of samples.
  TimestampMs ExemplarCutoff(TimestampMs cutoff_ms) const;

  /// Bytes that may still be written to the disk of `path`. If they are fewer than `wanted`, the log's files that wait for
  /// reuse go first.
  StatusOr<uint64_t> FreeBytesFor(uint64_t wanted);

  void Step(std::string_view step) const {
    if (step_hook) step_hook(step);
  }
};

}  // namespace silverback
