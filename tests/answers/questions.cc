#include "tests/answers/questions.h"

#include <algorithm>
#include <fstream>

#include "tests/answers/seed.h"

namespace silverback::answers {
namespace {

std::string Seconds(TimestampMs ms) {
  return std::to_string(ms / 1000);
}

}  // namespace

std::string NameOf(Kind kind) {
  return kind == Kind::kInstant ? "instant" : "range";
}

std::string PathOf(Kind kind) {
  return kind == Kind::kInstant ? "/api/v1/query" : "/api/v1/query_range";
}

std::vector<std::pair<std::string, std::string>> ParametersOf(Kind kind, const std::string& query) {
  if (kind == Kind::kInstant) return {{"query", query}, {"time", Seconds(kInstantMs)}};
  return {{"query", query},
          {"start", Seconds(kRangeStartMs)},
          {"end", Seconds(kRangeEndMs)},
          {"step", Seconds(kRangeStepMs)}};
}

std::vector<std::filesystem::path> QueryFiles(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> ReadQueries(const std::filesystem::path& file) {
  std::vector<std::string> queries;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line[0] != '#') queries.push_back(line);
  }
  return queries;
}

}  // namespace silverback::answers
