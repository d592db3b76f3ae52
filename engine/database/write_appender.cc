#include "engine/database/write_appender.h"

#include <limits>

#include "engine/base/check.h"
#include "engine/store/calendar.h"

namespace silverback {
namespace {

/// A record holds at most this many samples, and about this many bytes of label sets: well below
/// what the log takes at once.
constexpr size_t kRecordSamplesMax = size_t{1} << 18;
constexpr size_t kRecordLabelBytesMax = size_t{8} << 20;
/// Histograms in memory; in the record they take a little more at worst, and usually much less.
constexpr size_t kRecordHistogramBytesMax = size_t{16} << 20;

TimestampMs OldestTaken(const DatabaseOptions& options, TimestampMs now) {
  if (options.retention_ms <= 0 || now < kMinTimestampMs + options.retention_ms) {
    return kMinTimestampMs;
  }
  return now - options.retention_ms;
}

TimestampMs NewestTaken(const DatabaseOptions& options, TimestampMs now) {
  return now > kMaxTimestampMs - options.max_future_ms ? kMaxTimestampMs
                                                       : now + options.max_future_ms;
}

/// Labels as a client sent them, sane or not, cut to a length that fits an error message.
std::string NameOfLabels(std::span<const Label> labels) {
  constexpr size_t kNameBytesMax = 512;
  std::string name = "{";
  for (const Label& label : labels) {
    if (name.size() > 1) name += ", ";
    name += fmt::format("{}={}", Quote(label.name.substr(0, kNameBytesMax)),
                        Quote(label.value.substr(0, kNameBytesMax)));
    if (name.size() > kNameBytesMax) return name + ", ...}";
  }
  return name + "}";
}

}  // namespace

uint64_t Rejections::samples() const {
  uint64_t total = 0;
  for (const auto& entry : entries_) total += entry.has_value() ? entry->samples : 0;
  return total;
}

std::vector<AppendResult::Rejected> Rejections::Take() {
  std::vector<AppendResult::Rejected> taken;
  for (auto& entry : entries_) {
    if (entry.has_value()) taken.push_back(std::move(*entry));
  }
  return taken;
}

WriteAppender::WriteAppender(Ingest* ingest)
    : ingest_(ingest),
      engine_(ingest->engine),
      removals_before_(engine_->gate.removals()),
      oldest_ms_(OldestTaken(*ingest->options, engine_->clock())),
      newest_ms_(NewestTaken(*ingest->options, engine_->clock())),
      staging_(ingest->staging.Lend()) {}

std::string WriteAppender::NameOf(WireBinding binding) const {
  const auto labels = engine_->substrate->registry->Labels(binding.series);
  return labels.ok() ? labels->ToString() : fmt::format("series {}", binding.series);
}

void WriteAppender::Expect(std::string_view wire_key) {
  const Hash128Value hash = engine_->wire_keys->HashOf(wire_key);
  engine_->wire_keys->Prefetch(hash);
  if (expected_next_ - expected_taken_ == kExpectedKeys) ++expected_taken_;  // the oldest
  expected_[expected_next_++ % kExpectedKeys] = {wire_key, hash};
}

Hash128Value WriteAppender::HashOf(std::string_view wire_key) {
  // Keys come in the order in which they were expected, though some may be left out.
  for (; expected_taken_ < expected_next_; ++expected_taken_) {
    const ExpectedKey& expected = expected_[expected_taken_ % kExpectedKeys];
    if (expected.key.data() != wire_key.data() || expected.key.size() != wire_key.size()) continue;
    ++expected_taken_;
    return expected.hash;
  }
  return engine_->wire_keys->HashOf(wire_key);
}

bool WriteAppender::AppendKnown(std::string_view wire_key, const SampleSpan& samples,
                                std::span<const HistogramSample> histograms) {
  Entry entry;
  entry.wire_hash = HashOf(wire_key);
  const auto binding = engine_->wire_keys->Find(entry.wire_hash);
  if (!binding.has_value()) return false;
  entry.binding = *binding;
  const auto name = [&] { return NameOf(entry.binding); };
  Stage(entry, samples, name);
  if (!histograms.empty()) StageHistograms(entry, histograms, name);
  return true;
}

void WriteAppender::AppendNew(std::string_view wire_key, std::span<const Label> labels,
                              const SampleSpan& samples,
                              std::span<const HistogramSample> histograms) {
  const Status valid = ValidateLabels(labels, ingest_->options->label_limits);
  if (!valid.ok()) {
    rejections_.Add(RejectReason::kInvalidLabels, samples.size() + histograms.size(),
                    histograms.size(),
                    [&] { return fmt::format("{}: {}", NameOfLabels(labels), MessageOf(valid)); });
    return;
  }
  auto label_set = LabelSet::FromLabels({labels.begin(), labels.end()});
  if (!label_set.ok() || label_set->empty()) {
    rejections_.Add(RejectReason::kInvalidLabels, samples.size() + histograms.size(),
                    histograms.size(), [&] {
                      return fmt::format(
                          "{}: {}", NameOfLabels(labels),
                          label_set.ok() ? "every label is empty" : MessageOf(label_set.status()));
                    });
    return;
  }
  Entry entry;
  entry.wire_hash = engine_->wire_keys->HashOf(wire_key);
  entry.new_series = static_cast<int64_t>(new_labels_.size());
  const size_t entries_before = entries_.size();
  const auto name = [&] { return label_set->ToString(); };
  Stage(entry, samples, name);
  if (!histograms.empty()) StageHistograms(entry, histograms, name);
  if (entries_.size() > entries_before) new_labels_.push_back(std::move(label_set).value());
}

// What most series of most requests are: so much is worth one look beforehand.
bool WriteAppender::AllTaken(const SampleSpan& samples) const {
  if (!samples.starts.empty() || !starts_.empty() || samples.size() > kRecordSamplesMax) {
    return false;
  }
  bool taken = true;
  for (const Sample& sample : samples) {
    taken &= sample.timestamp_ms >= oldest_ms_ && sample.timestamp_ms <= newest_ms_;
  }
  return taken;
}

template <typename Name>
void WriteAppender::Stage(const Entry& entry, const SampleSpan& samples, Name&& name) {
  size_t begin = samples_.size();
  const auto close_entry = [&] {
    if (begin == samples_.size()) return;
    entries_.push_back(entry);
    entries_.back().begin = begin;
    entries_.back().end = samples_.size();
    begin = samples_.size();
  };
  if (AllTaken(samples)) {
    samples_.insert(samples_.end(), samples.begin(), samples.end());
    close_entry();
    return;
  }
  const Sample* first_old = nullptr;
  const Sample* first_ahead = nullptr;
  uint64_t old_count = 0;
  uint64_t ahead_count = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    if (sample.timestamp_ms < oldest_ms_) {
      if (old_count++ == 0) first_old = &sample;
    } else if (sample.timestamp_ms > newest_ms_) {
      if (ahead_count++ == 0) first_ahead = &sample;
    } else {
      samples_.push_back(sample);
      if (!samples.starts.empty() || !starts_.empty()) StageStart(samples.StartOf(i));
      if (samples_.size() - begin >= kRecordSamplesMax) close_entry();
    }
  }
  close_entry();
  if (old_count > 0) {
    rejections_.Add(RejectReason::kTooOld, old_count, 0, [&] {
      return fmt::format("{}: sample at {} is older than the retention, which begins at {}", name(),
                         FormatTime(first_old->timestamp_ms), FormatTime(oldest_ms_));
    });
  }
  if (ahead_count > 0) {
    rejections_.Add(RejectReason::kTooFarAhead, ahead_count, 0, [&] {
      return fmt::format("{}: sample at {} is too far ahead of the clock; the newest taken is {}",
                         name(), FormatTime(first_ahead->timestamp_ms), FormatTime(newest_ms_));
    });
  }
}

void WriteAppender::StageStart(TimestampMs start_ms) {
  if (!IsStorableStart(start_ms)) start_ms = kNoStart;
  if (start_ms == kNoStart && starts_.empty()) return;
  starts_.resize(samples_.size(), kNoStart);
  starts_.back() = start_ms;
}

template <typename Name>
void WriteAppender::StageHistograms(const Entry& entry, std::span<const HistogramSample> histograms,
                                    Name&& name) {
  size_t begin = histograms_.size();
  size_t bytes = 0;
  const auto close_entry = [&] {
    if (begin == histograms_.size()) return;
    entries_.push_back(entry);
    entries_.back().histograms_begin = begin;
    entries_.back().histograms_end = histograms_.size();
    begin = histograms_.size();
    bytes = 0;
  };
  struct Refused {
    uint64_t count = 0;
    const HistogramSample* first = nullptr;
    Status why;
  };
  std::array<Refused, kRejectReasons> refused;
  const auto refuse = [&](RejectReason reason, const HistogramSample& sample, Status why) {
    Refused& entry_of_reason = refused[static_cast<size_t>(reason)];
    if (entry_of_reason.count++ > 0) return;
    entry_of_reason.first = &sample;
    entry_of_reason.why = std::move(why);
  };
  for (const HistogramSample& sample : histograms) {
    if (sample.timestamp_ms < oldest_ms_) {
      refuse(RejectReason::kTooOld, sample, {});
      continue;
    }
    if (sample.timestamp_ms > newest_ms_) {
      refuse(RejectReason::kTooFarAhead, sample, {});
      continue;
    }
    if (Status valid = sample.histogram.Validate(); !valid.ok()) {
      refuse(RejectReason::kInvalidHistogram, sample, std::move(valid));
      continue;
    }
    HistogramSample& staged = histograms_.emplace_back(sample);
    if (!IsStorableStart(staged.start_ms)) staged.start_ms = kNoStart;
    if (staged.histogram.has_custom_buckets()) {
      // Perhaps -0, which says no more than 0 where there is no zero bucket.
      staged.histogram.zero_count = 0;
      staged.histogram.zero_threshold = 0;
    }
    bytes += staged.histogram.memory_bytes();
    if (bytes >= kRecordHistogramBytesMax) close_entry();
  }
  close_entry();
  for (size_t i = 0; i < refused.size(); ++i) {
    const Refused& one = refused[i];
    if (one.count == 0) continue;
    const auto reason = static_cast<RejectReason>(i);
    rejections_.Add(reason, one.count, one.count, [&] {
      const std::string at = FormatTime(one.first->timestamp_ms);
      switch (reason) {
        case RejectReason::kTooOld:
          return fmt::format("{}: histogram at {} is older than the retention, which begins at {}",
                             name(), at, FormatTime(oldest_ms_));
        case RejectReason::kTooFarAhead:
          return fmt::format(
              "{}: histogram at {} is too far ahead of the clock; the newest taken is {}", name(),
              at, FormatTime(newest_ms_));
        default:
          return fmt::format("{}: histogram at {}: {}", name(), at, MessageOf(one.why));
      }
    });
  }
}

StatusOr<AppendResult> WriteAppender::Commit() {
  if (entries_.empty()) return Finish({});
  if (ingest_->options->read_only) {
    return Error(absl::StatusCode::kFailedPrecondition, "{} was opened for reading alone",
                 engine_->path);
  }
  RETURN_IF_ERROR(ingest_->reserve.Check());
  AppendCounts counts;
  Sequence last = 0;
  uint64_t removals_inside = 0;
  {
    const auto inside = engine_->gate.Enter();
    if (ingest_->closed.load()) return Error(absl::StatusCode::kUnavailable, "shutting down");
    RETURN_IF_ERROR(CheckKnown());
    RETURN_IF_ERROR(ResolveNew());
    const std::vector<Record> records = Encode();
    if (records.empty()) return Finish({});
    ASSIGN_OR_RETURN(last, LogAndApply(records, &counts));
    removals_inside = engine_->gate.removals();
  }
  // A record that relies on a binding carries no label set: bind only what the log has for sure.
  RETURN_IF_ERROR(engine_->log->WaitDurable(last));
  ingest_->introductions.Done(introduced_);
  BindNew(removals_inside);
  if (engine_->log->unsealed_bytes() >= ingest_->options->wal_max_bytes && ingest_->log_is_full) {
    ingest_->log_is_full();
  }
  return Finish(counts);
}

void WriteAppender::BindNew(uint64_t removals_inside) {
  if (new_labels_.empty()) return;
  const auto inside = engine_->gate.Enter();
  // Otherwise some of these series may have left, unless the head still has their samples.
  const bool all_stayed = engine_->gate.removals() == removals_inside;
  const EngineStateRef state = engine_->state.Get();
  for (const Entry& entry : entries_) {
    if (entry.new_series < 0) continue;
    if (!all_stayed && !state->HeadHas(entry.binding.series)) continue;
    engine_->wire_keys->Bind(entry.wire_hash, entry.binding);
  }
}

Status WriteAppender::CheckKnown() const {
  if (engine_->gate.removals() == removals_before_) return absl::OkStatus();
  for (const Entry& entry : entries_) {
    if (entry.new_series >= 0) continue;
    if (engine_->wire_keys->Find(entry.wire_hash) != entry.binding) {
      return Error(absl::StatusCode::kUnavailable,
                   "a series of the request left with the retention meanwhile; send it again");
    }
  }
  return absl::OkStatus();
}

Status WriteAppender::ResolveNew() {
  if (new_labels_.empty()) return absl::OkStatus();
  new_refs_.resize(new_labels_.size());
  const Status status = ingest_->introductions.Resolve(new_labels_, new_refs_, &introduce_);
  if (!status.ok() && status.code() != absl::StatusCode::kResourceExhausted) return status;
  const uint64_t max_series = ingest_->options->max_series;
  if (!status.ok() && (max_series == 0 || engine_->substrate->registry->size() < max_series)) {
    return status;  // no bound on series, but a full disk
  }
  for (size_t i = 0; i < new_refs_.size(); ++i) {
    if (new_refs_[i].created) ++created_;
    if (introduce_[i]) introduced_.push_back(new_refs_[i].series);
  }
  for (Entry& entry : entries_) {
    if (entry.new_series < 0) continue;
    const SeriesRef& ref = new_refs_[static_cast<size_t>(entry.new_series)];
    entry.binding = {.series = ref.series, .metric = ref.metric};
    if (ref.series != 0) continue;
    rejections_.Add(
        RejectReason::kSeriesLimit, entry.samples() + entry.histograms(), entry.histograms(), [&] {
          return fmt::format("{}: {}",
                             new_labels_[static_cast<size_t>(entry.new_series)].ToString(),
                             MessageOf(status));
        });
  }
  return absl::OkStatus();
}

std::vector<WriteAppender::Record> WriteAppender::Encode() {
  // Refused series leave; what remains keeps its order.
  std::erase_if(entries_, [](const Entry& entry) { return entry.binding.series == 0; });
  std::vector<Record> records;
  size_t begin = 0;
  while (begin < entries_.size()) {
    size_t end = begin;
    size_t samples = 0;
    size_t label_bytes = 0;
    size_t histogram_bytes = 0;
    for (; end < entries_.size(); ++end) {
      if (samples >= kRecordSamplesMax || label_bytes >= kRecordLabelBytesMax ||
          histogram_bytes >= kRecordHistogramBytesMax) {
        break;
      }
      samples += entries_[end].samples();
      for (const HistogramSample& sample : HistogramsOf(entries_[end])) {
        histogram_bytes += sample.histogram.memory_bytes();
      }
      if (entries_[end].new_series >= 0) {
        label_bytes += new_labels_[static_cast<size_t>(entries_[end].new_series)].encoded().size();
      }
    }
    Record& record = records.emplace_back(Record{begin, end});
    EncodeRecord(&record);
    begin = end;
  }
  return records;
}

void WriteAppender::EncodeRecord(Record* record) {
  std::vector<SeriesDefinition> definitions;
  std::vector<SeriesSamples>& samples = staging_->record_samples;
  std::vector<SeriesHistograms> histograms;
  samples.clear();
  samples.reserve(record->end - record->begin);
  for (size_t i = record->begin; i < record->end; ++i) {
    const Entry& entry = entries_[i];
    if (entry.histograms() == 0) {
      samples.push_back({.id = entry.binding.series, .samples = SamplesOf(entry)});
    } else {
      histograms.push_back({.id = entry.binding.series, .histograms = HistogramsOf(entry)});
    }
    if (entry.new_series < 0) continue;
    const auto place = static_cast<size_t>(entry.new_series);
    if (!introduce_[place]) continue;
    definitions.push_back({.id = entry.binding.series,
                           .metric = entry.binding.metric,
                           .label_set = new_labels_[place].encoded()});
  }
  record->payload_begin = staging_->payloads.size();
  EncodeWriteRecord(definitions, samples, histograms, &staging_->payloads);
  record->payload_end = staging_->payloads.size();
}

StatusOr<Sequence> WriteAppender::LogAndApply(std::span<const Record> records,
                                              AppendCounts* counts) {
  const std::lock_guard lock(engine_->append_mutex);
  const EngineStateRef state = engine_->state.Get();
  Generation& active = *state->generations.back();
  Sequence last = 0;
  for (const Record& record : records) {
    ASSIGN_OR_RETURN(last, engine_->log->Append(PayloadOf(record)));
    std::array<SeriesId, Generation::kPrefetchMax> next;
    for (size_t i = record.begin; i < record.end; ++i) {
      if ((i - record.begin) % next.size() == 0) {
        const size_t count = std::min(next.size(), record.end - i);
        for (size_t n = 0; n < count; ++n) next[n] = entries_[i + n].binding.series;
        active.Prefetch(std::span(next).first(count));
      }
      const Entry& entry = entries_[i];
      active.Append(entry.binding.series, entry.binding.metric, SamplesOf(entry), counts);
    }
    // Behind all floats, as in the record.
    for (size_t i = record.begin; i < record.end && !histograms_.empty(); ++i) {
      const Entry& entry = entries_[i];
      active.Append(entry.binding.series, entry.binding.metric, HistogramsOf(entry), counts);
    }
  }
  return last;
}

AppendResult WriteAppender::Finish(const AppendCounts& counts) {
  EngineCounters& counters = engine_->counters;
  counters.appended += counts.stored;
  counters.duplicate += counts.duplicate;
  counters.overwritten += counts.overwritten;
  counters.late += counts.late;
  counters.rejected += rejections_.samples();
  AppendResult result;
  result.samples_stored = counts.stored;
  result.samples_duplicate = counts.duplicate;
  result.samples_overwritten = counts.overwritten;
  result.samples_late = counts.late;
  result.histograms_stored = counts.histograms_stored;
  result.histograms_duplicate = counts.histograms_duplicate;
  result.series_created = created_;
  result.rejected = rejections_.Take();
  return result;
}

}  // namespace silverback
