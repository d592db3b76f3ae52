// Which parts to merge next.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "engine/base/types.h"
#include "engine/read/engine_state.h"
#include "engine/store/part.h"

namespace silverback {

struct MergePolicy {
  /// A merged part spans no more than this, nor a month; 0: a month.
  TimestampMs span_max_ms = 0;
  /// The newest sample of the database: months that ended well before it are over.
  TimestampMs newest_ms = kMinTimestampMs;
  /// How long after its end a month is left open for stragglers.
  TimestampMs grace_ms = 0;
  /// Parts that cannot be read through. They are left alone, and nothing is merged across them.
  std::set<PartId> damaged;
  /// True: every month counts as over, and newcomers are merged in however few they are.
  bool final_shape = false;
};

/// One merge: parts of one partition, neighbours in the order of log sequences, so that no other
/// part has sequences between theirs ("last written wins" needs that).
struct MergePlan {
  std::vector<PartRef> inputs;
  PartKind kind = PartKind::kInOrder;
};

/// The next merge to do; nullopt when the parts are in good shape. `parts` in the order of
/// `EngineState::parts`.
///
/// While a month is open, eight or more neighbours of similar size become one, as long as blocks are
/// short enough to gain from it or parts are many. When it is over, what is left becomes one part
/// (or one for each `span_max_ms`), unless it is two large ones already, one after the other, as
/// seals of weeks leave them, or the newcomers are too small beside a part that is large already to be
/// worth rewriting it; then they are merged among themselves. So a sample is written about three
/// times: by the seal, by the first merge and by the last; and once or twice where a seal is large.
std::optional<MergePlan> PickMerge(const std::vector<PartRef>& parts, const MergePolicy& policy);

}  // namespace silverback
