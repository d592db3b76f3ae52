// Tombstones on disk. docs/format/store.md has the bytes.
#pragma once

#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/read/tombstones.h"
#include "engine/store/store.h"

namespace silverback {

/// All of them.
StatusOr<std::vector<Tombstone>> ReadTombstones(const Kv& kv);
/// Durable when it returns; all rows or none.
Status WriteTombstones(Kv* kv, std::span<const Tombstone> rows);
Status RemoveTombstones(Kv* kv, std::span<const Tombstone> rows);

}  // namespace silverback
