// What stands behind engine/store/kv.h. Private to engine/store.
#pragma once

#include "engine/store/kv.h"
#include "engine/store/rocks.h"

namespace silverback {

struct Kv::Impl {
  Rocks* rocks;
};

}  // namespace silverback
