#include "engine/store/part_writer.h"

#include <algorithm>
#include <optional>
#include <rocksdb/rate_limiter.h>
#include <rocksdb/sst_file_writer.h>
#include <spdlog/spdlog.h>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/store/keys.h"
#include "engine/store/part_files.h"
#include "engine/store/part_rows.h"
#include "engine/store/rocks_status.h"

namespace silverback {
namespace {

constexpr uint64_t kAdmitEveryBytes = 16ULL << 20;
// Rows longer than this are a bug of the caller: blocks are some 10 KB, timelines some 100 KB.
constexpr size_t kMaxRowBytes = 64ULL << 20;

// Writes the rows of one family of a part, file by file.
class TableFiles {
 public:
  TableFiles(const Rocks* rocks, Family family, uint64_t max_file_bytes, std::string stem,
             std::vector<std::string>* paths, const std::shared_ptr<rocksdb::RateLimiter>& limiter)
      : options_(rocks->TableFileOptions(family)),
        max_file_bytes_(max_file_bytes),
        stem_(std::move(stem)),
        paths_(paths) {
    options_.rate_limiter = limiter;
  }

  Status Put(std::string_view key, std::string_view value) {
    if (writer_.has_value() && writer_->FileSize() >= max_file_bytes_) RETURN_IF_ERROR(Finish());
    if (!writer_.has_value()) RETURN_IF_ERROR(OpenNext());
    return FromRocks(writer_->Put(ToSlice(key), ToSlice(value)), Name());
  }

  // Completes and syncs the current file, if there is one.
  Status Finish() {
    if (!writer_.has_value()) return absl::OkStatus();
    rocksdb::ExternalSstFileInfo info;
    RETURN_IF_ERROR(FromRocks(writer_->Finish(&info), Name()));
    finished_bytes_ += info.file_size;
    writer_.reset();
    return absl::OkStatus();
  }

  void Close() { writer_.reset(); }

  uint64_t bytes() const {
    return finished_bytes_ +
           (writer_.has_value() ? const_cast<rocksdb::SstFileWriter&>(*writer_).FileSize() : 0);
  }

 private:
  std::string Name() const { return fmt::format("write {}", paths_->back()); }

  Status OpenNext() {
    paths_->push_back(fmt::format("{}-{}.sst", stem_, paths_->size()));
    writer_.emplace(
        rocksdb::EnvOptions(options_), options_, nullptr,
        /*invalidate_page_cache=*/false,
        options_.rate_limiter == nullptr ? rocksdb::Env::IO_TOTAL : rocksdb::Env::IO_LOW);
    return FromRocks(writer_->Open(paths_->back()), Name());
  }

  rocksdb::Options options_;
  const uint64_t max_file_bytes_;
  const std::string stem_;
  std::vector<std::string>* paths_;
  std::optional<rocksdb::SstFileWriter> writer_;
  uint64_t finished_bytes_ = 0;
};

}  // namespace

void FinishedPart::Files::Delete() {
  for (std::vector<std::string>* paths : {&blocks, &timelines}) {
    for (const std::string& path : *paths) {
      const rocksdb::Status status = rocks->env()->DeleteFile(path);
      if (!status.ok() && !status.IsNotFound() && !status.IsPathNotFound()) {
        spdlog::warn("store: delete {}: {}", path, status.ToString());
      }
    }
    paths->clear();
  }
}

FinishedPart::FinishedPart() = default;
FinishedPart::~FinishedPart() = default;
FinishedPart::FinishedPart(FinishedPart&&) noexcept = default;
FinishedPart& FinishedPart::operator=(FinishedPart&&) noexcept = default;

struct PartWriter::Impl {
  Impl(const Rocks* rocks_in, PartId id, NewPart part)
      : rocks(rocks_in),
        spec(std::move(part)),
        files(std::make_unique<FinishedPart::Files>(rocks_in)),
        limiter(spec.bytes_per_second == 0
                    ? nullptr
                    : rocksdb::NewGenericRateLimiter(static_cast<int64_t>(spec.bytes_per_second))),
        stem(fmt::format("{}/part-{}", rocks_in->staging_path(), id)),
        header_file(rocks_in, Family::kBlocks, spec.max_file_bytes, stem + "-header", &header_path,
                    nullptr),
        blocks(rocks_in, Family::kBlocks, spec.max_file_bytes, stem + "-blocks", &files->blocks,
               limiter),
        timelines(rocks_in, Family::kTimelines, spec.max_file_bytes, stem + "-timelines",
                  &files->timelines, limiter) {
    header.meta.id = id;
    header.meta.partition = spec.partition;
    header.meta.kind = spec.kind;
    header.meta.first_sequence = spec.first_sequence;
    header.meta.last_sequence = spec.last_sequence;
    header.meta.time = {kMaxTimestampMs, kMinTimestampMs};
    header.inputs = spec.inputs;
    range = RangeOf(spec.partition);
  }

  Status CheckBlock(const BlockKey& key, TimestampMs last_ms, uint64_t samples,
                    std::string_view block) const;
  Status Admit(size_t row_bytes);
  void NoteActivity(SeriesId series, TimestampMs first_ms, TimestampMs last_ms);
  Status WriteHeader();
  uint64_t bytes() const { return header_file.bytes() + blocks.bytes() + timelines.bytes(); }

  const Rocks* rocks;
  NewPart spec;
  TimeRange range;
  PartHeader header;
  std::vector<std::string> header_path;
  std::unique_ptr<FinishedPart::Files> files;
  std::shared_ptr<rocksdb::RateLimiter> limiter;
  std::string stem;
  TableFiles header_file;
  TableFiles blocks;
  TableFiles timelines;
  std::optional<BlockKey> last_key;
  uint64_t raw_bytes = 0;
  uint64_t next_admission = 0;
  std::vector<std::pair<Day, SeriesBitmap>> activity;
  bool open = true;
};

Status PartWriter::Impl::CheckBlock(const BlockKey& key, TimestampMs last_ms, uint64_t samples,
                                    std::string_view block) const {
  if (last_key.has_value() && key <= *last_key) {
    return InvalidArgument("part {}: block of series {} at {} comes after series {} at {}",
                           header.meta.id, key.series, FormatTime(key.first_ms), last_key->series,
                           FormatTime(last_key->first_ms));
  }
  if (last_ms < key.first_ms || !range.Contains(key.first_ms) || !range.Contains(last_ms)) {
    return InvalidArgument("part {}: block of series {} from {} to {} does not fit partition {}",
                           header.meta.id, key.series, FormatTime(key.first_ms),
                           FormatTime(last_ms), PartitionName(spec.partition));
  }
  if (samples == 0 || block.empty() || block.size() > kMaxRowBytes) {
    return InvalidArgument("part {}: block of series {} has {} samples and {} bytes",
                           header.meta.id, key.series, samples, block.size());
  }
  return absl::OkStatus();
}

Status PartWriter::Impl::Admit(size_t row_bytes) {
  if (raw_bytes >= next_admission) {
    if (spec.admit) RETURN_IF_ERROR(spec.admit(raw_bytes));
    next_admission = raw_bytes + kAdmitEveryBytes;
  }
  raw_bytes += row_bytes;
  return absl::OkStatus();
}

// Every day from the first to the last sample counts: a superset, which pruning allows.
void PartWriter::Impl::NoteActivity(SeriesId series, TimestampMs first_ms, TimestampMs last_ms) {
  for (Day day = DayOf(first_ms); day <= DayOf(last_ms); ++day) {
    const auto at = std::lower_bound(activity.begin(), activity.end(), day,
                                     [](const auto& entry, Day d) { return entry.first < d; });
    if (at != activity.end() && at->first == day) {
      at->second.add(series);
    } else {
      activity.emplace(at, day, SeriesBitmap())->second.add(series);
    }
  }
}

Status PartWriter::Impl::WriteHeader() {
  RETURN_IF_ERROR(header_file.Put(keys::PartPrefix(header.meta.id), EncodePartHeader(header)));
  return header_file.Finish();
}

StatusOr<std::unique_ptr<PartWriter>> PartWriter::Make(const Rocks* rocks, PartId id,
                                                       NewPart part) {
  if (part.first_sequence > part.last_sequence) {
    return InvalidArgument("part {}: log sequences {} to {} are no range", id, part.first_sequence,
                           part.last_sequence);
  }
  return std::unique_ptr<PartWriter>(
      new PartWriter(std::make_unique<Impl>(rocks, id, std::move(part))));
}

PartWriter::PartWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PartWriter::~PartWriter() {
  Abandon();
}

PartId PartWriter::id() const {
  return impl_->header.meta.id;
}
uint64_t PartWriter::bytes() const {
  return impl_->bytes();
}
uint64_t PartWriter::blocks() const {
  return impl_->header.meta.blocks;
}

StatusOr<uint32_t> PartWriter::AddTimeline(std::string_view timeline) {
  SB_CHECK(impl_->open);
  PartHeader& header = impl_->header;
  if (timeline.size() > kMaxRowBytes || header.meta.timelines > 0xffffffffU) {
    return InvalidArgument("part {}: timeline {} of {} bytes is too much", header.meta.id,
                           header.meta.timelines, timeline.size());
  }
  RETURN_IF_ERROR(impl_->Admit(timeline.size()));
  const auto ordinal = static_cast<uint32_t>(header.meta.timelines);
  const std::string key = keys::Timeline(header.meta.id, ordinal);
  RETURN_IF_ERROR(impl_->timelines.Put(key, timeline));
  header.timelines_crc = Crc32c(timeline, Crc32c(key, header.timelines_crc));
  ++header.meta.timelines;
  return ordinal;
}

Status PartWriter::AddBlock(const BlockKey& key, TimestampMs last_ms, uint64_t samples,
                            std::string_view block) {
  SB_CHECK(impl_->open);
  RETURN_IF_ERROR(impl_->CheckBlock(key, last_ms, samples, block));
  RETURN_IF_ERROR(impl_->Admit(block.size()));
  PartHeader& header = impl_->header;
  const std::string row = keys::Block(header.meta.id, key);
  RETURN_IF_ERROR(impl_->blocks.Put(row, block));
  header.blocks_crc = Crc32c(block, Crc32c(row, header.blocks_crc));
  PartMeta& meta = header.meta;
  if (!impl_->last_key.has_value() || impl_->last_key->series != key.series) ++meta.series;
  ++meta.blocks;
  meta.samples += samples;
  meta.time.min_ms = std::min(meta.time.min_ms, key.first_ms);
  meta.time.max_ms = std::max(meta.time.max_ms, last_ms);
  impl_->last_key = key;
  // What a merge reads is in the activity already.
  if (header.inputs.empty()) impl_->NoteActivity(key.series, key.first_ms, last_ms);
  return absl::OkStatus();
}

StatusOr<FinishedPart> PartWriter::Finish() {
  SB_CHECK(impl_->open);
  if (impl_->header.meta.blocks == 0) {
    return Error(absl::StatusCode::kFailedPrecondition, "part {} has no blocks", id());
  }
  RETURN_IF_ERROR(impl_->blocks.Finish());
  RETURN_IF_ERROR(impl_->timelines.Finish());
  impl_->header.meta.bytes = impl_->blocks.bytes() + impl_->timelines.bytes();
  RETURN_IF_ERROR(impl_->WriteHeader());
  impl_->rocks->AtPoint("table files finished");
  impl_->open = false;
  FinishedPart part;
  part.header_ = impl_->header;
  part.files_ = std::move(impl_->files);
  part.files_->blocks.insert(part.files_->blocks.begin(), impl_->header_path.begin(),
                             impl_->header_path.end());
  part.activity_ = std::move(impl_->activity);
  return part;
}

void PartWriter::Abandon() {
  if (!impl_->open) return;
  impl_->open = false;
  impl_->header_file.Close();
  impl_->blocks.Close();
  impl_->timelines.Close();
  impl_->files->blocks.insert(impl_->files->blocks.end(), impl_->header_path.begin(),
                              impl_->header_path.end());
  impl_->files->Delete();
}

}  // namespace silverback
