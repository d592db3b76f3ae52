#include "random_query.h"

#include <fmt/format.h>
#include <limits>

#include "engine/base/value.h"

namespace silverback {
namespace {

std::vector<double> RandomValues(std::mt19937_64* random, bool counter) {
  std::uniform_int_distribution<int> percent(0, 99);
  std::uniform_int_distribution<int> increase(0, 20);
  std::vector<double> values;
  double value = increase(*random);
  for (int i = 0; i < 30; ++i) {
    value = counter ? value + increase(*random) : increase(*random) - 10 + 0.25;
    const int chance = percent(*random);
    if (counter && chance < 5) value = 0;
    if (chance < 90) {
      values.push_back(value);
    } else if (chance < 97 || counter) {
      values.push_back(ValueOf(kStaleNanBits));
    } else {
      values.push_back(std::numeric_limits<double>::quiet_NaN());
    }
  }
  return values;
}

}  // namespace

void AddRandomSeries(std::mt19937_64* random, QueryFixture* fixture) {
  std::uniform_int_distribution<int> percent(0, 99);
  for (const char* const metric : {"a_total", "b_total", "g", "h"}) {
    for (const char* const job : {"x", "y"}) {
      for (int instance = 1; instance <= 3; ++instance) {
        if (percent(*random) < 15) continue;
        const bool counter = std::string_view(metric).ends_with("_total");
        fixture->Add(fmt::format("{}{{job=\"{}\", instance=\"{}\"}}", metric, job, instance),
                     RandomValues(random, counter));
      }
    }
  }
}

std::string RandomQuery::Selector() {
  const std::string matchers =
      Pick({"", "", "", "{job=\"x\"}", "{job!=\"x\"}", "{instance=~\"1|2\"}",
            "{job=\"y\", instance!=\"3\"}", "{job=\"none\"}"});
  return Pick({"a_total", "b_total", "g", "h"}) + matchers;
}

std::string RandomQuery::Modifiers() {
  return Pick({"", "", "", "", " offset 2m", " offset -1m", " @ 600", " @ 600 offset 90s"});
}

std::string RandomQuery::RangeFunction(int depth) {
  const std::string function =
      Pick({"rate", "increase", "delta", "irate", "max_over_time", "min_over_time", "sum_over_time",
            "avg_over_time", "count_over_time", "last_over_time", "changes", "resets",
            "present_over_time", "stddev_over_time", "absent_over_time", "deriv"});
  if (depth > 0 && Below(4) == 0) {
    return fmt::format("{}(({})[{}:{}]{})", function, Vector(depth - 1), Pick({"5m", "7m"}),
                       Pick({"1m", "90s", ""}), Modifiers());
  }
  return fmt::format("{}({}[{}]{})", function, Selector(), Pick({"3m", "5m", "10m"}), Modifiers());
}

std::string RandomQuery::Aggregation(int depth) {
  const std::string grouping =
      Pick({"", " by (job)", " by (instance)", " without (instance)", " by (job, instance)"});
  const std::string plain =
      Pick({"sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"});
  const std::string child = Vector(depth - 1);
  switch (Below(6)) {
    case 0:
      return fmt::format("topk{}(2, {})", grouping, child);
    case 1:
      return fmt::format("bottomk{}(1, {})", grouping, child);
    case 2:
      return fmt::format("quantile{}(0.4, {})", grouping, child);
    case 3:
      return fmt::format("count_values{}(\"v\", {})", grouping, child);
    default:
      return fmt::format("{}{}({})", plain, grouping, child);
  }
}

std::string RandomQuery::OneToOne(int depth) {
  const std::string op = Pick({"+", "-", "*", "/", "%", "==", "!=", "<", ">=", "> bool"});
  if (Below(2) == 0) {
    const std::string grouping = Pick({" by (job)", " by (job, instance)", " without (job)"});
    return fmt::format("(sum{0}({1}) {2} sum{0}({3}))", grouping, Vector(depth - 1), op,
                       Vector(depth - 1));
  }
  return fmt::format("({} {} {})", Vector(depth - 1), op, Vector(depth - 1));
}

std::string RandomQuery::ManyToOne(int depth) {
  return fmt::format("({} {} on (job) group_left sum by (job) ({}))", Vector(depth - 1),
                     Pick({"+", "*", ">"}), Vector(depth - 1));
}

std::string RandomQuery::SetOperation(int depth) {
  return fmt::format("({} {}{} {})", Vector(depth - 1), Pick({"and", "or", "unless"}),
                     Pick({"", " on (job)", " ignoring (instance)"}), Vector(depth - 1));
}

std::string RandomQuery::OfOne(int depth) {
  const std::string child = Vector(depth - 1);
  switch (Below(8)) {
    case 0:
      return fmt::format("-{}", child);
    case 1:
      return fmt::format("abs({})", child);
    case 2:
      return fmt::format("clamp({}, 0, 5)", child);
    case 3:
      return fmt::format("({} {} {})", child, Pick({"+", "*", ">", "<=", "== bool"}), "2");
    case 4:
      return fmt::format("(3 {} {})", Pick({"-", "/", "<"}), child);
    case 5:
      return fmt::format("timestamp({})", child);
    case 6:
      return fmt::format("label_replace({}, \"job\", \"z$1\", \"instance\", \"(1|2)\")", child);
    default:
      return fmt::format("({} + scalar(sum({})))", child, Selector());
  }
}

std::string RandomQuery::Vector(int depth) {
  if (depth == 0) return Below(2) == 0 ? Selector() + Modifiers() : RangeFunction(0);
  switch (Below(9)) {
    case 0:
      return Selector() + Modifiers();
    case 1:
      return RangeFunction(depth);
    case 2:
    case 3:
      return Aggregation(depth);
    case 4:
    case 5:
      return OneToOne(depth);
    case 6:
      return ManyToOne(depth);
    case 7:
      return SetOperation(depth);
    default:
      return OfOne(depth);
  }
}

}  // namespace silverback
