#include "tools/commands/server_file.h"

#include "engine/base/file_system.h"

namespace silverback {
namespace {

std::string PathIn(const std::string& directory) {
  return JoinPath(directory, "SERVER");
}

}  // namespace

Status WriteServerFile(const std::string& directory, const std::string& url) {
  return WriteFileDurably(FileSystem::Posix(), PathIn(directory), url + "\n");
}

void RemoveServerFile(const std::string& directory) {
  // Nobody believes the file once the lock is gone, so a failure costs nothing.
  FileSystem::Posix()->Remove(PathIn(directory)).IgnoreError();
}

std::optional<std::string> ReadServerFile(const std::string& directory) {
  StatusOr<std::string> text = ReadWholeFile(FileSystem::Posix(), PathIn(directory), 4096);
  if (!text.ok()) return std::nullopt;
  while (text->ends_with('\n')) text->pop_back();
  return *std::move(text);
}

}  // namespace silverback
