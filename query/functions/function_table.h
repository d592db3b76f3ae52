// The table of PromQL's functions: one row for each, with everything that planning and execution
// need to know about it. Argument and result types stand in query/syntax.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "query/functions/mixed_range_kernel.h"
#include "query/functions/range_kernel.h"
#include "query/functions/scalar_argument.h"
#include "query/model/column.h"

namespace silverback {

/// How a function is executed. Execution dispatches on this alone.
enum class FunctionKind : uint8_t {
  kRange,           // a range vector (and scalars), series by series: RangeEvaluator
  kAbsentOverTime,  // a range vector, all series at once
  kElementwise,     // an instant vector (and scalars), value by value: `elementwise`
  kDate,            // an instant vector of Unix times, or nothing (the step's time): `date`
  kTimestamp,  // timestamp(): of a plain selector the samples' times (InstantEvaluator), else the
               // step's
  kStartTimestamp,     // start_timestamp(): of a plain selector (InstantEvaluator), else empty
  kNativeHistogram,    // of native histograms only: floats give nothing
  kHistogramQuantile,  // query/functions/classic_histogram.h
  kHistogramQuantiles,
  kHistogramFraction,
  kLabelReplace,  // query/functions/label_functions.h
  kLabelJoin,
  kAbsent,        // query/functions/label_functions.h: AbsentLabels
  kScalar,        // vector to scalar
  kVector,        // scalar to vector
  kTime,          // time()
  kPi,            // pi()
  kScalarPair,    // max_of(), min_of(): `scalar_pair`
  kQueryContext,  // start(), end(), range(), step(): constants of the query
  kSort,          // query/functions/sort.h, instant queries only
  kSortDesc,
  kSortByLabel,
  kSortByLabelDesc,
  kInfo,  // query/exec/info.h
};

/// The range functions, for those that pick a path by function (query/windows).
enum class RangeFunction : uint8_t {
  kNone,
  kAvgOverTime,
  kChanges,
  kCountOverTime,
  kDelta,
  kDeriv,
  kDoubleExponentialSmoothing,
  kFirstOverTime,
  kIdelta,
  kIncrease,
  kIrate,
  kLastOverTime,
  kMadOverTime,
  kMaxOverTime,
  kMinOverTime,
  kPredictLinear,
  kPresentOverTime,
  kQuantileOverTime,
  kRate,
  kResets,
  kStddevOverTime,
  kStdvarOverTime,
  kSumOverTime,
  kTsOfFirstOverTime,
  kTsOfLastOverTime,
  kTsOfMaxOverTime,
  kTsOfMinOverTime,
};

/// The least that a range function reads of a window.
enum class WindowReads : uint8_t {
  kPoints,  // a few points and the counter resets between them
  kFacts,   // facts of blocks that the window covers
  kAll,     // every sample
};

/// Changes a column's values in place; may make steps absent (clamp with max < min). Values at
/// absent steps may be touched.
using ElementwiseKernel = void (*)(Column* column, std::span<const ScalarArgument> args);
/// A part of a UTC date, of a Unix time in seconds (anything after the point is cut off).
using DateKernel = double (*)(double unix_seconds);
/// A number that describes a native histogram.
using HistogramKernel = double (*)(const FloatHistogram& histogram);
using ScalarPairKernel = double (*)(double a, double b);

/// A function's row.
struct FunctionInfo {
  std::string_view name;
  FunctionKind kind = FunctionKind::kRange;
  std::string_view help;  // one line

  bool keeps_name =
      false;  // the result keeps __name__ (else __name__, __type__ and __unit__ are dropped)
  bool experimental = false;
  bool uses_eval_time =
      false;  // the value depends on the step even when the arguments do not (`@`, folding)
  bool anchored = false;         // allowed over `anchored` range selectors
  bool smoothed = false;         // allowed over `smoothed` range selectors
  bool histogram_stats = false;  // of a native histogram it looks at counts and sums alone
  bool expects_counter = false;  // annotates metrics whose name is not that of a counter

  RangeFunction range_function = RangeFunction::kNone;
  WindowReads reads = WindowReads::kAll;
  bool uses_starts = false;  // start timestamps tell it of resets
  RangeKernel range = nullptr;
  MixedRangeKernel mixed_range = nullptr;  // null: native histograms are left out
  HistogramKernel histogram = nullptr;     // of kind kNativeHistogram
  ElementwiseKernel elementwise = nullptr;
  DateKernel date = nullptr;
  ScalarPairKernel scalar_pair = nullptr;
};

/// All rows, sorted by name.
std::span<const FunctionInfo> FunctionTable();

/// The row of `name`; null if there is none.
const FunctionInfo* FindFunctionInfo(std::string_view name);

/// The error of a range function over a selector whose modifier it does not allow, as upstream
/// words it; "" if allowed.
std::string BordersError(const FunctionInfo& function, WindowBorders borders);

}  // namespace silverback
