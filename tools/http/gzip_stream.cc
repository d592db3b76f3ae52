#include "tools/http/gzip_stream.h"

#include <zlib.h>

#include "engine/base/check.h"

namespace silverback::http {
namespace {

/// Answers are made for one client that waits: speed before size.
constexpr int kLevel = Z_BEST_SPEED;
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;

}  // namespace

struct GzipStream::Impl {
  z_stream stream{};

  void Run(std::string_view bytes, int flush, std::string* out) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    char piece[16 << 10];
    do {
      stream.next_out = reinterpret_cast<Bytef*>(piece);
      stream.avail_out = sizeof(piece);
      const int result = deflate(&stream, flush);
      SB_CHECK(result != Z_STREAM_ERROR);
      out->append(piece, sizeof(piece) - stream.avail_out);
    } while (stream.avail_out == 0);
  }
};

GzipStream::GzipStream() : impl_(std::make_unique<Impl>()) {
  const int result = deflateInit2(&impl_->stream, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                                  Z_DEFAULT_STRATEGY);
  SB_CHECK_EQ(result, Z_OK);
}

GzipStream::~GzipStream() {
  deflateEnd(&impl_->stream);
}

void GzipStream::Add(std::string_view bytes, std::string* out) {
  impl_->Run(bytes, Z_NO_FLUSH, out);
}
void GzipStream::Flush(std::string_view bytes, std::string* out) {
  impl_->Run(bytes, Z_SYNC_FLUSH, out);
}
void GzipStream::Finish(std::string_view bytes, std::string* out) {
  impl_->Run(bytes, Z_FINISH, out);
}

}  // namespace silverback::http
