// Prometheus' answers, recorded, and Silverback's over the same samples: equal but for the last bits of a float.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "query/api/routes.h"
#include "tests/answers/questions.h"
#include "tests/answers/seed.h"
#include "tests/support/temporary_directory.h"

namespace silverback::answers {
namespace {

using Json = nlohmann::json;

constexpr double kRelative = 1e-12;
const std::string kData = std::string(SILVERBACK_SOURCE_DIR) + "/tests/answers/data";

/// In what state of the storage the questions are asked.
enum class Stored { kHead, kSealed, kMerged };

class Server {
 public:
  explicit Server(Stored stored) {
    DatabaseOptions options;
    options.path = directory_.File("data");
    options.background = false;
    options.wal_sync = WalSync::kOff;
    options.clock = [] { return kStartMs + 3 * 3600 * 1000; };
    auto opened = Database::Open(options);
    REQUIRE(opened.ok());
    database_ = std::move(opened).value();
    for (const Batch& batch : SeedBatches()) {
      Append(batch);
      if (stored == Stored::kSealed) REQUIRE(database_->Seal().ok());
    }
    if (stored == Stored::kMerged) REQUIRE(database_->Compact(nullptr).ok());
    EngineOptions engine_options;
    engine_options.parser.experimental_functions = true;
    engine_options.parser.extended_range_selectors = true;
    engine_options.parser.fill_modifiers = true;
    engine_ = Engine::Create(database_.get(), engine_options);
    context_.database = database_.get();
    context_.engine = engine_.get();
  }

  std::pair<int, Json> Ask(Kind kind, const std::string& query) {
    ApiRequest request;
    request.method = "POST";
    request.path = PathOf(kind);
    for (auto& [name, value] : ParametersOf(kind, query)) request.parameters.Add(name, value);
    const ApiResponse response = Dispatch(context_, std::move(request));
    StringSink sink;
    response.body(sink);
    return {response.status, Json::parse(sink.text())};
  }

 private:
  void Append(const Batch& batch) {
    const auto appender = database_->NewAppender();
    for (const SeededSeries& series : batch.series) {
      const std::string key = series.labels.encoded();
      if (appender->AppendKnown(key, series.samples, series.histograms)) continue;
      std::vector<Label> labels(series.labels.begin(), series.labels.end());
      appender->AppendNew(key, labels, series.samples, series.histograms);
    }
    const auto result = appender->Commit();
    REQUIRE(result.ok());
    REQUIRE(result->rejected.empty());
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Engine> engine_;
  ApiContext context_;
};

bool IsNumberAt(const std::string& text, size_t at) {
  return at < text.size() && (std::isdigit(static_cast<unsigned char>(text[at])) != 0);
}

/// Equal but for the last bits of the numbers in it: values of samples, and `count_values` labels.
bool SameText(const std::string& a, const std::string& b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!IsNumberAt(a, i) || !IsNumberAt(b, j)) {
      if (a[i++] != b[j++]) return false;
      continue;
    }
    char* a_end = nullptr;
    char* b_end = nullptr;
    const double x = std::strtod(a.c_str() + i, &a_end);
    const double y = std::strtod(b.c_str() + j, &b_end);
    if (!(std::fabs(x - y) <= kRelative * std::max(std::fabs(x), std::fabs(y)))) return false;
    i = static_cast<size_t>(a_end - a.c_str());
    j = static_cast<size_t>(b_end - b.c_str());
  }
  return i == a.size() && j == b.size();
}

/// The first difference in words, or "".
std::string Difference(const Json& ours, const Json& theirs, const std::string& where) {
  if (ours.type() != theirs.type() && !(ours.is_number() && theirs.is_number())) {
    return fmt::format("{}: {} instead of {}", where, ours.dump(), theirs.dump());
  }
  if (theirs.is_string()) {
    const auto& a = ours.get_ref<const std::string&>();
    const auto& b = theirs.get_ref<const std::string&>();
    return a == b || SameText(a, b) ? "" : fmt::format("{}: {} instead of {}", where, a, b);
  }
  if (theirs.is_array() || theirs.is_object()) {
    if (ours.size() != theirs.size()) {
      return fmt::format("{}: {} entries instead of {}: {}", where, ours.size(), theirs.size(),
                         ours.dump().substr(0, 300));
    }
    for (const auto& [key, value] : theirs.items()) {
      if (theirs.is_object() && !ours.contains(key)) return fmt::format("{}: no {}", where, key);
      const Json& other = theirs.is_object() ? ours.at(key) : ours.at(std::stoul(key));
      if (auto found = Difference(other, value, where + "/" + key); !found.empty()) return found;
    }
    return "";
  }
  return ours == theirs ? ""
                        : fmt::format("{}: {} instead of {}", where, ours.dump(), theirs.dump());
}

/// Notices come in any order.
std::set<std::string> Notices(const Json& answer, const char* key) {
  std::set<std::string> notices;
  for (const Json& notice : answer.value(key, Json::array())) notices.insert(notice);
  return notices;
}

/// Brings the series of a vector into one order: Prometheus leaves it open, where nothing sorts.
void SortSeries(const std::string& query, Json* answer) {
  if (query.rfind("sort", 0) == 0 || !answer->contains("data")) return;
  Json& data = (*answer)["data"];
  if (data["resultType"] != "vector") return;
  std::sort(data["result"].begin(), data["result"].end(),
            [](const Json& a, const Json& b) { return a["metric"] < b["metric"]; });
}

std::string Compare(std::pair<int, Json> ours, const Json& line) {
  Json theirs = line["answer"];
  if (ours.first != line["code"]) {
    return fmt::format("code {} instead of {}: {} / {}", ours.first, line["code"].dump(),
                       ours.second.dump().substr(0, 300), theirs.dump().substr(0, 300));
  }
  for (const char* key : {"warnings", "infos"}) {
    if (Notices(ours.second, key) != Notices(theirs, key)) {
      return fmt::format("{}: {} instead of {}", key, ours.second.value(key, Json()).dump(),
                         theirs.value(key, Json()).dump());
    }
    ours.second.erase(key);
    theirs.erase(key);
  }
  SortSeries(line["query"], &ours.second);
  SortSeries(line["query"], &theirs);
  return Difference(ours.second, theirs, "");
}

void Replay(Stored stored) {
  Server server(stored);
  std::set<std::string> queries;
  size_t failed = 0;
  std::string differences;
  for (const auto& file : QueryFiles(kData)) {
    std::ifstream in(file.string().substr(0, file.string().size() - 4) + ".jsonl");
    size_t answers = 0;
    for (std::string text; std::getline(in, text); ++answers) {
      const Json line = Json::parse(text);
      const std::string query = line["query"];
      queries.insert(query);
      const Kind kind = line["kind"] == "instant" ? Kind::kInstant : Kind::kRange;
      const std::string difference = Compare(server.Ask(kind, query), line);
      if (difference.empty()) continue;
      ++failed;
      differences += fmt::format("{} {}\n    {}\n", NameOf(kind), query, difference);
    }
    INFO(file.string());
    CHECK(answers == 2 * ReadQueries(file).size());
  }
  INFO(differences);
  CHECK(failed == 0);
  CHECK(queries.size() >= 600);
}

}  // namespace

TEST_CASE("answers from the head are Prometheus'") {
  Replay(Stored::kHead);
}

TEST_CASE("answers from many parts, some of them out of order, are Prometheus'") {
  Replay(Stored::kSealed);
}

TEST_CASE("answers from merged parts are Prometheus'") {
  Replay(Stored::kMerged);
}

}  // namespace silverback::answers
