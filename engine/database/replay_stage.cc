#include "engine/database/replay_stage.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <spdlog/spdlog.h>
#include <thread>
#include <utility>

#include "engine/base/check.h"

namespace silverback {
namespace {

constexpr size_t kMaxThreads = 4;
/// With less a second thread costs more than it does.
constexpr size_t kSamplesPerThread = 1 << 16;
/// Definitions that are put into the registry together. Looking a series up alone costs some microseconds, which would be most
/// of a restart with many series.
constexpr size_t kDefinitionsAtOnce = 4096;

/// The metrics of series that ascend without repeats; nullopt for those that the registry does not know.
struct FoundMetrics {
  std::vector<SeriesId> ids;
  std::vector<std::optional<MetricId>> metrics;

  Status Find(const Registry& registry) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    metrics.resize(ids.size());
    return registry.FindMetrics(ids, metrics);
  }
  const std::optional<MetricId>& Of(SeriesId series) const {
    return metrics[static_cast<size_t>(std::lower_bound(ids.begin(), ids.end(), series) -
                                       ids.begin())];
  }
};

}  // namespace

/// What one thread brings back from the parts that it applied, and what it works with.
struct ReplayStage::Outcome {
  /// Samples whose series is new to the generation and whose metric has to be read.
  struct Nameless {
    SeriesId series;
    uint32_t chunk;
    uint32_t first;  // sample in the chunk
    uint32_t count;
  };

  Status status;
  ReplayOmissions omissions;
  AppendCounts counts;
  std::vector<size_t> absent;
  std::vector<Nameless> nameless;
};

ReplayStage::ReplayStage(Registry* registry, Generation* generation)
    : registry_(registry), generation_(generation) {}

ReplayStage::~ReplayStage() = default;

uint32_t ReplayStage::NewChunk() {
  if (chunks_ == slabs_.size() * kSlabChunks) {
    slabs_.push_back(std::make_unique_for_overwrite<Chunk[]>(kSlabChunks));
  }
  Chunk& chunk = At(chunks_);
  chunk.next = kNoChunk;
  chunk.run_count = chunk.sample_count = 0;
  return chunks_++;
}

uint32_t ReplayStage::Open(Part* part) {
  if (part->last != kNoChunk && At(part->last).sample_count < kChunkSamples) return part->last;
  const uint32_t chunk = NewChunk();
  if (part->last == kNoChunk) {
    part->first = chunk;
  } else {
    At(part->last).next = chunk;
  }
  part->last = chunk;
  return chunk;
}

void ReplayStage::Add(SeriesEntry definition) {
  held_ += (sizeof definition + definition.labels.encoded().size()) / sizeof(Sample);
  definitions_.push_back(std::move(definition));
}

void ReplayStage::Add(SeriesId series, const SampleSpan& samples) {
  SB_DCHECK(!MustApplyBefore(series));
  Part* const part = &parts_[series % kParts];
  for (size_t begin = 0; begin < samples.size();) {
    const uint32_t number = Open(part);
    Chunk& chunk = At(number);
    const size_t count =
        std::min<size_t>(samples.size() - begin, kChunkSamples - chunk.sample_count);
    const SampleSpan some = samples.subspan(begin, count);
    std::copy(some.begin(), some.end(), chunk.samples.begin() + chunk.sample_count);
    if (!some.starts.empty()) SetStarts(number, chunk.sample_count, some);
    chunk.runs[chunk.run_count++] = {series, static_cast<uint32_t>(count)};
    chunk.sample_count = static_cast<uint16_t>(chunk.sample_count + count);
    begin += count;
  }
  held_ += samples.size();
}

void ReplayStage::SetStarts(uint32_t chunk, size_t at, const SampleSpan& samples) {
  std::unique_ptr<Starts>& starts = starts_[chunk];
  if (starts == nullptr) {
    starts = std::make_unique<Starts>();
    starts->fill(kNoStart);
  }
  std::copy(samples.starts.begin(), samples.starts.end(),
            starts->begin() + static_cast<ptrdiff_t>(at));
}

SampleSpan ReplayStage::SamplesOf(uint32_t number) {
  const Chunk& chunk = At(number);
  const auto samples = std::span<const Sample>(chunk.samples).first(chunk.sample_count);
  if (starts_.empty()) return samples;
  const auto starts = starts_.find(number);
  if (starts == starts_.end()) return samples;
  return {samples, std::span<const TimestampMs>(*starts->second).first(samples.size())};
}

void ReplayStage::Add(SeriesId series, const HistogramSample& sample) {
  histograms_.emplace_back(series, sample);
  have_histograms_.insert(series);
  held_ += 1 + sample.histogram.memory_bytes() / sizeof(Sample);
}

Status ReplayStage::Apply(ReplayOmissions* omissions) {
  Status status = Introduce(omissions);
  if (status.ok()) status = ApplyFloats(omissions);
  if (status.ok()) status = ApplyHistograms(omissions);
  Clear();
  return status;
}

// Together where possible, or one by one where one of them contradicts the registry.
Status ReplayStage::Introduce(ReplayOmissions* omissions) {
  const std::span<const SeriesEntry> all = definitions_;
  for (size_t at = 0; at < all.size(); at += kDefinitionsAtOnce) {
    const auto some = all.subspan(at, std::min(kDefinitionsAtOnce, all.size() - at));
    const Status together = registry_->Insert(some);
    for (const SeriesEntry& definition : some) {
      const Status alone = together.ok() ? together : registry_->Insert({&definition, 1});
      if (alone.ok()) {
        metrics_[definition.series] = definition.metric;
        continue;
      }
      // FailedPrecondition: the store is open for reading alone. The series' samples count as unknown.
      if (!absl::IsDataLoss(alone) && !absl::IsFailedPrecondition(alone)) return alone;
      ++omissions->definitions_refused;
      spdlog::warn("log replay: series {} cannot be introduced: {}", definition.series,
                   MessageOf(alone));
    }
  }
  return absl::OkStatus();
}

void ReplayStage::Clear() {
  parts_.fill({});
  chunks_ = 0;  // the slabs stay for what comes next
  starts_.clear();
  histograms_.clear();
  have_histograms_.clear();
  definitions_.clear();
  metrics_.clear();
  held_ = 0;
}

// All parts of a shard are one thread's, so that none waits for another's lock and each series' samples stay in order.
Status ReplayStage::ApplyFloats(ReplayOmissions* omissions) {
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Outcome> outcomes(
      std::clamp<size_t>(held_ / kSamplesPerThread, 1, std::min(cores, kMaxThreads)));
  std::atomic<size_t> next_shard{0};
  const auto work = [&](Outcome* outcome) {
    for (size_t shard; (shard = next_shard++) < Generation::kShards;) {
      for (size_t part = shard; part < kParts && outcome->status.ok();
           part += Generation::kShards) {
        outcome->status = ApplyPart(parts_[part], outcome);
      }
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < outcomes.size(); ++i) threads.emplace_back(work, &outcomes[i]);
  work(&outcomes[0]);
  for (std::thread& thread : threads) thread.join();
  Status status;
  for (const Outcome& outcome : outcomes) {
    status.Update(outcome.status);
    for (const auto& [series, samples] : outcome.omissions.unknown_series) {
      omissions->unknown_series[series] += samples;
    }
  }
  return status;
}

Status ReplayStage::ApplyPart(const Part& part, Outcome* outcome) {
  for (uint32_t chunk = part.first; chunk != kNoChunk; chunk = At(chunk).next) {
    if (At(chunk).next != kNoChunk) __builtin_prefetch(&At(At(chunk).next));
    ApplyChunk(chunk, outcome);
  }
  return outcome->nameless.empty() ? absl::OkStatus() : ApplyNameless(outcome);
}

// A series that waits for its metric waits with all of the part's samples, so that they stay in order.
void ReplayStage::ApplyChunk(uint32_t number, Outcome* outcome) {
  const Chunk& chunk = At(number);
  const SampleSpan samples = SamplesOf(number);
  const auto runs = std::span<const SampleRun>(chunk.runs).first(chunk.run_count);
  outcome->absent.clear();
  generation_->AppendIfPresent(runs, samples, &outcome->counts, &outcome->absent);
  uint32_t first = 0;
  size_t run = 0;
  for (const size_t absent : outcome->absent) {
    for (; run < absent; ++run) first += runs[run].count;
    const SampleRun& of = runs[absent];
    if (const auto metric = metrics_.find(of.series); metric != metrics_.end()) {
      generation_->Append(of.series, metric->second, samples.subspan(first, of.count),
                          &outcome->counts);
    } else {
      outcome->nameless.push_back({of.series, number, first, of.count});
    }
  }
}

Status ReplayStage::ApplyNameless(Outcome* outcome) {
  FoundMetrics found;
  for (const Outcome::Nameless& samples : outcome->nameless) found.ids.push_back(samples.series);
  RETURN_IF_ERROR(found.Find(*registry_));
  for (const auto& [series, chunk, first, count] : outcome->nameless) {
    if (const std::optional<MetricId>& metric = found.Of(series); metric.has_value()) {
      generation_->Append(series, *metric, SamplesOf(chunk).subspan(first, count),
                          &outcome->counts);
    } else {
      outcome->omissions.unknown_series[series] += count;
    }
  }
  outcome->nameless.clear();
  return absl::OkStatus();
}

Status ReplayStage::ApplyHistograms(ReplayOmissions* omissions) {
  if (histograms_.empty()) return absl::OkStatus();
  AppendCounts counts;
  FoundMetrics found;
  for (const auto& [series, sample] : histograms_) {
    if (!generation_->Contains(series)) found.ids.push_back(series);
  }
  RETURN_IF_ERROR(found.Find(*registry_));
  for (const auto& [series, sample] : histograms_) {
    const std::span one(&sample, 1);
    if (generation_->AppendIfPresent(series, one, &counts)) continue;
    if (const std::optional<MetricId>& metric = found.Of(series); metric.has_value()) {
      generation_->Append(series, *metric, one, &counts);
    } else {
      ++omissions->unknown_series[series];
    }
  }
  return absl::OkStatus();
}

}  // namespace silverback
