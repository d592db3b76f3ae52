// Kernels that change a column value by value: mathematics, clamping, rounding; and parts of dates.
#pragma once

#include <cmath>
#include <span>

#include "query/functions/scalar_argument.h"
#include "query/model/column.h"

namespace silverback {

/// A kernel that puts f(value) in place of every value.
template <double (*kFunction)(double)>
void MapColumn(Column* column, std::span<const ScalarArgument>) {
  for (double& value : column->floats) value = kFunction(value);
}

// math_kernels.cc
double Abs(double v);
double Ceil(double v);
double Floor(double v);
double Exp(double v);
double Sqrt(double v);
double Ln(double v);
double Log2(double v);
double Log10(double v);
double Sin(double v);
double Cos(double v);
double Tan(double v);
double Asin(double v);
double Acos(double v);
double Atan(double v);
double Sinh(double v);
double Cosh(double v);
double Tanh(double v);
double Asinh(double v);
double Acosh(double v);
double Atanh(double v);
double Deg(double v);
double Rad(double v);
double Sgn(double v);

/// clamp(v, min, max): where max < min there is no value.
void ClampKernel(Column* column, std::span<const ScalarArgument> args);
void ClampMinKernel(Column* column, std::span<const ScalarArgument> args);
void ClampMaxKernel(Column* column, std::span<const ScalarArgument> args);
/// round(v, to_nearest = 1): halves go up.
void RoundKernel(Column* column, std::span<const ScalarArgument> args);

/// The smaller / larger of two as Go's math.Min / math.Max choose: an infinity beats NaN, NaN beats numbers.
double MinOf(double a, double b);
double MaxOf(double a, double b);

// date_kernels.cc
double DaysInMonth(double unix_seconds);
double DayOfMonth(double unix_seconds);
double DayOfWeek(double unix_seconds);
double DayOfYear(double unix_seconds);
double Hour(double unix_seconds);
double Minute(double unix_seconds);
double Month(double unix_seconds);
double Year(double unix_seconds);

}  // namespace silverback
