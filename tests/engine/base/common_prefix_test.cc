#include "engine/base/common_prefix.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {

TEST_CASE("strings begin alike up to the first byte that differs or the end of one") {
  std::mt19937_64 random(5);
  for (size_t size = 0; size < 40; ++size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    for (size_t other_size = 0; other_size < 40; ++other_size) {
      for (size_t differs = 0; differs < other_size; ++differs) {
        std::string other = text.substr(0, other_size);
        other.resize(other_size, 'x');
        other[differs] = static_cast<char>(other[differs] ^ (1 << random() % 8));
        INFO(size << ", " << other_size << " and byte " << differs);
        const auto naive = std::mismatch(text.begin(), text.end(), other.begin(), other.end());
        // On the heap and of exactly these lengths, so that reading beyond is noticed.
        const std::vector<char> left(text.begin(), text.end());
        const std::vector<char> right(other.begin(), other.end());
        REQUIRE(CommonPrefix({left.data(), left.size()}, {right.data(), right.size()}) ==
                static_cast<size_t>(naive.first - text.begin()));
      }
    }
    REQUIRE(CommonPrefix(text, text) == size);
  }
}

}  // namespace silverback
