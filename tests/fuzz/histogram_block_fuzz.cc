// Blocks of native histograms, with their checksums ignored: whatever the bytes, what opens can be
// read within bounds.
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/block/describe.h"
#include "engine/block/histogram_block.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  DescribeBlock(bytes);
  if (const auto checked = HistogramBlockView::Open(bytes); !checked.ok()) {
    SB_CHECK(absl::IsDataLoss(checked.status()));
  }
  const auto view = HistogramBlockView::FUZZING_ONLY_OpenUnverified(bytes);
  if (!view.ok()) {
    SB_CHECK(absl::IsDataLoss(view.status()));
    return 0;
  }
  const uint32_t rows = view->rows();
  SB_CHECK_LE(rows, kMaxBlockSamples);
  for (const uint32_t row : view->stale_rows()) SB_CHECK_LT(row, rows);
  std::vector<TimestampMs> times(rows);
  for (uint32_t row = 0; row < rows; ++row) times[row] = 15'000 * int64_t{row};
  StartColumn starts;
  if (const Status status = view->DecodeStarts(times, &starts); !status.ok()) {
    SB_CHECK(absl::IsDataLoss(status));
  }
  NativeHistogram one;
  for (uint32_t row = 0; row < rows; row += 1 + rows / 16) view->Decode(row, row + 1, &one);
  for (size_t i = 0; i < view->section_count(); ++i) {
    const HistogramBlockView::SectionInfo section = view->section_info(i);
    SB_CHECK_LE(section.bytes, size);
    std::vector<NativeHistogram> read(section.rows);
    view->Decode(section.first_row, section.first_row + section.rows, read.data());
    const size_t counts = read[0].positive_counts.size() + read[0].negative_counts.size();
    SB_CHECK_LE(counts, kMaxHistogramBuckets);
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback;
  std::mt19937_64 random(1);
  std::vector<std::string> seeds;
  for (const size_t rows : {1, 5, 40, 300}) {
    for (const bool is_float : {false, true}) {
      std::vector<TimestampMs> times(rows);
      NativeHistogram histogram;
      histogram.is_float = is_float;
      histogram.schema = rows == 5 ? kCustomBucketsSchema : 2;
      histogram.positive_spans = {{1, 3}, {2, 2}};
      histogram.positive_counts.assign(5, 0);
      if (histogram.has_custom_buckets()) histogram.custom_values = {1, 2, 3, 4, 5, 6, 7, 8};
      std::vector<NativeHistogram> histograms(rows);
      for (size_t i = 0; i < rows; ++i) {
        times[i] = static_cast<TimestampMs>(i) * 15000;
        for (HistogramCount& count : histogram.positive_counts) {
          const uint64_t more = random() % 9;
          count = is_float ? BitsOf(ValueOf(count) + static_cast<double>(more)) : count + more;
          histogram.count =
              is_float ? BitsOf(ValueOf(histogram.count) + 1) : histogram.count + more;
        }
        histogram.sum += 0.5;
        histogram.reset_hint = static_cast<CounterResetHint>(i / 7 % 3);
        histograms[i] = i % 50 == 49 ? NativeHistogram::StaleMarker() : histogram;
      }
      seeds.push_back(BuildHistogramBlock(times, histograms, {1, 2}));
      StartColumn starts;
      starts.SetFrom(rows / 2, -5);
      seeds.push_back(BuildHistogramBlock(times, histograms, {1, 2}, starts.view()));
    }
  }
  return seeds;
}
