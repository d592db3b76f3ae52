// remote_write bodies to series and samples.
#include <benchmark/benchmark.h>
#include <string>

#include "engine/base/check.h"
#include "remote_write/wire/snappy_block.h"
#include "remote_write/wire/write_request.h"
#include "tests/support/write_message/write_message.h"

namespace silverback {
namespace {

/// As Prometheus sends: 2,000 series of a sample each.
std::string Message() {
  std::string message;
  for (int i = 0; i < 2000; ++i) {
    message += testing::SeriesField({{"__name__", "http_request_duration_seconds_bucket"},
                                     {"handler", "/api/v1/query_range"},
                                     {"instance", "10.0.0." + std::to_string(i % 250) + ":9100"},
                                     {"job", "node"},
                                     {"le", std::to_string(i)}},
                                    {{1795424040000, i * 1.5}});
  }
  return message;
}

void DecodeMessage(benchmark::State& state) {
  const std::string message = Message();
  for (auto _ : state) {
    const auto request = wire::DecodeWriteRequest(message, {200000, 2000000});
    SB_CHECK_EQ(request->samples.size(), 2000u);
    benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations() * 2000);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(message.size()));
}
BENCHMARK(DecodeMessage);

void DecompressAndDecode(benchmark::State& state) {
  const std::string body = testing::Snappy(Message());
  for (auto _ : state) {
    const auto buffer = wire::Decompress(body);
    const auto request = wire::DecodeWriteRequest(buffer->view(), {200000, 2000000});
    SB_CHECK_EQ(request->samples.size(), 2000u);
    benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations() * 2000);
}
BENCHMARK(DecompressAndDecode);

void DecodeLabelsOfEach(benchmark::State& state) {
  const std::string message = Message();
  const auto request = wire::DecodeWriteRequest(message, {});
  std::vector<Label> labels;
  for (auto _ : state) {
    for (const wire::WireSeries& series : request->series) {
      SB_CHECK(wire::DecodeLabels(series.labels, &labels).ok());
    }
  }
  state.SetItemsProcessed(state.iterations() * 2000);
}
BENCHMARK(DecodeLabelsOfEach);

}  // namespace
}  // namespace silverback
