#include "engine/index/selection.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "index_fixture.h"

#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

using namespace std::string_literals;

constexpr Day kFirstDay = 20'000;
constexpr int kDays = 6;

TimestampMs StartOf(Day day) {
  return day * kDayMs;
}

// A series as the oracle knows it.
struct Known {
  SelectedSeries id;
  LabelSet labels;
  std::set<Day> days;
  bool in_head = false;
};

struct SelectionFixture : IndexFixture {
  std::vector<Known> known;
  SeriesBitmap head;

  void MarkActive(Day day, SeriesId series) {
    const uint16_t low[] = {static_cast<uint16_t>(series)};
    KvBatch batch(store->kv());
    batch.Merge(Family::kActivity, keys::Activity(day, static_cast<uint16_t>(series >> 16)),
                EncodeIds(low));
    RequireOk(store->kv().Write(std::move(batch), Durability::kBuffered));
  }

  void Add(const LabelSet& labels, std::set<Day> days, bool in_head) {
    const SeriesRef ref = Create(labels);
    if (!ref.created) return;
    for (Day day : days) MarkActive(day, ref.series);
    if (in_head) head.add(ref.series);
    known.push_back({{ref.metric, ref.series}, labels, std::move(days), in_head});
  }

  SelectionScope Scope(TimeRange range) const { return {range, &head, nullptr}; }

  // What must be selected, by definition.
  std::vector<const Known*> Oracle(std::span<const Matcher> matchers, TimeRange range) const {
    std::vector<const Known*> selected;
    std::set<Day> all_days;
    for (const Known& k : known) all_days.insert(k.days.begin(), k.days.end());
    const auto in_range = [&](Day day) {
      return DayOf(range.min_ms) <= day && day <= DayOf(range.max_ms);
    };
    const bool whole = std::all_of(all_days.begin(), all_days.end(), in_range);
    for (const Known& k : known) {
      const bool active = k.in_head || whole || std::any_of(k.days.begin(), k.days.end(), in_range);
      const bool matches = std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) {
        return m.Matches(k.labels.Get(m.name()));
      });
      if (active && matches) selected.push_back(&k);
    }
    std::sort(selected.begin(), selected.end(),
              [](const Known* a, const Known* b) { return a->id < b->id; });
    return selected;
  }
};

// Names and values of few letters, so that matchers hit; NUL and 0xff among them.
class RandomLabels {
 public:
  explicit RandomLabels(std::mt19937* random) : random_(*random) {}

  std::string Name() {
    const std::string names[] = {
        std::string(kMetricName), "job", "jo", "job\0x"s, "env", "\xff"s, "\0"s};
    return names[random_() % std::size(names)];
  }
  std::string Text() {
    const std::string letters = "ab\0\xff"s;
    std::string text;
    for (size_t n = random_() % 4; n > 0; --n)
      text += letters[random_() % (random_() % 3 == 0 ? 4 : 2)];
    return text;
  }
  LabelSet Set() {
    LabelSetBuilder builder;
    builder.Set("always", "here");
    for (size_t n = random_() % 6; n > 0; --n) builder.Set(Name(), Text());
    return builder.Build();
  }
  Matcher One() {
    const auto type = static_cast<MatchType>(random_() % 4);
    std::string value;
    if (type == MatchType::kEqual || type == MatchType::kNotEqual) {
      value = Text();
    } else {
      const std::string regexes[] = {"",     "a",   "a|b",   "a.*", ".*",    ".+",  "[ab]b?", "|a",
                                     "b.*a", "aa?", "(ab)*", "x",   "a.*|b", "^a$", "(?i)A"};
      value = regexes[random_() % std::size(regexes)];
    }
    return Value(Matcher::Create(type, random_() % 12 == 0 ? "absent" : Name(), value));
  }
  std::vector<Matcher> Some() {
    std::vector<Matcher> matchers;
    for (size_t n = random_() % 4; n > 0; --n) matchers.push_back(One());
    return matchers;
  }
  TimeRange Range() {
    const auto day = [&] { return kFirstDay - 2 + static_cast<Day>(random_() % (kDays + 4)); };
    const Day a = day();
    const Day b = day();
    const auto offset = static_cast<TimestampMs>(random_() % kDayMs);
    if (random_() % 8 == 0) return {};
    return {StartOf(std::min(a, b)) + offset, StartOf(std::max(a, b)) + offset};
  }

 private:
  std::mt19937& random_;
};

std::string Print(std::span<const Matcher> matchers, TimeRange range) {
  std::string text;
  for (const Matcher& m : matchers) text += m.ToString() + " ";
  return text + fmt::format("{}..{}", DayName(DayOf(range.min_ms)), DayName(DayOf(range.max_ms)));
}

TEST_CASE(
    "a selection equals the definition: all kinds of matchers, absent labels, days, the head") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  RandomLabels labels(&random);
  SelectionFixture f;
  for (int n = 0; n < 400; ++n) {
    std::set<Day> days;
    for (Day d = kFirstDay; d < kFirstDay + kDays; ++d) {
      if (random() % 4 == 0) days.insert(d);
    }
    f.Add(labels.Set(), days, random() % 5 == 0);
  }
  if (seed % 2 == 0) RequireOk(f.store->Flush());
  const Selector selector(f.registry.get());
  for (int round = 0; round < 1'500; ++round) {
    const std::vector<Matcher> matchers = labels.Some();
    const TimeRange range = labels.Range();
    CAPTURE(Print(matchers, range));
    const std::vector<const Known*> wanted = f.Oracle(matchers, range);
    std::vector<SelectedSeries> ids;
    std::set<std::string> names;
    std::set<std::string> values;
    const std::string name = labels.Name();
    for (const Known* k : wanted) {
      ids.push_back(k->id);
      for (const Label& label : k->labels) names.emplace(label.name);
      if (k->labels.Has(name)) values.emplace(k->labels.Get(name));
    }
    REQUIRE(Value(selector.Select(matchers, f.Scope(range))) == ids);
    const LabelList found_names = Value(selector.LabelNames(matchers, f.Scope(range), 0));
    REQUIRE(found_names.values == std::vector<std::string>(names.begin(), names.end()));
    REQUIRE_FALSE(found_names.truncated);
    const LabelList found_values = Value(selector.LabelValues(name, matchers, f.Scope(range), 0));
    REQUIRE(found_values.values == std::vector<std::string>(values.begin(), values.end()));
    const size_t limit = 1 + random() % 4;
    const LabelList some = Value(selector.LabelValues(name, matchers, f.Scope(range), limit));
    REQUIRE(some.truncated == (values.size() > limit));
    REQUIRE(std::equal(some.values.begin(), some.values.end(), values.begin()));
    REQUIRE(some.values.size() == std::min(limit, values.size()));
    REQUIRE(Value(selector.LabelNames(matchers, f.Scope(range), limit)).values.size() ==
            std::min(limit, names.size()));
  }
}

TEST_CASE("names and values are the same by postings and by label sets") {
  // One value a series, so that the walk over postings gives up.
  SelectionFixture f;
  std::vector<LabelSet> labels;
  for (int n = 0; n < 3'000; ++n) {
    labels.push_back(LabelSet{{kMetricName, "m"},
                              {"id", fmt::format("{:05d}", n)},
                              {fmt::format("only{}", n % 700), "x"},
                              {"part", n % 1'000 == 7 ? "few" : "many"}});
  }
  f.Create(labels);
  const Selector selector(f.registry.get());
  const std::vector<Matcher> few{Matcher::Equal("part", "few")};
  CHECK(Value(selector.LabelValues("id", few, {}, 0)).values ==
        std::vector<std::string>{"00007", "01007", "02007"});
  CHECK(Value(selector.LabelValues("id", few, {}, 2)).truncated);
  CHECK(Value(selector.LabelNames(few, {}, 0)).values ==
        std::vector<std::string>{"__name__", "id", "only307", "only607", "only7", "part"});
  CHECK(Value(selector.LabelNames({}, {}, 0)).values.size() == 703);
  CHECK(Value(selector.LabelValues("id", {}, {}, 0)).values.size() == 3'000);
  CHECK(Value(selector.LabelValues("", {}, {}, 0)).values.empty());
  const auto counts = Value(selector.CountByValue("part", 5));
  CHECK(counts == std::vector<std::pair<std::string, uint64_t>>{{"many", 2'997}, {"few", 3}});
}

TEST_CASE("series are selected across the borders of postings rows, and deleted ones are not") {
  SelectionFixture f;
  std::vector<SeriesEntry> entries;
  std::vector<SelectedSeries> even;
  for (uint32_t n = 0; n < 2'000; ++n) {
    const SeriesId id = 64'536 + n;
    const MetricId metric = 1 + n % 2;
    entries.push_back(
        {id, metric,
         LabelSet{{kMetricName, n % 2 == 0 ? "even" : "odd"}, {"n", fmt::format("{}", n)}}});
    if (n % 2 == 0) even.push_back({metric, id});
  }
  RequireOk(f.registry->Insert(entries));
  const Selector selector(f.registry.get());
  const std::vector<Matcher> is_even{Matcher::Equal(std::string(kMetricName), "even")};
  CHECK(Value(selector.Select(is_even, {})) == even);
  CHECK(Value(selector.Select({}, {})).size() == 2'000);
  const std::vector<Matcher> not_odd{
      Value(Matcher::Create(MatchType::kNotEqual, std::string(kMetricName), "odd"))};
  CHECK(Value(selector.Select(not_odd, {})) == even);
  std::vector<SeriesId> gone;
  for (size_t i = 0; i < even.size(); i += 2) gone.push_back(even[i].series);
  RequireOk(f.registry->Delete(gone));
  std::vector<SelectedSeries> left;
  for (size_t i = 1; i < even.size(); i += 2) left.push_back(even[i]);
  CHECK(Value(selector.Select(is_even, {})) == left);
  CHECK(Value(selector.Select({}, {})).size() == 1'500);
}

TEST_CASE("a part that is committed makes its series active on its days, and none is lost") {
  SelectionFixture f;
  const SeriesRef a = f.Create(LabelSet{{kMetricName, "a"}});
  const SeriesRef b = f.Create(LabelSet{{kMetricName, "b"}});
  const TimestampMs start = StartOf(kFirstDay);
  auto writer = Value(f.store->NewPartWriter({.partition = PartitionOf(start)}));
  RequireOk(writer->AddBlock({a.metric, a.series, start - 1}, start + 1, 3, "a"));
  RequireOk(writer->AddBlock({b.metric, b.series, start + 5}, start + 6, 2, "b"));
  CatalogEdit edit;
  edit.new_parts.push_back(Value(writer->Finish()));
  RequireOk(f.store->Commit(std::move(edit)));
  const Selector selector(f.registry.get());
  const auto count = [&](TimestampMs min, TimestampMs max, const SeriesBitmap* head = nullptr) {
    return Value(selector.Select({}, {{min, max}, head, nullptr})).size();
  };
  CHECK(count(start - 10, start - 1) == 1);
  CHECK(count(start, start) == 2);
  CHECK(count(start + kDayMs, start + kDayMs) == 0);
  CHECK(count(start - 10, start) == 2);
  CHECK(count(5, 4) == 0);
  SeriesBitmap head;
  head.add(b.series);
  CHECK(count(start + kDayMs, start + kDayMs, &head) == 1);
  CHECK(count(kMinTimestampMs, kMaxTimestampMs) == 2);
  RequireOk(f.store->DropBefore(start, start));
  CHECK(count(start - 10, start - 1) == 0);
}

TEST_CASE("values are those of the moment, however often series come and go in between") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  SelectionFixture f;
  const Selector selector(f.registry.get());
  std::map<std::string, SeriesId> there;
  const std::vector<Matcher> some{Value(Matcher::Create(MatchType::kRegex, "v", ".*[13579]"))};
  for (int round = 0; round < 300; ++round) {
    const std::string value = fmt::format("{:03d}", random() % 100);
    if (const auto at = there.find(value); at != there.end()) {
      RequireOk(f.registry->Delete(std::vector<SeriesId>{at->second}));
      there.erase(at);
    } else {
      there[value] = f.Create(LabelSet{{"v", value}, {"all", "1"}}).series;
    }
    std::vector<std::string> values;
    std::set<SeriesId> odd;
    for (const auto& [known, id] : there) {
      values.push_back(known);
      if ((known.back() - '0') % 2 == 1) odd.insert(id);
    }
    // Once read from the store, then from what was kept of it.
    for (int again = 0; again < 3; ++again) {
      REQUIRE(Value(selector.LabelValues("v", {}, {}, 0)).values == values);
      std::set<SeriesId> selected;
      for (const SelectedSeries& one : Value(selector.Select(some, {})))
        selected.insert(one.series);
      REQUIRE(selected == odd);
    }
    REQUIRE((selector.cache_bytes() > 0 || there.empty()));
  }
}

TEST_CASE("a moment before a change of series is answered as it was") {
  SelectionFixture f;
  f.Create(LabelSet{{"v", "1"}});
  const Selector selector(f.registry.get());
  const auto version = f.registry->version();
  REQUIRE(version.has_value());
  const auto moment = f.store->kv().NewSnapshot();
  SelectionScope then;
  then.moment = moment.get();
  then.version = version;
  f.Create(LabelSet{{"v", "2"}});
  CHECK(f.registry->version() != version);
  for (int again = 0; again < 2; ++again) {
    CHECK(Value(selector.LabelValues("v", {}, then, 0)).values == std::vector<std::string>{"1"});
    CHECK(Value(selector.LabelValues("v", {}, {}, 0)).values == std::vector<std::string>{"1", "2"});
  }
}

TEST_CASE("series that were created before a look-up are in it, while others come") {
  SelectionFixture f;
  const Selector selector(f.registry.get());
  std::atomic<size_t> created{0};
  std::thread writer([&] {
    for (size_t n = 0; n < 300; ++n) {
      const LabelSet labels{{"v", fmt::format("{:04d}", n)}};
      SeriesRef ref;
      if (!f.registry->GetOrCreate(std::span(&labels, 1), std::span(&ref, 1)).ok()) break;
      created = n + 1;
    }
    created = 1'000'000;
  });
  bool all = true;
  for (;;) {
    const size_t before = created;
    const auto values = selector.LabelValues("v", {}, {}, 0);
    if (!values.ok()) all = false;
    if (before == 1'000'000) {
      all &= values.ok() && values->values.size() == 300;
      break;
    }
    all &= values.ok() && values->values.size() >= before;
  }
  writer.join();
  CHECK(all);
}

TEST_CASE("a cancelled selection stops with Cancelled") {
  SelectionFixture f;
  f.Create(LabelSet{{kMetricName, "a"}});
  const Selector selector(f.registry.get());
  const std::atomic<bool> cancelled{true};
  const SelectionScope scope{.range = {}, .cancelled = &cancelled};
  CHECK(absl::IsCancelled(selector.Select({}, scope).status()));
  CHECK(absl::IsCancelled(selector.LabelNames({}, scope, 0).status()));
  CHECK(absl::IsCancelled(selector.LabelValues("a", {}, scope, 0).status()));
}

TEST_CASE("damaged postings are an error, never a wrong selection") {
  SelectionFixture f;
  f.Create(LabelSet{{kMetricName, "a"}});
  KvBatch batch(f.store->kv());
  batch.Put(Family::kPostings, keys::Postings(kMetricName, "a", 0), "\x07junk");
  RequireOk(f.store->kv().Write(std::move(batch), Durability::kBuffered));
  const Selector selector(f.registry.get());
  const std::vector<Matcher> matchers{Matcher::Equal(std::string(kMetricName), "a")};
  CHECK(absl::IsDataLoss(selector.Select(matchers, {}).status()));
}

}  // namespace
}  // namespace silverback
