#include "engine/codec/choose.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/codec/constant.h"
#include "engine/codec/decimal.h"
#include "engine/codec/pattern.h"
#include "engine/codec/runs.h"
#include "engine/codec/xor.h"

namespace silverback::codec {
namespace {

using EncodeFunction = bool (*)(std::span<const double>, std::string*);

// Below this many bytes a value, decimal has found what there is to find: full-precision values
// take 4 and more.
constexpr double kDecimalIsRight = 3.0;

// The smallest encoding so far.
struct Best {
  CodecId id = CodecId::kConstant;
  std::string bytes;
  bool any = false;

  void Try(CodecId candidate, EncodeFunction encode, std::span<const double> values) {
    std::string encoded;
    if (!encode(values, &encoded)) return;
    if (any && encoded.size() >= bytes.size()) return;
    id = candidate;
    bytes = std::move(encoded);
    any = true;
  }
};

}  // namespace

CodecId EncodeSmallest(std::span<const double> values, bool allow_runs, std::string* out) {
  SB_DCHECK(!values.empty() && values.size() <= kMaxVectorValues);
  Best best;
  best.Try(CodecId::kConstant, &EncodeConstant, values);
  if (!best.any) {
    if (allow_runs) best.Try(CodecId::kRuns, &EncodeRuns, values);
    best.Try(CodecId::kDecimal, &EncodeDecimal, values);
    if (!best.any || static_cast<double>(best.bytes.size()) >
                         kDecimalIsRight * static_cast<double>(values.size())) {
      best.Try(CodecId::kPattern, &EncodePattern, values);
      best.Try(CodecId::kXor, &EncodeXor, values);
    }
  }
  out->append(best.bytes);
  return best.id;
}

}  // namespace silverback::codec
