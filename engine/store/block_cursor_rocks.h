// What stands behind engine/store/block_cursor.h. Private to engine/store.
#pragma once

#include <memory>
#include <rocksdb/iterator.h>
#include <rocksdb/options.h>
#include <string>

#include "engine/store/block_cursor.h"
#include "engine/store/rocks.h"

namespace silverback {

struct BlockCursor::Impl {
  Impl(const Rocks& rocks, PartId id, const CursorOptions& options);

  const PartId part;
  // The header row lies before the lower bound.
  const std::string lower;
  const std::string upper;
  const rocksdb::Slice lower_slice;
  const rocksdb::Slice upper_slice;
  std::unique_ptr<rocksdb::Iterator> iterator;
  // The last seek's target, for messages.
  BlockKey target;
  std::string scratch;
};

}  // namespace silverback
