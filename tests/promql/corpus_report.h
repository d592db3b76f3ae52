// Runs script files in all states and reports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "runner.h"

namespace silverback::promqltest {

/// The outcomes of one file's evals over all states: the worst that any state gave.
struct FileReport {
  std::string name;
  std::vector<EvalOutcome> outcomes;
  std::string error;  // the file cannot be read

  size_t passed() const;
};

/// Runs every `*.test` file of a folder, in order of name, in every state.
std::vector<FileReport> RunFolder(const std::filesystem::path& folder,
                                  const std::vector<StorageState>& states);

/// What fails, and at the end "TITLE: evals N, passed N".
std::string ReportText(const std::string& title, const std::vector<FileReport>& files);

/// Whether any eval fails or any file cannot be read.
bool AnyFailed(const std::vector<FileReport>& files);

}  // namespace silverback::promqltest
