#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include "query/functions/elementwise_kernels.h"

namespace silverback {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void Clamp(Column* column, ScalarArgument min, ScalarArgument max) {
  for (size_t step = 0; step < column->steps(); ++step) {
    if (!column->present.Test(step)) continue;
    const double low = min.At(step);
    const double high = max.At(step);
    if (high < low) {
      column->present.Clear(step);
    } else {
      column->floats[step] = MaxOf(low, MinOf(high, column->floats[step]));
    }
  }
}

}  // namespace

double Abs(double v) {
  return std::abs(v);
}
double Ceil(double v) {
  return std::ceil(v);
}
double Floor(double v) {
  return std::floor(v);
}
double Exp(double v) {
  return std::exp(v);
}
double Sqrt(double v) {
  return std::sqrt(v);
}
double Ln(double v) {
  return std::log(v);
}
double Log2(double v) {
  return std::log2(v);
}
double Log10(double v) {
  return std::log10(v);
}
double Sin(double v) {
  return std::sin(v);
}
double Cos(double v) {
  return std::cos(v);
}
double Tan(double v) {
  return std::tan(v);
}
double Asin(double v) {
  return std::asin(v);
}
double Acos(double v) {
  return std::acos(v);
}
double Atan(double v) {
  return std::atan(v);
}
double Sinh(double v) {
  return std::sinh(v);
}
double Cosh(double v) {
  return std::cosh(v);
}
double Tanh(double v) {
  return std::tanh(v);
}
double Asinh(double v) {
  return std::asinh(v);
}
double Acosh(double v) {
  return std::acosh(v);
}
double Atanh(double v) {
  return std::atanh(v);
}
double Deg(double v) {
  return v * 180 / std::numbers::pi;
}
double Rad(double v) {
  return v * std::numbers::pi / 180;
}

double Sgn(double v) {
  if (v < 0) return -1;
  if (v > 0) return 1;
  return v;  // zeros keep their sign, NaN stays
}

double MinOf(double a, double b) {
  if (a == -kInfinity || b == -kInfinity) return -kInfinity;
  if (std::isnan(a) || std::isnan(b)) return kNan;
  if (a == 0 && b == 0) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

double MaxOf(double a, double b) {
  if (a == kInfinity || b == kInfinity) return kInfinity;
  if (std::isnan(a) || std::isnan(b)) return kNan;
  if (a == 0 && b == 0) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

void ClampKernel(Column* column, std::span<const ScalarArgument> args) {
  Clamp(column, args[0], args[1]);
}

void ClampMinKernel(Column* column, std::span<const ScalarArgument> args) {
  Clamp(column, args[0], ScalarArgument{{&kInfinity, 1}});
}

void ClampMaxKernel(Column* column, std::span<const ScalarArgument> args) {
  static constexpr double kLowest = -kInfinity;
  Clamp(column, ScalarArgument{{&kLowest, 1}}, args[0]);
}

void RoundKernel(Column* column, std::span<const ScalarArgument> args) {
  for (size_t step = 0; step < column->steps(); ++step) {
    const double to_nearest = args.empty() ? 1 : args[0].At(step);
    // The inverse, because 1 / 0.1 is exact where 0.1 is not.
    const double inverse = 1 / to_nearest;
    column->floats[step] = std::floor(column->floats[step] * inverse + 0.5) / inverse;
  }
}

}  // namespace silverback
