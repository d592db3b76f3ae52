#include "engine/codec/codec.h"

#include <array>

#include "engine/codec/constant.h"
#include "engine/codec/decimal.h"
#include "engine/codec/pattern.h"
#include "engine/codec/runs.h"
#include "engine/codec/xor.h"

namespace silverback::codec {
namespace {

constexpr std::array<Codec, 5> kCodecs = {{
    {CodecId::kConstant, "constant", &EncodeConstant, &DecodeConstant, &ConstantValueAt},
    {CodecId::kRuns, "runs", &EncodeRuns, &DecodeRuns, &RunsValueAt},
    {CodecId::kDecimal, "decimal", &EncodeDecimal, &DecodeDecimal, &DecimalValueAt},
    {CodecId::kPattern, "pattern", &EncodePattern, &DecodePattern, &PatternValueAt},
    {CodecId::kXor, "xor", &EncodeXor, &DecodeXor, &XorValueAt},
}};

}  // namespace

std::span<const Codec> AllCodecs() {
  return kCodecs;
}

const Codec* FindCodec(uint8_t id) {
  // Ids are dense so far.
  if (id == 0 || id > kCodecs.size()) return nullptr;
  return &kCodecs[id - 1];
}

}  // namespace silverback::codec
