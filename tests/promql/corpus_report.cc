#include "corpus_report.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

namespace silverback::promqltest {
namespace {

/// Failed over passed.
void MergeOutcomes(const std::string& state, const std::vector<EvalOutcome>& outcomes,
                   std::vector<EvalOutcome>* merged) {
  if (merged->empty()) merged->resize(outcomes.size());
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EvalOutcome& worst = (*merged)[i];
    if (worst.line != 0 && (outcomes[i].passed || !worst.passed)) continue;
    worst = outcomes[i];
    if (!worst.passed) worst.reason = fmt::format("[{}] {}", state, worst.reason);
  }
}

FileReport RunFile(const std::filesystem::path& path, const std::vector<StorageState>& states) {
  FileReport report;
  report.name = path.filename().string();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const StatusOr<std::vector<Command>> commands = ParseScript(text.str());
  if (!file || !commands.ok()) {
    report.error = commands.ok() ? "cannot be read" : std::string(MessageOf(commands.status()));
    return report;
  }
  for (const StorageState& state : states) {
    MergeOutcomes(state.name, RunScript(*commands, state), &report.outcomes);
  }
  return report;
}

}  // namespace

size_t FileReport::passed() const {
  return static_cast<size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [](const auto& o) { return o.passed; }));
}

std::vector<FileReport> RunFolder(const std::filesystem::path& folder,
                                  const std::vector<StorageState>& states) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".test") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<FileReport> files;
  for (const auto& path : paths) files.push_back(RunFile(path, states));
  return files;
}

std::string ReportText(const std::string& title, const std::vector<FileReport>& files) {
  std::string out;
  size_t evals = 0;
  size_t passed = 0;
  for (const FileReport& file : files) {
    evals += file.outcomes.size();
    passed += file.passed();
    if (!file.error.empty()) out += fmt::format("{}: {}\n", file.name, file.error);
    for (const EvalOutcome& outcome : file.outcomes) {
      if (outcome.passed) continue;
      out += fmt::format("FAILED {}:{}: {}\n    {}\n", file.name, outcome.line, outcome.query,
                         outcome.reason);
    }
  }
  for (const FileReport& file : files) {
    out += fmt::format("{}: evals {}, passed {}\n", file.name, file.outcomes.size(), file.passed());
  }
  return out + fmt::format("{}: evals {}, passed {}\n", title, evals, passed);
}

bool AnyFailed(const std::vector<FileReport>& files) {
  return std::any_of(files.begin(), files.end(), [](const FileReport& file) {
    return !file.error.empty() || file.passed() < file.outcomes.size();
  });
}

}  // namespace silverback::promqltest
