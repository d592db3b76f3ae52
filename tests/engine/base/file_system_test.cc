#include "engine/base/file_system.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

FileSystem* const kPosix = FileSystem::Posix();

TEST_CASE("a file written at offsets reads back, holes and preallocated bytes as zeros") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("a");
  auto file = kPosix->OpenForWrite(path, WriteMode::kCreateNew);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append("ab").ok());
  REQUIRE((*file)->WriteAt(4, "xy").ok());
  REQUIRE((*file)->Append("c").ok());
  REQUIRE((*file)->Preallocate(8).ok());
  REQUIRE((*file)->Sync().ok());
  REQUIRE((*file)->Close().ok());
  CHECK(ReadWholeFile(kPosix, path, 100).value() == std::string("abc\0xy\0\0", 8));
  CHECK(kPosix->FileSize(path).value() == 8);
}

TEST_CASE("the write mode decides about an existing file") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("a");
  REQUIRE(WriteFileDurably(kPosix, path, "old").ok());
  CHECK_FALSE(kPosix->OpenForWrite(path, WriteMode::kCreateNew).ok());

  auto kept = kPosix->OpenForWrite(path, WriteMode::kKeep);
  REQUIRE(kept.ok());
  REQUIRE((*kept)->Append("er").ok());
  CHECK(ReadWholeFile(kPosix, path, 100).value() == "older");

  REQUIRE(kPosix->OpenForWrite(path, WriteMode::kTruncate).ok());
  CHECK(ReadWholeFile(kPosix, path, 100).value().empty());
}

TEST_CASE("a read past the end is short, and a file longer than allowed is refused") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("a");
  REQUIRE(WriteFileDurably(kPosix, path, "hello").ok());
  auto file = kPosix->OpenForRead(path);
  REQUIRE(file.ok());
  char bytes[10];
  CHECK((*file)->ReadAt(3, 10, bytes).value() == 2);
  CHECK((*file)->ReadAt(9, 10, bytes).value() == 0);
  CHECK(absl::IsResourceExhausted(ReadWholeFile(kPosix, path, 4).status()));
}

TEST_CASE("directories are made with what is missing above them, listed in order, and removed") {
  const TemporaryDirectory directory;
  const std::string deep = directory.File("x/y/z");
  REQUIRE(kPosix->CreateDirectories(deep).ok());
  REQUIRE(kPosix->CreateDirectories(deep).ok());
  REQUIRE(WriteFileDurably(kPosix, JoinPath(deep, "b"), "1").ok());
  REQUIRE(WriteFileDurably(kPosix, JoinPath(deep, "a"), "2").ok());
  CHECK(kPosix->List(deep).value() == std::vector<std::string>{"a", "b"});
  REQUIRE(kPosix->Rename(JoinPath(deep, "a"), JoinPath(deep, "b")).ok());
  CHECK(ReadWholeFile(kPosix, JoinPath(deep, "b"), 10).value() == "2");
  REQUIRE(kPosix->Remove(JoinPath(deep, "b")).ok());
  REQUIRE(kPosix->RemoveDirectory(deep).ok());
  CHECK_FALSE(kPosix->Exists(deep));
  CHECK(kPosix->Exists(directory.path()));
  CHECK(kPosix->FreeBytes(directory.path()).value() > 0);
}

TEST_CASE("errors name the operation and the path") {
  const TemporaryDirectory directory;
  const std::string missing = directory.File("missing");
  const Status status = kPosix->OpenForRead(missing).status();
  CHECK(absl::IsNotFound(status));
  CHECK(std::string(MessageOf(status)).find(missing) != std::string::npos);
  CHECK(absl::IsNotFound(kPosix->List(missing).status()));
  CHECK(absl::IsNotFound(kPosix->Remove(missing)));
  REQUIRE(WriteFileDurably(kPosix, missing, "now a file").ok());
  CHECK_FALSE(kPosix->CreateDirectories(missing).ok());
  CHECK_FALSE(kPosix->CreateDirectories(JoinPath(missing, "below")).ok());
}

TEST_CASE("a lock excludes a second holder until it is released") {
  const TemporaryDirectory directory;
  auto lock = kPosix->Lock(directory.File("LOCK"));
  REQUIRE(lock.ok());
  CHECK(absl::IsFailedPrecondition(kPosix->Lock(directory.File("LOCK")).status()));
  lock->reset();
  CHECK(kPosix->Lock(directory.File("LOCK")).ok());
}

TEST_CASE("paths are joined and split at the last slash") {
  CHECK(JoinPath("a", "b") == "a/b");
  CHECK(JoinPath("a/", "b") == "a/b");
  CHECK(JoinPath("", "b") == "b");
  CHECK(DirectoryOf("a/b") == "a");
  CHECK(DirectoryOf("a/b/") == "a");
  CHECK(DirectoryOf("b") == ".");
  CHECK(DirectoryOf("/b") == "/");
  CHECK(DirectoryOf("/") == "/");
}

}  // namespace
}  // namespace silverback
