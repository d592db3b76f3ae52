// `silverback serve`: the server.
#pragma once

namespace silverback {

/// Serves until SIGTERM or SIGINT. 0 after a graceful stop, 1 when the server cannot start, 2 for wrong flags.
int RunServe(int argc, char** argv);

}  // namespace silverback
