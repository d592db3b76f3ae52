#include "bench/compare/output_file.h"

#include <fstream>

namespace silverback {

Status WriteOutputFile(const std::string& path, const std::string& text) {
  if (path.empty()) return absl::OkStatus();
  std::ofstream out(path);
  out << text << std::flush;
  if (out) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "{} cannot be written", path);
}

}  // namespace silverback
