#include "tests/support/memory_database/memory_database.h"

#include <algorithm>
#include <set>

namespace silverback {
namespace {

using SeriesList = std::vector<std::shared_ptr<const MemoryDatabase::Series>>;

/// The part of a series that lies in a range.
Run RunOf(const MemoryDatabase::Series& series, TimeRange range) {
  const auto begin = std::lower_bound(series.times.begin(), series.times.end(), range.min_ms);
  const auto end = std::upper_bound(begin, series.times.end(), range.max_ms);
  const auto offset = static_cast<size_t>(begin - series.times.begin());
  const auto count = static_cast<size_t>(end - begin);
  return Run::OfSamples(std::span(series.times).subspan(offset, count),
                        std::span(series.values).subspan(offset, count));
}

class MemoryCursor : public SeriesCursor {
 public:
  MemoryCursor(const SeriesList& all, std::span<const SeriesHandle> selected, TimeRange range)
      : all_(all), selected_(selected.begin(), selected.end()), range_(range) {}

  StatusOr<bool> Next(SeriesRuns* out) override {
    if (next_ == selected_.size()) return false;
    const SeriesId id = selected_[next_++].series;
    run_ = range_.empty() ? Run() : RunOf(*all_[id], range_);
    *out = {id, std::span<const Run>(&run_, run_.size() == 0 ? 0 : 1)};
    return true;
  }
  std::span<const ReadLoss> losses() const override { return {}; }
  size_t memory_bytes() const override { return 0; }

 private:
  const SeriesList& all_;
  std::vector<SeriesHandle> selected_;
  TimeRange range_;
  size_t next_ = 0;
  Run run_;
};

class MemoryView : public ReadView {
 public:
  explicit MemoryView(SeriesList series) : series_(std::move(series)) {}

  StatusOr<std::vector<SeriesHandle>> Select(std::span<const Matcher> matchers, TimeRange,
                                             const std::atomic<bool>*) const override {
    std::vector<SeriesHandle> selected;
    for (size_t id = 0; id < series_.size(); ++id) {
      const LabelSet& labels = series_[id]->labels;
      if (std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
            return matcher.Matches(labels.Get(matcher.name()));
          })) {
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
                                               TimeRange range) const override {
    return std::make_unique<MemoryCursor>(series_, series, range);
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
      if (series->times.empty()) continue;
      bounds.min_ms = std::min(bounds.min_ms, series->times.front());
      bounds.max_ms = std::max(bounds.max_ms, series->times.back());
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

  bool AppendKnown(std::string_view, std::span<const Sample>) override { return false; }

  void AppendNew(std::string_view, std::span<const Label> labels,
                 std::span<const Sample> samples) override {
    StatusOr<LabelSet> set = LabelSet::FromLabels({labels.begin(), labels.end()});
    if (set.ok()) pending_.push_back({*std::move(set), {samples.begin(), samples.end()}});
  }

  StatusOr<AppendResult> Commit() override {
    AppendResult result;
    for (const auto& [labels, samples] : pending_) {
      database_->Add(labels, samples);
      result.samples_stored += samples.size();
    }
    return result;
  }

 private:
  MemoryDatabase* database_;
  std::vector<std::pair<LabelSet, std::vector<Sample>>> pending_;
};

}  // namespace

void MemoryDatabase::Add(const LabelSet& labels, std::span<const Sample> samples) {
  const std::lock_guard lock(mutex_);
  auto it = std::find_if(series_.begin(), series_.end(),
                         [&](const auto& series) { return series->labels == labels; });
  if (it == series_.end()) {
    series_.push_back(std::make_shared<Series>(Series{labels, {}, {}}));
    it = series_.end() - 1;
  }
  auto changed = std::make_shared<Series>(**it);
  for (const Sample& sample : samples) {
    const auto at =
        std::lower_bound(changed->times.begin(), changed->times.end(), sample.timestamp_ms);
    const auto row = at - changed->times.begin();
    if (at != changed->times.end() && *at == sample.timestamp_ms) {
      changed->values[static_cast<size_t>(row)] = sample.value;
    } else {
      changed->times.insert(at, sample.timestamp_ms);
      changed->values.insert(changed->values.begin() + row, sample.value);
    }
  }
  *it = std::move(changed);
}

std::unique_ptr<Appender> MemoryDatabase::NewAppender() {
  return std::make_unique<MemoryAppender>(this);
}

StatusOr<std::shared_ptr<const ReadView>> MemoryDatabase::NewView() const {
  const std::lock_guard lock(mutex_);
  return std::make_shared<MemoryView>(series_);
}

}  // namespace silverback
