// Syntax tree to PromQL text.
#pragma once

#include <cstdint>
#include <string>

#include "query/syntax/ast.h"

namespace silverback::syntax {

/// The expression on one line, in upstream's normal form. Parsing it again gives the same tree.
std::string ToString(const Expr& expr);

/// The same over several lines where it is long (what `/api/v1/format_query` answers).
std::string Prettify(const Expr& expr);

/// A duration as upstream prints it: "1h30m", "0s", "-5m".
std::string FormatDurationMs(int64_t ms);

/// A number in positional notation with as few digits as identify it ("0.1", "+Inf", "NaN"): Go's
/// format 'f', -1.
std::string FormatNumber(double value);

/// A number as Go's %v: as `FormatNumber`, but with an exponent below 1e-4 and from 1e21.
std::string FormatNumberShort(double value);

}  // namespace silverback::syntax
