#include "query/functions/function_table.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>
#include <string>

#include "query/functions/elementwise_kernels.h"
#include "query/functions/native_histogram.h"
#include "query/functions/range_kernels.h"

namespace silverback {
namespace {

using Kind = FunctionKind;

constexpr FunctionInfo Row(std::string_view name, Kind kind, std::string_view help) {
  FunctionInfo row;
  row.name = name;
  row.kind = kind;
  row.help = help;
  return row;
}

constexpr FunctionInfo Range(std::string_view name, RangeFunction function, WindowReads reads,
                             RangeKernel kernel, std::string_view help) {
  FunctionInfo row = Row(name, Kind::kRange, help);
  row.range_function = function;
  row.reads = reads;
  row.range = kernel;
  return row;
}

constexpr FunctionInfo Elementwise(std::string_view name, ElementwiseKernel kernel,
                                   std::string_view help) {
  FunctionInfo row = Row(name, Kind::kElementwise, help);
  row.elementwise = kernel;
  return row;
}

constexpr FunctionInfo DatePart(std::string_view name, DateKernel kernel, std::string_view help) {
  FunctionInfo row = Row(name, Kind::kDate, help);
  row.date = kernel;
  row.uses_eval_time = true;
  return row;
}

constexpr FunctionInfo OfHistogram(std::string_view name, HistogramKernel kernel,
                                   std::string_view help) {
  FunctionInfo row = Row(name, Kind::kNativeHistogram, help);
  row.histogram = kernel;
  return row;
}

constexpr FunctionInfo Stats(FunctionInfo row) {
  row.histogram_stats = true;
  return row;
}

/// A range function that takes native histograms too.
constexpr FunctionInfo Mixed(MixedRangeKernel kernel, FunctionInfo row) {
  row.mixed_range = kernel;
  return row;
}

constexpr FunctionInfo ScalarPair(std::string_view name, ScalarPairKernel kernel,
                                  std::string_view help) {
  FunctionInfo row = Row(name, Kind::kScalarPair, help);
  row.scalar_pair = kernel;
  row.experimental = true;
  return row;
}

constexpr FunctionInfo Experimental(FunctionInfo row) {
  row.experimental = true;
  return row;
}

constexpr FunctionInfo EvalTime(FunctionInfo row) {
  row.uses_eval_time = true;
  return row;
}

constexpr FunctionInfo KeepsName(FunctionInfo row) {
  row.keeps_name = true;
  return row;
}

constexpr FunctionInfo Counter(FunctionInfo row) {
  row.expects_counter = true;
  return row;
}

constexpr FunctionInfo WithStarts(FunctionInfo row) {
  row.uses_starts = true;
  return row;
}

constexpr FunctionInfo Anchored(FunctionInfo row) {
  row.anchored = true;
  return row;
}

constexpr FunctionInfo Bordered(FunctionInfo row) {
  row.anchored = true;
  row.smoothed = true;
  return row;
}

using enum RangeFunction;
using enum WindowReads;

constexpr auto kTable = std::to_array<FunctionInfo>({
    Elementwise("abs", MapColumn<Abs>, "absolute value"),
    Row("absent", Kind::kAbsent, "1 if the vector is empty"),
    [] {
      FunctionInfo row =
          Mixed(PresentOfMixed,
                Range("absent_over_time", kPresentOverTime, kPoints, PresentOverTimeKernel,
                      "1 where the range has no sample of any series"));
      row.kind = Kind::kAbsentOverTime;
      return row;
    }(),
    Elementwise("acos", MapColumn<Acos>, "arccosine in radians"),
    Elementwise("acosh", MapColumn<Acosh>, "inverse hyperbolic cosine"),
    Elementwise("asin", MapColumn<Asin>, "arcsine in radians"),
    Elementwise("asinh", MapColumn<Asinh>, "inverse hyperbolic sine"),
    Elementwise("atan", MapColumn<Atan>, "arctangent in radians"),
    Elementwise("atanh", MapColumn<Atanh>, "inverse hyperbolic tangent"),
    Mixed(AvgOfMixed, Range("avg_over_time", kAvgOverTime, kFacts, AvgOverTimeKernel,
                            "mean of the range's samples")),
    Elementwise("ceil", MapColumn<Ceil>, "rounded up to an integer"),
    Anchored(Mixed(ChangesOfMixed,
                   Range("changes", kChanges, kAll, ChangesKernel, "how often the value changed"))),
    Elementwise("clamp", ClampKernel, "limited to [min, max]"),
    Elementwise("clamp_max", ClampMaxKernel, "limited to at most max"),
    Elementwise("clamp_min", ClampMinKernel, "limited to at least min"),
    Elementwise("cos", MapColumn<Cos>, "cosine"),
    Elementwise("cosh", MapColumn<Cosh>, "hyperbolic cosine"),
    Mixed(CountOfMixed, Range("count_over_time", kCountOverTime, kPoints, CountOverTimeKernel,
                              "number of samples")),
    DatePart("day_of_month", DayOfMonth, "day of the month of a Unix time, from 1"),
    DatePart("day_of_week", DayOfWeek, "day of the week of a Unix time, Sunday is 0"),
    DatePart("day_of_year", DayOfYear, "day of the year of a Unix time, from 1"),
    DatePart("days_in_month", DaysInMonth, "number of days of a Unix time's month"),
    Elementwise("deg", MapColumn<Deg>, "radians to degrees"),
    Bordered(Mixed(DeltaOfMixed, Range("delta", kDelta, kPoints, DeltaKernel,
                                       "difference between the range's ends, extrapolated"))),
    Range("deriv", kDeriv, kAll, DerivKernel, "slope per second of the regression line"),
    Experimental(Range("double_exponential_smoothing", kDoubleExponentialSmoothing, kAll,
                       DoubleExponentialSmoothingKernel, "smoothed value, following the trend")),
    Experimental(EvalTime(Row("end", Kind::kQueryContext, "end of the query, in seconds"))),
    Elementwise("exp", MapColumn<Exp>, "e to the power of the value"),
    KeepsName(Mixed(FirstOfMixed, Range("first_over_time", kFirstOverTime, kPoints,
                                        FirstOverTimeKernel, "first sample of the range"))),
    Elementwise("floor", MapColumn<Floor>, "rounded down to an integer"),
    Stats(OfHistogram("histogram_avg", AvgOf, "mean of a native histogram")),
    Stats(OfHistogram("histogram_count", CountOf, "observations of a native histogram")),
    Row("histogram_fraction", Kind::kHistogramFraction,
        "fraction of a histogram's observations between two values"),
    Row("histogram_quantile", Kind::kHistogramQuantile, "quantile of a histogram"),
    Experimental(Row("histogram_quantiles", Kind::kHistogramQuantiles,
                     "several quantiles of a histogram, told apart by a label")),
    OfHistogram("histogram_stddev", StddevOf, "standard deviation of a native histogram"),
    OfHistogram("histogram_stdvar", VarianceOf, "variance of a native histogram"),
    Stats(OfHistogram("histogram_sum", SumOf, "sum of a native histogram")),
    DatePart("hour", Hour, "hour of a Unix time's day, 0 to 23"),
    Mixed(IdeltaOfMixed,
          Range("idelta", kIdelta, kPoints, IdeltaKernel, "difference of the last two samples")),
    WithStarts(Counter(
        Bordered(Mixed(IncreaseOfMixed, Range("increase", kIncrease, kPoints, IncreaseKernel,
                                              "growth of a counter, extrapolated to the range"))))),
    Experimental(KeepsName(Row("info", Kind::kInfo, "labels of matching info series added"))),
    WithStarts(Mixed(IrateOfMixed, Range("irate", kIrate, kPoints, IrateKernel,
                                         "per-second growth between the last two samples"))),
    KeepsName(Row("label_join", Kind::kLabelJoin, "a label from others, joined")),
    KeepsName(Row("label_replace", Kind::kLabelReplace, "a label from another by regex")),
    KeepsName(Mixed(LastOfMixed, Range("last_over_time", kLastOverTime, kPoints, LastOverTimeKernel,
                                       "last sample of the range"))),
    Elementwise("ln", MapColumn<Ln>, "natural logarithm"),
    Elementwise("log10", MapColumn<Log10>, "decimal logarithm"),
    Elementwise("log2", MapColumn<Log2>, "binary logarithm"),
    Experimental(
        Range("mad_over_time", kMadOverTime, kAll, MadOverTimeKernel, "median absolute deviation")),
    ScalarPair("max_of", MaxOf, "the larger of two scalars"),
    Range("max_over_time", kMaxOverTime, kFacts, MaxOverTimeKernel, "largest sample"),
    ScalarPair("min_of", MinOf, "the smaller of two scalars"),
    Range("min_over_time", kMinOverTime, kFacts, MinOverTimeKernel, "smallest sample"),
    DatePart("minute", Minute, "minute of a Unix time's hour, 0 to 59"),
    DatePart("month", Month, "month of a Unix time's year, 1 to 12"),
    Row("pi", Kind::kPi, "the number pi"),
    EvalTime(Range("predict_linear", kPredictLinear, kAll, PredictLinearKernel,
                   "value t seconds from now on the regression line")),
    Mixed(PresentOfMixed, Range("present_over_time", kPresentOverTime, kPoints,
                                PresentOverTimeKernel, "1 where the range has a sample")),
    Range("quantile_over_time", kQuantileOverTime, kAll, QuantileOverTimeKernel,
          "quantile of the range's samples"),
    Elementwise("rad", MapColumn<Rad>, "degrees to radians"),
    Experimental(EvalTime(Row("range", Kind::kQueryContext, "end - start, in seconds"))),
    WithStarts(Counter(Bordered(
        Mixed(RateOfMixed, Range("rate", kRate, kPoints, RateKernel,
                                 "per-second growth of a counter, extrapolated to the range"))))),
    WithStarts(Anchored(Mixed(ResetsOfMixed, Range("resets", kResets, kPoints, ResetsKernel,
                                                   "how often the counter fell")))),
    Elementwise("round", RoundKernel, "rounded to the nearest multiple"),
    Row("scalar", Kind::kScalar, "the value of a vector of one series, else NaN"),
    Elementwise("sgn", MapColumn<Sgn>, "sign: -1, 0 or 1"),
    Elementwise("sin", MapColumn<Sin>, "sine"),
    Elementwise("sinh", MapColumn<Sinh>, "hyperbolic sine"),
    KeepsName(Row("sort", Kind::kSort, "ordered by value")),
    Experimental(KeepsName(Row("sort_by_label", Kind::kSortByLabel, "ordered by labels"))),
    Experimental(KeepsName(
        Row("sort_by_label_desc", Kind::kSortByLabelDesc, "ordered by labels, last first"))),
    KeepsName(Row("sort_desc", Kind::kSortDesc, "ordered by value, largest first")),
    Elementwise("sqrt", MapColumn<Sqrt>, "square root"),
    Experimental(EvalTime(Row("start", Kind::kQueryContext, "start of the query, in seconds"))),
    Experimental(Row("start_timestamp", Kind::kStartTimestamp, "when a sample's counter began")),
    Range("stddev_over_time", kStddevOverTime, kAll, StddevOverTimeKernel, "standard deviation"),
    Range("stdvar_over_time", kStdvarOverTime, kAll, StdvarOverTimeKernel, "variance"),
    Experimental(EvalTime(Row("step", Kind::kQueryContext, "step of the query, in seconds"))),
    Mixed(SumOfMixed, Range("sum_over_time", kSumOverTime, kFacts, SumOverTimeKernel,
                            "sum of the range's samples")),
    Elementwise("tan", MapColumn<Tan>, "tangent"),
    Elementwise("tanh", MapColumn<Tanh>, "hyperbolic tangent"),
    EvalTime(Row("time", Kind::kTime, "the step's time, in seconds")),
    EvalTime(Row("timestamp", Kind::kTimestamp, "time of each sample, in seconds")),
    Experimental(
        Mixed(TsOfFirstOfMixed, Range("ts_of_first_over_time", kTsOfFirstOverTime, kPoints,
                                      TsOfFirstOverTimeKernel, "time of the first sample"))),
    Experimental(Mixed(TsOfLastOfMixed, Range("ts_of_last_over_time", kTsOfLastOverTime, kPoints,
                                              TsOfLastOverTimeKernel, "time of the last sample"))),
    Experimental(Range("ts_of_max_over_time", kTsOfMaxOverTime, kAll, TsOfMaxOverTimeKernel,
                       "time of the last largest sample")),
    Experimental(Range("ts_of_min_over_time", kTsOfMinOverTime, kAll, TsOfMinOverTimeKernel,
                       "time of the last smallest sample")),
    Row("vector", Kind::kVector, "a scalar as a vector without labels"),
    DatePart("year", Year, "year of a Unix time"),
});

constexpr bool ByName(const FunctionInfo& a, const FunctionInfo& b) {
  return a.name < b.name;
}
static_assert(std::is_sorted(kTable.begin(), kTable.end(), ByName));

/// Names of the functions that `allowed` accepts, sorted and joined by commas.
template <typename Allowed>
std::string NamesOf(Allowed allowed) {
  std::string names;
  for (const FunctionInfo& row : kTable) {
    if (!allowed(row)) continue;
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

}  // namespace

std::span<const FunctionInfo> FunctionTable() {
  return kTable;
}

const FunctionInfo* FindFunctionInfo(std::string_view name) {
  const auto it =
      std::lower_bound(kTable.begin(), kTable.end(), name,
                       [](const FunctionInfo& row, std::string_view n) { return row.name < n; });
  return it != kTable.end() && it->name == name ? &*it : nullptr;
}

std::string BordersError(const FunctionInfo& function, WindowBorders borders) {
  constexpr std::string_view kText = "{} modifier can only be used with: {} - not with {}";
  if (borders == WindowBorders::kAnchored && !function.anchored) {
    return fmt::format(kText, "anchored", NamesOf([](const FunctionInfo& r) { return r.anchored; }),
                       function.name);
  }
  if (borders == WindowBorders::kSmoothed && !function.smoothed) {
    return fmt::format(kText, "smoothed", NamesOf([](const FunctionInfo& r) { return r.smoothed; }),
                       function.name);
  }
  return {};
}

}  // namespace silverback
