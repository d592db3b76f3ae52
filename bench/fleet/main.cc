// silverback-fleet: fills a server with the demonstration fleet and asks it the dashboard's panels.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/fleet/fill.h"
#include "bench/fleet/panel_run.h"
#include "engine/base/clock.h"
#include "tools/terminal/progress.h"
#include "tools/terminal/table.h"

namespace silverback {
namespace {

constexpr int64_t kDayMs = 86'400'000;

struct Arguments {
  std::string url = "http://127.0.0.1:9201";
  int64_t days = 184;
  int64_t end_ms = 0;
  int repeats = 3;
  int graph = 1;
  bool json = false;
};

int Fail(const Status& status) {
  std::fprintf(stderr, "silverback-fleet: %s\n", std::string(MessageOf(status)).c_str());
  return 1;
}

int Fill(const Arguments& arguments) {
  FillOptions options;
  options.url = arguments.url;
  options.end_ms = arguments.end_ms != 0 ? arguments.end_ms : WallClockMs();
  options.fleet.start_ms = options.end_ms - arguments.days * kDayMs;
  Progress progress("filling", DetectProgressStyle());
  const auto start = WallClockMs();
  const auto span = static_cast<uint64_t>(options.end_ms - options.fleet.start_ms);
  options.progress = [&](uint64_t samples, TimestampMs reached_ms) {
    const double seconds = static_cast<double>(WallClockMs() - start) / 1000 + 1e-3;
    const auto done =
        static_cast<uint64_t>(std::max<int64_t>(0, reached_ms - options.fleet.start_ms));
    progress.Update(std::min(done, span), span,
                    fmt::format("{} samples, {}/s", FormatCount(static_cast<double>(samples)),
                                FormatCount(static_cast<double>(samples) / seconds)));
  };
  const StatusOr<FillReport> report = FillFleet(options);
  progress.Finish();
  if (!report.ok()) return Fail(report.status());
  std::printf("%s\n", nlohmann::json{{"series", report->series},
                                     {"samples", report->samples},
                                     {"requests", report->requests},
                                     {"retries", report->retries},
                                     {"seconds", report->seconds},
                                     {"start_ms", options.fleet.start_ms},
                                     {"end_ms", options.end_ms}}
                          .dump()
                          .c_str());
  return 0;
}

void PrintGraph(const PanelTiming& timing, TimeRange range) {
  std::printf("\n%s\n  %s\n", timing.panel.title.c_str(), timing.panel.query.c_str());
  std::fputs(DrawGraph(timing.curves, range, {}).c_str(), stdout);
}

int Panels(const Arguments& arguments) {
  auto client = ApiClient::Create(arguments.url);
  if (!client.ok()) return Fail(client.status());
  const int64_t range = arguments.days * kDayMs / 1000;
  const int64_t step = PanelStepSeconds(range);
  const int64_t end_ms = arguments.end_ms != 0 ? arguments.end_ms : WallClockMs();
  const int64_t end = end_ms / 1000 / step * step;
  std::vector<std::vector<std::string>> rows;
  nlohmann::json report = nlohmann::json::array();
  std::vector<PanelTiming> timings;
  for (const Panel& panel : FleetPanels(range)) {
    auto timing = RunPanel(client->get(), panel, end - range, end, step, arguments.repeats);
    if (!timing.ok()) return Fail(timing.status());
    rows.push_back({std::to_string(timings.size() + 1), panel.title, std::to_string(timing->series),
                    FormatCount(static_cast<double>(timing->samples_covered)),
                    FormatMilliseconds(timing->first_ms), FormatMilliseconds(timing->again_ms),
                    panel.query});
    report.push_back({{"title", panel.title},
                      {"query", panel.query},
                      {"series", timing->series},
                      {"samples", timing->samples_covered},
                      {"first_ms", timing->first_ms},
                      {"again_ms", timing->again_ms}});
    timings.push_back(std::move(*timing));
  }
  if (arguments.json) {
    std::printf("%s\n", report.dump(2).c_str());
    return 0;
  }
  std::fputs(FormatTable({">#", "panel", ">series", ">samples", ">first", ">again", "query"}, rows)
                 .c_str(),
             stdout);
  if (arguments.graph >= 1 && static_cast<size_t>(arguments.graph) <= timings.size()) {
    PrintGraph(timings[static_cast<size_t>(arguments.graph) - 1],
               {(end - range) * 1000, end * 1000});
  }
  return 0;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Fills a server with the demonstration fleet and asks it the dashboard's panels.");
  app.require_subcommand(1);
  const auto common = [&](CLI::App* command) {
    command->add_option("--url", arguments.url, "The server")->capture_default_str();
    command->add_option("--days", arguments.days, "Days of data, up to --end")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
    command->add_option("--end", arguments.end_ms,
                        "Newest time, ms since the epoch (default: now)");
  };
  CLI::App* fill =
      app.add_subcommand("fill", "Send the fleet through remote_write; prints a JSON line");
  common(fill);
  CLI::App* panels = app.add_subcommand("panels", "Ask the fourteen panels over the whole range");
  common(panels);
  panels->add_option("--repeats", arguments.repeats, "Repetitions after the first run")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  panels->add_option("--graph", arguments.graph, "Draw this panel (0: none)")
      ->capture_default_str();
  panels->add_flag("--json", arguments.json, "JSON instead of a table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return fill->parsed() ? Fill(arguments) : Panels(arguments);
}

}  // namespace
}  // namespace silverback

int main(int argc, char** argv) {
  return silverback::Main(argc, argv);
}
