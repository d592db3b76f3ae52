// The appender behind the door.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/database/database.h"
#include "engine/database/ingest.h"
#include "engine/log/record.h"

namespace silverback {

/// How many reasons there are.
inline constexpr size_t kRejectReasons = static_cast<size_t>(RejectReason::kInvalidHistogram) + 1;

/// Counts refused samples by reason, and remembers the first case of each.
class Rejections {
 public:
  /// `example` is asked for only if this is the first case of its reason.
  template <typename Example>
  void Add(RejectReason reason, uint64_t samples, uint64_t histograms, Example&& example) {
    auto& entry = entries_[static_cast<size_t>(reason)];
    if (!entry.has_value()) {
      entry.emplace();
      entry->reason = reason;
      entry->example = example();
    }
    entry->samples += samples;
    entry->histograms += histograms;
    ++entry->series;
  }

  uint64_t samples() const;
  std::vector<AppendResult::Rejected> Take();

 private:
  std::array<std::optional<AppendResult::Rejected>, kRejectReasons> entries_;
};

class WriteAppender : public Appender {
 public:
  explicit WriteAppender(Ingest* ingest);

  using Appender::AppendKnown;
  using Appender::AppendNew;
  void Expect(std::string_view wire_key) override;
  bool AppendKnown(std::string_view wire_key, const SampleSpan& samples,
                   std::span<const HistogramSample> histograms) override;
  void AppendNew(std::string_view wire_key, std::span<const Label> labels,
                 const SampleSpan& samples, std::span<const HistogramSample> histograms) override;
  StatusOr<AppendResult> Commit() override;

 private:
  using Entry = Staging::Entry;
  /// Entries [begin, end) that go into one log record.
  struct Record {
    size_t begin = 0;
    size_t end = 0;
    size_t payload_begin = 0;  // [payload_begin, payload_end) of the staging's payloads
    size_t payload_end = 0;
  };

  /// The key's hash, taken from what was expected if it is there.
  Hash128Value HashOf(std::string_view wire_key);

  /// Copies the samples that are neither too old nor too far ahead; `name` says which series it is.
  template <typename Name>
  void Stage(const Entry& entry, const SampleSpan& samples, Name&& name);
  /// Keeps the start timestamp of the sample that was staged last.
  void StageStart(TimestampMs start_ms);
  /// Whether none of the samples is refused and they fit a record, as they are.
  bool AllTaken(const SampleSpan& samples) const;
  /// The same of histograms, those that are not valid left out.
  template <typename Name>
  void StageHistograms(const Entry& entry, std::span<const HistogramSample> histograms,
                       Name&& name);
  SampleSpan SamplesOf(const Entry& entry) const {
    return SampleSpan(samples_, starts_).subspan(entry.begin, entry.samples());
  }
  std::span<const HistogramSample> HistogramsOf(const Entry& entry) const {
    return std::span(histograms_).subspan(entry.histograms_begin, entry.histograms());
  }
  std::string_view PayloadOf(const Record& record) const {
    return std::string_view(staging_->payloads)
        .substr(record.payload_begin, record.payload_end - record.payload_begin);
  }
  std::string NameOf(WireBinding binding) const;
  Status ResolveNew();
  Status CheckKnown() const;
  /// Binds the wire keys of new series that have not left since `SeriesGate::removals` was `removals_inside`.
  void BindNew(uint64_t removals_inside);
  std::vector<Record> Encode();
  void EncodeRecord(Record* record);
  /// Logs the records and applies them to the head; says the last one's sequence.
  StatusOr<Sequence> LogAndApply(std::span<const Record> records, AppendCounts* counts);
  AppendResult Finish(const AppendCounts& counts);

  Ingest* const ingest_;
  LiveEngine* const engine_;
  const uint64_t removals_before_;
  const TimestampMs oldest_ms_;  // samples before it are too old
  const TimestampMs newest_ms_;  // samples after it are too far ahead
  /// Keys that were hashed ahead, by their place in memory.
  struct ExpectedKey {
    std::string_view key;
    Hash128Value hash;
  };
  static constexpr size_t kExpectedKeys = 32;

  std::array<ExpectedKey, kExpectedKeys> expected_;
  size_t expected_next_ = 0;
  size_t expected_taken_ = 0;
  Recycler<Staging>::Loan staging_;
  std::vector<Entry>& entries_ = staging_->entries;
  std::vector<Sample>& samples_ = staging_->samples;
  std::vector<TimestampMs>& starts_ = staging_->starts;
  std::vector<HistogramSample> histograms_;
  std::vector<LabelSet> new_labels_;
  std::vector<SeriesRef> new_refs_;
  std::vector<bool> introduce_;
  std::vector<SeriesId> introduced_;
  uint64_t created_ = 0;
  Rejections rejections_;
};

}  // namespace silverback
