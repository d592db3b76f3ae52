// Samples of the log on their way into the head, gathered so that a series' memory is visited once for several of them: a record
// holds one sample of each of very many series, and each visit waits for memory.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/head/generation.h"
#include "engine/index/registry.h"

namespace silverback {

/// What a replay leaves out.
struct ReplayOmissions {
  /// Series that neither the registry nor the log introduces, with the number of their samples.
  std::map<SeriesId, uint64_t> unknown_series;
  /// Introductions that contradict the registry.
  uint64_t definitions_refused = 0;
};

/// Used by one thread at a time; `Apply` shares the work among threads of its own. Holds some 20 MB when full.
class ReplayStage {
 public:
  /// Both must outlive the stage. Nobody else appends to `generation` meanwhile.
  ReplayStage(Registry* registry, Generation* generation);
  ~ReplayStage();
  ReplayStage(const ReplayStage&) = delete;
  ReplayStage& operator=(const ReplayStage&) = delete;

  /// Adds a series to be put into the registry, before all samples of the stage.
  void Add(SeriesEntry definition);
  /// Whether a float of the series has to wait until what was added so far is applied: histograms are applied behind all
  /// floats, and what was written later wins over what was written earlier.
  bool MustApplyBefore(SeriesId series) const {
    return !histograms_.empty() && have_histograms_.contains(series);
  }
  /// Adds samples behind all that were added before. REQUIRES: !MustApplyBefore(series).
  void Add(SeriesId series, const SampleSpan& samples);
  /// REQUIRES: a valid histogram.
  void Add(SeriesId series, const HistogramSample& sample);
  /// Whether it is time to apply: the stage has no bound of its own.
  bool full() const { return held_ >= kFull; }

  /// Puts everything into registry and generation, samples in the order of adding for each series, and forgets it. Adds to
  /// `*omissions`. An error is one of the registry's store.
  Status Apply(ReplayOmissions* omissions);

 private:
  /// In samples of 16 bytes: so much is still in the processor's cache when it is applied.
  static constexpr size_t kFull = size_t{1} << 20;
  /// Series that are applied together: of a million, each part's thousand fit into a core's cache.
  static constexpr size_t kParts = 1024;
  static_assert(kParts % Generation::kShards == 0, "a part is one of a shard");

  static constexpr size_t kChunkSamples = 64;
  static constexpr size_t kSlabChunks = 1024;
  static constexpr uint32_t kNoChunk = UINT32_MAX;
  /// Runs of samples, one behind the other.
  struct Chunk {
    uint32_t next;  // of the part's; kNoChunk: none
    uint16_t run_count;
    uint16_t sample_count;
    std::array<SampleRun, kChunkSamples> runs;
    std::array<Sample, kChunkSamples> samples;
  };
  using Starts = std::array<TimestampMs, kChunkSamples>;
  struct Part {
    uint32_t first = kNoChunk;
    uint32_t last = kNoChunk;
  };
  struct Outcome;

  Chunk& At(uint32_t chunk) { return slabs_[chunk / kSlabChunks][chunk % kSlabChunks]; }
  uint32_t NewChunk();
  /// The part's last chunk, one with room.
  uint32_t Open(Part* part);
  void SetStarts(uint32_t chunk, size_t at, const SampleSpan& samples);
  SampleSpan SamplesOf(uint32_t chunk);

  Status Introduce(ReplayOmissions* omissions);
  Status ApplyFloats(ReplayOmissions* omissions);
  Status ApplyPart(const Part& part, Outcome* outcome);
  void ApplyChunk(uint32_t chunk, Outcome* outcome);
  Status ApplyNameless(Outcome* outcome);
  Status ApplyHistograms(ReplayOmissions* omissions);
  void Clear();

  Registry* const registry_;
  Generation* const generation_;
  std::vector<SeriesEntry> definitions_;
  absl::flat_hash_map<SeriesId, MetricId>
      metrics_;  // of series that the stage itself introduces: no need to read them
  std::array<Part, kParts> parts_;
  std::vector<std::unique_ptr<Chunk[]>> slabs_;
  uint32_t chunks_ = 0;
  absl::flat_hash_map<uint32_t, std::unique_ptr<Starts>> starts_;  // of chunks that have any
  std::vector<std::pair<SeriesId, HistogramSample>> histograms_;
  absl::flat_hash_set<SeriesId> have_histograms_;
  size_t held_ = 0;
};

}  // namespace silverback
