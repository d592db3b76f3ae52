// Records answers of a Prometheus: sends it the seed by remote_write, asks every expression of the data files, and writes the
// answers beside them.
//
//     record_answers URL DATA_DIRECTORY
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/answers/questions.h"
#include "tests/answers/seed.h"
#include "tests/support/write_message/write_message.h"
#include "tools/client/api_client.h"

namespace silverback::answers {
namespace {

/// A TimeSeries of a WriteRequest.
std::string Encode(const SeededSeries& series) {
  testing::LabelPairs labels;
  for (const Label& label : series.labels) labels.emplace_back(label.name, label.value);
  std::string fields = testing::LabelFields(labels);
  for (const Sample& sample : series.samples) {
    fields += testing::SampleField(sample.timestamp_ms, sample.value);
  }
  for (const HistogramSample& sample : series.histograms) {
    fields += testing::BytesField(4, testing::HistogramMessage(sample));
  }
  return testing::BytesField(1, fields);
}

Status Fill(ApiClient* client) {
  for (const Batch& batch : SeedBatches()) {
    std::string message;
    for (const SeededSeries& series : batch.series) message += Encode(series);
    ASSIGN_OR_RETURN(const HttpAnswer answer, client->Write(testing::Snappy(message)));
    if (answer.status / 100 != 2) {
      return Error(absl::StatusCode::kInternal, "the seed was refused with {}: {}", answer.status,
                   answer.body);
    }
  }
  return absl::OkStatus();
}

/// A line an answer: kind, query, and what was answered.
Status Record(ApiClient* client, const std::filesystem::path& file) {
  std::ofstream out(file.string().substr(0, file.string().size() - 4) + ".jsonl");
  for (const std::string& query : ReadQueries(file)) {
    for (const Kind kind : {Kind::kInstant, Kind::kRange}) {
      ASSIGN_OR_RETURN(const HttpAnswer answer,
                       client->PostForm(PathOf(kind), ParametersOf(kind, query)));
      nlohmann::ordered_json line;
      line["kind"] = NameOf(kind);
      line["query"] = query;
      line["code"] = answer.status;
      line["answer"] = nlohmann::ordered_json::parse(answer.body);
      out << line.dump() << '\n';
    }
  }
  out.close();
  return out ? absl::OkStatus()
             : Error(absl::StatusCode::kInternal, "cannot write beside {}", file.string());
}

Status Run(const std::string& url, const std::string& directory) {
  ASSIGN_OR_RETURN(const auto client, ApiClient::Create(url));
  RETURN_IF_ERROR(Fill(client.get()));
  for (const auto& file : QueryFiles(directory)) RETURN_IF_ERROR(Record(client.get(), file));
  return absl::OkStatus();
}

}  // namespace
}  // namespace silverback::answers

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: record_answers URL DATA_DIRECTORY\n");
    return 2;
  }
  const silverback::Status status = silverback::answers::Run(argv[1], argv[2]);
  if (!status.ok())
    std::fprintf(stderr, "%s\n", std::string(silverback::MessageOf(status)).c_str());
  return status.ok() ? 0 : 1;
}
