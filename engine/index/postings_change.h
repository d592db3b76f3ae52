// Changes to postings, gathered so that each row is touched once a batch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/status.h"
#include "engine/base/types.h"
#include "engine/labels/label_set.h"
#include "engine/store/kv.h"

namespace silverback {

/// The rows of `postings` that some series stand in: those of their labels, and that of all series.
class PostingsChange {
 public:
  void Add(SeriesId series, const LabelSet& labels);

  /// Adds the series to the rows, without reading them.
  void MergeInto(KvBatch* batch) const;

  /// Takes the series out of the rows, which are read for it. REQUIRES: nothing else changes postings meanwhile.
  Status RemoveFrom(const Kv& kv, KvBatch* batch) const;

 private:
  void AddTo(std::string_view name, std::string_view value, SeriesId series);

  // Key of the row -> lower halves of the ids. Sorted, so that reading and writing go forward.
  std::map<std::string, std::vector<uint16_t>> rows_;
};

}  // namespace silverback
