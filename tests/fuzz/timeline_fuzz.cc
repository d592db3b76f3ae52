// Timelines, with their checksum ignored: what decodes ascends, and means the same after another round trip.
#include <string>
#include <vector>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/block/timeline.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<TimestampMs> times;
  if (const Status checked = DecodeTimeline(bytes, &times); !checked.ok()) {
    SB_CHECK(absl::IsDataLoss(checked));
  }
  const Status status = FUZZING_ONLY_DecodeTimelineUnverified(bytes, &times);
  if (!status.ok()) {
    SB_CHECK(absl::IsDataLoss(status));
    return 0;
  }
  for (size_t i = 1; i < times.size(); ++i) SB_CHECK_LT(times[i - 1], times[i]);
  const auto info = InspectTimeline(bytes);
  SB_CHECK(info.ok());
  SB_CHECK_EQ(size_t{info->rows}, times.size());
  std::vector<TimestampMs> again;
  SB_CHECK(DecodeTimeline(EncodeTimeline(times), &again).ok());
  SB_CHECK(again == times);
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback;
  std::vector<std::string> seeds;
  for (const size_t rows : {1, 2, 40, 300, 2500}) {
    std::vector<TimestampMs> regular(rows);
    std::vector<TimestampMs> late(rows);
    for (size_t i = 0; i < rows; ++i) {
      regular[i] = 1'700'000'000'000 + static_cast<TimestampMs>(i) * 15'000;
      late[i] = regular[i] + static_cast<TimestampMs>(i * i % 7 + (i > rows / 2 ? 90'000 : 0));
    }
    seeds.push_back(EncodeTimeline(regular));
    seeds.push_back(EncodeTimeline(late));
  }
  return seeds;
}
