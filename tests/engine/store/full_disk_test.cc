#include <atomic>
#include <chrono>
#include <memory>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <thread>

#include <catch2/catch.hpp>

#include "engine/store/keys.h"
#include "engine/store/store.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

class FullFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FullFile(std::unique_ptr<rocksdb::FSWritableFile> file, const std::atomic<bool>* full)
      : FSWritableFileOwnerWrapper(std::move(file)), full_(full) {}
  using FSWritableFileOwnerWrapper::Append;
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    if (*full_) return rocksdb::IOStatus::NoSpace("No space left on device");
    return FSWritableFileOwnerWrapper::Append(data, options, debug);
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& /*info*/,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }

 private:
  const std::atomic<bool>* full_;
};

class FullFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FullFileSystem(const std::atomic<bool>* full)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), full_(full) {}
  const char* Name() const override { return "FullFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, &file, debug);
    if (status.ok()) *result = std::make_unique<FullFile>(std::move(file), full_);
    return status;
  }

 private:
  const std::atomic<bool>* full_;
};

TEST_CASE(
    "a full disk refuses writes as such, goes on reading, and takes rows again when there is "
    "room") {
  const TemporaryDirectory directory;
  std::atomic<bool> full{false};
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<FullFileSystem>(&full));
  StoreOptions options;
  options.path = directory.File("db");
  options.env = env.get();
  auto opened = Store::Open(options);
  REQUIRE(opened.ok());
  Store& store = **opened;
  const auto put = [&](SeriesId series) {
    KvBatch batch(store.kv());
    batch.Put(Family::kSeries, keys::Series(series), "row");
    return store.kv().Write(std::move(batch), Durability::kSynced);
  };
  const auto has = [&](SeriesId series) {
    std::string value;
    return store.kv().Get(Family::kSeries, keys::Series(series), &value).ok();
  };
  const auto write_part = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto writer, store.NewPartWriter({.partition = 0}));
    RETURN_IF_ERROR(writer->AddBlock({1, 1, 5}, 6, 2, std::string(1 << 20, 'x')));
    ASSIGN_OR_RETURN(FinishedPart part, writer->Finish());
    CatalogEdit edit;
    edit.new_parts.push_back(std::move(part));
    return store.Commit(std::move(edit));
  };
  REQUIRE(put(1).ok());
  REQUIRE(write_part().ok());
  full = true;
  CHECK(absl::IsResourceExhausted(write_part()));
  full = false;
  // Table files are written beside RocksDB, which has noticed nothing.
  CHECK(write_part().ok());
  full = true;
  CHECK(absl::IsResourceExhausted(put(2)));
  CHECK(absl::IsResourceExhausted(put(3)));
  CHECK(has(1));
  CHECK_FALSE(has(2));
  CHECK_FALSE(store.Resume().ok());
  full = false;
  // It recovers without being asked; Resume says when.
  Status resumed;
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    resumed = store.Resume();
  } while (absl::IsUnavailable(resumed));
  INFO(MessageOf(resumed));
  REQUIRE(resumed.ok());
  CHECK(put(4).ok());
  // RocksDB 7.8 would abort.
  CHECK(absl::IsUnavailable(write_part()));
  opened->reset();
  options.env = nullptr;
  opened = Store::Open(options);
  REQUIRE(opened.ok());
  std::string value;
  CHECK((*opened)->kv().Get(Family::kSeries, keys::Series(1), &value).ok());
  CHECK((*opened)->kv().Get(Family::kSeries, keys::Series(4), &value).ok());
  CHECK((*opened)->live_parts()->size() == 2);
  CHECK((*opened)->NewPartWriter({.partition = 0}).ok());
}

}  // namespace
}  // namespace silverback
