#include "engine/store/side_rows.h"

#include <catch2/catch.hpp>

#include "../codec/documented.h"

namespace silverback {

TEST_CASE("a row of metadata has the bytes that the format document shows") {
  const MetadataRow row{"gauge", "Is up.", ""};
  const std::string documented = DocumentedBytes("store.md", "metadata");
  CHECK(EncodeMetadata(row) == documented);
  const auto decoded = DecodeMetadata("up", documented);
  REQUIRE(decoded.ok());
  CHECK(*decoded == row);
}

TEST_CASE("a row of metadata that is cut or too long is refused, naming the family") {
  const std::string row = EncodeMetadata({"counter", "Requests.", "seconds"});
  for (size_t length = 0; length < row.size(); ++length) {
    const auto decoded = DecodeMetadata("requests", row.substr(0, length));
    REQUIRE(absl::IsDataLoss(decoded.status()));
    CHECK_THAT(std::string(MessageOf(decoded.status())), Catch::Contains("requests"));
  }
  CHECK(absl::IsDataLoss(DecodeMetadata("requests", row + "x").status()));
}

}  // namespace silverback
