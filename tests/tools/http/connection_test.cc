#include "tools/http/connection.h"

#include <fcntl.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

namespace silverback::http {
namespace {

/// Reads up to the end, in pieces of any size.
std::string ReadAll(int fd) {
  std::mt19937 random(7);
  std::string all;
  std::vector<char> piece(100'000);
  for (;;) {
    const ssize_t got = read(fd, piece.data(), 1 + random() % piece.size());
    if (got <= 0) return all;
    all.append(piece.data(), static_cast<size_t>(got));
  }
}

}  // namespace

TEST_CASE("pieces are sent one behind the other, also to whoever takes them bit by bit") {
  const auto seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    // The reader's end waits.
    REQUIRE(fcntl(ends[1], F_SETFL, 0) == 0);
    const int room = 4096;
    REQUIRE(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) == 0);
    std::vector<std::string> texts;
    std::string wanted;
    for (size_t n = random() % (Connection::kMaxPieces + 1); n > 0; --n) {
      const size_t size = random() % 3 == 0 ? 0 : random() % (random() % 2 == 0 ? 10 : 100'000);
      texts.emplace_back(size, static_cast<char>('a' + random() % 26));
      wanted += texts.back();
    }
    std::string received;
    std::thread reader([&] { received = ReadAll(ends[1]); });
    bool sent = false;
    {
      Connection connection(ends[0]);
      const std::vector<std::string_view> pieces(texts.begin(), texts.end());
      sent = connection.Send(pieces);
    }
    reader.join();
    close(ends[1]);
    REQUIRE(sent);
    REQUIRE(received == wanted);
  }
}

TEST_CASE("sending to whoever has gone fails") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  close(ends[1]);
  Connection connection(ends[0]);
  CHECK_FALSE(connection.Send("text"));
}

}  // namespace silverback::http
