// A MetricFamily in protobuf's text format.
#pragma once

#include <string>
#include <string_view>

namespace silverback {

enum class ProtobufText {
  kIndented,  // a field a line, blocks indented by two spaces; ends with a line feed
  kCompact,   // all on one line
};

/// `message`, an encoded io.prometheus.client.MetricFamily as `WriteExposition` makes them, as text. Fields that it does not use are
/// left out. Source: protobuf's "Text Format Language Specification".
std::string MetricFamilyText(std::string_view message, ProtobufText style);

}  // namespace silverback
