#include "query/exec/info.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <re2/re2.h>
#include <set>
#include <utility>

#include "query/exec/label_ops.h"
#include "query/exec/series_merger.h"
#include "query/exec/vector_selector.h"

namespace silverback::exec {
namespace {

// The labels by which an info series and the series that it describes find each other.
constexpr std::array<std::string_view, 2> kIdentifyingLabels = {"instance", "job"};

bool IsPositive(const Matcher& matcher) {
  return !matcher.negative();
}

// The conditions on the names of info series: target_info unless the selector says otherwise.
std::vector<Matcher> NameMatchers(const std::vector<Matcher>& selector) {
  std::vector<Matcher> names;
  for (const Matcher& matcher : selector) {
    if (matcher.name() == kMetricName) names.push_back(matcher);
  }
  if (names.empty()) return {Matcher::Equal(std::string(kMetricName), "target_info")};
  if (std::any_of(names.begin(), names.end(), IsPositive)) return names;
  StatusOr<Matcher> any_info =
      Matcher::Create(MatchType::kRegex, std::string(kMetricName), ".+_info");
  SB_CHECK(any_info.ok());
  names.insert(names.begin(), *std::move(any_info));
  return names;
}

std::vector<Matcher> DataMatchers(const std::vector<Matcher>& selector) {
  std::vector<Matcher> data;
  for (const Matcher& matcher : selector) {
    if (matcher.name() != kMetricName) data.push_back(matcher);
  }
  return data;
}

class Info : public Operator {
 public:
  Info(QueryContext* query, const StepGrid& grid, OperatorPtr base, std::vector<Matcher> selector,
       const plan::TimeShift& time, SampleCounter* counter)
      : Operator(query, grid),
        base_(std::move(base)),
        time_(time),
        counter_(counter),
        names_(NameMatchers(selector)),
        data_(DataMatchers(selector)),
        identity_(LabelFilter::Keep({kIdentifyingLabels.begin(), kIdentifyingLabels.end()})),
        share_(budget()) {
    for (const Matcher& matcher : data_) data_names_.insert(matcher.name());
  }

  Status Open() override {
    ASSIGN_OR_RETURN(base_columns_, ReadAll(base_.get(), &share_));
    RETURN_IF_ERROR(ReadInfoSeries());
    return Combine();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    if (next_ == results_.size()) return false;
    out->series = next_;
    out->column = std::move(results_[next_++]);
    return true;
  }

  bool ascending() const override { return true; }

 private:
  // An info series itself gets nothing added.
  bool IsInfoSeries(const LabelSet& labels) const {
    const std::string_view name = labels.Get(kMetricName);
    return std::all_of(names_.begin(), names_.end(),
                       [name](const Matcher& matcher) { return matcher.Matches(name); });
  }

  // The info series that can describe any of the base series.
  Status ReadInfoSeries() {
    std::map<std::string_view, std::set<std::string>> values;
    for (size_t i = 0; i < base_->series().size(); ++i) {
      const LabelSet& labels = base_->series()[i].labels;
      ignored_.push_back(IsInfoSeries(labels));
      if (ignored_.back() || !HasValues(base_columns_[i])) continue;
      for (const std::string_view name : kIdentifyingLabels) {
        const std::string_view value = labels.Get(name);
        if (!value.empty()) values[name].emplace(value);
      }
    }
    if (values.empty()) return absl::OkStatus();

    plan::SelectorPlan selector;
    selector.time = time_;
    for (const auto& [name, alternatives] : values) {
      std::string regex;
      for (const std::string& value : alternatives) {
        if (!regex.empty()) regex += '|';
        regex += re2::RE2::QuoteMeta(value);
      }
      ASSIGN_OR_RETURN(Matcher matcher,
                       Matcher::Create(MatchType::kRegex, std::string(name), std::move(regex)));
      selector.matchers.push_back(std::move(matcher));
    }
    selector.matchers.insert(selector.matchers.end(), data_.begin(), data_.end());
    selector.matchers.insert(selector.matchers.end(), names_.begin(), names_.end());

    // The samples' times decide between info series that describe the same series.
    const OperatorPtr times = NewInfoTimes(query(), grid(), selector, counter_);
    ASSIGN_OR_RETURN(info_columns_, ReadAll(times.get(), &share_));
    info_series_ = times->series();
    return absl::OkStatus();
  }

  static bool HasValues(const Column& column) {
    return column.steps() != 0 && column.present.Any();
  }

  Status Combine() {
    std::string key;
    for (size_t i = 0; i < info_series_.size(); ++i) {
      if (!HasValues(info_columns_[i])) continue;
      const LabelSet& labels = info_series_[i].labels;
      identity_.Encode(labels, &key);
      info_by_key_[key][std::string(labels.Get(kMetricName))].push_back(i);
    }
    for (size_t i = 0; i < base_columns_.size(); ++i) {
      if (HasValues(base_columns_[i])) RETURN_IF_ERROR(CombineSeries(i));
    }
    return absl::OkStatus();
  }

  Status CombineSeries(size_t base) {
    RETURN_IF_ERROR(budget()->Check());
    const OutputSeries& series = base_->series()[base];
    if (ignored_[base]) {
      return AddResult(series, base_columns_[base], base_columns_[base].present);
    }
    std::string key;
    identity_.Encode(series.labels, &key);
    const auto found = info_by_key_.find(key);
    static const InfoByName kNone;
    const InfoByName& candidates = found == info_by_key_.end() ? kNone : found->second;

    // Steps with the same info series form one result.
    std::map<std::vector<size_t>, StepMask> steps_by_choice;
    for (size_t step = 0; step < steps(); ++step) {
      if (!base_columns_[base].present.Test(step)) continue;
      ASSIGN_OR_RETURN(const std::vector<size_t> choice, Choose(candidates, step));
      StepMask& mask = steps_by_choice[choice];
      if (mask.size() == 0) mask.Reset(steps());
      mask.Set(step);
    }
    for (const auto& [choice, mask] : steps_by_choice) {
      if (choice.empty() && !MatchesWithoutInfo()) continue;
      ASSIGN_OR_RETURN(LabelSet labels, Enrich(series.labels, choice));
      RETURN_IF_ERROR(AddResult({std::move(labels), series.drop_name}, base_columns_[base], mask));
    }
    return absl::OkStatus();
  }

  using InfoByName = std::map<std::string, std::vector<size_t>>;  // series by metric name

  // The newest info series of each metric name at `step`.
  StatusOr<std::vector<size_t>> Choose(const InfoByName& candidates, size_t step) const {
    std::vector<size_t> chosen;
    for (const auto& [name, series] : candidates) {
      bool any = false;
      for (const size_t i : series) {
        const Column& times = info_columns_[i];
        if (!times.present.Test(step)) continue;
        if (!any) {
          chosen.push_back(i);
          any = true;
          continue;
        }
        const double best = info_columns_[chosen.back()].floats[step];
        if (times.floats[step] == best) return ConflictError(chosen.back(), i, best);
        if (times.floats[step] > best) chosen.back() = i;
      }
    }
    return chosen;
  }

  Status ConflictError(size_t existing, size_t other, double seconds) const {
    const auto time_ms = static_cast<int64_t>(std::llround(seconds * 1000));
    return Error(absl::StatusCode::kFailedPrecondition,
                 "found duplicate series for info metric: existing {} @ {}, new {} @ {}",
                 LabelsText(info_series_[existing].labels), time_ms,
                 LabelsText(info_series_[other].labels), time_ms);
  }

  bool MatchesWithoutInfo() const {
    return std::all_of(data_.begin(), data_.end(),
                       [](const Matcher& matcher) { return matcher.MatchesEmpty(); });
  }

  StatusOr<LabelSet> Enrich(const LabelSet& base, const std::vector<size_t>& choice) const {
    std::map<std::string, std::string> added;
    for (const size_t i : choice) {
      for (const Label& label : info_series_[i].labels) {
        if (label.name == kMetricName) continue;
        const std::string name(label.name);
        if (!data_names_.empty() && data_names_.count(name) == 0) continue;
        const auto existing = added.find(name);
        if (existing != added.end() && existing->second != label.value) {
          return Error(absl::StatusCode::kFailedPrecondition, "conflicting label: {}", name);
        }
        if (!base.Has(label.name)) added[name] = label.value;
      }
    }
    LabelSetBuilder labels(base);
    for (const auto& [name, value] : added) labels.Set(name, value);
    return labels.Build();
  }

  Status AddResult(OutputSeries series, const Column& column, const StepMask& mask) {
    const auto [it, inserted] =
        result_by_labels_.try_emplace(series.labels.encoded(), results_.size());
    if (inserted) {
      series_.push_back(std::move(series));
      results_.emplace_back();
      results_.back().Reset(steps());
      RETURN_IF_ERROR(ChargeColumn(results_.back(), &share_));
    }
    Column& target = results_[it->second];
    for (size_t w = 0; w < mask.words().size(); ++w) {
      if ((target.present.words()[w] & mask.words()[w]) != 0) return SameLabelSetError();
    }
    CopySteps(column, mask.words(), &target);
    return share_.Grow(0, mask.Count());
  }

  OperatorPtr base_;
  const plan::TimeShift time_;
  SampleCounter* counter_;
  const std::vector<Matcher> names_;
  const std::vector<Matcher> data_;
  std::set<std::string> data_names_;
  const LabelFilter identity_;
  BudgetShare share_;

  std::vector<Column> base_columns_;
  std::vector<bool> ignored_;
  std::vector<OutputSeries> info_series_;
  std::vector<Column> info_columns_;  // the samples' times, in seconds
  std::map<std::string, InfoByName> info_by_key_;
  std::map<std::string, size_t> result_by_labels_;
  std::vector<Column> results_;
  size_t next_ = 0;
};

// The time shift of the first selector below `node`; false when there is none.
bool FindTime(const plan::PlanNode& node, plan::TimeShift* time) {
  if (const auto* selector = plan::DynAs<plan::SelectorPlan>(&node)) {
    *time = selector->time;
    return true;
  }
  if (const auto* matrix = plan::DynAs<plan::MatrixPlan>(&node)) {
    *time = matrix->time;
    return true;
  }
  for (const plan::PlanPtr& child : node.children) {
    if (!FindTime(*child, time)) continue;
    // Offsets of the subqueries around it add up until an @ fixes the time.
    const auto* subquery = plan::DynAs<plan::SubqueryPlan>(&node);
    if (subquery != nullptr && !time->at_ms.has_value()) {
      time->offset_ms = plan::SaturatingAdd(time->offset_ms, subquery->time.offset_ms);
      time->at_ms = subquery->time.at_ms;
    }
    return true;
  }
  return false;
}

}  // namespace

plan::TimeShift InfoTime(const plan::PlanNode& base) {
  plan::TimeShift time;
  FindTime(base, &time);
  return time;
}

OperatorPtr NewInfo(QueryContext* query, const StepGrid& grid, OperatorPtr base,
                    std::vector<Matcher> selector, const plan::TimeShift& time,
                    SampleCounter* counter) {
  return std::make_unique<Info>(query, grid, std::move(base), std::move(selector), time, counter);
}

}  // namespace silverback::exec
