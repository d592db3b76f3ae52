#include "engine/upkeep/verify.h"

#include <algorithm>
#include <utility>

#include "engine/block/block.h"
#include "engine/block/block_frame.h"
#include "engine/block/histogram_block.h"
#include "engine/block/timeline.h"
#include "engine/log/log.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

constexpr uint64_t kBlocksPerReport = 256;

bool SameSum(const KahanSum& a, const KahanSum& b) {
  return SameBits(a.sum, b.sum) && SameBits(a.compensation, b.compensation);
}

/// Says which fact is not what the samples say; "" if all are.
std::string_view FirstWrongFact(const Facts& stored, const Facts& computed) {
  if (stored.count != computed.count) return "count";
  if (stored.stale_rows != computed.stale_rows) return "staleness markers";
  if (stored.count == 0) return "";
  if (stored.first_row != computed.first_row || stored.last_row != computed.last_row ||
      !SameBits(stored.first_value, computed.first_value) ||
      !SameBits(stored.last_value, computed.last_value)) {
    return "first or last sample";
  }
  if (!SameBits(stored.min, computed.min) || !SameBits(stored.max, computed.max)) {
    return "minimum or maximum";
  }
  if (!SameSum(stored.sum, computed.sum)) return "sum";
  if (stored.has_nan != computed.has_nan || stored.has_inf != computed.has_inf) {
    return "NaN or infinity";
  }
  if (stored.resets_listed != computed.resets_listed || stored.resets != computed.resets) {
    return "counter resets";
  }
  return "";
}

/// Checks the blocks of one part, one after the other.
class BlockChecker {
 public:
  BlockChecker(const PartMeta& part, Substrate* substrate, TimestampMs cutoff_ms,
               VerifyReport* report)
      : part_(part),
        substrate_(substrate),
        cutoff_ms_(cutoff_ms),
        report_(report),
        timelines_(size_t{64} << 20) {}

  void Check(const BlockKey& key, std::string_view bytes) {
    ++report_->blocks;
    if (const Status status = CheckBlock(key, bytes); !status.ok()) {
      AddFinding(report_, {.where = fmt::format("part {}, series {}, block at {}", part_.id,
                                                key.series, FormatTime(key.first_ms)),
                           .what = std::string(MessageOf(status)),
                           .series = key.series,
                           .range = {key.first_ms, std::max(last_ms_, key.first_ms)}});
    }
  }

  static void AddFinding(VerifyReport* report, Finding finding) {
    if (report->findings.size() < VerifyReport::kFindingsMax) {
      report->findings.push_back(std::move(finding));
    }
  }

 private:
  Status CheckBlock(const BlockKey& key, std::string_view bytes) {
    last_ms_ = part_.time.max_ms;
    if (PeekBlockKind(bytes) == static_cast<uint8_t>(ValueKind::kHistogram)) {
      ASSIGN_OR_RETURN(const HistogramBlockView view, HistogramBlockView::Open(bytes));
      RETURN_IF_ERROR(CheckTimes(key, view));
      RETURN_IF_ERROR(CheckHistograms(view));
      return CheckOrder(key, view.time_range());
    }
    ASSIGN_OR_RETURN(const BlockView view, BlockView::Open(bytes));
    RETURN_IF_ERROR(CheckTimes(key, view));
    values_.resize(view.rows());
    view.Decode(0, view.rows(), values_.data());
    const std::string_view wrong = FirstWrongFact(view.facts(), ComputeFacts(values_));
    if (!wrong.empty()) return DataLoss("its samples contradict its facts: {}", wrong);
    return CheckOrder(key, view.time_range());
  }

  Status CheckHistograms(const HistogramBlockView& view) {
    // A section at a time: a block may hold many large ones.
    std::vector<NativeHistogram> histograms;
    for (size_t i = 0; i < view.section_count(); ++i) {
      const HistogramBlockView::SectionInfo section = view.section_info(i);
      histograms.resize(section.rows);
      const uint32_t first = section.first_row;
      if (!view.Decode(first, first + section.rows, histograms.data())) {
        return DataLoss("section {} of its histograms is malformed", i);
      }
      for (uint32_t row = 0; row < section.rows; ++row) {
        RETURN_IF_ERROR(WithContext(histograms[row].Validate(),
                                    fmt::format("row {} is no sound histogram", first + row)));
        if (histograms[row].IsStale() != view.IsStale(first + row)) {
          return DataLoss("its samples contradict its facts: staleness markers");
        }
      }
    }
    return absl::OkStatus();
  }

  template <typename View>
  Status CheckTimes(const BlockKey& key, const View& view) {
    last_ms_ = view.time_range().max_ms;
    report_->samples += view.rows();
    const TimelineRef ref = view.timeline();
    ASSIGN_OR_RETURN(const TimelineRows rows,
                     timelines_.Get(*substrate_->store, part_.id, ref.ordinal));
    if (uint64_t{ref.offset} + view.rows() > rows->size()) {
      return DataLoss("it has more rows than timeline {}", ref.ordinal);
    }
    const TimesView times = rows->view().subspan(ref.offset, view.rows());
    if (times.front() != key.first_ms || times.front() != view.time_range().min_ms ||
        times.back() != view.time_range().max_ms) {
      return DataLoss("its times are not those of timeline {}", ref.ordinal);
    }
    StartColumn starts;
    return view.DecodeStarts(times, &starts);
  }

  Status CheckOrder(const BlockKey& key, const TimeRange& range) {
    const bool same_series = key.series == series_;
    const TimestampMs before_ms = std::exchange(series_last_ms_, range.max_ms);
    series_ = key.series;
    if (same_series) {
      if (range.min_ms <= before_ms) return DataLoss("it overlaps the block before it");
      return absl::OkStatus();
    }
    const auto metric = substrate_->registry->Metric(key.series);
    if (metric.ok()) {
      if (*metric != key.metric) {
        return DataLoss("stored under metric {}, registered under {}", key.metric, *metric);
      }
      return absl::OkStatus();
    }
    if (metric.status().code() != absl::StatusCode::kNotFound) return metric.status();
    // Series without a sample after the cutoff leave the registry before their last part goes.
    if (range.max_ms < cutoff_ms_ + kDayMs) return absl::OkStatus();
    return DataLoss("the registry has no such series");
  }

  const PartMeta& part_;
  Substrate* const substrate_;
  const TimestampMs cutoff_ms_;
  VerifyReport* const report_;
  TimelineCache timelines_;
  std::vector<double> values_;
  SeriesId series_ = 0;
  TimestampMs series_last_ms_ = 0;
  TimestampMs last_ms_ = 0;
};

class RecordCounter : public WriteRecordVisitor {
 public:
  void OnDefinition(const SeriesDefinition& definition) override {
    if (!LabelSet::FromEncoded(definition.label_set).ok()) bad_labels = definition.id;
  }
  void OnSamples(SeriesId, const SampleSpan&) override {}
  void OnHistogram(SeriesId, const HistogramSample&) override {}

  std::optional<SeriesId> bad_labels;
};

}  // namespace

Status VerifyParts(const EngineState& state, Substrate* substrate, TimestampMs cutoff_ms,
                   const ProgressFunction& progress, VerifyReport* report) {
  uint64_t blocks = 0;
  for (const PartRef& part : state.parts) blocks += part->blocks;
  uint64_t blocks_before = 0;  // in the parts that are done
  for (const PartRef& ref : state.parts) {
    const PartMeta& part = *ref;
    uint64_t read = 0;
    ++report->parts;
    report->timelines += part.timelines;
    BlockChecker checker(part, substrate, cutoff_ms, report);
    const Status status =
        substrate->store->VerifyPart(part.id, [&](const BlockKey& key, std::string_view bytes) {
          if (progress && read++ % kBlocksPerReport == 0) {
            progress("blocks", std::min(blocks_before + read, blocks), blocks);
          }
          checker.Check(key, bytes);
          return absl::OkStatus();
        });
    if (!status.ok()) {
      BlockChecker::AddFinding(report, {.where = Describe(part),
                                        .what = std::string(MessageOf(status)),
                                        .series = std::nullopt,
                                        .range = part.time});
    }
    blocks_before += part.blocks;
  }
  if (progress) progress("blocks", blocks, blocks);
  return absl::OkStatus();
}

Status VerifyLog(FileSystem* file_system, const std::string& directory, Sequence sealed_through,
                 VerifyReport* report) {
  LogOptions options;
  options.directory = directory;
  options.file_system = file_system;
  options.sync_mode = SyncMode::kOff;
  ASSIGN_OR_RETURN(const std::unique_ptr<Log> log, Log::Open(options));
  ASSIGN_OR_RETURN(
      const ReplayReport replay,
      log->Replay(sealed_through, [&](Sequence sequence, std::string_view payload) {
        RecordCounter counter;
        Status status = DecodeWriteRecord(payload, &counter);
        if (status.ok() && counter.bad_labels.has_value()) {
          status = DataLoss("the label set of series {} is malformed", *counter.bad_labels);
        }
        ++report->log_records;
        if (!status.ok()) {
          BlockChecker::AddFinding(report, {.where = fmt::format("log record {}", sequence),
                                            .what = std::string(MessageOf(status)),
                                            .series = counter.bad_labels,
                                            .range = {}});
        }
        return absl::OkStatus();
      }));
  for (const LogLoss& loss : replay.losses) {
    // A tail may be in the making; a crash's is no damage either: nobody was told it was stored.
    if (loss.kind == LogLoss::Kind::kTorn) continue;
    BlockChecker::AddFinding(report, {.where = "log segment " + loss.segment,
                                      .what = loss.ToString(),
                                      .series = std::nullopt,
                                      .range = {}});
  }
  return absl::OkStatus();
}

}  // namespace silverback
