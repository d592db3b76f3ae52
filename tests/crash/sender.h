// A client of the crash test: sends samples of its own series until its server is gone, and keeps the book.
#pragma once

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/labels/label_set.h"
#include "tests/crash/ledger.h"

namespace silverback {

class CrashSender {
 public:
  /// Sender `number` owns `series` series named crash_test{sender="number",series="..."}. `start_ms` is its first timestamp.
  CrashSender(int number, int series, TimestampMs start_ms, uint64_t seed);

  /// Sends requests to `url` until `stop` or until one is not answered with 204. Mostly ascending samples; now and then late
  /// ones and overwritten ones.
  void Run(const std::string& url, const std::atomic<bool>& stop);

  /// Reads back every series from `url` and compares it with the book. OK: everything acknowledged is there. `missing` as
  /// in SeriesLedger::Compare.
  Status Compare(const std::string& url, bool allow_missing, uint64_t* missing);

  uint64_t acknowledged_samples() const;
  uint64_t requests() const { return requests_; }
  /// An answer that was neither 204 nor a broken connection; empty if there was none.
  const std::string& bad_answer() const { return bad_answer_; }

 private:
  std::vector<Sample> NextSamples(size_t series);

  int number_;
  std::vector<std::string> encoded_labels_;
  std::vector<SeriesLedger> ledgers_;
  std::vector<TimestampMs> next_ms_;
  TimestampMs start_ms_;
  std::mt19937_64 random_;
  uint64_t requests_ = 0;
  std::string bad_answer_;
};

}  // namespace silverback
