#include "engine/database/exemplar_payload.h"

#include "engine/base/coding.h"

namespace silverback {

std::string EncodeExemplarPayload(const LabelSet& labels, double value) {
  std::string payload;
  PutLengthPrefixed(&payload, labels.encoded());
  PutFixed(&payload, value);
  return payload;
}

StatusOr<ExemplarPayload> DecodeExemplarPayload(std::string_view payload) {
  std::string_view encoded;
  ExemplarPayload decoded;
  if (!GetLengthPrefixed(&payload, &encoded) || !GetFixed(&payload, &decoded.value) ||
      !payload.empty()) {
    return DataLoss("exemplar: the payload is malformed");
  }
  ASSIGN_OR_RETURN(decoded.labels, LabelSet::FromEncoded(encoded));
  return decoded;
}

}  // namespace silverback
