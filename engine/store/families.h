// How each family is set up. Private to engine/store; docs/decisions/0004-rocksdb-families.md says
// why.
#pragma once

#include <memory>
#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <string>

#include "engine/store/kv.h"
#include "engine/store/store.h"

namespace silverback {

/// Options of the whole database.
rocksdb::DBOptions DatabaseOptions(const StoreOptions& options);

/// Options of one family; all families share `cache`.
rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache);

/// The length of the hash that `labels` keys start with, by which that family is filtered.
inline constexpr size_t kLabelsPrefixBytes = 16;

}  // namespace silverback
