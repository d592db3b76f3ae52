#include "engine/database/exemplar_payload.h"

#include <catch2/catch.hpp>

#include "../codec/documented.h"

#include "engine/base/value.h"

namespace silverback {

TEST_CASE("an exemplar's payload has the bytes that the format document shows") {
  const std::string payload = EncodeExemplarPayload(LabelSet{{"trace_id", "abc"}}, 0.5);
  const std::string documented = DocumentedBytes("exemplars.md", "exemplar");
  CHECK(payload == documented);
  const auto decoded = DecodeExemplarPayload(documented);
  REQUIRE(decoded.ok());
  CHECK(decoded->labels.ToString() == "{trace_id=\"abc\"}");
  CHECK(decoded->value == 0.5);
}

TEST_CASE("an exemplar's value survives bit for bit, without labels too") {
  for (const double value : {0.0, -0.0, ValueOf(kStaleNanBits), ValueOf(kNormalNanBits), 1e308}) {
    const auto decoded = DecodeExemplarPayload(EncodeExemplarPayload(LabelSet(), value));
    REQUIRE(decoded.ok());
    CHECK(decoded->labels.empty());
    CHECK(SameBits(decoded->value, value));
  }
}

TEST_CASE("an exemplar's payload that is cut or too long is refused") {
  const std::string payload = EncodeExemplarPayload(LabelSet{{"a", "b"}}, 1);
  for (size_t length = 0; length < payload.size(); ++length) {
    CHECK(absl::IsDataLoss(DecodeExemplarPayload(payload.substr(0, length)).status()));
  }
  CHECK(absl::IsDataLoss(DecodeExemplarPayload(payload + "x").status()));
  CHECK(absl::IsDataLoss(DecodeExemplarPayload("\x02xy12345678").status()));
}

}  // namespace silverback
