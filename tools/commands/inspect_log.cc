#include "tools/commands/inspect_log.h"

#include <algorithm>

#include "engine/log/describe.h"
#include "engine/log/format.h"
#include "engine/log/inspect.h"
#include "engine/log/payload_compression.h"
#include "engine/log/record.h"

namespace silverback {
namespace {

/// Counts what a record holds.
class RecordTotals : public WriteRecordVisitor {
 public:
  void OnDefinition(const SeriesDefinition&) override { ++definitions; }
  void OnSamples(SeriesId, const SampleSpan& of_series) override {
    ++series;
    samples += of_series.size();
    for (const Sample& sample : of_series) {
      first_ms = std::min(first_ms, sample.timestamp_ms);
      last_ms = std::max(last_ms, sample.timestamp_ms);
    }
  }

  void OnHistogram(SeriesId id, const HistogramSample& sample) override {
    if (id != last_histogram_) ++series;
    last_histogram_ = id;
    ++samples;
    first_ms = std::min(first_ms, sample.timestamp_ms);
    last_ms = std::max(last_ms, sample.timestamp_ms);
  }

  uint64_t definitions = 0;
  uint64_t series = 0;
  uint64_t samples = 0;
  TimestampMs first_ms = kMaxTimestampMs;
  TimestampMs last_ms = kMinTimestampMs;

 private:
  std::optional<SeriesId> last_histogram_;
};

/// Lists a record's samples.
class SampleLister : public WriteRecordVisitor {
 public:
  explicit SampleLister(uint64_t limit) : limit_(limit) {}
  void OnDefinition(const SeriesDefinition&) override {}
  void OnSamples(SeriesId series, const SampleSpan& of_series) override {
    for (size_t i = 0; i < of_series.size(); ++i) {
      Add(series, of_series[i].timestamp_ms, ValueCell(of_series[i].value), of_series.StartOf(i));
      if (listing.cut) return;
    }
  }

  void OnHistogram(SeriesId series, const HistogramSample& sample) override {
    Add(series, sample.timestamp_ms, HistogramCell(sample.histogram), sample.start_ms);
  }

  /// What was listed; with a column of start timestamps if some sample has one.
  Listing Take() {
    if (any_start_) {
      listing.columns.push_back({"start", "start"});
    } else {
      for (std::vector<Cell>& row : listing.rows) row.pop_back();
    }
    return std::move(listing);
  }

 private:
  void Add(SeriesId series, TimestampMs time, Cell value, TimestampMs start_ms) {
    listing.cut = listing.rows.size() == limit_;
    if (listing.cut) return;
    listing.rows.push_back(
        {NumberCell(series), TimeCell(time), std::move(value), StartCell(start_ms)});
    any_start_ |= start_ms != kNoStart;
  }

  Listing listing{
      "samples", "Samples", {{"series", ">series"}, {"time", "time"}, {"value", "value"}}, {}};
  uint64_t limit_;
  bool any_start_ = false;
};

std::string StateOf(Sequence sequence, std::optional<Sequence> sealed_through) {
  if (!sealed_through) return "unknown";
  return sequence <= *sealed_through ? "in parts" : "to replay";
}

std::vector<Cell> RecordCells(const LogRecordInfo& record, std::optional<Sequence> sealed_through,
                              Document* document) {
  RecordTotals totals;
  const Status status = DecodeWriteRecord(record.payload, &totals);
  document->damaged = document->damaged || !status.ok();
  std::vector<Cell> cells = {NumberCell(record.sequence),    TextCell(std::string(record.segment)),
                             NumberCell(record.offset),      NumberCell(record.bytes),
                             NumberCell(totals.definitions), NumberCell(totals.series),
                             NumberCell(totals.samples)};
  if (totals.samples > 0) {
    cells.insert(cells.end(), {TimeCell(totals.first_ms), TimeCell(totals.last_ms)});
  } else {
    cells.insert(cells.end(), {Cell{}, Cell{}});
  }
  cells.push_back(TextCell(status.ok() ? StateOf(record.sequence, sealed_through)
                                       : std::string(MessageOf(status))));
  return cells;
}

Listing ListSegments(const LogInspection& log, uint64_t limit) {
  Listing listing{"segments",
                  "Segments",
                  {{"segment", "segment"},
                   {"bytes", ">bytes"},
                   {"version", ">version"},
                   {"previousSequence", ">previous"},
                   {"firstSequence", ">first"},
                   {"lastSequence", ">last"},
                   {"records", ">records"},
                   {"header", "header"}},
                  {}};
  for (const LogSegmentInfo& segment : log.segments) {
    listing.cut = listing.rows.size() == limit;
    if (listing.cut) break;
    listing.rows.push_back({TextCell(segment.name), NumberCell(segment.file_bytes),
                            NumberCell(segment.version), NumberCell(segment.previous_sequence),
                            NumberCell(segment.first_sequence), NumberCell(segment.last_sequence),
                            NumberCell(segment.records),
                            TextCell(segment.header_intact ? "intact" : "damaged")});
  }
  return listing;
}

std::string_view KindName(LogLoss::Kind kind) {
  switch (kind) {
    case LogLoss::Kind::kTorn:
      return "torn";
    case LogLoss::Kind::kDamaged:
      return "damaged";
    case LogLoss::Kind::kGap:
      return "gap";
  }
  return "unknown";
}

Listing ListLosses(const LogInspection& log, uint64_t limit) {
  Listing listing{"losses",
                  "Not readable",
                  {{"kind", "kind"},
                   {"segment", "segment"},
                   {"offset", ">offset"},
                   {"bytes", ">bytes"},
                   {"firstSequence", ">sequence"},
                   {"lastSequence", ">to"}},
                  {}};
  for (const LogLoss& loss : log.losses) {
    if (listing.rows.size() == limit) break;
    listing.rows.push_back({TextCell(std::string(KindName(loss.kind))), TextCell(loss.segment),
                            NumberCell(loss.offset), NumberCell(loss.length),
                            NumberCell(loss.first_sequence), NumberCell(loss.last_sequence)});
  }
  listing.cut = listing.rows.size() < log.losses_total;
  return listing;
}

Listing ListFrame(const LogRecordInfo& record) {
  std::string header;
  const std::optional<log::SegmentName> name = log::ParseSegmentName(record.segment);
  log::AppendRecordHeader({.payload_bytes = static_cast<uint32_t>(record.payload.size()),
                           .sequence = record.sequence,
                           .payload_crc = record.payload_crc},
                          name ? name->salt : 0, &header);
  Listing listing{"header", "Header (offsets in the segment)", FieldColumns(), {}};
  uint64_t at = 0;
  const auto add = [&](size_t bytes, const std::string& field, const std::string& meaning) {
    listing.rows.push_back(
        FieldCells(record.offset + at, std::string_view(header).substr(at, bytes), field, meaning));
    at += bytes;
  };
  add(4, "magic", "a record begins");
  add(4, "payload length", fmt::format("{}", record.payload.size()));
  add(8, "sequence", fmt::format("{}", record.sequence));
  add(4, "checksum of the payload", fmt::format("{:08x}, right", record.payload_crc));
  add(4, "checksum of the header", "right, with the segment's salt");
  return listing;
}

/// `base` is added to each offset.
Listing ListPayload(std::string key, std::string title, std::string_view payload, uint64_t base,
                    uint64_t limit) {
  Listing listing{std::move(key), std::move(title), FieldColumns(), {}};
  for (const LogField& field : DescribeWriteRecord(payload)) {
    listing.cut = listing.rows.size() == limit;
    if (listing.cut) break;
    listing.rows.push_back(FieldCells(
        base + field.offset, payload.substr(field.offset, field.bytes), field.name, field.text));
  }
  return listing;
}

Status DescribeRecord(const LogRecordInfo& record, uint64_t limit, Document* document) {
  document->notes.push_back(fmt::format("Record {}: {} bytes at offset {} of {}", record.sequence,
                                        record.bytes, record.offset, record.segment));
  document->listings.push_back(ListFrame(record));
  document->listings.push_back(ListPayload("payload", "Payload (offsets in the segment)",
                                           record.payload, record.offset + log::kRecordHeaderBytes,
                                           limit));
  std::string plain;
  const auto payload = log::PlainPayload(record.payload, &plain);
  if (payload.ok() && log::IsCompressed(record.payload)) {
    document->listings.push_back(
        ListPayload("plainPayload", "Decompressed payload (offsets in it)", *payload, 0, limit));
  }
  SampleLister samples(limit);
  NoteDamage(DecodeWriteRecord(record.payload, &samples), document);
  document->listings.push_back(samples.Take());
  return absl::OkStatus();
}

}  // namespace

StatusOr<Document> InspectLogFiles(const std::string& directory, Sequence from,
                                   std::optional<Sequence> sealed_through, uint64_t limit) {
  Document document;
  if (sealed_through) {
    document.notes.push_back(fmt::format("Parts hold everything to sequence {}.", *sealed_through));
  }
  Listing records{"records",
                  "Records",
                  {{"sequence", ">sequence"},
                   {"segment", "segment"},
                   {"offset", ">offset"},
                   {"bytes", ">bytes"},
                   {"newSeries", ">new series"},
                   {"series", ">series"},
                   {"samples", ">samples"},
                   {"firstTime", "first time"},
                   {"lastTime", "last time"},
                   {"state", "state"}},
                  {}};
  ASSIGN_OR_RETURN(const LogInspection log,
                   InspectLog(FileSystem::Posix(), directory, [&](const LogRecordInfo& record) {
                     if (record.sequence < from) return absl::OkStatus();
                     records.cut = records.rows.size() == limit;
                     if (records.cut) return absl::OkStatus();
                     records.rows.push_back(RecordCells(record, sealed_through, &document));
                     return absl::OkStatus();
                   }));
  document.listings.push_back(ListSegments(log, limit));
  document.listings.push_back(std::move(records));
  if (log.losses_total > 0) document.listings.push_back(ListLosses(log, limit));
  // A torn record is what a kill leaves.
  const auto is_torn = [](const LogLoss& loss) { return loss.kind == LogLoss::Kind::kTorn; };
  if (!std::all_of(log.losses.begin(), log.losses.end(), is_torn)) document.damaged = true;
  return document;
}

StatusOr<Document> InspectLogRecord(const std::string& directory, Sequence sequence,
                                    uint64_t limit) {
  Document document;
  RETURN_IF_ERROR(InspectLog(FileSystem::Posix(), directory, [&](const LogRecordInfo& record) {
                    return record.sequence == sequence ? DescribeRecord(record, limit, &document)
                                                       : absl::OkStatus();
                  }).status());
  if (document.listings.empty()) {
    return Error(absl::StatusCode::kNotFound,
                 "the log has no whole record {} (`inspect log` lists what it has)", sequence);
  }
  return document;
}

}  // namespace silverback
