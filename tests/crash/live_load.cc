#include "tests/crash/live_load.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include <nlohmann/json.hpp>

#include "engine/labels/label_set.h"
#include "tools/client/api_client.h"
#include "tools/client/write_request.h"

namespace silverback {
namespace {

constexpr int kSeriesPerRequest = 2000;
constexpr int64_t kRoundMs = 100;

/// The values of an instant vector by their label `group`.
Status AskByGroup(ApiClient* client, const std::string& query, TimestampMs time_ms,
                  const std::function<void(size_t group, double value)>& visit) {
  const Parameters parameters{{"query", query},
                              {"time", fmt::format("{:.3f}", static_cast<double>(time_ms) / 1000)}};
  ASSIGN_OR_RETURN(const HttpAnswer answer, client->PostForm("/api/v1/query", parameters));
  const auto json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (answer.status != 200 || json.is_discarded() || json.contains("warnings")) {
    return DataLoss("{} was answered {}: {}", query, answer.status, answer.body.substr(0, 1000));
  }
  for (const auto& series : json["data"]["result"]) {
    visit(std::strtoull(series["metric"]["group"].get<std::string>().c_str(), nullptr, 10),
          std::strtod(series["value"][1].get<std::string>().c_str(), nullptr));
  }
  return absl::OkStatus();
}

}  // namespace

LiveLoad::LiveLoad(int series, TimestampMs start_ms)
    : groups_((series + kSeriesPerRequest - 1) / kSeriesPerRequest),
      start_ms_(start_ms),
      life_ms_(start_ms),
      next_ms_(start_ms) {
  for (size_t g = 0; g < groups_.size(); ++g) {
    for (int i = 0; i < kSeriesPerRequest; ++i) {
      groups_[g].encoded_labels.push_back(
          WriteRequestBuilder::EncodeLabels(LabelSet{{kMetricName, "crash_load"},
                                                     {"group", std::to_string(g)},
                                                     {"series", std::to_string(i)}}));
    }
  }
}

void LiveLoad::Run(const std::string& url, const std::atomic<bool>& stop) {
  life_ms_ = next_ms_;
  for (Group& group : groups_) group.acknowledged = group.unanswered = {};
  auto client = ApiClient::Create(url);
  if (!client.ok()) return;
  for (bool answered = true; answered && !stop; next_ms_ += kRoundMs) {
    ++round_;
    for (Group& group : groups_) {
      answered = Send(client->get(), &group, stop);
      if (!answered) break;
    }
  }
}

bool LiveLoad::Send(ApiClient* client, Group* group, const std::atomic<bool>& stop) {
  WriteRequestBuilder request;
  const Sample sample{next_ms_, round_};
  for (const std::string& labels : group->encoded_labels) request.Add(labels, {&sample, 1});
  const std::string body = request.Finish();
  const auto samples = static_cast<double>(group->encoded_labels.size());
  group->unanswered = {samples, samples * round_};
  while (!stop) {
    const auto answer = client->Write(body);
    if (!answer.ok()) return false;
    if (answer->status == 503) {  // put off
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      continue;
    }
    if (answer->status != 204) {
      bad_answer_ = fmt::format("{}: {}", answer->status, answer->body);
      return false;
    }
    group->acknowledged.samples += samples;
    group->acknowledged.sum += samples * round_;
    group->unanswered = {};
    acknowledged_samples_ += group->encoded_labels.size();
    return true;
  }
  return false;
}

StatusOr<std::vector<LiveLoad::Tally>> LiveLoad::Ask(const std::string& url,
                                                     TimeRange range) const {
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url));
  std::vector<Tally> tallies(groups_.size());
  const auto ask = [&](const char* function, double Tally::*member) {
    // A window leaves out its left end.
    const std::string query = fmt::format("sum by (group) ({}(crash_load[{}ms]))", function,
                                          range.max_ms - range.min_ms + 1);
    return AskByGroup(client.get(), query, range.max_ms, [&](size_t group, double value) {
      if (group < tallies.size()) tallies[group].*member = value;
    });
  };
  RETURN_IF_ERROR(ask("count_over_time", &Tally::samples));
  RETURN_IF_ERROR(ask("sum_over_time", &Tally::sum));
  return tallies;
}

Status LiveLoad::Compare(const std::string& url, bool allow_missing, uint64_t* missing) {
  ASSIGN_OR_RETURN(const std::vector<Tally> found, Ask(url, {life_ms_, next_ms_}));
  for (size_t g = 0; g < groups_.size(); ++g) {
    Group& group = groups_[g];
    const auto fits = [](double value, double least, double perhaps) {
      return value >= least && value <= least + perhaps;
    };
    const bool right =
        fits(found[g].samples, group.acknowledged.samples, group.unanswered.samples) &&
        fits(found[g].sum, group.acknowledged.sum, group.unanswered.sum);
    const bool fewer = found[g].samples < group.acknowledged.samples;
    if (!right && !(allow_missing && fewer)) {
      return DataLoss("group {}: {} samples (sum {}), acknowledged were {} (sum {}), unanswered {}",
                      g, found[g].samples, found[g].sum, group.acknowledged.samples,
                      group.acknowledged.sum, group.unanswered.samples);
    }
    if (fewer) *missing += static_cast<uint64_t>(group.acknowledged.samples - found[g].samples);
    group.found.samples += found[g].samples;
    group.found.sum += found[g].sum;
  }
  return absl::OkStatus();
}

Status LiveLoad::CompareAll(const std::string& url) const {
  ASSIGN_OR_RETURN(const std::vector<Tally> found, Ask(url, {start_ms_, next_ms_}));
  for (size_t g = 0; g < groups_.size(); ++g) {
    const Tally& expected = groups_[g].found;
    if (found[g].samples != expected.samples || found[g].sum != expected.sum) {
      return DataLoss("group {}: {} samples (sum {}) of all lives, there were {} (sum {})", g,
                      found[g].samples, found[g].sum, expected.samples, expected.sum);
    }
  }
  return absl::OkStatus();
}

}  // namespace silverback
