#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/id_set.h"
#include "engine/store/keys.h"
#include "engine/upkeep/verify.h"

namespace silverback {
namespace {

void AddFinding(VerifyReport* report, std::string where, std::string what,
                std::optional<SeriesId> series) {
  if (report->findings.size() >= VerifyReport::kFindingsMax) return;
  report->findings.push_back(
      {.where = std::move(where), .what = std::move(what), .series = series, .range = {}});
}

/// Goes through the registry: each label set finds its series. Says how many entries postings must
/// have for it: one a label, and one in the set of all series.
StatusOr<uint64_t> CheckSeries(Substrate* substrate, const ProgressFunction& progress,
                               VerifyReport* report) {
  uint64_t entries = 0;
  const uint64_t total = substrate->registry->size();
  KvCursor cursor = substrate->store->kv().NewCursor(Family::kSeries, "");
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    SeriesId series = 0;
    if (!keys::ParseSeries(cursor.key(), &series)) {
      AddFinding(report, "series", "a key that is none", std::nullopt);
      continue;
    }
    if (report->series++ % 1024 == 0 && progress) {
      progress("series", std::min(report->series, total), total);
    }
    const auto labels = substrate->registry->Labels(series);
    if (!labels.ok()) {
      if (labels.status().code() == absl::StatusCode::kNotFound) continue;  // has just left
      AddFinding(report, fmt::format("series {}", series), std::string(MessageOf(labels.status())),
                 series);
      continue;
    }
    entries += labels->size() + 1;
    ASSIGN_OR_RETURN(const SeriesRef found, substrate->registry->Find(*labels));
    if (found.series != series) {
      AddFinding(report, fmt::format("series {}", series),
                 fmt::format("{} finds series {}", labels->ToString(), found.series), series);
    }
  }
  RETURN_IF_ERROR(cursor.status());
  if (progress) progress("series", total, total);
  return entries;
}

/// Checks that the series of one row have the label.
Status CheckRow(Substrate* substrate, const std::string& name, const std::string& value,
                const SeriesBitmap& ids, VerifyReport* report) {
  std::vector<SeriesId> series(ids.cardinality());
  ids.toUint32Array(series.data());
  ASSIGN_OR_RETURN(const std::vector<LabelSet> labels, substrate->registry->Labels(series));
  for (size_t i = 0; i < series.size(); ++i) {
    const bool right =
        name.empty() ? !labels[i].empty() : labels[i].Get(name) == std::string_view(value);
    if (right) continue;
    AddFinding(report, fmt::format("postings of {}={}", Quote(name), Quote(value)),
               fmt::format("series {} is {}", series[i],
                           labels[i].empty() ? "not registered" : labels[i].ToString()),
               series[i]);
  }
  return absl::OkStatus();
}

StatusOr<uint64_t> CheckPostings(Substrate* substrate, const ProgressFunction& progress,
                                 uint64_t entries_expected, VerifyReport* report) {
  uint64_t entries = 0;
  KvCursor cursor = substrate->store->kv().NewCursor(Family::kPostings, "");
  for (cursor.SeekToFirst(); cursor.valid(); cursor.Next()) {
    if (report->postings++ % 256 == 0 && progress) {
      progress("postings", std::min(entries, entries_expected), entries_expected);
    }
    std::string name;
    std::string value;
    uint16_t high = 0;
    SeriesBitmap ids;
    if (!keys::ParsePostings(cursor.key(), &name, &value, &high) ||
        !AddToBitmap(cursor.value(), high, &ids)) {
      AddFinding(report, fmt::format("postings of {}={}", Quote(name), Quote(value)),
                 "a malformed row", std::nullopt);
      continue;
    }
    entries += ids.cardinality();
    RETURN_IF_ERROR(CheckRow(substrate, name, value, ids, report));
  }
  RETURN_IF_ERROR(cursor.status());
  if (progress) progress("postings", entries_expected, entries_expected);
  return entries;
}

}  // namespace

Status VerifyIndex(Substrate* substrate, const ProgressFunction& progress, VerifyReport* report) {
  const uint64_t size_before = substrate->registry->size();
  ASSIGN_OR_RETURN(const uint64_t expected, CheckSeries(substrate, progress, report));
  ASSIGN_OR_RETURN(const uint64_t found, CheckPostings(substrate, progress, expected, report));
  // Every entry that is there was right. Fewer than the label sets ask for: some are missing. (Series
  // that came or left between the two walks would look like that too.)
  if (found != expected && substrate->registry->size() == size_before &&
      report->series == size_before) {
    AddFinding(report, "postings",
               fmt::format("{} entries, the label sets of {} series ask for {}", found,
                           report->series, expected),
               std::nullopt);
  }
  return absl::OkStatus();
}

}  // namespace silverback
