// Reading postings under one snapshot. Private to engine/index.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/status.h"
#include "engine/index/postings_cache.h"
#include "engine/index/postings_row.h"
#include "engine/store/calendar.h"
#include "engine/store/id_set.h"
#include "engine/store/kv.h"
#include "engine/store/series_bitmap.h"

namespace silverback {

/// Gathers ids row by row: bits per upper half, so that a million rows of few ids cost little. 8 KiB for 65,536 series.
class BitmapBuilder {
 public:
  /// False when the bytes are no id set.
  bool Add(uint16_t high, std::string_view encoded);
  SeriesBitmap Build() const;

 private:
  std::vector<std::unique_ptr<IdSet>> sets_;  // by upper half
};

/// A set of series to test rows of postings against; bits are laid out for the upper halves that are asked for. `series` must outlive
/// the probe. Used from one thread.
class SeriesProbe {
 public:
  explicit SeriesProbe(const SeriesBitmap& series) : series_(series) {}
  /// Whether a row has a series of the set. False when the bytes are no id set, as far as that is looked at: the lowest id
  /// alone often says it, and then no bits are laid out.
  bool Intersects(uint16_t high, std::string_view encoded, bool* intersects);

 private:
  const IdSet& SetOf(uint16_t high);

  const SeriesBitmap& series_;
  std::vector<std::unique_ptr<IdSet>> sets_;  // by upper half
};

/// All reads see the same moment. Used from one thread.
class PostingsReader {
 public:
  /// Reads as of `moment`, or if it is null as of now. `cancelled` may be null. All must outlive the reader.
  PostingsReader(const Kv* kv, const KvSnapshot* moment, const std::atomic<bool>* cancelled);

  /// From now on walks over values look there first, and leave there what they have read. REQUIRES: the moment is of that version
  /// of the registry; the cache outlives the reader.
  void UseCache(PostingsCache* cache, uint64_t version);

  /// Every series there is.
  StatusOr<SeriesBitmap> All() const;
  /// The series with this label.
  StatusOr<SeriesBitmap> Of(std::string_view name, std::string_view value) const;
  Status AddOf(std::string_view name, std::string_view value, BitmapBuilder* out) const;
  /// Walks the rows of a name whose values start with `value_prefix`, in order of value, then id.
  Status WalkValues(std::string_view name, std::string_view value_prefix,
                    const std::function<StatusOr<Walk>(const PostingsRow&)>& visit) const;
  /// Walks the label names that have postings, in order, until `visit` says false; it is given the name's first row as well.
  Status WalkNames(const std::function<StatusOr<bool>(std::string_view name,
                                                      const PostingsRow& first)>& visit) const;
  /// Walks the rows of activity of the days from `first` to `last`, in order of day, then id, until `visit` says false; it is
  /// given the ids with samples on a day.
  Status WalkActivity(Day first, Day last,
                      const std::function<StatusOr<bool>(Day day, uint16_t high,
                                                         std::string_view ids)>& visit) const;
  /// Whether there is no activity before `first` and none after `last`.
  StatusOr<bool> IsAllActivity(Day first, Day last) const;

  /// Cancelled if the flag is set.
  Status CheckCancelled() const;

 private:
  Status WalkKept(const ValueRows& rows, std::string_view value_prefix,
                  const std::function<StatusOr<Walk>(const PostingsRow&)>& visit) const;

  const Kv* kv_;
  const std::atomic<bool>* cancelled_;
  PostingsCache* cache_ = nullptr;
  uint64_t version_ = 0;
  std::unique_ptr<KvSnapshot> taken_;  // null if the caller had a moment
  const KvSnapshot* const snapshot_;
};

}  // namespace silverback
