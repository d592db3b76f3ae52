// Blocks, with their checksums ignored: whatever the bytes, what opens can be read within bounds.
#include <random>
#include <string>
#include <vector>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/base/value.h"
#include "engine/block/block.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto checked = BlockView::Open(bytes); !checked.ok()) {
    SB_CHECK(absl::IsDataLoss(checked.status()));
  }
  const auto view = BlockView::FUZZING_ONLY_OpenUnverified(bytes);
  if (!view.ok()) {
    SB_CHECK(absl::IsDataLoss(view.status()));
    return 0;
  }
  const uint32_t rows = view->rows();
  SB_CHECK_LE(rows, kMaxBlockSamples);
  SB_CHECK_LE(view->facts().count, rows);
  for (const uint32_t row : view->facts().stale_rows) SB_CHECK_LT(row, rows);
  for (const CounterReset& reset : view->facts().resets) SB_CHECK_LT(reset.row, rows);
  // Room for what is asked and no more, so that a sanitizer sees each write beyond it.
  std::vector<double> all(rows);
  view->Decode(0, rows, all.data());
  const uint32_t begin = rows / 3;
  const uint32_t end = rows - rows / 5;
  std::vector<double> window(end - begin);
  view->Decode(begin, end, window.data());
  std::vector<TimestampMs> times(rows);
  for (uint32_t row = 0; row < rows; ++row) times[row] = 15'000 * int64_t{row};
  StartColumn starts;
  if (const Status status = view->DecodeStarts(times, &starts); status.ok()) {
    SB_CHECK_LE(starts.runs().size(), size_t{rows});
  } else {
    SB_CHECK(absl::IsDataLoss(status));
  }
  for (uint32_t row = 0; row < rows; row += 1 + rows / 32) view->ValueAt(row);
  for (uint32_t i = 0; i < view->vector_count(); ++i) {
    SB_CHECK_LE(view->vector_info(i).bytes, size);
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback;
  std::mt19937_64 random(1);
  std::vector<std::string> seeds;
  for (const size_t rows : {1, 5, 130, 700, 1100}) {
    std::vector<TimestampMs> times(rows);
    std::vector<std::vector<double>> columns(6, std::vector<double>(rows));
    for (size_t i = 0; i < rows; ++i) {
      times[i] = static_cast<TimestampMs>(i) * 15000;
      const size_t before = i == 0 ? 0 : i - 1;
      columns[0][i] = 1;
      columns[1][i] = static_cast<double>(i / 20);
      columns[2][i] =
          random() % 90 == 0 ? 0 : columns[2][before] + static_cast<double>(random() % 50);
      columns[3][i] =
          random() % 30 == 0 ? ValueOf(kStaleNanBits) : static_cast<double>(random() % 5000) / 100;
      columns[4][i] = columns[4][before] + static_cast<double>(random() >> 11) * 0x1p-53;
      columns[5][i] = ValueOf(random());
    }
    StartColumn starts;
    starts.SetFrom(0, -5);
    starts.SetFrom(rows / 2, kNoStart);
    for (size_t i = rows / 2 + 1; i < rows; ++i) starts.SetFrom(i, times[i - 1]);
    for (const auto& values : columns) {
      seeds.push_back(BuildBlock(times, values, {1, 2}));
      seeds.push_back(BuildBlock(times, values, {1, 2}, starts.view()));
    }
  }
  return seeds;
}
