// DIR/SERVER: where the server that holds a data directory listens, so that commands find it.
#pragma once

#include <optional>
#include <string>

#include "engine/base/status.h"

namespace silverback {

/// Written by `serve` once it listens; `url` is http://host:port. Removed by it at a graceful stop.
Status WriteServerFile(const std::string& directory, const std::string& url);
void RemoveServerFile(const std::string& directory);

/// The URL, if the file is there. It may be older than the last crash: only believe it while the directory is locked.
std::optional<std::string> ReadServerFile(const std::string& directory);

}  // namespace silverback
