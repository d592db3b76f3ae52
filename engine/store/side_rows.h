// Rows beside the samples: metadata of metrics, exemplars, days of activity. Private to
// engine/store.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "engine/base/status.h"
#include "engine/store/kv.h"
#include "engine/store/store.h"

namespace silverback {

std::string EncodeMetadata(const MetadataRow& metadata);
StatusOr<MetadataRow> DecodeMetadata(std::string_view name, std::string_view bytes);

// As `Store` has them.
Status PutMetadataRows(Kv* kv, std::span<const std::pair<std::string, MetadataRow>> rows);
Status ScanMetadataRows(const Kv& kv,
                        const std::function<bool(std::string_view, const MetadataRow&)>& visit);
Status PutExemplarRows(Kv* kv, std::span<const ExemplarRow> rows);
Status ScanExemplarRows(const Kv& kv, SeriesId series, TimeRange range,
                        const std::function<bool(TimestampMs, std::string_view)>& visit);
Status TrimExemplarRows(Kv* kv, SeriesId series, size_t keep);
Status DropRowsBefore(Kv* kv, TimestampMs cutoff, TimestampMs exemplar_cutoff);

}  // namespace silverback
