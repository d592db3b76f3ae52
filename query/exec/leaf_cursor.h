// Reading series for leaves: those with native histograms a little further back than asked for.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "engine/read/read_view.h"

namespace silverback::exec {

/// A cursor over series. What a histogram tells of a counter's resets takes the one before it, which may lie before the
/// range: as soon as one series turns out to have histograms, the rest is read from `margin_ms` further back. Series of
/// floats are read as asked for.
class LeafCursor {
 public:
  struct Spec {
    TimeRange range;
    int64_t margin_ms = 0;
    ReadOptions options;
  };

  /// `widened` is shared by the cursors of one leaf; all three must outlive the cursor.
  LeafCursor(const ReadView* view, std::span<const SeriesHandle> series, const Spec& spec,
             std::atomic<bool>* widened)
      : view_(view), series_(series), spec_(spec), widened_(widened) {}

  /// Moves to the next series; false at the end.
  StatusOr<bool> Next(SeriesRuns* out);
  size_t memory_bytes() const { return cursor_ == nullptr ? 0 : cursor_->memory_bytes(); }
  /// What could not be read so far.
  const std::vector<ReadLoss>& losses();

 private:
  Status Open();
  void KeepLosses();

  const ReadView* view_;
  std::span<const SeriesHandle> series_;
  Spec spec_;
  std::atomic<bool>* widened_;
  std::unique_ptr<SeriesCursor> cursor_;
  bool wide_ = false;
  size_t next_ = 0;
  std::vector<ReadLoss> losses_;
};

}  // namespace silverback::exec
