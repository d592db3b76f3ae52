// Takes remote_write requests and stores them: POST /api/v1/write, remote_write 1.0 and 2.0.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "engine/base/recycler.h"
#include "engine/database/database.h"
#include "remote_write/receiver/request_memory.h"
#include "remote_write/wire/write_request.h"

namespace silverback {

/// Above any of these a whole request is refused (413).
struct ReceiverLimits {
  size_t max_compressed_bytes = size_t{32} << 20;     // --remote-write.max-compressed-bytes
  size_t max_decompressed_bytes = size_t{128} << 20;  // --remote-write.max-decompressed-bytes
  size_t max_series = 200'000;                        // --remote-write.max-series
  size_t max_samples = 2'000'000;                     // --remote-write.max-samples
  /// Decompressed bytes of all requests that are being taken; above it requests are put off (503).
  size_t max_inflight_bytes = size_t{512} << 20;  // --remote-write.max-inflight-bytes
  /// Whether native histograms are stored or refused.
  bool take_histograms = true;
};

/// A request, without HTTP. All views live through the call.
struct WriteHttpRequest {
  std::string_view content_type;      // "" if absent: taken as right, as upstream does
  std::string_view content_encoding;  // likewise
  std::string_view body;
};

/// What of a remote_write 2.0 request was written, as its sender wants to know: new, changed, or there already.
struct WrittenCounts {
  uint64_t samples = 0;  // floats
  uint64_t histograms = 0;
  uint64_t exemplars = 0;
};

struct WriteHttpAnswer {
  int status = 204;
  std::string text;             // why, where not 204; ends with a newline
  int retry_after_seconds = 0;  // not 0: the header Retry-After
  /// Set for remote_write 2.0: the headers X-Prometheus-Remote-Write-{Samples,Histograms,Exemplars}-Written.
  std::optional<WrittenCounts> written = std::nullopt;
};

struct RefusedSeries;

/// Counts since the start. Safe for concurrent use.
struct ReceiverMetrics {
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> requests_malformed{0};  // 400 for the request as such, 415
  std::atomic<uint64_t> requests_partial{0};    // 400, but what was valid is stored
  std::atomic<uint64_t> requests_too_large{0};  // 413
  std::atomic<uint64_t> requests_put_off{0};    // 503
  std::atomic<uint64_t> compressed_bytes{0};
  std::atomic<uint64_t> decompressed_bytes{0};
  std::atomic<uint64_t> samples{0};  // received
  std::atomic<uint64_t> histograms{0};
  std::atomic<uint64_t> series{0};
  std::atomic<uint64_t> exemplars{0};
  std::atomic<uint64_t> exemplars_dropped{0};  // of unknown series, or invalid
  std::atomic<uint64_t> metadata{0};
  std::atomic<uint64_t> histograms_refused{0};  // invalid ones, or for another reason
  std::atomic<uint64_t> inflight_bytes{0};
};

/// Remembers which descriptions of metrics were stored already: remote_write 2.0 repeats them with every series. Bounded:
/// what is forgotten is stored again. Safe for concurrent use.
class KnownMetadata {
 public:
  /// True if this hash is new; it is known from then on.
  bool Add(uint64_t hash);

 private:
  static constexpr size_t kMost = size_t{1} << 20;
  std::mutex mutex_;
  std::unordered_set<uint64_t> hashes_;
};

/// Safe for concurrent use.
class Receiver {
 public:
  /// `database` must outlive the receiver.
  Receiver(Database* database, const ReceiverLimits& limits);

  /// Takes one request. Answers:
  ///   204  everything is stored and durable, and visible to the next query
  ///   400  the request is malformed, or holds series or samples that cannot be stored; everything else of it is stored.
  ///        A client should not send it again
  ///   413  it exceeds a limit; nothing is stored
  ///   415  wrong type or encoding
  ///   503  not now: send it again
  WriteHttpAnswer Handle(const WriteHttpRequest& request);

  /// The answer to a body above the compressed limit, for those who know its length before they read it.
  WriteHttpAnswer RefuseBody(size_t bytes);

  const ReceiverLimits& limits() const { return limits_; }
  const ReceiverMetrics& metrics() const { return metrics_; }

 private:
  WriteHttpAnswer Take(const WriteHttpRequest& request);
  WriteHttpAnswer TakeBody(const WriteHttpRequest& request, bool is_v2);
  /// Stores samples and exemplars, and says the answer; false if that is all that is to be done.
  bool StoreSamples(const wire::WriteRequest& request, bool name_required, RefusedSeries refused,
                    WriteHttpAnswer* answer, WrittenCounts* written);
  WriteHttpAnswer StoreV1(RequestMemory* memory);
  WriteHttpAnswer StoreV2(RequestMemory* memory);
  WriteHttpAnswer DecodingFailed(const Status& status);
  void Count(const wire::WriteRequest& request);
  WriteHttpAnswer Counted(WriteHttpAnswer answer);

  Database* database_;
  ReceiverLimits limits_;
  ReceiverMetrics metrics_;
  KnownMetadata known_metadata_;
  /// Of requests of up to some 2,000 series or 20,000 samples: that of larger ones is better used by others meanwhile.
  Recycler<RequestMemory> memory_{4, size_t{1} << 20};
};

}  // namespace silverback
