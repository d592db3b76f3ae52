#include "runner.h"

#include <algorithm>
#include <optional>

#include "at_variants.h"
#include "classic_conversion.h"
#include "result_check.h"

#include "query/windows/histogram_reader.h"

namespace silverback::promqltest {
namespace {

constexpr int64_t kMinuteMs = 60'000;

class ScriptRunner {
 public:
  explicit ScriptRunner(const StorageState& state) : state_(state) {}

  std::vector<EvalOutcome> Run(const std::vector<Command>& commands) {
    for (const Command& command : commands) {
      std::visit([&](const auto& c) { Execute(c); }, command);
    }
    return std::move(outcomes_);
  }

 private:
  void Execute(const ClearCommand&) {
    storage_.reset();
    failure_ = absl::OkStatus();
  }

  void Execute(const LoadCommand& load) {
    if (failure_.ok()) failure_ = Load(load);
    changed_ = true;
  }

  void Execute(const DeleteCommand& deletion) {
    if (failure_.ok()) failure_ = Delete(deletion);
    changed_ = true;
  }

  void Execute(const EvalCommand& eval) {
    EvalOutcome outcome;
    outcome.line = eval.line;
    outcome.query = eval.query;
    const Status status = Evaluate(eval);
    outcome.passed = status.ok();
    if (!status.ok()) outcome.reason = std::string(MessageOf(status));
    outcomes_.push_back(std::move(outcome));
  }

  Status Open() {
    if (storage_ != nullptr) return absl::OkStatus();
    changed_ = true;
    ASSIGN_OR_RETURN(storage_, state_.open());
    return absl::OkStatus();
  }

  Status Load(const LoadCommand& load) {
    RETURN_IF_ERROR(Open());
    std::vector<LoadedSeries> all;
    for (const SeriesLine& line : load.series) {
      LoadedSeries series{line.labels, {}, {}};
      for (size_t i = 0; i < line.values.size(); ++i) {
        const SequenceValue& value = line.values[i];
        const TimestampMs time = static_cast<int64_t>(i) * load.interval_ms;
        if (value.omitted) continue;
        const bool has_start = !line.starts.empty() && line.starts[i].has_value();
        const TimestampMs start = has_start ? time + *line.starts[i] : kNoStart;
        if (value.histogram != nullptr) {
          series.histograms.push_back({time, ToNativeHistogram(*value.histogram), start});
        } else {
          series.samples.push_back({time, value.value});
          if (!line.starts.empty()) series.starts.push_back(start);
        }
      }
      if (!series.samples.empty() || !series.histograms.empty()) all.push_back(std::move(series));
    }
    if (load.with_native) {
      ASSIGN_OR_RETURN(std::vector<LoadedSeries> native, ConvertClassic(all));
      for (LoadedSeries& one : native) all.push_back(std::move(one));
    }
    return storage_->Load(all);
  }

  Status Delete(const DeleteCommand& deletion) {
    RETURN_IF_ERROR(GetReady());
    return storage_->Delete(deletion.matchers, deletion.range);
  }

  Status GetReady() {
    RETURN_IF_ERROR(Open());
    if (changed_) RETURN_IF_ERROR(storage_->GetReady());
    changed_ = false;
    return absl::OkStatus();
  }

  Status Evaluate(const EvalCommand& eval) {
    RETURN_IF_ERROR(failure_);
    RETURN_IF_ERROR(GetReady());
    return eval.instant ? EvaluateInstant(eval) : EvaluateRange(eval);
  }

  Status EvaluateRange(const EvalCommand& eval) {
    return CheckAnswer(eval, eval.query, eval.grid, /*instant=*/false).status();
  }

  Status EvaluateInstant(const EvalCommand& eval) {
    ASSIGN_OR_RETURN(std::vector<InstantQuery> variants,
                     AtVariants(eval.query, eval.grid.start_ms));
    variants.insert(variants.begin(), {eval.query, eval.grid.start_ms});
    for (const InstantQuery& variant : variants) {
      const Status status = EvaluateVariant(eval, variant);
      if (!status.ok()) {
        return WithContext(status, fmt::format("{} at {} ms", variant.query, variant.time_ms));
      }
    }
    return absl::OkStatus();
  }

  Status EvaluateVariant(const EvalCommand& eval, const InstantQuery& variant) {
    const StepGrid instant{variant.time_ms, variant.time_ms, 1};
    ASSIGN_OR_RETURN(const std::optional<QueryResult> result,
                     CheckAnswer(eval, variant.query, instant, /*instant=*/true));
    if (!result.has_value() || eval.expects_range_vector || eval.expects_string) {
      return absl::OkStatus();
    }
    if (DependsOnQueryRange(variant.query)) return absl::OkStatus();
    // The middle of three steps must be what the instant query says.
    const StepGrid grid{variant.time_ms - kMinuteMs, variant.time_ms + kMinuteMs, kMinuteMs};
    const StatusOr<QueryResult> range = storage_->Run({.query = variant.query, .grid = grid});
    if (!range.ok()) return WithContext(range.status(), "as a range query");
    if (eval.expect_ordered) return absl::OkStatus();
    const bool scalar = std::holds_alternative<ScalarResult>(result->value);
    return WithContext(CheckStepOfRange(eval, *range, variant.time_ms, scalar), "as a range query");
  }

  /// Asks and compares. No result: the query failed as it should.
  StatusOr<std::optional<QueryResult>> CheckAnswer(const EvalCommand& eval,
                                                   const std::string& query, const StepGrid& grid,
                                                   bool instant) {
    StatusOr<QueryResult> result =
        storage_->Run({.query = query, .grid = grid, .instant = instant});
    if (!result.ok()) {
      RETURN_IF_ERROR(CheckFailure(eval, result.status()));
      return std::optional<QueryResult>();
    }
    if (eval.expect_fail) return InvalidArgument("the query did not fail");
    RETURN_IF_ERROR(CheckAnnotations(eval, *result));
    RETURN_IF_ERROR(CheckResult(eval, *result));
    return std::optional<QueryResult>(*std::move(result));
  }

  const StorageState& state_;
  std::unique_ptr<TestStorage> storage_;
  bool changed_ = false;  // loaded or deleted since GetReady
  Status failure_;        // of a load or deletion since the last clear
  std::vector<EvalOutcome> outcomes_;
};

}  // namespace

std::vector<EvalOutcome> RunScript(const std::vector<Command>& commands,
                                   const StorageState& state) {
  return ScriptRunner(state).Run(commands);
}

}  // namespace silverback::promqltest
