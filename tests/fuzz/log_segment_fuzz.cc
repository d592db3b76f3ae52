// Segments of the write-ahead log. Whatever the bytes, a replay hands over rising sequences with payloads that are in the
// file and checksums that hold, and accounts for the rest.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fuzz.h"

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/log/format.h"
#include "engine/log/segment_reader.h"
#include "tests/support/forwarding_file_system.h"

namespace silverback {
namespace {

constexpr uint32_t kSalt = 7;

class MemoryFile final : public ReadableFile {
 public:
  explicit MemoryFile(std::string bytes) : bytes_(std::move(bytes)) {}
  StatusOr<size_t> ReadAt(uint64_t offset, size_t size, char* out) const override {
    if (offset >= bytes_.size()) return 0;
    const size_t got = std::min<size_t>(size, bytes_.size() - offset);
    std::memcpy(out, bytes_.data() + offset, got);
    return got;
  }
  uint64_t size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
};

/// Every file has the same bytes.
class OneFileSystem final : public ForwardingFileSystem {
 public:
  explicit OneFileSystem(std::string bytes) : bytes_(std::move(bytes)) {}
  StatusOr<std::unique_ptr<ReadableFile>> OpenForRead(const std::string&) override {
    return std::make_unique<MemoryFile>(bytes_);
  }

 private:
  std::string bytes_;
};

/// Makes the checksums of everything that begins like a record right again, so that mutations of other fields matter.
void RepairChecksums(std::string* bytes) {
  const auto patch = [&](size_t at, uint32_t crc) { std::memcpy(bytes->data() + at, &crc, 4); };
  for (size_t at = bytes->find(log::kRecordMagic); at != std::string::npos;
       at = bytes->find(log::kRecordMagic, at + 1)) {
    if (bytes->size() - at < log::kRecordHeaderBytes) return;
    uint32_t length = 0;
    std::memcpy(&length, bytes->data() + at + 4, 4);
    const size_t payload = at + log::kRecordHeaderBytes;
    if (length <= bytes->size() - payload) {
      patch(at + 16, Crc32c(std::string_view(*bytes).substr(payload, length)));
    }
    patch(at + 20, Crc32c(std::string_view(*bytes).substr(at, 20), kSalt));
  }
}

void ReplayBytes(const std::string& bytes, Sequence from) {
  OneFileSystem file_system(bytes);
  Sequence last = from;
  const Log::ReplayCallback callback = [&](Sequence sequence, std::string_view payload) {
    SB_CHECK_LT(last, sequence);
    last = sequence;
    SB_CHECK(bytes.find(payload) != std::string::npos);
    return absl::OkStatus();
  };
  log::Replayer replayer(&file_system, "log", from, &callback);
  for (uint64_t number = 1; number <= 2; ++number) {
    const auto summary = replayer.ReadSegment({number, kSalt});
    if (!summary.ok()) return;
    SB_CHECK_LE(summary->record_bytes, bytes.size());
  }
  const ReplayReport report = replayer.Finish();
  SB_CHECK_LE(report.losses.size(), report.losses_total);
  for (const LogLoss& loss : report.losses) {
    SB_CHECK_LE(loss.first_sequence, loss.last_sequence);
    SB_CHECK_LE(loss.offset + loss.length, bytes.size());
  }
}

}  // namespace
}  // namespace silverback

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace silverback;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  ReplayBytes(bytes, 0);
  ReplayBytes(bytes, 3);
  RepairChecksums(&bytes);
  ReplayBytes(bytes, 0);
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  using namespace silverback;
  const log::SegmentHeader header = {
      .salt = kSalt, .number = 1, .previous_sequence = 0, .first_sequence = 1};
  std::string records;
  for (Sequence sequence = 1; sequence <= 6; ++sequence) {
    const std::string payload(sequence * 5, static_cast<char>('a' + sequence));
    log::AppendRecordHeader({static_cast<uint32_t>(payload.size()), sequence, Crc32c(payload)},
                            kSalt, &records);
    records += payload;
  }
  std::string mark;
  log::AppendRecordHeader({.sequence = 7}, kSalt, &mark);
  const std::string segment = log::EncodeSegmentHeader(header) + records;
  log::SegmentHeader old_header = header;
  old_header.version = log::kFirstVersionWithMarks - 1;
  const std::string old_segment = log::EncodeSegmentHeader(old_header) + records;
  return {segment,
          segment + mark,
          segment + mark + records,
          segment + std::string(200, '\0'),
          old_segment,
          old_segment + std::string(200, '\0')};
}
