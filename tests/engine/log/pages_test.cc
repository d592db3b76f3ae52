// Records that begin on a page of their own, so that no sync leaves a page half filled which the next one writes again.
#include <random>

#include "log_fixture.h"

#include "engine/log/format.h"

namespace silverback {
namespace {

using Kind = LogLoss::Kind;

/// A closed log of one segment whose records, each synced by itself, are of these sizes with their headers.
struct PagedLog {
  explicit PagedLog(const std::vector<size_t>& sizes) : options(OptionsFor(directory.File("log"))) {
    Replayed opened = Reopen(options);
    std::mt19937_64 random(sizes.size());
    for (const size_t size : sizes) {
      std::string payload(size - log::kRecordHeaderBytes, '\0');
      for (char& byte : payload) byte = static_cast<char>(random() % 255 + 1);
      records[Write(opened.log.get(), payload)] = payload;
    }
    unsealed_bytes = opened.log->unsealed_bytes();
    REQUIRE(opened.log->Close().ok());
    REQUIRE(Segments(options.directory).size() == 1);
    path = JoinPath(options.directory, Segments(options.directory)[0]);
    bytes = ReadFile(path);
    places = PlacesOf(options.directory);
    REQUIRE(places.size() == sizes.size());
  }

  Replayed ReadAs(std::string_view changed) const {
    WriteFile(path, changed);
    return Reopen(options);
  }

  /// The records that end at or before `end`.
  Records Before(uint64_t end) const {
    Records out;
    for (size_t i = 0; i < places.size(); ++i) {
      if (places[i].end <= end) out[i + 1] = records.at(i + 1);
    }
    return out;
  }

  /// Whether a cut at `offset` leaves something that was begun: of a record that begins on a page, as much as its header.
  bool IsNoticed(uint64_t offset) const {
    if (offset == 0) return false;
    uint64_t end_before = log::kSegmentHeaderBytes;
    for (const Place& place : places) {
      const bool behind_mark = place.offset > end_before;
      if (offset <= end_before) return offset < end_before;
      const uint64_t mark_end = end_before + log::kRecordHeaderBytes;
      if (behind_mark && offset < place.offset) return offset < mark_end;
      if (behind_mark && offset < place.offset + log::kRecordHeaderBytes) return false;
      end_before = place.end;
    }
    return offset != end_before;
  }

  TemporaryDirectory directory;
  LogOptions options;
  Records records;
  std::vector<Place> places;
  uint64_t unsealed_bytes = 0;
  std::string path;
  std::string bytes;
};

/// Record 1 ends in the file's second page, 2 in its third, 3 fills the fourth and fifth, 4 and 5 share the sixth.
const std::vector<size_t> kSizes = {5000, 3000, 8192, 1000, 700};

}  // namespace

TEST_CASE("a record begins on the next page if less is passed over than was synced before it") {
  const PagedLog log(kSizes);
  CHECK(log.places[0].offset == log::kSegmentHeaderBytes);
  CHECK(log.places[1].offset == 2 * log::kPageBytes);
  CHECK(log.places[2].offset == 3 * log::kPageBytes);
  CHECK(log.places[3].offset == 5 * log::kPageBytes);
  CHECK(log.places[4].offset == 5 * log::kPageBytes + 1000);
  CHECK(log.bytes.size() == 5 * log::kPageBytes + 1700 + log::kRecordHeaderBytes);
  const Replayed replayed = Reopen(log.options);
  CHECK(replayed.records == log.records);
  CHECK(replayed.report.losses_total == 0);
}

TEST_CASE("what is passed over counts neither while it is written nor when it is read") {
  const PagedLog log(kSizes);
  CHECK(log.unsealed_bytes == 5000 + 3000 + 8192 + 1000 + 700);
  Replayed replayed = Reopen(log.options);
  CHECK(replayed.log->unsealed_bytes() == log.unsealed_bytes);
  CHECK(replayed.report.bytes == log.unsealed_bytes);
  REQUIRE(replayed.log->DropThrough(replayed.log->last_sequence()).ok());
  CHECK(replayed.log->unsealed_bytes() == 0);
}

TEST_CASE("records are at least half of a file, whatever their sizes") {
  std::mt19937_64 random(7);
  std::vector<size_t> sizes;
  for (int i = 0; i < 12; ++i) sizes.push_back(30 + random() % (i % 2 == 0 ? 100 : 5000));
  const PagedLog log(sizes);
  CHECK(log.bytes.size() <= log::kSegmentHeaderBytes + 2 * log.unsealed_bytes);
  CHECK(Reopen(log.options).records == log.records);
}

TEST_CASE("a sync serves all records before it, which stand one behind the other") {
  const TemporaryDirectory directory;
  const LogOptions options = OptionsFor(directory.File("log"));
  {
    Replayed opened = Reopen(options);
    REQUIRE(opened.log->Append(std::string(3000, 'a')).ok());
    REQUIRE(opened.log->WaitDurable(opened.log->Append(std::string(3000, 'b')).value()).ok());
    Write(opened.log.get(), "c");
  }
  std::vector<uint64_t> offsets;
  for (const Place& place : PlacesOf(options.directory)) offsets.push_back(place.offset);
  CHECK(offsets == std::vector<uint64_t>{48, 48 + 3024, 2 * log::kPageBytes});
}

TEST_CASE("a paged log cut at any byte loses what was cut and nothing else") {
  const PagedLog log(kSizes);
  for (size_t size = 0; size < log.bytes.size(); size += size % 61 + 1) {
    for (const bool zeros : {false, true}) {
      INFO("cut at " << size << (zeros ? ", zeros behind" : ""));
      std::string bytes = log.bytes.substr(0, size);
      if (zeros) bytes.resize(log.bytes.size() + 2 * log::kPageBytes, '\0');
      const Replayed replayed = log.ReadAs(bytes);
      CHECK(replayed.records == log.Before(size));
      CHECK(replayed.report.losses_total == (log.IsNoticed(size) ? 1 : 0));
      for (const LogLoss& loss : replayed.report.losses) CHECK(loss.kind == Kind::kTorn);
    }
  }
}

TEST_CASE("a changed byte between records loses none, and is told if it is the mark's") {
  const PagedLog log(kSizes);
  const uint64_t mark_end = log.places[0].end + log::kRecordHeaderBytes;
  for (uint64_t at = log.places[0].end; at < log.places[1].offset; at += at < mark_end ? 1 : 97) {
    INFO("byte " << at);
    std::string bytes = log.bytes;
    bytes[at] ^= 1;
    const Replayed replayed = log.ReadAs(bytes);
    CHECK(replayed.records == log.records);
    REQUIRE(replayed.report.losses.size() == (at < mark_end ? 1 : 0));
    if (at >= mark_end) continue;
    CHECK(replayed.report.losses[0].kind == Kind::kDamaged);
    CHECK(replayed.report.losses[0].offset == log.places[0].end);
    CHECK(replayed.report.losses[0].length == log.places[1].offset - log.places[0].end);
  }
}

TEST_CASE(
    "a changed header behind passed-over bytes loses its record, and is told with its sequence") {
  const PagedLog log(kSizes);
  std::string bytes = log.bytes;
  bytes[log.places[1].offset + 5] ^= 0x10;
  Replayed replayed = log.ReadAs(bytes);
  Records expected = log.records;
  expected.erase(2);
  CHECK(replayed.records == expected);
  REQUIRE(replayed.report.losses.size() == 1);
  const LogLoss& loss = replayed.report.losses[0];
  CHECK(loss.kind == Kind::kDamaged);
  CHECK(loss.first_sequence == 2);
  CHECK(loss.last_sequence == 2);
  CHECK(loss.offset == log.places[1].offset);
  CHECK(loss.offset + loss.length == log.places[1].end);  // where the mark behind it stands
}

TEST_CASE("a record that zeros took the place of is missed, not taken for the end of a page") {
  const PagedLog log(kSizes);
  std::string bytes = log.bytes;
  for (uint64_t at = log.places[1].offset; at < log.places[2].offset; ++at) bytes[at] = '\0';
  const Replayed replayed = log.ReadAs(bytes);
  CHECK(replayed.records.size() == log.records.size() - 1);
  REQUIRE(replayed.report.losses.size() == 1);
  CHECK(replayed.report.losses[0].first_sequence == 2);
}

}  // namespace silverback
