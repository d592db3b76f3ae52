// Sets of series ids in memory.
#pragma once

#include <roaring/roaring.hh>

namespace silverback {

/// A compressed set of series ids (Roaring). Concurrent reading is safe, writing is not.
using SeriesBitmap = ::Roaring;

}  // namespace silverback
