// How a cost grows with one thing, and the forms in which that is shown.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace silverback {

struct CurvePoint {
  double x;
  double cost;
};

/// One line of one picture.
struct Curve {
  std::string picture;  // what is asked or done; lines of a picture stand together
  std::string axis;     // what is varied: "series"
  std::string unit;     // of the cost: "server CPU ms"
  std::string line;     // who was measured
  std::vector<CurvePoint> points;
};

/// The e in cost ~ x^e: the slope of the least-squares line through the logarithms. 0: what is varied costs nothing; 1: in
/// proportion. Nothing with fewer than two different x above zero.
std::optional<double> GrowthExponent(const Curve& curve);

/// Curves gathered while measuring.
class Curves {
 public:
  /// Adds a point to the line of that name, which starts with its first point.
  void Add(const std::string& picture, const std::string& axis, const std::string& unit,
           const std::string& line, CurvePoint point);

  const std::vector<Curve>& all() const { return all_; }

  /// Markdown: a line a curve with its points and its exponent.
  std::string Table() const;
  /// {"curves": [{"picture", "axis", "unit", "line", "points": [[x, cost]], "exponent"}]}
  std::string Json() const;

 private:
  std::vector<Curve> all_;
};

}  // namespace silverback
