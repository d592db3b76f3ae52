// How the series of two vectors find each other: by signature, the labels that a binary operation matches on.
#pragma once

#include <cstdint>
#include <vector>

#include "query/exec/label_ops.h"
#include "query/exec/operator.h"
#include "query/syntax/ast.h"

namespace silverback::exec {

/// The labels that `matching` compares: those in `on`, or all but those in `ignoring` and the metric name.
LabelFilter SignatureFilter(const syntax::VectorMatching& matching);

/// The labels that both sides of a match share, as error messages and fill values show them: those in `on`, or all but
/// those in `ignoring` and the metric name.
LabelSet MatchGroupLabels(const LabelSet& labels, const syntax::VectorMatching& matching);

/// Signatures of both sides, numbered.
struct Signatures {
  std::vector<uint32_t> left;  // by series
  std::vector<uint32_t> right;
  uint32_t count = 0;
};
Signatures ComputeSignatures(const std::vector<OutputSeries>& left,
                             const std::vector<OutputSeries>& right,
                             const syntax::VectorMatching& matching);

}  // namespace silverback::exec
