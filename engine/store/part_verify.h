// Reading a part through and comparing it with its header. Private to engine/store.
#pragma once

#include <functional>

#include "engine/base/status.h"
#include "engine/store/block_cursor.h"
#include "engine/store/kv.h"
#include "engine/store/part.h"

namespace silverback {

/// As `Store::VerifyPart`; `cursor` is a fresh one over the part's blocks.
Status VerifyPartRows(const Kv& kv, const PartHeader& header, BlockCursor* cursor,
                      const std::function<Status(const BlockKey&, std::string_view)>& visit);

}  // namespace silverback
