// Dead parts that readers may still hold.
#pragma once

#include <mutex>
#include <vector>

#include "engine/base/status.h"
#include "engine/read/engine_state.h"
#include "engine/store/store.h"

namespace silverback {

/// Deletes the rows of a dead part once nobody else holds a reference. Safe for concurrent use.
class Graveyard {
 public:
  /// REQUIRES: the parts are dead in the catalog, and no state that is published from now on has
  /// them.
  void Bury(std::vector<PartRef> parts);
  /// Deletes what nobody reads any more; says how many parts went. What fails stays for the next
  /// time.
  StatusOr<size_t> Collect(Store* store);
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::vector<PartRef> parts_;
};

}  // namespace silverback
