#include "tests/support/memory_database/memory_database.h"

#include <algorithm>
#include <deque>
#include <set>

namespace silverback {
namespace {

using SeriesList = std::vector<std::shared_ptr<const MemoryDatabase::Series>>;

/// The part of `times` that lies in `range`: first row and number of rows.
std::pair<size_t, size_t> RowsIn(const std::vector<TimestampMs>& times, TimeRange range) {
  const auto begin = std::lower_bound(times.begin(), times.end(), range.min_ms);
  const auto end = std::upper_bound(begin, times.end(), range.max_ms);
  return {static_cast<size_t>(begin - times.begin()), static_cast<size_t>(end - begin)};
}

/// What a run borrows of start timestamps.
using StartColumns = std::deque<StartColumn>;

StartsView StartsOf(std::span<const TimestampMs> starts, StartColumns* columns) {
  StartColumn& column = columns->emplace_back();
  for (size_t row = 0; row < starts.size(); ++row) column.SetFrom(row, starts[row]);
  return column.view();
}

/// The part of a series that lies in a range: runs of one kind each, in order of time. With start timestamps if `columns`
/// is not null.
std::vector<Run> RunsOf(const MemoryDatabase::Series& series, TimeRange range,
                        StartColumns* columns) {
  const auto [first, count] = RowsIn(series.times, range);
  const auto [first_histogram, histogram_count] = RowsIn(series.histogram_times, range);
  const auto times = std::span(series.times).subspan(first, count);
  const auto values = std::span(series.values).subspan(first, count);
  const auto histogram_times =
      std::span(series.histogram_times).subspan(first_histogram, histogram_count);
  const auto histograms = std::span(series.histograms).subspan(first_histogram, histogram_count);
  StartsView starts;
  StartsView histogram_starts;
  if (columns != nullptr) {
    starts = StartsOf(std::span(series.starts).subspan(first, count), columns);
    histogram_starts = StartsOf(
        std::span(series.histogram_starts).subspan(first_histogram, histogram_count), columns);
  }
  std::vector<Run> runs;
  for (size_t i = 0, h = 0; i < count || h < histogram_count;) {
    size_t i_end = i;
    while (i_end < count && (h == histogram_count || times[i_end] < histogram_times[h])) ++i_end;
    if (i_end > i) {
      runs.push_back(Run::OfSamples(times.subspan(i, i_end - i), values.subspan(i, i_end - i))
                         .WithStarts(starts.From(i)));
    }
    i = i_end;
    size_t h_end = h;
    while (h_end < histogram_count && (i == count || histogram_times[h_end] < times[i])) ++h_end;
    if (h_end > h) {
      runs.push_back(
          Run::OfHistograms(histogram_times.subspan(h, h_end - h), histograms.subspan(h, h_end - h))
              .WithStarts(histogram_starts.From(h)));
    }
    h = h_end;
  }
  return runs;
}

bool IsSame(double a, double b) {
  return SameBits(a, b);
}
bool IsSame(const NativeHistogram& a, const NativeHistogram& b) {
  return a == b;
}

/// Puts a sample into one kind's columns and takes one at the same time out of the other's.
template <typename Value, typename Other>
void Put(TimestampMs t, const Value& value, TimestampMs start_ms, std::vector<TimestampMs>* times,
         std::vector<Value>* values, std::vector<TimestampMs>* starts,
         std::vector<TimestampMs>* other_times, std::vector<Other>* others,
         std::vector<TimestampMs>* other_starts) {
  const auto row_of = [t](const std::vector<TimestampMs>& column) {
    return std::lower_bound(column.begin(), column.end(), t) - column.begin();
  };
  const auto has = [t](const std::vector<TimestampMs>& column, ptrdiff_t row) {
    return row < std::ssize(column) && column[static_cast<size_t>(row)] == t;
  };
  if (const ptrdiff_t row = row_of(*other_times); has(*other_times, row)) {
    other_times->erase(other_times->begin() + row);
    others->erase(others->begin() + row);
    other_starts->erase(other_starts->begin() + row);
  }
  const ptrdiff_t row = row_of(*times);
  if (has(*times, row)) {
    if (IsSame((*values)[static_cast<size_t>(row)], value)) return;  // keeps its start timestamp
    (*values)[static_cast<size_t>(row)] = value;
    (*starts)[static_cast<size_t>(row)] = start_ms;
  } else {
    times->insert(times->begin() + row, t);
    values->insert(values->begin() + row, value);
    starts->insert(starts->begin() + row, start_ms);
  }
}

bool Matches(const LabelSet& labels, std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    return matcher.Matches(labels.Get(matcher.name()));
  });
}

/// Takes the rows of a range out of one kind's columns.
template <typename Value>
void Cut(TimeRange range, std::vector<TimestampMs>* times, std::vector<Value>* values,
         std::vector<TimestampMs>* starts) {
  const auto [first, count] = RowsIn(*times, range);
  const auto erase = [first = static_cast<ptrdiff_t>(first),
                      count = static_cast<ptrdiff_t>(count)](auto* column) {
    column->erase(column->begin() + first, column->begin() + first + count);
  };
  erase(times);
  erase(values);
  erase(starts);
}

class MemoryCursor : public SeriesCursor {
 public:
  MemoryCursor(const SeriesList& all, std::span<const SeriesHandle> selected, TimeRange range,
               const ReadOptions& options)
      : all_(all), selected_(selected.begin(), selected.end()), range_(range), options_(options) {}

  StatusOr<bool> Next(SeriesRuns* out) override {
    if (next_ == selected_.size()) return false;
    const SeriesId id = selected_[next_++].series;
    starts_.clear();
    runs_ = range_.empty() ? std::vector<Run>()
                           : RunsOf(*all_[id], range_, options_.starts ? &starts_ : nullptr);
    *out = {id, runs_};
    return true;
  }
  std::span<const ReadLoss> losses() const override { return {}; }
  size_t memory_bytes() const override { return 0; }

 private:
  const SeriesList& all_;
  std::vector<SeriesHandle> selected_;
  TimeRange range_;
  ReadOptions options_;
  size_t next_ = 0;
  StartColumns starts_;
  std::vector<Run> runs_;
};

class MemoryView : public ReadView {
 public:
  explicit MemoryView(SeriesList series) : series_(std::move(series)) {}

  StatusOr<std::vector<SeriesHandle>> Select(std::span<const Matcher> matchers, TimeRange,
                                             const std::atomic<bool>*) const override {
    std::vector<SeriesHandle> selected;
    for (size_t id = 0; id < series_.size(); ++id) {
      if (Matches(series_[id]->labels, matchers)) {
        selected.push_back({0, static_cast<SeriesId>(id)});
      }
    }
    return selected;
  }

  StatusOr<std::vector<LabelSet>> LabelsOf(std::span<const SeriesHandle> series) const override {
    std::vector<LabelSet> labels;
    for (const SeriesHandle& handle : series) labels.push_back(series_[handle.series]->labels);
    return labels;
  }

  StatusOr<std::unique_ptr<SeriesCursor>> Read(std::span<const SeriesHandle> series,
                                               TimeRange range,
                                               const ReadOptions& options) const override {
    return std::make_unique<MemoryCursor>(series_, series, range, options);
  }

  StatusOr<std::vector<std::string>> LabelNames(std::span<const Matcher> matchers, TimeRange range,
                                                size_t limit,
                                                const std::atomic<bool>* cancelled) const override {
    return Collect(
        matchers, range, limit, cancelled, [](const Label&) { return true; }, &Label::name);
  }

  StatusOr<std::vector<std::string>> LabelValues(
      std::string_view name, std::span<const Matcher> matchers, TimeRange range, size_t limit,
      const std::atomic<bool>* cancelled) const override {
    return Collect(
        matchers, range, limit, cancelled, [&](const Label& label) { return label.name == name; },
        &Label::value);
  }

  TimeRange Bounds() const override {
    TimeRange bounds{kMaxTimestampMs, kMinTimestampMs};
    for (const auto& series : series_) {
      for (const auto* times : {&series->times, &series->histogram_times}) {
        if (times->empty()) continue;
        bounds.min_ms = std::min(bounds.min_ms, times->front());
        bounds.max_ms = std::max(bounds.max_ms, times->back());
      }
    }
    return bounds;
  }

 private:
  template <typename Predicate>
  StatusOr<std::vector<std::string>> Collect(std::span<const Matcher> matchers, TimeRange range,
                                             size_t limit, const std::atomic<bool>* cancelled,
                                             Predicate wanted,
                                             std::string_view Label::*part) const {
    ASSIGN_OR_RETURN(const auto selected, Select(matchers, range, cancelled));
    std::set<std::string, std::less<>> found;
    for (const SeriesHandle& handle : selected) {
      for (const Label& label : series_[handle.series]->labels) {
        if (wanted(label)) found.emplace(label.*part);
      }
    }
    std::vector<std::string> list(found.begin(), found.end());
    if (limit > 0 && list.size() > limit) list.resize(limit);
    return list;
  }

  SeriesList series_;
};

class MemoryAppender : public Appender {
 public:
  explicit MemoryAppender(MemoryDatabase* database) : database_(database) {}

  bool AppendKnown(std::string_view, const SampleSpan&, std::span<const HistogramSample>) override {
    return false;
  }

  void AppendNew(std::string_view, std::span<const Label> labels, const SampleSpan& samples,
                 std::span<const HistogramSample> histograms) override {
    StatusOr<LabelSet> set = LabelSet::FromLabels({labels.begin(), labels.end()});
    if (!set.ok()) return;
    pending_.push_back({*std::move(set),
                        {samples.begin(), samples.end()},
                        {samples.starts.begin(), samples.starts.end()},
                        {histograms.begin(), histograms.end()}});
  }

  StatusOr<AppendResult> Commit() override {
    AppendResult result;
    for (const Pending& one : pending_) {
      database_->Add(one.labels, SampleSpan(one.samples, one.starts), one.histograms);
      result.samples_stored += one.samples.size() + one.histograms.size();
      result.histograms_stored += one.histograms.size();
    }
    return result;
  }

 private:
  struct Pending {
    LabelSet labels;
    std::vector<Sample> samples;
    std::vector<TimestampMs> starts;
    std::vector<HistogramSample> histograms;
  };

  MemoryDatabase* database_;
  std::vector<Pending> pending_;
};

}  // namespace

void MemoryDatabase::Add(const LabelSet& labels, const SampleSpan& samples,
                         std::span<const HistogramSample> histograms) {
  const std::lock_guard lock(mutex_);
  auto it = std::find_if(series_.begin(), series_.end(),
                         [&](const auto& series) { return series->labels == labels; });
  if (it == series_.end()) {
    series_.push_back(std::make_shared<Series>(Series{labels, {}, {}, {}, {}, {}, {}}));
    it = series_.end() - 1;
  }
  auto changed = std::make_shared<Series>(**it);
  for (size_t i = 0; i < samples.size(); ++i) {
    Put(samples[i].timestamp_ms, samples[i].value, samples.StartOf(i), &changed->times,
        &changed->values, &changed->starts, &changed->histogram_times, &changed->histograms,
        &changed->histogram_starts);
  }
  for (const HistogramSample& sample : histograms) {
    Put(sample.timestamp_ms, sample.histogram, sample.start_ms, &changed->histogram_times,
        &changed->histograms, &changed->histogram_starts, &changed->times, &changed->values,
        &changed->starts);
  }
  *it = std::move(changed);
}

Status MemoryDatabase::Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) {
  const std::lock_guard lock(mutex_);
  for (std::shared_ptr<const Series>& series : series_) {
    const auto matches = [&](const auto& set) { return Matches(series->labels, set); };
    if (std::none_of(matcher_sets.begin(), matcher_sets.end(), matches)) continue;
    auto changed = std::make_shared<Series>(*series);
    Cut(range, &changed->times, &changed->values, &changed->starts);
    Cut(range, &changed->histogram_times, &changed->histograms, &changed->histogram_starts);
    series = std::move(changed);
  }
  return absl::OkStatus();
}

std::unique_ptr<Appender> MemoryDatabase::NewAppender() {
  return std::make_unique<MemoryAppender>(this);
}

StatusOr<std::shared_ptr<const ReadView>> MemoryDatabase::NewView() const {
  const std::lock_guard lock(mutex_);
  return std::make_shared<MemoryView>(series_);
}

}  // namespace silverback
