// The merge operator of `postings` and `activity`. Private to engine/store.
#pragma once

#include <memory>
#include <rocksdb/merge_operator.h>

namespace silverback {

/// Unites encoded id sets (engine/store/id_set.h). Associative and commutative: new series are
/// added without reading. A malformed set makes reading the row an error (Corruption). Its name
/// stands in the database: never rename it.
std::shared_ptr<rocksdb::MergeOperator> NewIdSetMergeOperator();

}  // namespace silverback
