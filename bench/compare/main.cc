// silverback-compare: the same stream to Silverback and to its peers, the same panels asked of all, one table.
#include <cstdio>
#include <map>

#include <CLI/CLI.hpp>

#include "bench/compare/chart.h"
#include "bench/compare/comparison.h"
#include "bench/compare/output_file.h"
#include "engine/base/clock.h"

namespace silverback {
namespace {

struct Arguments {
  std::map<std::string, std::string> binaries;
  std::string data = "fleet";
  std::string json_file;
  std::string chart_file;
  ComparisonOptions options;
};

/// The named data set, as far as it is more than a kind of data. Figures that were asked for stand.
void Complete(const CLI::App& app, Arguments* arguments) {
  ComparisonOptions& options = arguments->options;
  const auto is_default = [&](const char* option) { return app.count(option) == 0; };
  static const std::map<std::string, DataSet> kKinds = {
      {"fleet", DataSet::kFleet}, {"live", DataSet::kLive},   {"churn", DataSet::kLive},
      {"wide", DataSet::kLive},   {"mixed", DataSet::kMixed}, {"histograms", DataSet::kHistograms}};
  options.data = kKinds.at(arguments->data);
  if (arguments->data == "churn") options.live.churn_rounds = 20;
  if (arguments->data == "wide") {
    if (is_default("--series")) options.live.series = 1'000'000;
    if (is_default("--rounds")) options.live.rounds = 8;
    if (is_default("--kill-rounds")) options.kill_rounds = 2;
  }
  if (arguments->data == "mixed")
    options.live.interval_ms = 1'000;  // many rounds fit before the present
}

int Compare(const Arguments& arguments) {
  const ComparisonOptions& options = arguments.options;
  // What follows the data set, before the kill or while panels are asked, must not lie in the future.
  const int64_t tail_ms =
      arguments.data == "mixed" ? 3'600'000 : (options.kill_rounds + 1) * options.live.interval_ms;
  Comparison comparison(options, (WallClockMs() - tail_ms) / 15'000 * 15'000);
  std::vector<std::string> names;
  for (const ContenderKind& kind : ContenderKinds()) {
    const std::string& binary = arguments.binaries.at(kind.name);
    if (binary.empty()) continue;
    names.push_back(kind.name);
    const Status status = comparison.Measure(kind, binary);
    if (!status.ok()) {
      std::fprintf(stderr, "silverback-compare: %s: %s\n", kind.name.c_str(),
                   std::string(MessageOf(status)).c_str());
      return 1;
    }
  }
  if (names.empty()) {
    std::fprintf(stderr, "silverback-compare: name at least one program: --silverback=PATH\n");
    return 2;
  }
  std::fputs(comparison.report().Table(names).c_str(), stdout);
  Status written = WriteOutputFile(arguments.json_file, comparison.report().Json() + "\n");
  written.Update(WriteOutputFile(
      arguments.chart_file, RatioChart(comparison.report(), names, "data set: " + arguments.data)));
  if (written.ok()) return 0;
  std::fprintf(stderr, "silverback-compare: %s\n", std::string(MessageOf(written)).c_str());
  return 1;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  ComparisonOptions& options = arguments.options;
  CLI::App app(
      "Gives Silverback and its peers the same remote_write stream, asks all the same questions "
      "(result caches off) and prints "
      "each figure and how many times better ours is.");
  for (const ContenderKind& kind : ContenderKinds()) {
    app.add_option("--" + kind.name, arguments.binaries[kind.name],
                   "Path of the program; without it, it is left out");
  }
  app.add_option("--directory", options.directory, "Where data directories are made")->required();
  app.add_option("--data", arguments.data, "fleet, live, churn, wide, mixed or histograms")
      ->check(CLI::IsMember({"fleet", "live", "churn", "wide", "mixed", "histograms"}))
      ->capture_default_str();
  app.add_option("--days", options.days, "fleet, mixed: days")
      ->check(CLI::Range(1, 365))
      ->capture_default_str();
  app.add_option("--series", options.live.series, "live streams: series")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--rounds", options.live.rounds, "live streams: rounds")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--kill-rounds", options.kill_rounds, "Rounds that are sent before the kill")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--repeats", options.repeats,
                 "Warm runs of each question, and more of short ones; the median counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--settle-seconds", options.settle_seconds, "Pause before settled figures")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  app.add_flag("!--no-cold", options.cold, "Do not drop the page cache: no cold figures");
  app.add_option("--json", arguments.json_file, "Also write the figures as JSON to this file");
  app.add_option("--chart", arguments.chart_file, "Also draw the ratios as SVG into this file");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  Complete(app, &arguments);
  return Compare(arguments);
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}
