#include "query/model/column.h"

#include "query/model/float_histogram.h"

namespace silverback {

bool Column::DropHistograms() {
  bool dropped = false;
  for (size_t step = 0; step < histograms.size(); ++step) {
    if (histograms[step] == nullptr || !present.Test(step)) continue;
    present.Clear(step);
    dropped = true;
  }
  histograms.clear();
  return dropped;
}

size_t Column::memory_bytes() const {
  size_t bytes = floats.capacity() * sizeof(double) + present.words().size_bytes() +
                 histograms.capacity() * sizeof(histograms[0]);
  const FloatHistogram* last = nullptr;
  for (const auto& histogram : histograms) {
    if (histogram != nullptr && histogram.get() != last) bytes += histogram->memory_bytes();
    last = histogram.get();
  }
  return bytes;
}

size_t Column::equivalent_samples() const {
  size_t samples = present.Count();
  for (size_t step = 0; step < histograms.size(); ++step) {
    if (const FloatHistogram* histogram = HistogramAt(step)) {
      samples += histogram->equivalent_samples() - 1;
    }
  }
  return samples;
}

}  // namespace silverback
