// A full disk as an error that RocksDB recovers from. Private to engine/store.
#pragma once

#include <atomic>
#include <memory>
#include <rocksdb/file_system.h>

namespace silverback {

struct SpaceErrorSwitches {
  std::atomic<bool> retry{true};
  /// The next append to RocksDB's log fails once, with an error that may be tried again.
  std::atomic<bool> fail_next_log_append{false};
};

/// `base`, with "no space" of every change reported as an error that may be tried again while `switches->retry`, and as it is
/// otherwise.
///
/// RocksDB 7.8 has two ways back from an error that stopped its writes. The one for "no space" leaves a flag up, with which the next ingestion
/// of files aborts the process (file number 0). The one for errors that may be tried again takes the flag down, and tries every
/// `bgerror_resume_retry_interval`. The errors keep a sub code of their own, so that a full disk is still told from others (kSpaceLimit).
std::shared_ptr<rocksdb::FileSystem> RetrySpaceErrors(std::shared_ptr<rocksdb::FileSystem> base,
                                                      std::shared_ptr<SpaceErrorSwitches> switches);

}  // namespace silverback
