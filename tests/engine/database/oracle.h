// What a database whose requests can fail must hold, and may hold.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/database/harness.h"

namespace silverback::testing {

/// What was promised and what was merely tried.
class Oracle {
 public:
  /// Samples of a request that is about to be sent.
  void Try(const std::string& series, std::span<const Sample> samples) {
    for (const Sample& sample : samples) {
      tried_[series][sample.timestamp_ms].insert(BitsOf(sample.value));
      last_request_[series][sample.timestamp_ms] = BitsOf(sample.value);
    }
  }
  /// The request was acknowledged.
  void Acknowledge() {
    for (const auto& [series, samples] : last_request_) {
      for (const auto& [t, bits] : samples) {
        promised_[series][t] = bits;
        tried_[series][t] = {bits};
      }
    }
    last_request_.clear();
  }

  /// The request failed: its samples may be there or not.
  void Forget() { last_request_.clear(); }

  /// Everything promised is there, nothing was invented.
  void Compare(const Contents& found) {
    for (const auto& [series, samples] : promised_) {
      for (const auto& [t, bits] : samples) {
        INFO("lost: " << series << " at " << t);
        const auto at = found.find(series);
        REQUIRE(at != found.end());
        REQUIRE(at->second.contains(t));
      }
    }
    for (const auto& [series, samples] : found) {
      for (const auto& [t, bits] : samples) {
        INFO("never written: " << series << " at " << t);
        REQUIRE(tried_[series][t].contains(bits));
      }
    }
  }

  /// The same after a restart: what is there is a promise from now on.
  void Check(const Contents& found) {
    Compare(found);
    promised_ = found;
    last_request_.clear();
    tried_.clear();
    for (const auto& [series, samples] : found) {
      for (const auto& [t, bits] : samples) tried_[series][t] = {bits};
    }
  }

 private:
  Contents promised_;
  Contents last_request_;
  std::map<std::string, std::map<TimestampMs, std::set<uint64_t>>> tried_;
};

}  // namespace silverback::testing
