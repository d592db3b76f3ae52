// Exemplars of an open database: rows beside the samples, by series and time.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/database/database.h"
#include "engine/upkeep/live_engine.h"

namespace silverback {

/// Safe for concurrent use.
class Exemplars {
 public:
  /// Both outlive the object.
  Exemplars(LiveEngine* engine, const DatabaseOptions* options)
      : engine_(engine), options_(options) {}

  /// As `Database::PutExemplars`.
  Status Put(std::string_view wire_key, std::span<const Exemplar> exemplars);
  /// As `Database::FindExemplars`.
  StatusOr<std::vector<SeriesExemplars>> Find(std::span<const std::vector<Matcher>> matcher_sets,
                                              TimeRange range, size_t max_exemplars,
                                              const std::atomic<bool>* cancelled) const;

 private:
  /// True once in a while: the series may have grown beyond the cap.
  bool TrimIsDue(SeriesId series, size_t added);
  TimestampMs Cutoff() const;

  LiveEngine* const engine_;
  const DatabaseOptions* const options_;
  std::mutex mutex_;
  /// Rows put since the series was last cut to the cap.
  absl::flat_hash_map<SeriesId, uint32_t> puts_;
};

}  // namespace silverback
