#include "query/api/exposition.h"

#include <limits>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

using Encoding = ExpositionFormat::Encoding;

std::vector<Federated> Samples() {
  std::vector<Federated> samples(2);
  samples[0].labels = LabelSet{{"__name__", "a"}, {"instance", "x\"y\n"}};
  samples[0].timestamp_ms = 1500;
  samples[0].value = 2.5;
  samples[1].labels = LabelSet{{"__name__", "h"}, {"instance", "i"}};
  samples[1].timestamp_ms = -7;
  NativeHistogram& histogram = samples[1].histogram.emplace();
  histogram.schema = -1;
  histogram.zero_threshold = 0.5;
  histogram.count = 3;
  histogram.sum = 4;
  histogram.positive_spans = {{-2, 1}};
  histogram.positive_counts = {3};
  return samples;
}

TEST_CASE("the exposition format is the heaviest that Accept names and that is known") {
  const auto encoding = [](std::string_view accept) {
    return NegotiateExposition(accept).encoding;
  };
  const std::string protobuf =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=";
  CHECK(encoding("") == Encoding::kText);
  CHECK(encoding("*/*") == Encoding::kText);
  CHECK(encoding(protobuf + "delimited") == Encoding::kProtobuf);
  CHECK(encoding(protobuf + "text") == Encoding::kProtobufText);
  CHECK(encoding(protobuf + "compact-text;q=0.4,text/plain;q=0.3") ==
        Encoding::kProtobufCompactText);
  CHECK(encoding(protobuf + "text;q=0.2,text/plain;version=0.0.4;q=0.3") == Encoding::kText);
  CHECK(encoding(protobuf + "json") == Encoding::kText);
  CHECK(ContentTypeOf(NegotiateExposition(protobuf + "compact-text;escaping=allow-utf-8")) ==
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
        "encoding=compact-text; escaping=allow-utf-8");
}

TEST_CASE("metric families are written in protobuf's text format") {
  CHECK(WriteExposition(Samples(), {.encoding = Encoding::kProtobufText}) ==
        "name: \"a\"\n"
        "type: UNTYPED\n"
        "metric: {\n"
        "  label: {\n"
        "    name: \"instance\"\n"
        "    value: \"x\\\"y\\n\"\n"
        "  }\n"
        "  untyped: {\n"
        "    value: 2.5\n"
        "  }\n"
        "  timestamp_ms: 1500\n"
        "}\n"
        "\n"
        "name: \"h\"\n"
        "type: HISTOGRAM\n"
        "metric: {\n"
        "  label: {\n"
        "    name: \"instance\"\n"
        "    value: \"i\"\n"
        "  }\n"
        "  histogram: {\n"
        "    sample_sum: 4\n"
        "    sample_count_float: 3\n"
        "    schema: -1\n"
        "    zero_threshold: 0.5\n"
        "    zero_count_float: 0\n"
        "    positive_span: {\n"
        "      offset: -2\n"
        "      length: 1\n"
        "    }\n"
        "    positive_count: 3\n"
        "  }\n"
        "  timestamp_ms: -7\n"
        "}\n"
        "\n");
}

TEST_CASE("and compactly, a family a line") {
  std::vector<Federated> samples = Samples();
  samples.resize(1);
  samples[0].value = -std::numeric_limits<double>::infinity();
  CHECK(WriteExposition(samples, {.encoding = Encoding::kProtobufCompactText}) ==
        "name:\"a\" type:UNTYPED metric:{label:{name:\"instance\" value:\"x\\\"y\\n\"} "
        "untyped:{value:-inf} timestamp_ms:1500}\n");
}

}  // namespace
}  // namespace silverback
