#include "query/exec/engine.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "query/exec/admission.h"
#include "query/exec/operator_builder.h"
#include "query/exec/result.h"
#include "query/exec/worker_pool.h"
#include "query/model/operator_profile.h"
#include "query/plan/planner.h"
#include "query/plan/rewrites.h"

namespace silverback {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Seconds since it was made or last asked.
class Stopwatch {
 public:
  double Lap() {
    const SteadyClock::time_point now = SteadyClock::now();
    const std::chrono::duration<double> lap = now - last_;
    last_ = now;
    return lap.count();
  }

 private:
  SteadyClock::time_point last_ = SteadyClock::now();
};

int64_t PositiveOr(int64_t value, int64_t fallback) {
  return value > 0 ? value : fallback;
}

class EngineImpl : public Engine {
 public:
  EngineImpl(const Database* database, EngineOptions options)
      : database_(database),
        options_(std::move(options)),
        admission_(std::max<uint32_t>(options_.max_concurrency, 1), options_.max_queued) {
    const uint32_t threads =
        options_.threads != 0 ? options_.threads : std::thread::hardware_concurrency();
    // The query's own thread evaluates too.
    if (threads > 1) pool_ = std::make_unique<exec::WorkerPool>(threads - 1);
  }

  StatusOr<QueryResult> Execute(const QueryRequest& request) override {
    const int64_t timeout_ms =
        std::min(PositiveOr(request.timeout_ms, options_.timeout_ms), options_.timeout_ms);
    const SteadyClock::time_point deadline =
        SteadyClock::now() + std::chrono::milliseconds(timeout_ms);

    QueryResult result;
    Stopwatch stopwatch;
    ASSIGN_OR_RETURN(const syntax::ExprPtr expr, Parse(request));
    result.statistics.parse_seconds = stopwatch.Lap();
    ASSIGN_OR_RETURN(const exec::Admission::Ticket ticket, admission_.Enter(request, deadline));
    result.statistics.queue_seconds = stopwatch.Lap();
    ASSIGN_OR_RETURN(plan::PlanPtr plan, Plan(request, expr.get()));
    result.statistics.plan_seconds = stopwatch.Lap();
    RETURN_IF_ERROR(Run(request, *plan, deadline, ticket.killed(), &result));
    result.statistics.exec_seconds = stopwatch.Lap();
    if (result.profile != nullptr) result.profile->seconds = result.statistics.exec_seconds;
    return result;
  }

  std::vector<ActiveQuery> ActiveQueries() const override { return admission_.ActiveQueries(); }
  bool Kill(uint64_t id) override { return admission_.Kill(id); }
  const EngineOptions& options() const override { return options_; }

 private:
  StatusOr<syntax::ExprPtr> Parse(const QueryRequest& request) const {
    ASSIGN_OR_RETURN(syntax::ExprPtr expr, syntax::ParseExpr(request.query, options_.parser));
    const syntax::ValueType type = expr->type();
    if (!request.instant && type != syntax::ValueType::kVector &&
        type != syntax::ValueType::kScalar) {
      return InvalidArgument(
          "invalid expression type \"{}\" for range query, must be Scalar or instant Vector",
          syntax::DocumentedTypeName(type));
    }
    return expr;
  }

  StatusOr<plan::PlanPtr> Plan(const QueryRequest& request, syntax::Expr* expr) const {
    plan::PlanContext context;
    context.grid = request.grid;
    context.instant = request.instant;
    ASSIGN_OR_RETURN(plan::PlanPtr plan, plan::MakePlan(expr, context));
    if (options_.plan_rewrites) plan::Rewrite(&plan, request.instant);
    return plan;
  }

  Status Run(const QueryRequest& request, const plan::PlanNode& plan,
             SteadyClock::time_point deadline, const std::atomic<bool>* killed,
             QueryResult* result) const {
    ASSIGN_OR_RETURN(const std::shared_ptr<const ReadView> view, database_->NewView());
    exec::Budget::Limits limits{options_.max_memory_bytes, options_.max_samples, deadline};
    exec::QueryContext query(limits, request.cancelled);
    query.budget.StopWhen(killed);
    query.view = view.get();
    query.pool = pool_.get();
    query.lookback_ms = PositiveOr(request.lookback_delta_ms, options_.lookback_delta_ms);
    query.delayed_name_removal = options_.delayed_name_removal;
    query.use_start_timestamps = options_.use_start_timestamps;
    query.window_fast_paths = options_.window_fast_paths;
    query.per_step_statistics = request.per_step_statistics;
    query.series_max = options_.max_series;
    if (request.analyze) {
      result->profile = std::make_shared<OperatorProfile>();
      result->profile->name = "query";
      query.profile = result->profile.get();
    }
    exec::SampleCounter* counter =
        query.NewCounter(nullptr, exec::SampleCounter::Relation::kRoot, request.grid);
    RETURN_IF_ERROR(query.budget.Check());
    ASSIGN_OR_RETURN(result->value,
                     exec::ExecutePlan(&query, plan, request.grid, request.instant, counter));
    query.CloseCounters();
    QueryStatistics& statistics = result->statistics;
    statistics.series_selected = query.series_selected;
    statistics.samples = counter->samples();
    statistics.samples_peak = query.budget.samples_peak();
    statistics.memory_peak_bytes = query.budget.memory_peak();
    Annotations::Strings strings = query.MergedAnnotations().AsStrings(request.query);
    result->warnings = std::move(strings.warnings);
    result->infos = std::move(strings.infos);
    return absl::OkStatus();
  }

  const Database* database_;
  const EngineOptions options_;
  std::unique_ptr<exec::WorkerPool> pool_;
  exec::Admission admission_;
};

}  // namespace

std::unique_ptr<Engine> Engine::Create(const Database* database, EngineOptions options) {
  return std::make_unique<EngineImpl>(database, std::move(options));
}

}  // namespace silverback
