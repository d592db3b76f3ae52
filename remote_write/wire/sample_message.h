// The Sample message, which remote_write 1.0 and 2.0 encode alike. Private to this folder.
#pragma once

#include <string_view>

#include "engine/base/types.h"
#include "remote_write/wire/fields.h"

namespace silverback::wire {

/// A float sample: value (1), timestamp (2) and, of 2.0 alone, start timestamp (3; `start_ms` null: skipped, as other
/// fields are). Throws protozero's exceptions. Inline: it runs once a sample.
inline Sample DecodeSample(std::string_view bytes, TimestampMs* start_ms = nullptr) {
  Sample sample;
  pbf_reader field = Message(bytes);
  while (field.next()) {
    switch (field.tag()) {
      case 1:
        sample.value = TakeDouble(field);
        break;
      case 2:
        sample.timestamp_ms = TakeInt64(field);
        break;
      case 3:
        if (start_ms == nullptr) {
          field.skip();
        } else {
          *start_ms = TakeInt64(field);
        }
        break;
      default:
        field.skip();
    }
  }
  return sample;
}

}  // namespace silverback::wire
