// Runs PromQL's conformance scripts, and the project's own, in every state of the storage.
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include <catch2/catch.hpp>

#include "corpus_report.h"

namespace silverback::promqltest {
namespace {

/// Where Prometheus' scripts lie: SILVERBACK_PROMQLTEST, or beside the repository.
std::filesystem::path CorpusFolder() {
  const char* given = std::getenv("SILVERBACK_PROMQLTEST");
  return given != nullptr ? std::filesystem::path(given)
                          : std::filesystem::path(SILVERBACK_SOURCE_DIR "/../shared/promqltest");
}

TEST_CASE("the project's own scripts pass in every state") {
  const std::vector<FileReport> files = RunFolder(SILVERBACK_TESTDATA, AllStates());
  std::cout << ReportText("own scripts", files) << std::flush;
  CHECK_FALSE(AnyFailed(files));
}

TEST_CASE("Prometheus' scripts pass in every state") {
  const std::filesystem::path folder = CorpusFolder();
  if (!std::filesystem::is_directory(folder)) {
    std::cout << "corpus: not at " << folder << ", left out (set SILVERBACK_PROMQLTEST)\n";
    return;
  }
  const std::vector<FileReport> files = RunFolder(folder, AllStates());
  std::cout << ReportText("corpus", files) << std::flush;
  CHECK_FALSE(AnyFailed(files));
}

}  // namespace
}  // namespace silverback::promqltest
