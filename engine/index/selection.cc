// How a selection is computed, all under one snapshot:
//
//   1. Matchers that do not match the empty string: the intersection of their postings, cheapest first. If there is none,
//      all series.
//   2. Series without samples on the days of the range go, unless the head has them.
//   3. Matchers that match the empty string (`!=`, `!~` and such as `=""`, `=~"|a"`) select series without the label too: the
//      union of the postings of the values that do not match goes.
#include "engine/index/selection.h"

#include <absl/container/flat_hash_set.h>
#include <algorithm>
#include <optional>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/index/postings_reader.h"
#include "engine/store/id_set.h"
#include "engine/store/keys.h"

namespace silverback {
namespace {

// When so few series are selected, their label sets are read instead of all postings that could hold them...
constexpr uint64_t kFewSeries = 4096;
// ...as soon as more rows of postings have been looked at than these and one for so many selected series.
constexpr uint64_t kRowsAtLeast = 64;
constexpr uint64_t kSeriesPerRow = 2;
// The names of so many of the selected series are mostly all there are.
constexpr size_t kSampleSeries = 32;
// Up to so many series times days, each series is looked for on each day instead of uniting what was active.
constexpr uint64_t kFewTests = 2048;
// For rows of postings that were read.
constexpr size_t kCacheBytes = size_t{16} << 20;

bool MatchesAll(const Matcher& matcher) {
  return matcher.type() == MatchType::kRegex && matcher.value() == ".*";
}

// The lower, the fewer rows have to be read.
int CostOf(const Matcher& matcher) {
  if (matcher.type() == MatchType::kEqual) return 0;
  if (!matcher.negative() && matcher.literals().has_value()) return 1;
  if (!matcher.negative() && !matcher.prefix().empty()) return 2;
  return 3;
}

// Series whose value of the matcher's name (absent: "") is not empty and matches as `wanted` says.
StatusOr<SeriesBitmap> ByValues(const PostingsReader& postings, const Matcher& matcher,
                                bool wanted) {
  BitmapBuilder out;
  // Where the finite list that `literals` gives is the list of the values that we want.
  if (matcher.literals().has_value() && wanted != matcher.negative()) {
    for (const std::string& value : *matcher.literals()) {
      RETURN_IF_ERROR(postings.CheckCancelled());
      if (!value.empty()) RETURN_IF_ERROR(postings.AddOf(matcher.name(), value, &out));
    }
    return out.Build();
  }
  // The prefix is one of the values that the regex matches.
  const std::string_view prefix = wanted != matcher.negative() ? matcher.prefix() : "";
  bool matches = false;
  RETURN_IF_ERROR(
      postings.WalkValues(matcher.name(), prefix, [&](const PostingsRow& row) -> StatusOr<Walk> {
        if (row.new_value) matches = matcher.Matches(row.value) == wanted;
        if (!matches) return Walk::kNextValue;
        if (!out.Add(row.high, row.ids)) {
          return DataLoss("the postings of {}={} are malformed", matcher.name(), Quote(row.value));
        }
        return Walk::kNext;
      }));
  return out.Build();
}

StatusOr<SeriesBitmap> Matching(const PostingsReader& postings, const Matcher& matcher) {
  if (matcher.type() == MatchType::kEqual) return postings.Of(matcher.name(), matcher.value());
  return ByValues(postings, matcher, /*wanted=*/true);
}

StatusOr<SeriesBitmap> NotMatching(const PostingsReader& postings, const Matcher& matcher) {
  if (matcher.type() == MatchType::kNotEqual) return postings.Of(matcher.name(), matcher.value());
  if (MatchesAll(matcher)) return SeriesBitmap();
  return ByValues(postings, matcher, /*wanted=*/false);
}

StatusOr<SeriesBitmap> Base(const PostingsReader& postings, std::span<const Matcher> matchers) {
  std::vector<const Matcher*> required;
  for (const Matcher& matcher : matchers) {
    if (!matcher.MatchesEmpty()) required.push_back(&matcher);
  }
  if (required.empty()) return postings.All();
  std::stable_sort(required.begin(), required.end(),
                   [](const Matcher* a, const Matcher* b) { return CostOf(*a) < CostOf(*b); });
  ASSIGN_OR_RETURN(SeriesBitmap result, Matching(postings, *required.front()));
  for (size_t i = 1; i < required.size() && !result.isEmpty(); ++i) {
    RETURN_IF_ERROR(postings.CheckCancelled());
    ASSIGN_OR_RETURN(const SeriesBitmap next, Matching(postings, *required[i]));
    result &= next;
  }
  return result;
}

std::vector<SeriesId> IdsOf(const SeriesBitmap& bitmap) {
  std::vector<SeriesId> ids(bitmap.cardinality());
  bitmap.toUint32Array(ids.data());
  return ids;
}

// Some from all over them: series of one kind have ids near each other.
std::vector<SeriesId> SampleOf(const SeriesBitmap& series) {
  const uint64_t size = series.cardinality();
  std::vector<SeriesId> sample(std::min<uint64_t>(size, kSampleSeries));
  for (size_t i = 0; i < sample.size(); ++i) {
    const bool found = series.select(static_cast<uint32_t>(i * size / sample.size()), &sample[i]);
    SB_DCHECK(found);
    (void)found;
  }
  return sample;
}

Status MalformedActivity(Day day) {
  return DataLoss("the activity of {} is malformed", DayName(day));
}

StatusOr<SeriesBitmap> ActiveOn(const PostingsReader& postings, Day first, Day last) {
  BitmapBuilder active;
  RETURN_IF_ERROR(postings.WalkActivity(
      first, last, [&](Day day, uint16_t high, std::string_view ids) -> StatusOr<bool> {
        if (!active.Add(high, ids)) return MalformedActivity(day);
        return true;
      }));
  return active.Build();
}

// Those of `series` without activity on the days: each is looked for until it is found, mostly on the first day.
StatusOr<SeriesBitmap> InactiveAmong(const PostingsReader& postings, const SeriesBitmap& series,
                                     Day first, Day last) {
  std::vector<SeriesId> missing = IdsOf(series);
  RETURN_IF_ERROR(postings.WalkActivity(
      first, last, [&](Day day, uint16_t high, std::string_view ids) -> StatusOr<bool> {
        bool malformed = false;
        std::erase_if(missing, [&](SeriesId id) {
          bool has = false;
          if (id >> 16 == high) malformed |= !HasId(ids, static_cast<uint16_t>(id), &has);
          return has;
        });
        if (malformed) return MalformedActivity(day);
        return !missing.empty();
      }));
  return SeriesBitmap(missing.size(), missing.data());
}

Status Prune(const PostingsReader& postings, const SelectionScope& scope, SeriesBitmap* result) {
  if (scope.range.empty()) {
    *result = SeriesBitmap();
    return absl::OkStatus();
  }
  const Day first = DayOf(scope.range.min_ms);
  const Day last = DayOf(scope.range.max_ms);
  const SeriesBitmap candidates = scope.head == nullptr ? *result : *result - *scope.head;
  if (candidates.isEmpty()) return absl::OkStatus();
  const uint64_t days = static_cast<uint64_t>(int64_t{last} - first) + 1;
  const bool few = days <= kFewTests && candidates.cardinality() <= kFewTests / days;
  SeriesBitmap inactive;
  if (few) {
    ASSIGN_OR_RETURN(inactive, InactiveAmong(postings, candidates, first, last));
    if (inactive.isEmpty()) return absl::OkStatus();
  }
  // Whoever asks for all days there are asks for all series, known to be active or not.
  ASSIGN_OR_RETURN(const bool all, postings.IsAllActivity(first, last));
  if (all) return absl::OkStatus();
  if (!few) {
    ASSIGN_OR_RETURN(const SeriesBitmap active, ActiveOn(postings, first, last));
    inactive = candidates - active;
  }
  *result -= inactive;
  return absl::OkStatus();
}

StatusOr<SeriesBitmap> SelectIn(const PostingsReader& postings, std::span<const Matcher> matchers,
                                const SelectionScope& scope) {
  RETURN_IF_ERROR(postings.CheckCancelled());
  ASSIGN_OR_RETURN(SeriesBitmap result, Base(postings, matchers));
  if (!result.isEmpty()) RETURN_IF_ERROR(Prune(postings, scope, &result));
  for (const Matcher& matcher : matchers) {
    if (result.isEmpty()) break;
    if (!matcher.MatchesEmpty()) continue;
    RETURN_IF_ERROR(postings.CheckCancelled());
    ASSIGN_OR_RETURN(const SeriesBitmap others, NotMatching(postings, matcher));
    result -= others;
  }
  if (scope.excluded != nullptr) result -= *scope.excluded;
  return result;
}

StatusOr<bool> Intersects(const PostingsRow& row, SeriesProbe* selected) {
  bool intersects = false;
  if (!selected->Intersects(row.high, row.ids, &intersects)) {
    return DataLoss("the postings of value {} are malformed", Quote(row.value));
  }
  return intersects;
}

// Puts series that are sorted by id into the order of their metrics: counted and placed, as long as metric ids are no more than
// series.
std::vector<SelectedSeries> InStorageOrder(std::span<const SeriesId> ids,
                                           std::span<const MetricId> metrics) {
  std::vector<SelectedSeries> series(ids.size());
  if (std::is_sorted(metrics.begin(), metrics.end())) {
    for (size_t i = 0; i < ids.size(); ++i) series[i] = {metrics[i], ids[i]};
    return series;
  }
  const MetricId last = *std::max_element(metrics.begin(), metrics.end());
  if (last / 2 > ids.size()) {
    for (size_t i = 0; i < ids.size(); ++i) series[i] = {metrics[i], ids[i]};
    std::sort(series.begin(), series.end());
    return series;
  }
  std::vector<size_t> place(size_t{last} + 2);
  for (MetricId metric : metrics) ++place[metric + 1];
  for (size_t m = 1; m < place.size(); ++m) place[m] += place[m - 1];
  for (size_t i = 0; i < ids.size(); ++i) series[place[metrics[i]]++] = {metrics[i], ids[i]};
  return series;
}

// Collects a sorted list up to a limit.
class ListBuilder {
 public:
  explicit ListBuilder(size_t limit) : limit_(limit) {}

  // False when the list is full; the value was left out.
  bool Add(std::string_view value) {
    if (limit_ != 0 && list_.values.size() == limit_) {
      list_.truncated = true;
      return false;
    }
    list_.values.emplace_back(value);
    return true;
  }

  void AddUnsorted(std::vector<std::string> values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    for (const std::string& value : values) {
      if (!Add(value)) return;
    }
  }

  void Clear() { list_ = {}; }
  LabelList Take() { return std::move(list_); }

 private:
  size_t limit_;
  LabelList list_;
};

// Rows that may be looked at before reading the selected label sets is cheaper.
class RowBudget {
 public:
  explicit RowBudget(uint64_t selected)
      : few_(selected <= kFewSeries), left_(selected / kSeriesPerRow + kRowsAtLeast) {}
  // False when it is used up.
  bool Spend() { return !few_ || left_-- > 0; }

 private:
  bool few_;
  uint64_t left_;
};

using NameSet = absl::flat_hash_set<std::string, StringHash, StringEqual>;

void NoteNames(const LabelSet& labels, NameSet* names) {
  for (const Label& label : labels) {
    if (!names->contains(label.name)) names->emplace(label.name);
  }
}

// Lists the names of the selected series: those that are known to be such, and of the others those with a row that tells. False,
// and then the list is of no use, when reading label sets is cheaper.
StatusOr<bool> ListNames(const PostingsReader& postings, const SeriesBitmap& selected,
                         const NameSet& known, ListBuilder* names) {
  SeriesProbe probe(selected);
  RowBudget budget(selected.cardinality());
  bool gave_up = false;
  const auto visit = [&](std::string_view name, const PostingsRow& first) -> StatusOr<bool> {
    if (known.contains(name)) return names->Add(name);
    // Mostly the first row says it, and a walk over the others need not begin.
    ASSIGN_OR_RETURN(bool found, Intersects(first, &probe));
    if (found) return names->Add(name);
    const auto is_selected = [&](const PostingsRow& row) -> StatusOr<Walk> {
      gave_up = !budget.Spend();
      if (gave_up) return Walk::kStop;
      ASSIGN_OR_RETURN(found, Intersects(row, &probe));
      return found ? Walk::kStop : Walk::kNext;
    };
    RETURN_IF_ERROR(postings.WalkValues(name, "", is_selected));
    return !gave_up && (!found || names->Add(name));
  };
  RETURN_IF_ERROR(postings.WalkNames(visit));
  return !gave_up;
}

}  // namespace

struct Selector::Impl {
  explicit Impl(const Registry* of) : registry(of) {}

  const Registry* registry;
  mutable PostingsCache cache{kCacheBytes};

  const Kv& kv() const { return registry->store()->kv(); }
  PostingsReader Reader(const SelectionScope& scope) const;
  Status Visit(std::span<const SeriesId> series, const SelectionScope& scope,
               const std::function<void(const LabelSet&)>& visit) const;
};

// At a moment of its own the version is known if it is the same before and after.
PostingsReader Selector::Impl::Reader(const SelectionScope& scope) const {
  const bool own = scope.moment == nullptr;
  const std::optional<uint64_t> version = own ? registry->version() : scope.version;
  PostingsReader reader(&kv(), scope.moment, scope.cancelled);
  if (version.has_value() && (!own || version == registry->version())) {
    reader.UseCache(&cache, *version);
  }
  return reader;
}

size_t Selector::cache_bytes() const {
  return impl_->cache.bytes();
}

Selector::Selector(const Registry* registry) : impl_(std::make_unique<Impl>(registry)) {}
Selector::~Selector() = default;

Status Selector::Impl::Visit(std::span<const SeriesId> series, const SelectionScope& scope,
                             const std::function<void(const LabelSet&)>& visit) const {
  if (scope.labels != nullptr) return (*scope.labels)(series, visit);
  ASSIGN_OR_RETURN(const std::vector<LabelSet> sets,
                   registry->Labels(series, scope.cancelled, scope.moment));
  for (const LabelSet& labels : sets) {
    if (!labels.empty()) visit(labels);
  }
  return absl::OkStatus();
}

StatusOr<SeriesBitmap> Selector::SelectBitmap(std::span<const Matcher> matchers,
                                              const SelectionScope& scope) const {
  return SelectIn(impl_->Reader(scope), matchers, scope);
}

StatusOr<std::vector<SelectedSeries>> Selector::Select(std::span<const Matcher> matchers,
                                                       const SelectionScope& scope) const {
  ASSIGN_OR_RETURN(const SeriesBitmap selected, SelectBitmap(matchers, scope));
  const std::vector<SeriesId> ids = IdsOf(selected);
  std::vector<MetricId> metrics(ids.size());
  RETURN_IF_ERROR(impl_->registry->Metrics(ids, metrics, scope.moment));
  return InStorageOrder(ids, metrics);
}

StatusOr<LabelList> Selector::LabelNames(std::span<const Matcher> matchers,
                                         const SelectionScope& scope, size_t limit) const {
  const PostingsReader postings = impl_->Reader(scope);
  ASSIGN_OR_RETURN(const SeriesBitmap selected, SelectIn(postings, matchers, scope));
  ListBuilder names(limit);
  if (selected.isEmpty()) return names.Take();
  NameSet known;
  const auto note = [&known](const LabelSet& labels) { NoteNames(labels, &known); };
  RETURN_IF_ERROR(impl_->Visit(SampleOf(selected), scope, note));
  if (selected.cardinality() > kSampleSeries) {
    ASSIGN_OR_RETURN(const bool listed, ListNames(postings, selected, known, &names));
    if (listed) return names.Take();
    names.Clear();
    RETURN_IF_ERROR(impl_->Visit(IdsOf(selected), scope, note));
  }
  names.AddUnsorted({known.begin(), known.end()});
  return names.Take();
}

StatusOr<LabelList> Selector::LabelValues(std::string_view name, std::span<const Matcher> matchers,
                                          const SelectionScope& scope, size_t limit) const {
  const PostingsReader postings = impl_->Reader(scope);
  ListBuilder values(limit);
  // The empty name is ours, for the set of all series.
  if (name.empty()) return values.Take();
  ASSIGN_OR_RETURN(const SeriesBitmap selected, SelectIn(postings, matchers, scope));
  if (selected.isEmpty()) return values.Take();
  SeriesProbe probe(selected);
  RowBudget budget(selected.cardinality());
  bool gave_up = false;
  RETURN_IF_ERROR(postings.WalkValues(name, "", [&](const PostingsRow& row) -> StatusOr<Walk> {
    gave_up = !budget.Spend();
    if (gave_up) return Walk::kStop;
    ASSIGN_OR_RETURN(const bool found, Intersects(row, &probe));
    if (!found) return Walk::kNext;
    return values.Add(row.value) ? Walk::kNextValue : Walk::kStop;
  }));
  if (!gave_up) return values.Take();
  values.Clear();
  std::vector<std::string> all;
  RETURN_IF_ERROR(impl_->Visit(IdsOf(selected), scope, [&](const LabelSet& labels) {
    if (const std::string_view value = labels.Get(name); !value.empty()) all.emplace_back(value);
  }));
  values.AddUnsorted(std::move(all));
  return values.Take();
}

StatusOr<std::vector<std::pair<std::string, uint64_t>>> Selector::CountByValue(
    std::string_view name, size_t limit) const {
  const PostingsReader postings = impl_->Reader({});
  std::vector<std::pair<std::string, uint64_t>> counts;
  if (name.empty()) return counts;
  RETURN_IF_ERROR(postings.WalkValues(name, "", [&](const PostingsRow& row) -> StatusOr<Walk> {
    uint32_t count = 0;
    if (!CountIds(row.ids, &count)) {
      return DataLoss("the postings of {}={} are malformed", name, Quote(row.value));
    }
    if (row.new_value) counts.emplace_back(row.value, 0);
    counts.back().second += count;
    return Walk::kNext;
  }));
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (counts.size() > limit) counts.resize(limit);
  return counts;
}

}  // namespace silverback
