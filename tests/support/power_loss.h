// What a power cut takes away: the account of everything that was written and not synced, and the undoing of it.
//
// A file system under test writes to a real one and tells this class before it changes anything. `Drop` then brings the
// real files back to what a disk would hold that kept nothing but what was synced:
//   - bytes and lengths as of the file's last sync;
//   - names as of their directory's last sync: created files are gone, removed ones are back, renames undone. (A file
//     that was synced while its name was not is gone, too.)
// It knows paths and byte ranges only, so it serves any file system interface: ours (lost_power_file_system.h), and
// RocksDB's FileSystemWrapper by the same calls.
//
// Safe from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "engine/base/status.h"

namespace silverback {

class PowerLoss {
 public:
  /// `graveyard`: an existing folder on the same disk, outside what is tested, for files that were removed or replaced
  /// and may have to come back.
  explicit PowerLoss(std::string graveyard) : graveyard_(std::move(graveyard)) {}

  // To be called just before the change is made.
  Status BeforeWrite(const std::string& path, uint64_t offset, uint64_t bytes);
  Status BeforeTruncate(const std::string& path, uint64_t bytes);

  /// Call after the file `path` was created anew (not when it existed).
  void Created(const std::string& path);
  /// Moves the file away; call *instead of* removing it.
  Status Remove(const std::string& path);
  /// Renames and keeps what was at `to`; call *instead of* renaming.
  Status Rename(const std::string& from, const std::string& to);

  /// Call after a sync of the file or of the directory.
  void Synced(const std::string& path);
  void DirectorySynced(const std::string& directory);

  /// Undoes everything that was not synced. No file of the tested folder may be written meanwhile. Syncs nothing:
  /// afterwards the account is empty.
  Status Drop();

  /// As `Drop`, but of each file's unsynced writes a random number, counted from the first, stays, and of the next one a
  /// random part: what a disk may keep.
  Status DropSome(std::mt19937_64* random);

 private:
  /// How to take back a change of a file's contents: write `bytes` at `offset`, then cut to `size`.
  struct Contents {
    uint64_t offset = 0;
    std::string bytes;            // that were overwritten or cut off
    uint64_t tearable_bytes = 0;  // of the change, that may reach the disk one by one
    uint64_t size = 0;            // of the file before
  };
  /// How to take back a change of names: move `from` back to `to` and `buried`, if any, to `from`; `to` empty: the file
  /// was created.
  struct Name {
    std::string from;
    std::string to;
    std::string buried;  // what stood at `from` before
  };

  Status Record(const std::string& path, uint64_t offset, uint64_t bytes, bool can_tear);
  std::string NextGrave();
  /// Of a directory that was renamed: what lies inside is known by its new name from now on.
  void MoveRecords(const std::string& from, Name directory);
  Status UndoContents(const std::string& path, const Contents& change, uint64_t keep);
  Status UndoName(const Name& change);
  Status DropLocked(std::mt19937_64* random);

  const std::string graveyard_;
  std::mutex mutex_;
  uint64_t graves_ = 0;
  std::map<std::string, std::vector<Contents>> contents_;  // path -> oldest first
  std::vector<Name> names_;                                // oldest first
};

}  // namespace silverback
