#include "engine/log/payload_compression.h"

#include <snappy.h>

#include "engine/base/snappy_decoder.h"
#include "engine/log/log.h"
#include "engine/log/payload_type.h"

namespace silverback::log {
namespace {

/// Below it there is little to gain, and much of it would be the block's header.
constexpr size_t kWorthCompressing = 256;

}  // namespace

bool IsCompressed(std::string_view payload) {
  return !payload.empty() && IsPayloadType(payload.front(), PayloadType::kCompressedWrite);
}

void CompressPayload(size_t begin, std::string* out) {
  const std::string_view plain = std::string_view(*out).substr(begin);
  // One that is too long stays so, for the log to refuse: nobody would decompress it.
  if (plain.size() < kWorthCompressing || plain.size() > kMaxLogPayloadBytes) return;
  std::string block;
  snappy::Compress(plain.data(), plain.size(), &block);
  if (block.size() >= plain.size() - plain.size() / 8) return;
  out->resize(begin);
  out->push_back(static_cast<char>(PayloadType::kCompressedWrite));
  out->append(block);
}

StatusOr<std::string_view> PlainPayload(std::string_view payload, std::string* buffer) {
  if (!IsCompressed(payload)) return payload;
  std::string_view block = payload.substr(1);
  size_t length = 0;
  if (!TakeSnappyLength(&block, &length) || length > kMaxLogPayloadBytes) {
    return DataLoss("log record: the length of a compressed payload is damaged");
  }
  buffer->resize(length);
  if (!DecodeSnappy(block, buffer->data(), length)) {
    return DataLoss("log record: a compressed payload is damaged");
  }
  return *buffer;
}

}  // namespace silverback::log
