#include "query/remote_read/reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/labels/label_order.h"
#include "query/remote_read/histogram_chunk.h"
#include "query/remote_read/xor_chunk.h"

namespace silverback::remote_read {
namespace {

/// As Prometheus cuts its own.
constexpr uint32_t kChunkSamples = 120;
/// Series that are read by one cursor and held encoded.
constexpr size_t kSeriesAtOnce = 16;
constexpr size_t kDecodeRows = 1024;

Status Stopped() {
  return Error(absl::StatusCode::kCancelled, "the read was canceled");
}

bool IsSet(const std::atomic<bool>* cancelled) {
  return cancelled != nullptr && cancelled->load(std::memory_order_relaxed);
}

/// Calls `take_float(t, value)` or `take_histogram(t, histogram)` for each sample.
template <typename TakeFloat, typename TakeHistogram>
void ForEachSample(const SeriesRuns& series, const TakeFloat& take_float,
                   const TakeHistogram& take_histogram) {
  std::vector<double> values;
  NativeHistogram histogram;
  for (const Run& run : series.runs) {
    if (run.is_histogram()) {
      for (size_t row = 0; row < run.size(); ++row) {
        run.HistogramAt(row, &histogram);
        take_histogram(run.times()[row], histogram);
      }
      continue;
    }
    for (size_t begin = 0; begin < run.size(); begin += kDecodeRows) {
      const size_t end = std::min(run.size(), begin + kDecodeRows);
      values.resize(end - begin);
      run.Values(begin, end, values.data());
      for (size_t row = begin; row < end; ++row) take_float(run.times()[row], values[row - begin]);
    }
  }
}

Status FirstLoss(const SeriesCursor& cursor) {
  if (cursor.losses().empty()) return absl::OkStatus();
  return DataLoss("{}", cursor.losses().front().reason);
}

/// The answer to one query as the message QueryResult.
class SampleWriter {
 public:
  SampleWriter(const ReadLimits& limits, const std::atomic<bool>* cancelled)
      : limits_(limits), cancelled_(cancelled) {}

  StatusOr<std::string> Write(const ReadView& view, const ReadQuery& query) {
    std::string result;
    ASSIGN_OR_RETURN(const std::vector<SeriesHandle> handles,
                     view.Select(query.matchers, query.range, cancelled_));
    ASSIGN_OR_RETURN(const std::vector<LabelSet> labels, view.LabelsOf(handles));
    ASSIGN_OR_RETURN(const auto cursor, view.Read(handles, query.range,
                                                  {.cache = view.CacheFor(handles, query.range)}));
    SeriesRuns series;
    for (size_t i = 0;; ++i) {
      if (IsSet(cancelled_)) return Stopped();
      ASSIGN_OR_RETURN(const bool more, cursor->Next(&series));
      if (!more) break;
      if (series.runs.empty()) continue;
      RETURN_IF_ERROR(Count(series));
      std::string message;
      AppendLabels(&message, labels[i]);
      ForEachSample(
          series, [&](TimestampMs t, double v) { AppendSample(&message, t, v); },
          [&](TimestampMs t, const NativeHistogram& h) { AppendHistogram(&message, t, h); });
      AppendField(&result, 1, message);
      RETURN_IF_ERROR(CheckBytes(result.size()));
    }
    RETURN_IF_ERROR(FirstLoss(*cursor));
    bytes_ += result.size();
    return result;
  }

 private:
  Status Count(const SeriesRuns& series) {
    for (const Run& run : series.runs) samples_ += run.size();
    if (limits_.max_samples > 0 && samples_ > limits_.max_samples) {
      return ResourceExhausted("exceeded sample limit ({}), see --storage.remote.read-sample-limit",
                               limits_.max_samples);
    }
    return absl::OkStatus();
  }

  Status CheckBytes(size_t result_bytes) const {
    if (bytes_ + result_bytes > limits_.max_bytes) {
      return ResourceExhausted("the answer exceeds {} bytes, see --query.max-memory",
                               limits_.max_bytes);
    }
    return absl::OkStatus();
  }

  const ReadLimits& limits_;
  const std::atomic<bool>* cancelled_;
  uint64_t samples_ = 0;
  uint64_t bytes_ = 0;
};

struct EncodedChunk {
  TimeRange range;
  ChunkEncoding encoding = ChunkEncoding::kXor;
  std::string data;
};

/// Cuts the samples of a series into chunks.
class ChunkCutter {
 public:
  void Add(TimestampMs t, double value) {
    if (histograms_.count() > 0 || floats_.count() == kChunkSamples) Cut();
    Extend(t);
    floats_.Append(t, value);
  }
  void Add(TimestampMs t, const NativeHistogram& histogram) {
    if (floats_.count() > 0 || histograms_.count() == kChunkSamples ||
        !histograms_.Fits(histogram)) {
      Cut();
    }
    Extend(t);
    histograms_.Append(t, histogram);
  }
  std::vector<EncodedChunk> Take() {
    Cut();
    return std::move(chunks_);
  }

 private:
  void Extend(TimestampMs t) {
    if (floats_.count() + histograms_.count() == 0) range_.min_ms = t;
    range_.max_ms = t;
  }
  void Cut() {
    if (floats_.count() > 0) chunks_.push_back({range_, ChunkEncoding::kXor, floats_.Take()});
    if (histograms_.count() == 0) return;
    const auto encoding =
        histograms_.is_float() ? ChunkEncoding::kFloatHistogram : ChunkEncoding::kHistogram;
    chunks_.push_back({range_, encoding, histograms_.Take()});
  }

  XorChunk floats_;
  HistogramChunk histograms_;
  TimeRange range_;
  std::vector<EncodedChunk> chunks_;
};

std::vector<EncodedChunk> Encode(const SeriesRuns& series) {
  ChunkCutter cutter;
  ForEachSample(
      series, [&](TimestampMs t, double value) { cutter.Add(t, value); },
      [&](TimestampMs t, const NativeHistogram& histogram) { cutter.Add(t, histogram); });
  return cutter.Take();
}

/// Streams the answer to one query.
class ChunkWriter {
 public:
  ChunkWriter(const ReadView& view, const ReadLimits& limits, const std::atomic<bool>* cancelled,
              const std::function<bool(std::string_view)>& write)
      : view_(view), limits_(limits), cancelled_(cancelled), write_(write) {}

  Status Write(const ReadQuery& query, int64_t index) {
    ASSIGN_OR_RETURN(handles_, view_.Select(query.matchers, query.range, cancelled_));
    ASSIGN_OR_RETURN(labels_, view_.LabelsOf(handles_));
    index_ = index;
    std::vector<const LabelSet*> sets;
    sets.reserve(labels_.size());
    for (const LabelSet& labels : labels_) sets.push_back(&labels);
    const std::vector<uint32_t> order = LabelOrder(sets);
    for (size_t at = 0; at < order.size(); at += kSeriesAtOnce) {
      const size_t count = std::min(kSeriesAtOnce, order.size() - at);
      RETURN_IF_ERROR(WriteSome(query, std::span(order).subspan(at, count)));
    }
    return absl::OkStatus();
  }

 private:
  /// `group`: places in `handles_`, in order of labels.
  Status WriteSome(const ReadQuery& query, std::span<const uint32_t> group) {
    std::vector<size_t> stored(group.begin(), group.end());
    std::sort(stored.begin(), stored.end());  // `handles_` are in storage order
    std::vector<SeriesHandle> handles;
    for (const size_t i : stored) handles.push_back(handles_[i]);
    ASSIGN_OR_RETURN(
        const auto cursor,
        view_.Read(handles, query.range, {.cache = view_.CacheFor(handles, query.range)}));
    std::vector<std::vector<EncodedChunk>> chunks(stored.size());
    SeriesRuns series;
    for (size_t i = 0;; ++i) {
      if (IsSet(cancelled_)) return Stopped();
      ASSIGN_OR_RETURN(const bool more, cursor->Next(&series));
      if (!more) break;
      chunks[i] = Encode(series);
    }
    RETURN_IF_ERROR(FirstLoss(*cursor));
    for (const size_t i : group) {
      const auto place = std::lower_bound(stored.begin(), stored.end(), i) - stored.begin();
      RETURN_IF_ERROR(WriteSeries(labels_[i], chunks[static_cast<size_t>(place)]));
    }
    return absl::OkStatus();
  }

  /// One series a frame at most, cut into several when it is long.
  Status WriteSeries(const LabelSet& labels, const std::vector<EncodedChunk>& chunks) {
    std::string head;
    AppendLabels(&head, labels);
    std::string message = head;
    for (size_t i = 0; i < chunks.size(); ++i) {
      AppendChunk(&message, chunks[i].range, chunks[i].encoding, chunks[i].data);
      if (message.size() < limits_.max_frame_bytes && i + 1 < chunks.size()) continue;
      if (!write_(Frame(message, index_))) return Stopped();
      message = head;
    }
    return absl::OkStatus();
  }

  const ReadView& view_;
  const ReadLimits& limits_;
  const std::atomic<bool>* cancelled_;
  const std::function<bool(std::string_view)>& write_;
  std::vector<SeriesHandle> handles_;
  std::vector<LabelSet> labels_;
  int64_t index_ = 0;
};

}  // namespace

StatusOr<std::string> ReadSamples(const ReadView& view, const ReadRequest& request,
                                  const ReadLimits& limits, const std::atomic<bool>* cancelled) {
  std::string response;
  SampleWriter writer(limits, cancelled);
  for (const ReadQuery& query : request.queries) {
    ASSIGN_OR_RETURN(const std::string result, writer.Write(view, query));
    AppendField(&response, 1, result);
  }
  return Compress(response);
}

Status StreamChunks(const ReadView& view, const ReadRequest& request, const ReadLimits& limits,
                    const std::atomic<bool>* cancelled,
                    const std::function<bool(std::string_view)>& write) {
  for (size_t i = 0; i < request.queries.size(); ++i) {
    ChunkWriter writer(view, limits, cancelled, write);
    RETURN_IF_ERROR(writer.Write(request.queries[i], static_cast<int64_t>(i)));
  }
  return absl::OkStatus();
}

}  // namespace silverback::remote_read
