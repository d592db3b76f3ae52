// Torn and damaged segments: a record loses itself and nothing else, and never in silence.
#include <random>

#include "log_fixture.h"

#include "engine/base/hash.h"
#include "engine/log/format.h"

namespace silverback {
namespace {

using Kind = LogLoss::Kind;

/// The last version whose segments end with a record instead of a mark.
constexpr uint32_t kWithoutMarks = log::kFirstVersionWithMarks - 1;

/// A closed log of one segment with `count` records, and where each begins.
struct SmallLog {
  explicit SmallLog(int count = 5, uint32_t version = log::kFormatVersion)
      : options(OptionsFor(directory.File("log"))) {
    Replayed opened = Reopen(options);
    uint64_t offset = log::kSegmentHeaderBytes;
    for (int i = 0; i < count; ++i) {
      const std::string payload = fmt::format("payload number {}{}", i, std::string(i * 3, '.'));
      records[Write(opened.log.get(), payload)] = payload;
      offsets.push_back(offset);
      offset += log::kRecordHeaderBytes + payload.size();
    }
    REQUIRE(opened.log->Close().ok());
    name = Segments(options.directory).at(0);
    path = JoinPath(options.directory, name);
    bytes = ReadFile(path);
    end = offset;
    REQUIRE(bytes.size() == end + log::kRecordHeaderBytes);
    if (version < log::kFirstVersionWithMarks) TakeMarkAway(version);
  }

  void TakeMarkAway(uint32_t version) {
    log::SegmentHeader header = log::DecodeSegmentHeader(bytes).value();
    header.version = version;
    bytes = log::EncodeSegmentHeader(header) +
            bytes.substr(log::kSegmentHeaderBytes, end - log::kSegmentHeaderBytes);
    WriteFile(path, bytes);
  }

  /// The records that end at or before `cut`.
  Records Before(uint64_t cut) const {
    Records out;
    for (const auto& [sequence, payload] : records) {
      if (offsets[sequence - 1] + log::kRecordHeaderBytes + payload.size() <= cut) {
        out[sequence] = payload;
      }
    }
    return out;
  }

  TemporaryDirectory directory;
  LogOptions options;
  Records records;
  std::vector<uint64_t> offsets;
  uint64_t end = 0;  // of the last record
  std::string name;
  std::string path;
  std::string bytes;
};

TEST_CASE("a segment is, byte for byte, what the format's description says") {
  const std::string header = log::EncodeSegmentHeader({.version = 7,
                                                       .salt = 0x5bd1e995,
                                                       .number = 3,
                                                       .previous_sequence = 41,
                                                       .first_sequence = 42});
  std::string record;
  log::AppendRecordHeader({2, 42, Crc32c("hi")}, 0x5bd1e995, &record);
  std::string mark;
  log::AppendRecordHeader({.sequence = 43}, 0x5bd1e995, &mark);
  std::string hex;
  for (const char byte : header + record + "hi" + mark) {
    hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  }
  const std::string segment_header =
      "53424c4f47534547"
      "07000000"
      "95e9d15b"
      "0300000000000000"
      "2900000000000000"
      "2a00000000000000"
      "00000000"
      "738e8911";
  const std::string record_header =
      "534272a7"
      "02000000"
      "2a00000000000000"
      "c2d99df5"
      "798de5fa";
  const std::string mark_header =
      "534272a7"
      "00000000"
      "2b00000000000000"
      "00000000"
      "b4ed540f";
  CHECK(hex == segment_header + record_header + "6869" + mark_header);
  CHECK(log::FormatSegmentName({3, 0x5bd1e995}) == "0000000000000003-5bd1e995.wal");
}

TEST_CASE("a log cut at any byte loses the record that was cut, and says so") {
  const SmallLog small(5, GENERATE(kWithoutMarks, log::kFormatVersion));
  for (size_t size = 0; size <= small.bytes.size(); ++size) {
    for (const bool zeros : {false, true}) {
      INFO("cut at " << size << (zeros ? ", zeros behind" : ""));
      std::string bytes = small.bytes.substr(0, size);
      if (zeros) bytes.resize(small.bytes.size() + 1000, '\0');
      WriteFile(small.path, bytes);
      Replayed replayed = Reopen(small.options);
      Records expected = small.Before(size);
      // A cut inside zeros that belong to a record takes nothing away from it.
      if (zeros && replayed.records.size() > expected.size()) {
        CHECK(small.bytes.find_first_not_of('\0', size) >=
              small.offsets.at(expected.size()) + log::kRecordHeaderBytes);
        continue;
      }
      CHECK(replayed.records == expected);
      const bool at_border = size == 0 || size == small.end || size == small.bytes.size() ||
                             std::count(small.offsets.begin(), small.offsets.end(), size) > 0;
      CHECK(replayed.report.losses_total == (at_border ? 0 : 1));
      for (const LogLoss& loss : replayed.report.losses) CHECK(loss.kind == Kind::kTorn);
      // Whatever the cut record's sequence was, it is not given out again.
      const Sequence next = Write(replayed.log.get(), "next");
      const bool cut_record = !at_border && size > log::kSegmentHeaderBytes && size < small.end;
      CHECK(next > expected.size() + (cut_record ? 1 : 0));
      const std::string added = Segments(small.options.directory).at(1);
      REQUIRE(replayed.log->Close().ok());
      Records again = Reopen(small.options).records;
      CHECK(again.extract(next).mapped() == "next");
      CHECK(again == expected);
      REQUIRE(FileSystem::Posix()->Remove(JoinPath(small.options.directory, added)).ok());
    }
  }
}

TEST_CASE("a changed byte loses the record that it is in, and says so") {
  const auto version = GENERATE(kWithoutMarks, log::kFormatVersion);
  const SmallLog small(5, version);
  const auto flip = static_cast<char>(GENERATE(0x01, 0x80, 0xff));
  for (size_t at = 0; at < small.end; ++at) {
    INFO("byte " << at << " changed by " << static_cast<int>(flip) << " in version " << version);
    std::string bytes = small.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ flip);
    WriteFile(small.path, bytes);
    Replayed replayed = Reopen(small.options);
    Records expected = small.records;
    const auto hit =
        std::upper_bound(small.offsets.begin(), small.offsets.end(), at) - small.offsets.begin();
    if (hit > 0) expected.erase(static_cast<Sequence>(hit));
    CHECK(replayed.records == expected);
    REQUIRE(replayed.report.losses.size() == 1);
    const LogLoss& loss = replayed.report.losses[0];
    CHECK(loss.kind == Kind::kDamaged);
    CHECK(loss.segment == small.name);
    if (hit > 0) {
      const auto index = static_cast<size_t>(hit - 1);
      CHECK(loss.offset == small.offsets[index]);
      const bool known = version != kWithoutMarks || index + 1 < small.offsets.size() ||
                         at >= small.offsets[index] + log::kRecordHeaderBytes;
      CHECK(loss.first_sequence == (known ? static_cast<Sequence>(hit) : 0));
      CHECK(loss.last_sequence == loss.first_sequence);
      if (index + 1 < small.offsets.size()) {
        CHECK(loss.offset + loss.length == small.offsets[index + 1]);
      }
    }
    CHECK(Write(replayed.log.get(), "next") > small.records.size());
    replayed.log.reset();
    REQUIRE(FileSystem::Posix()
                ->Remove(JoinPath(small.options.directory, Segments(small.options.directory).at(1)))
                .ok());
  }
}

TEST_CASE(
    "a changed byte of the last mark loses nothing, and is told as a tail that was not ended") {
  const SmallLog small;
  for (size_t at = small.end; at < small.bytes.size(); ++at) {
    INFO("byte " << at);
    std::string bytes = small.bytes;
    bytes[at] ^= 1;
    WriteFile(small.path, bytes);
    const Replayed replayed = Reopen(small.options);
    CHECK(replayed.records == small.records);
    REQUIRE(replayed.report.losses.size() == 1);
    CHECK(replayed.report.losses[0].kind == Kind::kTorn);
    CHECK(replayed.report.losses[0].offset == small.end);
  }
}

TEST_CASE("stretches of garbage lose what they cover and nothing else; nothing is invented") {
  const SmallLog small(40, GENERATE(kWithoutMarks, log::kFormatVersion));
  const auto seed = GENERATE(range(0u, 300u));
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::string bytes = small.bytes;
  const size_t begin = random() % bytes.size();
  const size_t length = std::min<size_t>(1 + random() % 300, bytes.size() - begin);
  for (size_t i = begin; i < begin + length; ++i) bytes[i] = static_cast<char>(random());
  WriteFile(small.path, bytes);
  const Replayed replayed = Reopen(small.options);
  for (const auto& [sequence, payload] : small.records) {
    const uint64_t from = small.offsets[sequence - 1];
    const uint64_t to = from + log::kRecordHeaderBytes + payload.size();
    const bool touched = begin < to && from < begin + length;
    const bool unchanged = bytes.compare(from, to - from, small.bytes, from, to - from) == 0;
    INFO("sequence " << sequence);
    CHECK(replayed.records.contains(sequence) == (!touched || unchanged));
  }
  for (const auto& [sequence, payload] : replayed.records) {
    CHECK(small.records.at(sequence) == payload);
  }
  CHECK(replayed.report.losses_total >= (bytes == small.bytes ? 0 : 1));
}

TEST_CASE("bytes in a payload that look like a record are not taken for one") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.path());
  std::string crafted;
  for (Sequence sequence = 1; sequence < 20; ++sequence) {
    log::AppendRecordHeader({8, sequence, Crc32c("invented")}, 0, &crafted);
    crafted += "invented";
  }
  {
    Replayed opened = Reopen(options);
    Write(opened.log.get(), crafted);
    Write(opened.log.get(), "second");
  }
  const std::string path = directory.File(Segments(directory.path()).at(0));
  std::string bytes = ReadFile(path);
  bytes[log::kSegmentHeaderBytes + 9] ^= 1;
  WriteFile(path, bytes);
  const Replayed replayed = Reopen(options);
  CHECK(replayed.records == Records{{2, "second"}});
  REQUIRE(replayed.report.losses.size() == 1);
  CHECK(replayed.report.losses[0].first_sequence == 1);
}

TEST_CASE("a record longer than the reading window is read, and found behind damage") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.segment_bytes = 32u << 20;
  const std::string big(5u << 20, 'b');
  {
    Replayed opened = Reopen(options);
    Write(opened.log.get(), std::string(3u << 20, 'a'));
    Write(opened.log.get(), big);
    Write(opened.log.get(), "end");
  }
  const std::string path = directory.File(Segments(directory.path()).at(0));
  std::string bytes = ReadFile(path);
  bytes[log::kSegmentHeaderBytes] ^= 1;
  WriteFile(path, bytes);
  const Replayed replayed = Reopen(options);
  CHECK(replayed.records == Records{{2, big}, {3, "end"}});
}

TEST_CASE("a segment that is gone is reported with the sequences that it held") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  {
    Replayed opened = Reopen(options);
    for (int i = 1; i <= 9; ++i) {
      Write(opened.log.get(), std::to_string(i));
      if (i % 3 == 0) REQUIRE(opened.log->Roll().ok());
    }
  }
  const std::vector<std::string> segments = Segments(directory.path());
  REQUIRE(segments.size() == 3);
  SECTION("in the middle") {
    std::filesystem::remove(directory.File(segments[1]));
    const Replayed replayed = Reopen(options);
    CHECK(replayed.records.size() == 6);
    REQUIRE(replayed.report.losses.size() == 1);
    const LogLoss& loss = replayed.report.losses[0];
    CHECK(loss.kind == Kind::kGap);
    CHECK(loss.first_sequence == 4);
    CHECK(loss.last_sequence == 6);
    CHECK(loss.ToString() == "records missing before " + segments[2] + ", sequences 4 to 6");
  }
  SECTION("at the front, in part sealed") {
    std::filesystem::remove(directory.File(segments[0]));
    const Replayed replayed = Reopen(options, 2);
    REQUIRE(replayed.report.losses.size() == 1);
    CHECK(replayed.report.losses[0].first_sequence == 3);
    CHECK(replayed.report.losses[0].last_sequence == 3);
  }
  SECTION("at the front, all sealed") {
    std::filesystem::remove(directory.File(segments[0]));
    CHECK(Reopen(options, 3).report.losses.empty());
  }
}

TEST_CASE("damage at or below the border is no loss") {
  const SmallLog small;
  std::string bytes = small.bytes;
  bytes[small.offsets[1] + 3] ^= 1;   // header of record 2
  bytes[small.offsets[2] + 30] ^= 1;  // payload of record 3
  WriteFile(small.path, bytes);
  CHECK(Reopen(small.options, 1).report.losses_total == 2);
  CHECK(Reopen(small.options, 2).report.losses_total == 1);
  CHECK(Reopen(small.options, 3).report.losses_total == 0);
  CHECK(Reopen(small.options, 3).records.size() == 2);
}

TEST_CASE("losses say where, what and which") {
  const SmallLog small;
  std::string bytes = small.bytes;
  bytes[small.offsets[1] + 30] ^= 1;
  WriteFile(small.path, bytes);
  const Replayed replayed = Reopen(small.options);
  REQUIRE(replayed.report.losses.size() == 1);
  CHECK(replayed.report.losses[0].ToString() ==
        fmt::format("damaged record at offset {} of {}: {} bytes, sequence 2", small.offsets[1],
                    small.name, small.offsets[2] - small.offsets[1]));
}

TEST_CASE("a segment of a newer version, or one that was renamed, is refused and not touched") {
  const SmallLog small;
  std::string expected;
  SECTION("newer") {
    const auto name = log::ParseSegmentName(small.name);
    const std::string header = log::EncodeSegmentHeader(
        {.version = log::kFormatVersion + 1, .salt = name->salt, .number = name->number});
    WriteFile(small.path, header + small.bytes.substr(header.size()));
    expected = ": written by a newer version";
  }
  SECTION("renamed") {
    std::filesystem::rename(small.path,
                            JoinPath(small.options.directory, "0000000000000009-00000000.wal"));
    expected = ": the file was renamed";
  }
  auto log = Log::Open(small.options);
  REQUIRE(log.ok());
  const auto report = (*log)->Replay(0, [](auto...) { return absl::OkStatus(); });
  CHECK_FALSE(report.ok());
  CHECK(std::string(MessageOf(report.status())).find(".wal" + expected) != std::string::npos);
}

TEST_CASE("the list of losses is bounded, their number is not") {
  const TemporaryDirectory directory;
  LogOptions options = OptionsFor(directory.path());
  options.segment_bytes = 1 << 20;
  options.sync_mode = SyncMode::kOff;
  {
    Replayed opened = Reopen(options);
    for (int i = 0; i < 3000; ++i) REQUIRE(opened.log->Append("0123456789").ok());
  }
  const std::string path = directory.File(Segments(directory.path()).at(0));
  std::string bytes = ReadFile(path);
  for (size_t i = 0; i < 1500; ++i) bytes[log::kSegmentHeaderBytes + i * 2 * 34 + 30] ^= 1;
  WriteFile(path, bytes);
  const Replayed replayed = Reopen(options);
  CHECK(replayed.records.size() == 1500);
  CHECK(replayed.report.losses_total == 1500);
  CHECK(replayed.report.losses.size() == ReplayReport::kMaxListedLosses);
}

}  // namespace
}  // namespace silverback
