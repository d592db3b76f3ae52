// One step of a RocksDB iterator. Private to engine/store.
#pragma once

#include <rocksdb/iterator.h>
#include <string>

namespace silverback {

/// Moves to the next row. RocksDB 7.8 ends a scan as if there were no more rows when it cannot read the beginning of the table file
/// that it goes on with; a seek to the same place says so. Therefore the end is asked for a second time, by a seek. `scratch` is
/// memory that is used again.
inline void StepForward(rocksdb::Iterator* iterator, std::string* scratch) {
  scratch->assign(iterator->key().data(), iterator->key().size());
  iterator->Next();
  if (iterator->Valid() || !iterator->status().ok()) return;
  scratch->push_back('\0');
  iterator->Seek(*scratch);
}

}  // namespace silverback
