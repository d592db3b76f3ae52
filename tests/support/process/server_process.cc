#include "tests/support/process/server_process.h"

#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <random>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "tools/client/api_client.h"

namespace silverback {

namespace {

/// Whether a server could listen on the loopback port now.
StatusOr<bool> IsFree(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return StatusFromErrno(errno, "socket", "loopback");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

// Not one of the ports that Linux gives to clients (from 32768 on): whoever asks again and again for a server that does not listen yet
// may be given its very port, is then connected to itself, and the server finds the port taken.
StatusOr<int> FreeLoopbackPort() {
  constexpr int kFirst = 12'000;
  constexpr int kLast = 32'767;
  std::random_device random;
  std::uniform_int_distribution<int> ports(kFirst, kLast);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const int port = ports(random);
    ASSIGN_OR_RETURN(const bool free, IsFree(port));
    if (free) return port;
  }
  return Error(absl::StatusCode::kUnavailable, "no loopback port from {} to {} is free", kFirst,
               kLast);
}

StatusOr<ChildProcess> ChildProcess::Start(const std::string& program,
                                           const std::vector<std::string>& arguments,
                                           const std::string& log_file) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return StatusFromErrno(errno, "open", log_file);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that dies leaves no server behind
    if (::getppid() != parent) ::_exit(127);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  ::close(log);
  if (pid < 0) return StatusFromErrno(errno, "fork", program);
  ChildProcess child;
  child.pid_ = pid;
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept {
  *this = std::move(other);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(exit_code_, other.exit_code_);
  std::swap(usage_, other.usage_);
  return *this;
}

bool ChildProcess::Running() {
  if (pid_ <= 0) return false;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) == 0) return true;
  Ended(status, usage);
  return false;
}

void ChildProcess::Signal(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

int ChildProcess::Wait() {
  if (pid_ <= 0) return exit_code_;
  int status = 0;
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  Ended(status, usage);
  return exit_code_;
}

void ChildProcess::Ended(int status, const rusage& usage) {
  constexpr uint64_t kBlockBytes = 512;  // getrusage(2)
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  usage_ = {seconds(usage.ru_utime) + seconds(usage.ru_stime),
            static_cast<uint64_t>(usage.ru_oublock) * kBlockBytes};
  pid_ = -1;
}

namespace {

std::string TailOf(const std::string& path) {
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

}  // namespace

Status ServerProcess::Start() {
  const char* binary = std::getenv("SILVERBACK_BINARY");
  if (binary == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "SILVERBACK_BINARY must name the silverback program (ctest sets it)");
  }
  ASSIGN_OR_RETURN(const int port, FreeLoopbackPort());
  const std::string address = fmt::format("127.0.0.1:{}", port);
  url_ = "http://" + address;
  std::vector<std::string> arguments{"serve", "--storage.tsdb.path=" + options_.data_directory,
                                     "--web.listen-address=" + address};
  arguments.insert(arguments.end(), options_.flags.begin(), options_.flags.end());
  ASSIGN_OR_RETURN(process_, ChildProcess::Start(binary, arguments, log_file()));
  ASSIGN_OR_RETURN(auto client, ApiClient::Create(url_));
  for (int attempt = 0; attempt < 6000 && process_.Running(); ++attempt) {
    const auto answer = client->Get("/-/ready");
    if (answer.ok() && answer->status == 200) return absl::OkStatus();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return Error(absl::StatusCode::kUnavailable,
               "the server did not become ready; its log ends with: {}", TailOf(log_file()));
}

void ServerProcess::Kill() {
  process_.Signal(SIGKILL);
  process_.Wait();
}

int ServerProcess::Stop() {
  process_.Signal(SIGTERM);
  return process_.Wait();
}

}  // namespace silverback
