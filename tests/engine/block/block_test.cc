#include "engine/block/block.h"

#include <numeric>

#include <catch2/catch.hpp>

#include "../codec/shapes.h"

#include "engine/base/coding.h"

namespace silverback {
namespace {

std::vector<TimestampMs> RegularTimes(size_t count, TimestampMs first = 1700000000000) {
  std::vector<TimestampMs> times(count);
  for (size_t i = 0; i < count; ++i) times[i] = first + static_cast<TimestampMs>(i) * 15000;
  return times;
}

// The facts by definition, written for clearness.
void RequireFacts(const Facts& facts, const std::vector<double>& values) {
  std::vector<uint32_t> rows;
  std::vector<uint32_t> stale;
  for (uint32_t i = 0; i < values.size(); ++i) (IsStale(values[i]) ? stale : rows).push_back(i);
  REQUIRE(facts.count == rows.size());
  REQUIRE(facts.stale_rows == stale);
  if (rows.empty()) return;
  REQUIRE(facts.first_row == rows.front());
  REQUIRE(facts.last_row == rows.back());
  REQUIRE(SameBits(facts.first_value, values[rows.front()]));
  REQUIRE(SameBits(facts.last_value, values[rows.back()]));
  double min = values[rows.front()];
  double max = min;
  KahanSum sum;
  bool has_nan = false;
  bool has_inf = false;
  std::vector<CounterReset> resets;
  for (size_t i = 0; i < rows.size(); ++i) {
    const double value = values[rows[i]];
    if (value < min || std::isnan(min)) min = value;
    if (value > max || std::isnan(max)) max = value;
    sum.Add(value);
    has_nan = has_nan || std::isnan(value);
    has_inf = has_inf || std::isinf(value);
    if (i > 0 && value < values[rows[i - 1]]) resets.push_back({rows[i], values[rows[i - 1]]});
  }
  REQUIRE(SameBits(facts.min, min));
  REQUIRE(SameBits(facts.max, max));
  REQUIRE(facts.has_nan == has_nan);
  REQUIRE(facts.has_inf == has_inf);
  REQUIRE(std::isnan(facts.sum.sum) == std::isnan(sum.sum));
  if (!std::isnan(sum.sum)) {
    REQUIRE(SameBits(facts.sum.sum, sum.sum));
    REQUIRE(SameBits(facts.sum.compensation, sum.compensation));
  }
  REQUIRE(facts.resets_listed ==
          (resets.size() <= MaxListedResets(static_cast<uint32_t>(values.size()))));
  REQUIRE(facts.resets == (facts.resets_listed ? resets : std::vector<CounterReset>()));
}

void RequireRoundTrip(const std::vector<double>& values, Random& random) {
  const auto rows = static_cast<uint32_t>(values.size());
  const auto times = RegularTimes(rows, -50000);
  const TimelineRef timeline = {static_cast<uint32_t>(random()), static_cast<uint32_t>(random())};
  const std::string bytes = BuildBlock(times, values, timeline);
  const auto view = BlockView::Open(bytes);
  REQUIRE(view.ok());
  REQUIRE(view->rows() == rows);
  REQUIRE(view->timeline() == timeline);
  REQUIRE(view->time_range() == TimeRange{times.front(), times.back()});
  RequireFacts(view->facts(), values);
  std::vector<double> decoded(rows);
  view->Decode(0, rows, decoded.data());
  REQUIRE(SameBitsAll(decoded.data(), values.data(), rows));
  for (int i = 0; i < 8; ++i) {
    const auto begin = static_cast<uint32_t>(random() % (rows + 1));
    const auto end = begin + static_cast<uint32_t>(random() % (rows - begin + 1));
    std::vector<double> window(end - begin);
    view->Decode(begin, end, window.data());
    REQUIRE(SameBitsAll(window.data(), values.data() + begin, end - begin));
    const auto row = static_cast<uint32_t>(random() % rows);
    REQUIRE(SameBits(view->ValueAt(row), values[row]));
  }
}

TEST_CASE("blocks of 1 to 2,049 rows give back bits, windows, points and facts") {
  Random random(1);
  for (size_t rows = 1; rows <= 2049; ++rows) {
    CAPTURE(rows);
    RequireRoundTrip(MakeVector(rows, random), random);
  }
}

TEST_CASE("blocks of every shape give back bits, windows, points and facts") {
  const uint64_t seed = GENERATE(1, 2);
  CAPTURE(seed);
  Random random(seed);
  for (int s = 0; s < static_cast<int>(Shape::kCount); ++s) {
    for (const size_t rows : {1ul, 1024ul, 1025ul, 5000ul, 8191ul, 8192ul}) {
      CAPTURE(s, rows);
      RequireRoundTrip(MakeShape(static_cast<Shape>(s), rows, random), random);
    }
  }
}

TEST_CASE("a block whose shape changes in the middle chooses anew for each vector") {
  Random random(3);
  std::vector<double> values = MakeShape(Shape::kConstant, 1024, random);
  const auto counter = MakeShape(Shape::kCounter, 1024, random);
  values.insert(values.end(), counter.begin(), counter.end());
  const std::string bytes = BuildBlock(RegularTimes(values.size()), values, {});
  const auto view = BlockView::Open(bytes);
  REQUIRE(view.ok());
  REQUIRE(view->vector_count() == 2);
  REQUIRE(view->vector_info(0).codec == "constant");
  REQUIRE(view->vector_info(1).codec == "decimal");
  REQUIRE(view->vector_info(1).rows == 1024);
}

TEST_CASE("a block of staleness markers has no samples") {
  const std::vector<double> values(1500, ValueOf(kStaleNanBits));
  const std::string bytes = BuildBlock(RegularTimes(values.size()), values, {});
  const auto view = BlockView::Open(bytes);
  REQUIRE(view.ok());
  REQUIRE(view->facts().count == 0);
  REQUIRE(view->facts().stale_rows.size() == 1500);
}

TEST_CASE("a block that falls often lists no resets, and says so") {
  std::vector<double> values(1000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 10);
  const std::string bytes = BuildBlock(RegularTimes(values.size()), values, {});
  const auto view = BlockView::Open(bytes);
  REQUIRE(view.ok());
  REQUIRE_FALSE(view->facts().resets_listed);
  REQUIRE(view->facts().resets.empty());
}

TEST_CASE("a block's facts do not grow with its rows") {
  Random random(2);
  const auto values = MakeShape(Shape::kCounter, 8192, random);
  const std::string bytes = BuildBlock(RegularTimes(values.size()), values, {});
  uint16_t header = 0;
  std::memcpy(&header, bytes.data() + 2, 2);
  REQUIRE(header < 100);
}

TEST_CASE("times may span all of int64") {
  const std::vector<TimestampMs> times = {kMinTimestampMs, 0, kMaxTimestampMs};
  const std::string bytes = BuildBlock(times, std::vector<double>{1, 2, 3}, {});
  const auto view = BlockView::Open(bytes);
  REQUIRE(view.ok());
  REQUIRE(view->time_range() == TimeRange{kMinTimestampMs, kMaxTimestampMs});
}

TEST_CASE("rebinding changes the timeline and nothing else") {
  Random random(4);
  const auto values = MakeVector(3000, random);
  const auto times = RegularTimes(values.size());
  const std::string bytes = BuildBlock(times, values, {1, 2});
  const auto rebound = RebindBlock(bytes, {700, 100000});
  REQUIRE(rebound.ok());
  REQUIRE(*rebound == BuildBlock(times, values, {700, 100000}));
}

TEST_CASE("a block with any single bit flipped is refused") {
  Random random(5);
  for (const size_t rows : {1ul, 40ul, 1100ul}) {
    const auto values = MakeShape(Shape::kGaugeWithStale, rows, random);
    std::string bytes = BuildBlock(RegularTimes(rows), values, {3, 4});
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
      const auto view = BlockView::Open(bytes);
      REQUIRE_FALSE(view.ok());
      REQUIRE(view.status().code() == absl::StatusCode::kDataLoss);
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
    REQUIRE(BlockView::Open(bytes).ok());
  }
}

TEST_CASE("a block that is cut short or goes on is refused") {
  Random random(6);
  const auto values = MakeVector(100, random);
  const std::string bytes = BuildBlock(RegularTimes(100), values, {});
  for (size_t size = 0; size < bytes.size(); ++size) {
    REQUIRE_FALSE(BlockView::Open(std::string_view(bytes).substr(0, size)).ok());
  }
  REQUIRE_FALSE(BlockView::Open(bytes + "x").ok());
}

TEST_CASE("opened for its facts, a block with damaged values opens and says so when asked") {
  std::string bytes = BuildBlock(RegularTimes(300),
                                 MakeShape(Shape::kCounter, 300, *std::make_unique<Random>(1)), {});
  bytes.back() ^= 1;
  REQUIRE_FALSE(BlockView::Open(bytes).ok());
  const auto view = BlockView::Open(bytes, BlockView::Verify::kFacts);
  REQUIRE(view.ok());
  REQUIRE(view->facts().count == 300);
  REQUIRE_FALSE(view->VerifyValues().ok());
}

// Reads all that a view offers.
void ReadEverything(const BlockView& view) {
  std::vector<double> out(view.rows());
  view.Decode(0, view.rows(), out.data());
  for (uint32_t row = 0; row < view.rows(); row += 1 + view.rows() / 16) view.ValueAt(row);
  for (uint32_t i = 0; i < view.vector_count(); ++i) view.vector_info(i);
}

TEST_CASE("without checksums, damage is refused or read within bounds") {
  Random random(7);
  for (int round = 0; round < 3000; ++round) {
    const auto values = MakeVector(1 + random() % (round % 10 == 0 ? 3000 : 300), random);
    std::string bytes = BuildBlock(RegularTimes(values.size()), values, {});
    for (uint64_t i = 0; i <= random() % 4; ++i) {
      const uint64_t reach =
          random() % 2 == 0 ? std::min<uint64_t>(bytes.size(), 120) : bytes.size();
      bytes[random() % reach] ^= static_cast<char>(1 << random() % 8);
    }
    if (random() % 8 == 0) bytes.resize(random() % bytes.size());
    bytes.shrink_to_fit();
    const auto view = BlockView::FUZZING_ONLY_OpenUnverified(bytes);
    if (view.ok()) ReadEverything(*view);
  }
}

TEST_CASE("compensated sums of parts merge to the sum of the whole") {
  Random random(8);
  for (int round = 0; round < 200; ++round) {
    const auto values = MakeShape(Shape::kDecimalGauge, 2000, random);
    KahanSum whole;
    KahanSum merged;
    for (size_t begin = 0; begin < values.size(); begin += 500) {
      KahanSum part;
      for (size_t i = begin; i < begin + 500; ++i) {
        part.Add(values[i]);
        whole.Add(values[i]);
      }
      merged.Merge(part);
    }
    REQUIRE(merged.Total() == Approx(whole.Total()).epsilon(1e-15));
  }
}

TEST_CASE("infinities survive merging") {
  KahanSum a;
  a.Add(1);
  KahanSum b;
  b.Add(std::numeric_limits<double>::infinity());
  a.Merge(b);
  KahanSum c;
  c.Add(0.1);
  a.Merge(c);
  REQUIRE(std::isinf(a.Total()));
}

}  // namespace
}  // namespace silverback
