#include "tools/http/receiver_metrics.h"

namespace silverback::http {

void WriteReceiverMetrics(MetricFamilies& metrics, const ReceiverMetrics& receiver) {
  const auto counter = [&metrics](const char* name, const char* help,
                                  const std::atomic<uint64_t>& value) {
    metrics.Counter(fmt::format("silverback_remote_write_{}_total", name), help, value);
  };
  counter("requests", "remote_write requests.", receiver.requests);
  metrics.Family("silverback_remote_write_refused_total", "counter",
                 "Requests that were not stored whole, by reason.");
  const auto refused = [&metrics](const char* reason, const std::atomic<uint64_t>& value) {
    metrics.Sample(value.load(), {{"reason", reason}});
  };
  refused("malformed", receiver.requests_malformed);
  refused("partial", receiver.requests_partial);
  refused("too_large", receiver.requests_too_large);
  refused("put_off", receiver.requests_put_off);
  counter("compressed_bytes", "Bytes of bodies as they came.", receiver.compressed_bytes);
  counter("decompressed_bytes", "Bytes of bodies after decompression.",
          receiver.decompressed_bytes);
  counter("series", "Series in requests.", receiver.series);
  counter("samples", "Samples in requests.", receiver.samples);
  counter("histograms", "Native histograms in requests.", receiver.histograms);
  counter("exemplars", "Exemplars in requests.", receiver.exemplars);
  counter("exemplars_dropped", "Exemplars that were invalid or of unknown series.",
          receiver.exemplars_dropped);
  counter("metadata", "Descriptions of metric families in requests.", receiver.metadata);
  counter("histograms_refused", "Native histograms refused: not valid, too old or too new.",
          receiver.histograms_refused);
  metrics.Gauge("silverback_remote_write_inflight_bytes",
                "Decompressed bytes of requests that are being taken.",
                static_cast<double>(receiver.inflight_bytes));
}

}  // namespace silverback::http
