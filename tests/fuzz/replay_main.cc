// Runs a fuzz target without a fuzzing engine: seeds, then deterministic mutations of them; or the files that are named.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "fuzz.h"

namespace {

constexpr size_t kMaxInputBytes = 1 << 20;
constexpr char kCrashFile[] = "fuzz-crash.bin";

// What the signal handler writes down.
const char* current_data = nullptr;
size_t current_size = 0;

void WriteInputAndDie(int signal) {
  const int fd = ::open(kCrashFile, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd >= 0) {
    for (size_t done = 0; done < current_size;) {
      const ssize_t written = ::write(fd, current_data + done, current_size - done);
      if (written <= 0) break;
      done += static_cast<size_t>(written);
    }
    constexpr char kMessage[] = "the input is in fuzz-crash.bin\n";
    if (::write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1) < 0) ::_exit(1);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void RunOne(const std::string& input) {
  current_data = input.data();
  current_size = input.size();
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, uint64_t seed)
      : seeds_(std::move(seeds)), random_(seed) {}

  std::string Next() {
    std::string input = seeds_[Below(seeds_.size())];
    const size_t changes = 1 + Below(4);
    for (size_t i = 0; i < changes; ++i) Change(&input);
    if (input.size() > kMaxInputBytes) input.resize(kMaxInputBytes);
    return input;
  }

 private:
  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }

  void Change(std::string* input) {
    const size_t at = Below(input->size());
    const size_t length = Below(std::min<size_t>(input->size() - at, 1 + Below(64)) + 1);
    switch (Below(8)) {
      case 0:
        input->resize(at);
        break;
      case 1:
        input->erase(at, length);
        break;
      case 2:
        input->insert(at, input->substr(at, length));
        break;
      case 3:
        input->insert(at, 1 + Below(16), static_cast<char>(random_()));
        break;
      case 4:
        Splice(input, at);
        break;
      case 5:
        SetInteresting(input, at);
        break;
      default:
        Flip(input, at, length);
    }
  }

  void Flip(std::string* input, size_t at, size_t length) {
    if (input->empty()) return;
    (*input)[at] = static_cast<char>((*input)[at] ^ (1 << Below(8)));
    if (Below(4) != 0) return;
    for (size_t i = at; i < at + length; ++i) (*input)[i] = static_cast<char>(random_());
  }

  void Splice(std::string* input, size_t at) {
    const std::string& other = seeds_[Below(seeds_.size())];
    const size_t from = Below(other.size());
    input->insert(at, other.substr(from, Below(other.size() - from + 1)));
  }

  /// Lengths and counts at the edges: 0, all ones, powers of two and their neighbours.
  void SetInteresting(std::string* input, size_t at) {
    uint64_t value = uint64_t{1} << Below(64);
    value += Below(3) - 1;
    if (Below(4) == 0) value = 0;
    if (Below(4) == 0) value = ~uint64_t{0};
    const size_t size = std::min<size_t>(size_t{1} << Below(4), input->size() - at);
    std::memcpy(input->data() + at, &value, size);
  }

  const std::vector<std::string> seeds_;
  std::mt19937_64 random_;
};

int ReplayFiles(char** begin, char** end) {
  for (char** path = begin; path != end; ++path) {
    std::ifstream file(*path, std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "cannot read %s\n", *path);
      return 1;
    }
    RunOne(std::string(std::istreambuf_iterator<char>(file), {}));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(signal, &WriteInputAndDie);
  }
  uint64_t rounds = 20'000;
  uint64_t seed = 1;
  int first_file = 1;
  for (; first_file < argc && std::strncmp(argv[first_file], "--", 2) == 0; ++first_file) {
    const std::string_view argument = argv[first_file];
    const size_t equals = argument.find('=');
    const bool has_value = equals != std::string_view::npos;
    const uint64_t value =
        has_value ? std::strtoull(argv[first_file] + equals + 1, nullptr, 10) : 0;
    if (has_value && argument.starts_with("--rounds=")) {
      rounds = value;
    } else if (has_value && argument.starts_with("--seed=")) {
      seed = value;
    } else {
      std::fprintf(stderr, "usage: %s [--rounds=N] [--seed=N] [FILE...]\n", argv[0]);
      return 2;
    }
  }
  if (first_file < argc) return ReplayFiles(argv + first_file, argv + argc);

  const std::vector<std::string> seeds = FuzzSeeds();
  for (const std::string& input : seeds) RunOne(input);
  RunOne("");
  Mutator mutator(seeds, seed);
  for (uint64_t round = 0; round < rounds; ++round) RunOne(mutator.Next());
  return 0;
}
