// Ids that are never given twice, across crashes.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/store/kv.h"

namespace silverback {

/// Hands out ids in ascending order from a durable mark in `meta`, which is raised in leaps,
/// synced, before an id of the leap is used; so a crash skips ids but never repeats one. Safe for
/// concurrent use.
class HighWaterMark {
 public:
  /// The first id ever is `first`; ids stay below `end`. `kv` must outlive the mark.
  HighWaterMark(Kv* kv, std::string_view key, uint64_t first, uint64_t leap, uint64_t end);

  /// Reads the mark. To be called once, before all else.
  Status Load();

  /// The first of `count` ids in a row, which are the caller's. ResourceExhausted when they would
  /// reach `end`.
  StatusOr<uint64_t> Take(uint64_t count);

  /// Makes sure that `id` is never handed out: for ids that are found in use.
  Status RaisePast(uint64_t id);

  /// Gives the rest of the leap back, for a clean close. Nothing may be taken afterwards.
  void Close();

  /// The id that would come next.
  uint64_t next() const;

 private:
  Status Reserve(uint64_t end);  // with mutex_ held

  Kv* kv_;
  const std::string key_;
  const uint64_t leap_;
  const uint64_t end_;
  mutable std::mutex mutex_;
  uint64_t next_;
  uint64_t durable_;  // ids below may be handed out
};

}  // namespace silverback
