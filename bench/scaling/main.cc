// silverback-scaling: one thing varied at a time, its cost measured and fitted: cost ~ x^e.
#include <algorithm>
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "bench/compare/output_file.h"
#include "bench/scaling/curve_chart.h"
#include "bench/scaling/experiments.h"
#include "engine/base/clock.h"

namespace silverback {
namespace {

struct Experiment {
  const char* name;
  Status (*measure)(const ScalingOptions&, const Subject&, Curves*);
};

constexpr Experiment kExperiments[] = {
    {"fleet", MeasureFleetScaling},
    {"series", MeasureSeriesScaling},
    {"churn", MeasureChurnScaling},
};

struct Arguments {
  std::map<std::string, std::string> binaries;
  std::vector<std::string> experiments;
  std::string json_file;
  std::string chart_file;
  ScalingOptions options;
};

int Measure(const Arguments& arguments) {
  Curves curves;
  for (const ContenderKind& kind : ContenderKinds()) {
    const std::string& binary = arguments.binaries.at(kind.name);
    if (binary.empty()) continue;
    ScalingOptions options = arguments.options;
    options.directory += "/" + kind.name;
    for (const Experiment& experiment : kExperiments) {
      const auto& wanted = arguments.experiments;
      if (!wanted.empty() &&
          std::find(wanted.begin(), wanted.end(), experiment.name) == wanted.end())
        continue;
      std::fprintf(stderr, "==> %s: %s\n", kind.name.c_str(), experiment.name);
      const Status status = experiment.measure(options, {kind, binary}, &curves);
      if (!status.ok()) {
        std::fprintf(stderr, "silverback-scaling: %s: %s: %s\n", kind.name.c_str(), experiment.name,
                     std::string(MessageOf(status)).c_str());
        return 1;
      }
    }
  }
  if (curves.all().empty()) {
    std::fprintf(stderr, "silverback-scaling: name at least one program: --silverback=PATH\n");
    return 2;
  }
  std::fputs(curves.Table().c_str(), stdout);
  Status written = WriteOutputFile(arguments.json_file, curves.Json() + "\n");
  written.Update(WriteOutputFile(arguments.chart_file, CurveChart(curves.all(), "How cost grows")));
  if (written.ok()) return 0;
  std::fprintf(stderr, "silverback-scaling: %s\n", std::string(MessageOf(written)).c_str());
  return 1;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  ScalingOptions& options = arguments.options;
  CLI::App app(
      "Varies one thing at a time (range, steps, cores, series, matchers, churn), measures what "
      "that costs and "
      "fits it: cost ~ x^exponent.");
  for (const ContenderKind& kind : ContenderKinds()) {
    app.add_option("--" + kind.name, arguments.binaries[kind.name],
                   "Path of the program; without it, it is left out");
  }
  app.add_option("--directory", options.directory, "Where data directories are made")->required();
  std::vector<std::string> names;
  for (const Experiment& experiment : kExperiments) names.emplace_back(experiment.name);
  app.add_option("--experiment", arguments.experiments,
                 "fleet, series or churn; repeat for more (default: all)")
      ->check(CLI::IsMember(names));
  app.add_option("--days", options.days, "The longest range and churn, days")
      ->check(CLI::Range(1, 365))
      ->capture_default_str();
  app.add_option("--most-series", options.most_series, "The most series of a live stream")
      ->check(CLI::Range(1000, 10'000'000))
      ->capture_default_str();
  app.add_option("--repeats", options.repeats, "Runs of each question that count")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--json", arguments.json_file, "Also write the curves as JSON to this file");
  app.add_option("--chart", arguments.chart_file, "Also draw the curves as SVG into this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.end_ms = WallClockMs() / 15'000 * 15'000 - 60'000;
  return Measure(arguments);
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}
