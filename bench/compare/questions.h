// What the contenders are asked, and how long an answer takes.
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "tools/client/api_client.h"

namespace silverback {

/// One request; result caches are asked to stay out of it.
struct Question {
  std::string title;
  std::string path;
  Parameters parameters;
};

/// Questions over one range of time.
struct QuestionGroup {
  std::string name;  // "184 d"
  bool cold;         // also ask each after a restart with the page cache dropped
  std::vector<Question> questions;
};

/// The fleet's fourteen panels over the whole range, and over its last day and hour.
std::vector<QuestionGroup> FleetQuestions(int64_t days, TimestampMs end_ms);

/// Wide selections, aggregations and look-ups of names over the range of a live stream.
std::vector<QuestionGroup> LiveQuestions(TimeRange range);

/// Quantiles, shares, means and heat maps of `SendHistograms`' stream, from native histograms and from classic buckets.
std::vector<QuestionGroup> HistogramQuestions(TimeRange range);

struct Answer {
  double ms;
  HttpAnswer http;
};

/// Asks once. Error when the answer is anything but success; `FailedPrecondition` with the server's text where the
/// server refused.
StatusOr<Answer> Ask(ApiClient* client, const Question& question);

/// FailedPrecondition if a query was answered with nothing: what a server does not know it is not fast at.
Status CheckNotEmpty(const Question& question, const Answer& answer);

/// Of one question that was asked before: the median time, and what an answer costs the server.
struct Warm {
  double ms;
  double cpu_ms;
};

/// Asks once, which must not be answered with nothing, then `repeats` times (at least 1) that count, and on up to 50 times while
/// all of them took less than 100 ms: the median of five short answers says how the machine wakes a processor up. `pid` is the
/// server's.
StatusOr<Warm> AskWarm(const std::string& url, pid_t pid, const Question& question, int repeats);

/// A range query as a question; times and step in seconds.
Question RangeQuestion(const std::string& title, const std::string& query, int64_t start,
                       int64_t end, int64_t step);

/// A look-up of names, values or series between two times in seconds.
Question Lookup(const std::string& title, const std::string& path, Parameters parameters,
                int64_t start, int64_t end);

/// The number in an instant answer of one series without labels; 0 if it is empty.
StatusOr<double> NumberIn(const HttpAnswer& answer);

}  // namespace silverback
