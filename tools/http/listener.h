// A listening TCP socket.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/status.h"

namespace silverback::http {

struct Listener {
  int fd = -1;  // non-blocking; the caller closes it
  uint16_t port = 0;
};

/// Listens on `host` (a name or an address; empty or "0.0.0.0" is every interface) and `port` (0: a free one).
StatusOr<Listener> Listen(const std::string& host, uint16_t port);

}  // namespace silverback::http
