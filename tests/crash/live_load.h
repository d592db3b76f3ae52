// The load of the crash test: many series, one sample each and round, as fast as they are acknowledged.
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"

namespace silverback {

class ApiClient;

/// Keeps a book of sums, not of samples: of each group of series (those of one request) the samples that were acknowledged.
/// Not thread-safe.
class LiveLoad {
 public:
  /// About `series` series named crash_load; the first round is at `start_ms`.
  LiveLoad(int series, TimestampMs start_ms);

  /// Begins a new life: sends rounds to `url` until `stop` or until a request is not answered.
  void Run(const std::string& url, const std::atomic<bool>& stop);

  /// Compares what `url` has of the last life with the book. With `allow_missing`, acknowledged samples that are gone are
  /// added to `*missing`; otherwise they are an error, as are samples that were never sent.
  Status Compare(const std::string& url, bool allow_missing, uint64_t* missing);
  /// Compares what `url` has of all lives with what the calls of `Compare` found of each.
  Status CompareAll(const std::string& url) const;

  uint64_t acknowledged_samples() const { return acknowledged_samples_; }
  /// An answer that was neither 204 nor 503; empty if there was none.
  const std::string& bad_answer() const { return bad_answer_; }

 private:
  /// Samples and their sum.
  struct Tally {
    double samples = 0;
    double sum = 0;
  };
  struct Group {
    std::vector<std::string> encoded_labels;
    Tally acknowledged;  // in this life
    Tally unanswered;    // sent last, perhaps there
    Tally found;         // by all comparisons
  };

  bool Send(ApiClient* client, Group* group, const std::atomic<bool>& stop);
  /// What `url` has of each group in the closed range.
  StatusOr<std::vector<Tally>> Ask(const std::string& url, TimeRange range) const;

  std::vector<Group> groups_;
  const TimestampMs start_ms_;
  TimestampMs life_ms_;  // of the first round of this life
  TimestampMs next_ms_;
  double round_ = 0;  // the value of every sample of the round
  uint64_t acknowledged_samples_ = 0;
  std::string bad_answer_;
};

}  // namespace silverback
