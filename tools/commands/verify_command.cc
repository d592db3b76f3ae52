// silverback verify
#include <cstdio>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/store/calendar.h"
#include "tools/commands/admin_target.h"
#include "tools/commands/arguments.h"
#include "tools/commands/command.h"
#include "tools/commands/commands.h"
#include "tools/commands/upkeep_progress.h"

namespace silverback {
namespace {

/// Damage of the log and the index says nothing of times.
bool HasRange(const Finding& finding) {
  return !finding.range.empty() && !(finding.range == TimeRange{});
}

nlohmann::json ToJson(const VerifyReport& report) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding& finding : report.findings) {
    nlohmann::json item{{"where", finding.where}, {"what", finding.what}};
    if (finding.series) item["series"] = *finding.series;
    if (HasRange(finding)) {
      item["minTime"] = finding.range.min_ms;
      item["maxTime"] = finding.range.max_ms;
    }
    findings.push_back(std::move(item));
  }
  return {{"parts", report.parts},
          {"blocks", report.blocks},
          {"timelines", report.timelines},
          {"samples", report.samples},
          {"series", report.series},
          {"postings", report.postings},
          {"logRecords", report.log_records},
          {"findings", std::move(findings)}};
}

void Print(const VerifyReport& report) {
  for (const Finding& finding : report.findings) {
    std::string line = fmt::format("{}: {}", finding.where, finding.what);
    if (finding.series) line += fmt::format(" (series {})", *finding.series);
    if (HasRange(finding)) {
      line += fmt::format(" ({} to {})", FormatTime(finding.range.min_ms),
                          FormatTime(finding.range.max_ms));
    }
    std::printf("%s\n", line.c_str());
  }
  std::printf("%s", fmt::format("read {} parts, {} blocks, {} timelines, {} samples, {} series, {} "
                                "postings, {} log records: {}\n",
                                report.parts, report.blocks, report.timelines, report.samples,
                                report.series, report.postings, report.log_records,
                                report.findings.empty()
                                    ? std::string("all is well")
                                    : fmt::format("{} findings", report.findings.size()))
                        .c_str());
}

StatusOr<VerifyReport> Verify(const AdminArguments& arguments, bool json) {
  ASSIGN_OR_RETURN(auto target, OpenAdminTarget(arguments, /*read_only=*/true));
  UpkeepProgress progress(json);
  return target->Verify(progress.function());
}

}  // namespace

int RunVerifyCommand(int argc, char** argv) {
  AdminArguments arguments;
  bool json = false;
  CLI::App app(
      "Reads every block, timeline, posting and log record: checksums, order, and facts against "
      "samples.\n"
      "Exit code 1 if something is found.\n\nExample: silverback verify --data /var/lib/silverback",
      "silverback verify");
  arguments.AddTo(&app);
  app.add_flag("--json", json, "Print the report as JSON, no progress");
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const StatusOr<VerifyReport> report = Verify(arguments, json);
  if (!report.ok()) return ReportFailure("verify", report.status());
  json ? static_cast<void>(std::printf("%s\n", ToJson(*report).dump().c_str())) : Print(*report);
  return report->findings.empty() ? kExitDone : kExitFailed;
}

}  // namespace silverback
