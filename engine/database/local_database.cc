#include "engine/database/local_database.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include "engine/backup/repository.h"
#include "engine/database/write_appender.h"
#include "engine/read/state_view.h"
#include "engine/upkeep/snapshot.h"
#include "engine/upkeep/tombstone_rows.h"

namespace silverback {
namespace {

using std::chrono::milliseconds;

/// After a seal that failed (a full disk), the next try waits this long.
constexpr milliseconds kRetryPause{5000};

/// Files of the log that were not needed for so long are not worth their space: writes are few.
constexpr milliseconds kIdleLogTime{60'000};

SyncMode ModeOf(WalSync sync) {
  switch (sync) {
    case WalSync::kCommit:
      return SyncMode::kCommit;
    case WalSync::kInterval:
      return SyncMode::kInterval;
    case WalSync::kOff:
      return SyncMode::kOff;
  }
  return SyncMode::kCommit;
}

Status CheckOptions(const DatabaseOptions& options) {
  if (options.path.empty()) return InvalidArgument("the data directory's path is empty");
  if (options.seal_window_ms <= 0) return InvalidArgument("the seal window must be positive");
  if (options.wal_max_bytes == 0 || options.wal_max_rows == 0) {
    return InvalidArgument("the log's caps must be positive");
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<Database>> Database::Open(DatabaseOptions options) {
  ASSIGN_OR_RETURN(std::unique_ptr<LocalDatabase> database,
                   LocalDatabase::Open(std::move(options)));
  return std::unique_ptr<Database>(std::move(database));
}

StatusOr<std::unique_ptr<LocalDatabase>> LocalDatabase::Open(DatabaseOptions options) {
  RETURN_IF_ERROR(CheckOptions(options));
  auto database = std::unique_ptr<LocalDatabase>(new LocalDatabase(std::move(options)));
  RETURN_IF_ERROR(database->OpenStore());
  RETURN_IF_ERROR(database->OpenLog());
  database->ingest_ = std::make_unique<Ingest>(&database->engine_, &database->options_);
  database->exemplars_ = std::make_unique<Exemplars>(&database->engine_, &database->options_);
  database->sealer_ = std::make_unique<Sealer>(&database->engine_);
  database->merger_ = std::make_unique<Merger>(&database->engine_);
  if (database->options_.background && !database->options_.read_only) database->StartBackground();
  return database;
}

Status LocalDatabase::OpenStore() {
  engine_.path = options_.path;
  engine_.retention_ms = options_.retention_ms;
  engine_.exemplar_retention_ms = options_.exemplar_retention_ms;
  engine_.seal_window_ms = options_.seal_window_ms;
  engine_.merge_bytes_per_second = options_.merge_bytes_per_second;
  engine_.clock = options_.clock;
  engine_.file_system =
      options_.file_system != nullptr ? options_.file_system : FileSystem::Posix();
  engine_.step_hook = options_.step_hook;
  RETURN_IF_ERROR(LockDirectory());
  StoreOptions store_options;
  store_options.path = JoinPath(options_.path, "store");
  store_options.block_cache_bytes = options_.block_cache_bytes;
  store_options.read_only = options_.read_only;
  store_options.create_if_missing = !options_.read_only;
  store_options.env = options_.store_env;
  if (options_.step_hook) {
    store_options.testing_point = [hook = options_.step_hook](std::string_view point) {
      hook(fmt::format("store: {}", point));
    };
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(store_options));
  // Nobody reads what an earlier run left dead.
  std::vector<PartId> dead;
  for (const PartMeta& part : store->dead_parts()) dead.push_back(part.id);
  if (!dead.empty() && !options_.read_only) RETURN_IF_ERROR(store->DropDeadParts(dead));
  RegistryOptions registry_options;
  registry_options.max_series = options_.max_series;
  ASSIGN_OR_RETURN(std::unique_ptr<Registry> registry,
                   Registry::Open(store.get(), registry_options));
  engine_.wire_keys = std::make_unique<WireKeys>(store->hash_seed());
  engine_.substrate = std::make_shared<Substrate>(
      std::move(store), std::move(registry), options_.block_cache_bytes / 4,
      options_.block_cache_bytes / 16, options_.block_cache_bytes / 32);
  return absl::OkStatus();
}

Status LocalDatabase::LockDirectory() {
  FileSystem* const file_system = engine_.file_system;
  if (file_system->Exists(JoinPath(options_.path, kRestoreUnfinished))) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "{} is a restore that did not finish (it holds {}): remove the directory and "
                 "restore the backup again",
                 options_.path, kRestoreUnfinished);
  }
  if (!options_.read_only) {
    RETURN_IF_ERROR(file_system->CreateDirectories(options_.path));
  } else if (!file_system->Exists(JoinPath(options_.path, "store"))) {
    // Not by the lock's file: a restored directory has none before it was opened.
    return Error(absl::StatusCode::kNotFound, "{} holds no database", options_.path);
  }
  ASSIGN_OR_RETURN(lock_, file_system->Lock(JoinPath(options_.path, "LOCK")));
  return absl::OkStatus();
}

Status LocalDatabase::CheckWritable() const {
  if (!options_.read_only) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "{} was opened for reading alone",
               options_.path);
}

Status LocalDatabase::OpenLog() {
  LogOptions log_options;
  log_options.directory = JoinPath(options_.path, "wal");
  log_options.segment_bytes = options_.wal_segment_bytes;
  log_options.max_bytes = options_.wal_max_bytes;
  log_options.sync_mode = ModeOf(options_.wal_sync);
  log_options.sync_interval = milliseconds(options_.wal_sync_interval_ms);
  log_options.file_system = engine_.file_system;
  ASSIGN_OR_RETURN(engine_.log, Log::Open(log_options));
  const Sequence sealed_through = engine_.substrate->store->sealed_through();
  auto state = std::make_shared<EngineState>();
  for (const PartMeta& part : *engine_.substrate->store->live_parts()) {
    state->parts.push_back(std::make_shared<const PartMeta>(part));
  }
  SortBySequence(&state->parts);
  ASSIGN_OR_RETURN(std::vector<Tombstone> tombstones,
                   ReadTombstones(engine_.substrate->store->kv()));
  state->tombstones = std::make_shared<const Tombstones>(std::move(tombstones));
  auto generation = std::make_shared<Generation>(sealed_through + 1, nullptr,
                                                 LateFloor(*state, options_.seal_window_ms));
  ASSIGN_OR_RETURN(recovery_, ReplayLog(engine_.log.get(), sealed_through,
                                        engine_.substrate->registry.get(), generation.get()));
  engine_.counters.wal_damaged_records += recovery_.log.losses_total + recovery_.records_refused;
  state->generations.push_back(std::move(generation));
  engine_.state.Set(std::move(state));
  if (options_.read_only) return absl::OkStatus();
  // Segments that a crash left behind their seal.
  return engine_.log->DropThrough(sealed_through);
}

LocalDatabase::~LocalDatabase() {
  if (ingest_ != nullptr) ingest_->closed.store(true);
  if (merger_ != nullptr) merger_->Stop();
  seal_thread_.reset();
  tend_thread_.reset();
  // Commits that are inside finish first.
  { const auto alone = engine_.gate.Close(); }
  if (engine_.log != nullptr) {
    if (const Status status = engine_.log->Close(); !status.ok()) {
      spdlog::error("closing the log: {}", MessageOf(status));
    }
  }
  FlushRows();
}

void LocalDatabase::FlushRows() {
  // Less is read faster at the next start than it is written now.
  constexpr uint64_t kWorthFlushing = 1 << 20;
  const Substrate* const substrate = engine_.substrate.get();
  if (options_.read_only || substrate == nullptr || substrate->store == nullptr ||
      substrate->store->unflushed_bytes() < kWorthFlushing) {
    return;
  }
  if (const Status status = substrate->store->Flush(); !status.ok()) {
    spdlog::warn("rows stay in the store's log: {}", MessageOf(status));
  }
}

void LocalDatabase::StartBackground() {
  sealed_window_ = engine_.clock() / options_.seal_window_ms;
  seal_thread_ = std::make_unique<PeriodicThread>([this] { return SealIfDue(); });
  ingest_->log_is_full = [this] { seal_thread_->Wake(); };
  if (options_.merge_interval_ms > 0) {
    tend_thread_ = std::make_unique<PeriodicThread>([this] { return Tend(); });
  }
}

milliseconds LocalDatabase::SealIfDue() {
  const int64_t now = engine_.clock();
  const int64_t window = now / options_.seal_window_ms;
  const bool full = engine_.log->unsealed_bytes() >= options_.wal_max_bytes ||
                    engine_.state.Get()->generations.back()->stats().rows >= options_.wal_max_rows;
  if (window > sealed_window_ || full) {
    const Status status = sealer_->Seal();
    if (!status.ok()) {
      spdlog::error("{}", MessageOf(status));
      (void)engine_.substrate->store->Resume();
      return kRetryPause;
    }
    sealed_window_ = std::max(sealed_window_, window);
    // A seal gives the merger work.
    if (tend_thread_ != nullptr) tend_thread_->Wake();
  }
  if (const Status status = engine_.log->GiveBackIdleSpace(kIdleLogTime); !status.ok()) {
    spdlog::error("{}", MessageOf(status));
  }
  const int64_t next_ms = (window + 1) * options_.seal_window_ms - engine_.clock();
  return milliseconds(std::clamp<int64_t>(next_ms, 1, 1000));
}

milliseconds LocalDatabase::Tend() {
  const milliseconds pause(options_.merge_interval_ms);
  const auto report = [](const Status& status) {
    if (!status.ok() && status.code() != absl::StatusCode::kCancelled) {
      spdlog::error("{}", MessageOf(status));
    }
    return status.ok();
  };
  if (!report(merger_->ApplyRetention())) return std::max(pause, kRetryPause);
  for (;;) {
    const StatusOr<bool> merged = merger_->MergeOnce(/*final_shape=*/false);
    report(engine_.graveyard.Collect(engine_.substrate->store.get()).status());
    if (!report(merged.status())) return std::max(pause, kRetryPause);
    if (!*merged) return pause;
  }
}

std::unique_ptr<Appender> LocalDatabase::NewAppender() {
  return std::make_unique<WriteAppender>(ingest_.get());
}

Status LocalDatabase::PutMetadata(std::span<const MetricMetadata> metadata) {
  std::vector<std::pair<std::string, MetadataRow>> rows;
  for (const MetricMetadata& entry : metadata) {
    rows.emplace_back(entry.family,
                      MetadataRow{.type = entry.type, .help = entry.help, .unit = entry.unit});
  }
  return engine_.substrate->store->PutMetadata(rows);
}

StatusOr<std::vector<MetricMetadata>> LocalDatabase::Metadata() const {
  std::vector<MetricMetadata> all;
  RETURN_IF_ERROR(
      engine_.substrate->store->ScanMetadata([&](std::string_view name, const MetadataRow& row) {
        all.push_back(
            {.family = std::string(name), .type = row.type, .help = row.help, .unit = row.unit});
        return true;
      }));
  return all;
}

Status LocalDatabase::PutExemplars(std::string_view wire_key, std::span<const Exemplar> exemplars) {
  return exemplars_->Put(wire_key, exemplars);
}

StatusOr<std::vector<SeriesExemplars>> LocalDatabase::FindExemplars(
    std::span<const std::vector<Matcher>> matcher_sets, TimeRange range, size_t max_exemplars,
    const std::atomic<bool>* cancelled) const {
  return exemplars_->Find(matcher_sets, range, max_exemplars, cancelled);
}

StatusOr<std::shared_ptr<const ReadView>> LocalDatabase::NewView() const {
  EngineStateRef state = engine_.state.Get();
  const TimestampMs cutoff_ms = engine_.RetentionCutoff(*state);
  return std::make_shared<const StateView>(engine_.substrate, std::move(state), cutoff_ms);
}

Status LocalDatabase::Seal() {
  RETURN_IF_ERROR(CheckWritable());
  return sealer_->Seal();
}

Status LocalDatabase::Delete(std::span<const std::vector<Matcher>> matcher_sets, TimeRange range) {
  RETURN_IF_ERROR(CheckWritable());
  const auto merges_paused = merger_->Pause();  // first: a merge that runs must not hold up seals
  RETURN_IF_ERROR(sealer_->Seal());
  const auto seals_paused = sealer_->Pause();
  return WithContext(merger_->Delete(matcher_sets, range), "delete");
}

Status LocalDatabase::CleanTombstones(const ProgressFunction& progress) {
  RETURN_IF_ERROR(CheckWritable());
  RETURN_IF_ERROR(WithContext(merger_->CleanTombstones(progress), "clean tombstones"));
  return engine_.graveyard.Collect(engine_.substrate->store.get()).status();
}

std::vector<PartSummary> LocalDatabase::Parts() const {
  const EngineStateRef state = engine_.state.Get();
  const auto rows = state->tombstones->rows();
  std::vector<PartSummary> parts;
  for (const PartRef& part : state->parts) {
    const auto touching = std::count_if(
        rows.begin(), rows.end(), [&part](const Tombstone& row) { return row.Touches(*part); });
    parts.push_back({.id = part->id,
                     .late = part->kind == PartKind::kLate,
                     .time = part->time,
                     .series = part->series,
                     .samples = part->samples,
                     .blocks = part->blocks,
                     .bytes = part->bytes,
                     .deletions = static_cast<uint64_t>(touching)});
  }
  std::sort(parts.begin(), parts.end(), [](const PartSummary& a, const PartSummary& b) {
    return std::pair(a.time.min_ms, a.id) < std::pair(b.time.min_ms, b.id);
  });
  return parts;
}

Status LocalDatabase::ApplyRetention() {
  RETURN_IF_ERROR(CheckWritable());
  RETURN_IF_ERROR(merger_->ApplyRetention());
  return engine_.graveyard.Collect(engine_.substrate->store.get()).status();
}

Status LocalDatabase::Compact(const ProgressFunction& progress) {
  const auto say = [&](std::string_view stage, uint64_t done, uint64_t total) {
    if (progress) progress(stage, done, total);
  };
  say("seal", 0, 1);
  RETURN_IF_ERROR(Seal());
  say("retention", 0, 1);
  RETURN_IF_ERROR(ApplyRetention());
  for (uint64_t merges = 0;; ++merges) {
    const uint64_t parts = engine_.state.Get()->parts.size();
    say("merge", merges, merges + parts);
    ASSIGN_OR_RETURN(const bool merged, merger_->MergeOnce(/*final_shape=*/true));
    RETURN_IF_ERROR(engine_.graveyard.Collect(engine_.substrate->store.get()).status());
    if (!merged) break;
  }
  say("rows", 0, 1);
  RETURN_IF_ERROR(engine_.substrate->store->Flush());
  RETURN_IF_ERROR(engine_.log->GiveBackIdleSpace(milliseconds(0)));
  say("done", 1, 1);
  return absl::OkStatus();
}

StatusOr<VerifyReport> LocalDatabase::Verify(const ProgressFunction& progress) {
  VerifyReport report;
  const EngineStateRef state = engine_.state.Get();
  Substrate* const substrate = engine_.substrate.get();
  RETURN_IF_ERROR(
      VerifyParts(*state, substrate, engine_.RetentionCutoff(*state), progress, &report));
  RETURN_IF_ERROR(VerifyIndex(substrate, progress, &report));
  const auto paused = sealer_->Pause();
  if (!options_.read_only) RETURN_IF_ERROR(engine_.log->Sync());
  RETURN_IF_ERROR(VerifyLog(engine_.file_system, JoinPath(engine_.path, "wal"),
                            substrate->store->sealed_through(), &report));
  return report;
}

Status LocalDatabase::Snapshot(const std::string& target, const ProgressFunction& progress) {
  RETURN_IF_ERROR(CheckWritable());
  const auto paused = sealer_->Pause();
  return WithContext(CopyDatabase(&engine_, target, progress), "snapshot");
}

}  // namespace silverback
