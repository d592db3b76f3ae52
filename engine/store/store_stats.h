// Figures about the open database. Private to engine/store.
#pragma once

#include "engine/store/catalog.h"
#include "engine/store/rocks.h"
#include "engine/store/store.h"

namespace silverback {

StoreStats CollectStats(const Rocks& rocks, const Catalog& catalog);

}  // namespace silverback
