#include "engine/base/snappy_decoder.h"

#include <random>
#include <snappy.h>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

/// What our decoder makes of a block; false if it refuses it.
bool Ours(std::string_view block, std::string* out) {
  size_t length = 0;
  if (!TakeSnappyLength(&block, &length) || length > (1 << 24)) return false;
  // A place of its own, so that a sanitizer sees a step too far.
  const std::vector<char> copy(block.begin(), block.end());
  std::vector<char> text(length);
  if (!DecodeSnappy({copy.data(), copy.size()}, text.data(), length)) return false;
  out->assign(text.begin(), text.end());
  return true;
}

/// The oracle: the library, bounded alike.
bool Theirs(std::string_view block, std::string* out) {
  size_t length = 0;
  return snappy::GetUncompressedLength(block.data(), block.size(), &length) &&
         length <= (1 << 24) && snappy::Uncompress(block.data(), block.size(), out);
}

void RequireSame(std::string_view block) {
  std::string ours;
  std::string theirs;
  const bool accepted = Theirs(block, &theirs);
  REQUIRE(Ours(block, &ours) == accepted);
  if (accepted) REQUIRE(ours == theirs);
}

std::string Compressed(const std::string& text) {
  std::string block;
  snappy::Compress(text.data(), text.size(), &block);
  return block;
}

/// Texts whose blocks hold all kinds of elements: repetitions from near and far, and stretches without any.
std::string RandomText(std::mt19937_64* random) {
  std::string text;
  const size_t pieces = (*random)() % 60;
  for (size_t i = 0; i < pieces; ++i) {
    const size_t length = 1 + (*random)() % ((*random)() % 8 == 0 ? 3000 : 40);
    if (!text.empty() && (*random)() % 3 != 0) {
      const size_t offset =
          1 + (*random)() % std::min<size_t>(text.size(), (*random)() % 2 ? 24 : 70000);
      for (size_t k = 0; k < length; ++k) text.push_back(text[text.size() - offset]);
    } else {
      for (size_t k = 0; k < length; ++k) text.push_back(static_cast<char>((*random)()));
    }
  }
  return text;
}

}  // namespace

TEST_CASE("what the library compresses comes back") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 3000; ++i) {
    const std::string text = RandomText(&random);
    std::string out;
    REQUIRE(Ours(Compressed(text), &out));
    REQUIRE(out == text);
  }
}

TEST_CASE(
    "damaged blocks are refused where the library refuses them, and otherwise give the same") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 300; ++i) {
    const std::string block = Compressed(RandomText(&random));
    for (int k = 0; k < 30; ++k) {
      std::string damaged = block;
      for (size_t n = 1 + random() % 3; n > 0; --n)
        damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
      RequireSame(damaged);
      RequireSame(block.substr(0, random() % (block.size() + 1)));
    }
    RequireSame(block + "x");
  }
}

TEST_CASE("random elements give what the library makes of them") {
  const auto seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string elements;
    for (size_t n = random() % 200; n > 0; --n) {
      // Tags of all kinds, among them literals whose length takes up to four bytes.
      elements.push_back(static_cast<char>(random() % 4 == 0 ? 0xf0 + random() % 16 : random()));
      if (random() % 2 == 0) elements.push_back(static_cast<char>(random() % 4));
    }
    std::string block{static_cast<char>(0x80 + random() % 128), static_cast<char>(random() % 8)};
    RequireSame(block + elements);
  }
}

TEST_CASE("lengths are read as the library reads them") {
  for (const std::string& bytes :
       {std::string("\x05"), std::string("\xff\x7f"), std::string("\xff\xff\xff\xff\x0f"),
        std::string("\xff\xff\xff\xff\x10"), std::string("\x80\x80\x80\x80\x00", 5),
        std::string("\x80\x80\x80\x80\x80\x00", 6), std::string("\x80"), std::string()}) {
    size_t theirs = 0;
    size_t ours = 0;
    std::string_view rest = bytes;
    const bool read = snappy::GetUncompressedLength(bytes.data(), bytes.size(), &theirs);
    CHECK(TakeSnappyLength(&rest, &ours) == read);
    if (read) CHECK(ours == theirs);
    CHECK(rest.empty() == (read || bytes.empty()));
  }
}

TEST_CASE("elements in every place before the end of a block are decoded") {
  // A long literal in front moves what follows over the border between the two ways of decoding.
  for (size_t front = 1; front < 200; ++front) {
    std::string text(front, 'a');
    for (size_t i = 0; i < front; ++i) text[i] = static_cast<char>(i * 37);
    text += std::string(70, 'b') + text.substr(0, std::min<size_t>(front, 64)) + "end";
    std::string out;
    REQUIRE(Ours(Compressed(text), &out));
    REQUIRE(out == text);
  }
}

}  // namespace silverback
