// The value of a row of `exemplars`: docs/format/exemplars.md.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"

namespace silverback {

std::string EncodeExemplarPayload(const LabelSet& labels, double value);

struct ExemplarPayload {
  LabelSet labels;
  double value = 0;
};

/// DataLoss, with the reason, when the bytes are no such value.
StatusOr<ExemplarPayload> DecodeExemplarPayload(std::string_view payload);

}  // namespace silverback
