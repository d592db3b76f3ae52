// The table files of a part that the database does not have yet. Private to engine/store.
#pragma once

#include <string>
#include <vector>

#include "engine/store/part_writer.h"
#include "engine/store/rocks.h"

namespace silverback {

struct FinishedPart::Files {
  explicit Files(const Rocks* r) : rocks(r) {}
  ~Files() { Delete(); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  /// Deletes what is left of the files.
  void Delete();

  const Rocks* rocks;
  std::vector<std::string> blocks;     // header first, then ascending
  std::vector<std::string> timelines;  // ascending
};

}  // namespace silverback
