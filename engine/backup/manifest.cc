// The manifest of a backup: text, a line a file, closed by a checksum (docs/format/backup.md).
#include <charconv>
#include <optional>

#include "engine/backup/repository.h"

namespace silverback {
namespace {

constexpr std::string_view kHeader = "silverback-backup-manifest 1";

/// Takes the text up to `end` from the front of `in`, and `end` with it.
std::optional<std::string_view> Take(std::string_view* in, char end) {
  const size_t at = in->find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view taken = in->substr(0, at);
  in->remove_prefix(at + 1);
  return taken;
}

template <typename T>
bool ParseNumber(std::string_view text, T* value, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool ParseHash(std::string_view text, Hash128Value* hash) {
  return text.size() == 32 && ParseNumber(text.substr(0, 16), &hash->high, 16) &&
         ParseNumber(text.substr(16), &hash->low, 16);
}

/// A path that stays inside the folder that it is joined to.
bool IsSafePath(std::string_view path) {
  if (path.empty() || path.front() == '/') return false;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    path.remove_prefix(std::min(path.size(), part.size() + 1));
  }
  return true;
}

bool ParseFile(std::string_view line, BackupFile* file) {
  const auto word = Take(&line, ' ');
  const auto hash = Take(&line, ' ');
  const auto bytes = Take(&line, ' ');
  if (!word || *word != "file" || !hash || !bytes) return false;
  file->path = line;
  return ParseHash(*hash, &file->hash) && ParseNumber(*bytes, &file->bytes) && IsSafePath(line);
}

}  // namespace

std::string EncodeManifest(const Backup& backup) {
  std::string text =
      fmt::format("{}\nid {}\ncreated_ms {}\n", kHeader, backup.id, backup.created_ms);
  for (const BackupFile& file : backup.files) {
    text += fmt::format("file {:016x}{:016x} {} {}\n", file.hash.high, file.hash.low, file.bytes,
                        file.path);
  }
  return text + fmt::format("checksum {:016x}\n", Hash64(text));
}

StatusOr<Backup> DecodeManifest(std::string_view text) {
  std::string_view in = text;
  const auto header = Take(&in, '\n');
  if (!header || *header != kHeader) return DataLoss("it does not begin with '{}'", kHeader);
  Backup backup;
  bool closed = false;
  size_t line_number = 1;
  while (!in.empty()) {
    ++line_number;
    const size_t offset = text.size() - in.size();
    const auto line = Take(&in, '\n');
    if (!line || closed) return DataLoss("line {} is not whole or too much", line_number);
    std::string_view rest = *line;
    const auto word = Take(&rest, ' ');
    bool good = word.has_value();
    if (good && *word == "id") {
      backup.id = rest;
    } else if (good && *word == "created_ms") {
      good = ParseNumber(rest, &backup.created_ms);
    } else if (good && *word == "checksum") {
      uint64_t checksum = 0;
      good = ParseNumber(rest, &checksum, 16) && checksum == Hash64(text.substr(0, offset));
      closed = true;
    } else {
      good = good && ParseFile(*line, &backup.files.emplace_back());
    }
    if (!good) return DataLoss("line {} is wrong: {}", line_number, line->substr(0, 200));
  }
  if (!closed) return DataLoss("it is cut short: there is no checksum");
  return backup;
}

}  // namespace silverback
