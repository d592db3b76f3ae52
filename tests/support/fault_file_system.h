// A disk that is full or broken on demand.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/forwarding_file_system.h"

namespace silverback {

/// Counts syncs but does not do them: no test cuts the power for real, and a disk's syncs are slow.
/// Safe from any thread; the switches too.
class FaultFileSystem : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;

  static constexpr int64_t kUnlimited = INT64_MAX;

  /// From now on `bytes` more can be written, then the disk is full (a write that crosses the
  /// border is half done).
  void SetRoom(int64_t bytes) { room_ = bytes; }

  /// Reserving space works even on a full disk: as on file systems that cannot reserve, where the
  /// write finds out.
  void IgnorePreallocation(bool ignore) { ignore_preallocation_ = ignore; }

  /// From now on each sync of a file fails with this errno; 0: works again.
  void FailSyncs(int error) { sync_error_ = error; }
  void FailTruncations(int error) { truncate_error_ = error; }

  /// Syncs of files so far.
  uint64_t syncs() const { return syncs_; }

  StatusOr<std::unique_ptr<WritableFile>> OpenForWrite(const std::string& path,
                                                       WriteMode mode) override;
  Status SyncDirectory(const std::string&) override { return absl::OkStatus(); }

 private:
  friend class FaultWritableFile;
  std::atomic<int64_t> room_ = kUnlimited;
  std::atomic<bool> ignore_preallocation_ = false;
  std::atomic<int> sync_error_ = 0;
  std::atomic<int> truncate_error_ = 0;
  std::atomic<uint64_t> syncs_ = 0;
};

}  // namespace silverback
