// The codes of a group's values with runs of equal bytes packed: in requests of many samples a series, most values take as many bytes
// as those before them, and what they take hardly compresses. This gains what compressing the whole record would, and costs next to
// nothing. Bytes: docs/format/log.md, "Payload". Private to this folder.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace silverback::log {

/// Replaces `*packed` by the codes, packed, and says true, if they become smaller by an eighth; says false otherwise, and what is in
/// `*packed` is unspecified.
bool PackCodes(std::string_view codes, std::string* packed);

/// Replaces `*codes` by the `size` bytes that were packed, and takes them off the front of `*in`. Safe on any bytes, with memory of
/// `size`. False if they are damaged.
bool UnpackCodes(std::string_view* in, size_t size, std::string* codes);

}  // namespace silverback::log
