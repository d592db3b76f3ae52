// Snappy blocks: ours and the library's decoder accept the same ones, and make the same of them.
#include <memory>
#include <snappy.h>
#include <string>
#include <vector>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/base/snappy_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  constexpr size_t kLengthMax = 1 << 20;
  const std::string_view block(reinterpret_cast<const char*>(data), size);
  std::string_view elements = block;
  size_t length = 0;
  size_t expected_length = 0;
  const bool has_length = TakeSnappyLength(&elements, &length);
  SB_CHECK(has_length == snappy::GetUncompressedLength(block.data(), size, &expected_length));
  if (!has_length) return 0;
  SB_CHECK_EQ(length, expected_length);
  if (length > kLengthMax) return 0;
  const auto out = std::make_unique<char[]>(length);
  std::string expected;
  const bool decoded = DecodeSnappy(elements, out.get(), length);
  SB_CHECK(decoded == snappy::Uncompress(block.data(), size, &expected));
  if (decoded) SB_CHECK(std::string_view(out.get(), length) == expected);
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds;
  std::string text;
  for (int i = 0; i < 400; ++i) {
    text += std::to_string(i * 7919) +
            (i % 5 == 0 ? std::string(static_cast<size_t>(i), 'x') : "sample");
    if (i % 40 != 0) continue;
    std::string block;
    snappy::Compress(text.data(), text.size(), &block);
    seeds.push_back(block);
  }
  return seeds;
}
