#include "command_run.h"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "tests/support/temporary_directory.h"
#include "tools/commands/command.h"

namespace silverback {
namespace {

/// Sends a stream into a file while it lives.
class Capture {
 public:
  Capture(std::FILE* stream, std::string path) : stream_(stream), path_(std::move(path)) {
    std::fflush(stream_);
    saved_ = ::dup(::fileno(stream_));
    const int file = ::open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    SB_CHECK(saved_ >= 0 && file >= 0 && ::dup2(file, ::fileno(stream_)) >= 0);
    ::close(file);
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// Ends the capture; all that was written.
  std::string Take() {
    std::fflush(stream_);
    SB_CHECK(::dup2(saved_, ::fileno(stream_)) >= 0);
    ::close(saved_);
    auto text = ReadWholeFile(FileSystem::Posix(), path_, uint64_t{64} << 20);
    SB_CHECK(text.ok());
    return *std::move(text);
  }

 private:
  std::FILE* stream_;
  std::string path_;
  int saved_ = -1;
};

}  // namespace

CommandRun RunSilverback(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), "silverback");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const TemporaryDirectory directory;
  Capture out(stdout, directory.File("out"));
  Capture errors(stderr, directory.File("errors"));
  CommandRun run;
  run.exit_code = RunCommandLine(static_cast<int>(words.size()), argv.data());
  run.errors = errors.Take();
  run.out = out.Take();
  return run;
}

}  // namespace silverback
