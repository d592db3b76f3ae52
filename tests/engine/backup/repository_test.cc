#include "engine/backup/repository.h"

#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

void Write(const std::string& path, const std::string& text) {
  REQUIRE(FileSystem::Posix()->CreateDirectories(DirectoryOf(path)).ok());
  std::ofstream(path, std::ios::binary) << text;
}

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Fixture {
  TemporaryDirectory directory;
  std::string source = directory.File("source");
  std::string path = directory.File("repository");

  Fixture() {
    Write(source + "/CURRENT", "one");
    Write(source + "/wal/1.wal", std::string(3'000'000, 'w'));
    Write(source + "/empty", "");
  }
  BackupRepository Open() {
    auto repository = BackupRepository::Open(FileSystem::Posix(), path, /*create=*/true);
    REQUIRE(repository.ok());
    return *std::move(repository);
  }
  Backup Add(TimestampMs now) {
    auto report = Open().Add(source, now, {});
    REQUIRE(report.ok());
    return report->backup;
  }
};

TEST_CASE("what was backed up comes back") {
  Fixture f;
  const Backup backup = f.Add(1000);
  const std::string target = f.directory.File("target");
  REQUIRE(f.Open().Restore(backup, target, {}).ok());
  REQUIRE(Read(target + "/CURRENT") == "one");
  REQUIRE(Read(target + "/wal/1.wal") == std::string(3'000'000, 'w'));
  REQUIRE(FileSystem::Posix()->Exists(target + "/empty"));
  REQUIRE_FALSE(FileSystem::Posix()->Exists(target + "/RESTORE-UNFINISHED"));
}

TEST_CASE("a second backup stores only what is new, and the first stays what it was") {
  Fixture f;
  const Backup first = f.Add(1000);
  Write(f.source + "/CURRENT", "two");
  auto report = f.Open().Add(f.source, 2000, {});
  REQUIRE(report.ok());
  REQUIRE(report->files_new == 1);
  REQUIRE(report->bytes_new == 3);
  const auto listed = f.Open().List();
  REQUIRE(listed.ok());
  REQUIRE(listed->size() == 2);
  REQUIRE(f.Open().Find("latest")->id == report->backup.id);
  const std::string target = f.directory.File("target");
  REQUIRE(f.Open().Restore(*f.Open().Find(first.id), target, {}).ok());
  REQUIRE(Read(target + "/CURRENT") == "one");
}

TEST_CASE("damage in a content is found by verify and refused by restore") {
  Fixture f;
  const Backup backup = f.Add(1000);
  REQUIRE(f.Open().Verify(backup, {})->empty());
  const auto names = FileSystem::Posix()->List(f.path + "/files");
  for (const std::string& name : *names) {
    if (!name.ends_with("-3000000")) continue;
    std::string bytes = Read(f.path + "/files/" + name);
    bytes[1234] ^= 1;
    Write(f.path + "/files/" + name, bytes);
  }
  const auto findings = f.Open().Verify(backup, {});
  REQUIRE(findings->size() == 1);
  REQUIRE(findings->front().path == "wal/1.wal");
  const Status restored = f.Open().Restore(backup, f.directory.File("target"), {});
  REQUIRE(absl::IsDataLoss(restored));
}

TEST_CASE("a restore into a folder that holds something is refused") {
  Fixture f;
  const Backup backup = f.Add(1000);
  REQUIRE(absl::IsFailedPrecondition(f.Open().Restore(backup, f.source, {})));
}

TEST_CASE("a folder with something else in it does not become a repository") {
  Fixture f;
  REQUIRE(absl::IsFailedPrecondition(
      BackupRepository::Open(FileSystem::Posix(), f.source, true).status()));
  REQUIRE(absl::IsNotFound(BackupRepository::Open(FileSystem::Posix(), f.path, false).status()));
}

TEST_CASE("an unknown id is refused with the ids that there are") {
  Fixture f;
  const Backup backup = f.Add(1000);
  const Status status = f.Open().Find("nosuch").status();
  REQUIRE(absl::IsNotFound(status));
  REQUIRE(MessageOf(status).find(backup.id) != std::string_view::npos);
}

TEST_CASE("a manifest is the text that docs/format/backup.md shows") {
  const std::string page = Read(std::string(SILVERBACK_FORMAT_DOCS) + "/backup.md");
  const std::string fence = "```manifest\n";
  const size_t begin = page.find(fence) + fence.size();
  const std::string documented = page.substr(begin, page.find("```", begin) - begin);
  const Backup backup{
      .id = "20261124T135000Z-1f0c2a9b",
      .created_ms = 1'795'528'200'000,
      .files = {{"store/CURRENT", 3, Hash128("one")}, {"store/LOCK", 0, Hash128("")}}};
  CHECK(EncodeManifest(backup) == documented);
  const auto decoded = DecodeManifest(documented);
  REQUIRE(decoded.ok());
  CHECK(decoded->files[0].hash == backup.files[0].hash);
  CHECK(EncodeManifest(*decoded) == documented);
}

TEST_CASE("a manifest is whole or refused, at every length and with every byte changed") {
  const Backup backup{
      .id = "x", .created_ms = 5, .files = {{"a b/c", 7, {1, 2}}, {"d", 0, {3, 4}}}};
  const std::string text = EncodeManifest(backup);
  const auto decoded = DecodeManifest(text);
  REQUIRE(decoded.ok());
  REQUIRE(decoded->files.size() == 2);
  REQUIRE(decoded->files[0].path == "a b/c");
  REQUIRE(EncodeManifest(*decoded) == text);
  for (size_t i = 0; i < text.size(); ++i) {
    REQUIRE_FALSE(DecodeManifest(text.substr(0, i)).ok());
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    REQUIRE_FALSE(DecodeManifest(changed).ok());
  }
}

TEST_CASE("a manifest cannot write outside the folder that is restored to") {
  for (const char* path : {"../x", "/x", "a/../../x", "a//x", ""}) {
    const Backup backup{.id = "x", .created_ms = 5, .files = {{path, 1, {1, 2}}}};
    REQUIRE_FALSE(DecodeManifest(EncodeManifest(backup)).ok());
  }
}

}  // namespace
}  // namespace silverback
