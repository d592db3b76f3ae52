// What all appenders of a database share.
#pragma once

#include <absl/container/flat_hash_set.h>
#include <atomic>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "engine/base/recycler.h"
#include "engine/base/status.h"
#include "engine/database/database.h"
#include "engine/database/staging.h"
#include "engine/upkeep/live_engine.h"

namespace silverback {

/// Series that a log record must introduce.
///
/// A series' row in the registry is only buffered when its first samples are logged, so the label
/// set travels in the log record too. Until the first record that introduces a series is known to
/// be durable, every record that uses the series carries the label set.
class Introductions {
 public:
  explicit Introductions(Registry* registry) : registry_(registry) {}

  /// As `Registry::GetOrCreate`; `introduce[i]` says whether the record must carry `labels[i]`.
  Status Resolve(std::span<const LabelSet> labels, std::span<SeriesRef> refs,
                 std::vector<bool>* introduce);
  /// The series' introductions are durable.
  void Done(std::span<const SeriesId> series);

 private:
  Registry* const registry_;
  std::mutex mutex_;
  absl::flat_hash_set<SeriesId> pending_;
};

/// Refuses appends while the disk is nearly full, so that what is in the log can still be sealed.
/// Safe for concurrent use.
class DiskReserve {
 public:
  DiskReserve(LiveEngine* engine, uint64_t reserve_bytes)
      : engine_(engine), reserve_bytes_(reserve_bytes) {}

  /// ResourceExhausted when less than the reserve is free. Looks at the disk once in a while.
  Status Check();

 private:
  static constexpr int64_t kLookEveryNs = 500'000'000;

  LiveEngine* const engine_;
  const uint64_t reserve_bytes_;
  std::atomic<int64_t> looked_ns_{0};
  std::atomic<uint64_t> free_bytes_{~uint64_t{0}};
};

struct Ingest {
  Ingest(LiveEngine* live, const DatabaseOptions* database_options)
      : engine(live),
        options(database_options),
        introductions(live->substrate->registry.get()),
        reserve(live, database_options->wal_max_bytes / 2) {}

  LiveEngine* const engine;
  const DatabaseOptions* const options;
  Introductions introductions;
  DiskReserve reserve;
  /// Of requests of up to some 2,000 series or 15,000 samples: those of larger ones are better used by others meanwhile.
  Recycler<Staging> staging{4, size_t{512} << 10};
  std::atomic<bool> closed{false};
  /// Called when the log has reached its cap.
  std::function<void()> log_is_full;
};

}  // namespace silverback
