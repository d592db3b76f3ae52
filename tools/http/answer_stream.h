// Writes one answer to a connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "query/api/request.h"
#include "query/api/sink.h"
#include "tools/http/connection.h"
#include "tools/http/gzip_stream.h"
#include "tools/http/message.h"

namespace silverback::http {

/// Sends `answer` to a request with this head and runs its body. Bodies up to 64 KiB go with Content-Length, larger ones
/// in chunks as they are made; gzip if the client takes it and the body is not tiny. False when the connection cannot
/// carry another request: the client has gone, or `close` or HTTP/1.0 demanded it.
bool SendAnswer(Connection& connection, const RequestHead& head, const ApiResponse& answer,
                bool close);

/// "Tue, 24 Nov 2026 13:30:00 GMT".
std::string HttpDate();

}  // namespace silverback::http
