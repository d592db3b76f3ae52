// Damaged files under a server: what is whole is answered, what is not is told.
#include <filesystem>
#include <fstream>
#include <rocksdb/sst_file_reader.h>

#include "serve_fixture.h"

#include "engine/store/calendar.h"

namespace silverback::testing {
namespace {

/// A server that can be stopped and started on the same directory.
class Restarted {
 public:
  void Start() {
    ServeOptions options;
    FlagTable table(&options);
    REQUIRE(table
                .Parse({"--storage.tsdb.path=" + directory_.File("data"),
                        "--web.listen-address=127.0.0.1:0", "--web.enable-admin-api"})
                .ok());
    auto started = RunningServer::Start(options, {});
    INFO(MessageOf(started.status()));
    REQUIRE(started.ok());
    server_ = std::move(started).value();
  }
  void Stop() { server_.reset(); }
  RawAnswer Ask(const std::string& bytes) { return RawClient(server_->port()).Ask(bytes); }
  int Write(const std::string& message) {
    const std::string body = Snappy(message);
    return Ask(fmt::format("POST /api/v1/write HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}",
                           body.size(), body))
        .status;
  }
  /// Flips a bit near the beginning of every table file of parts: in its first block of rows.
  int Damage() {
    int files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(directory_.File("data") + "/store")) {
      if (entry.path().extension() != ".sst" || !IsOfParts(entry.path())) continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(20);
      const int byte = file.get() ^ 1;
      file.seekp(20);
      file.put(static_cast<char>(byte));
      ++files;
    }
    return files;
  }

 private:
  /// Table files of parts are written outside of RocksDB, which writes a family's name into its own (of labels, say).
  static bool IsOfParts(const std::string& path) {
    rocksdb::SstFileReader reader{rocksdb::Options()};
    REQUIRE(reader.Open(path).ok());
    return reader.GetTableProperties()->column_family_name.empty();
  }

  TemporaryDirectory directory_;
  std::unique_ptr<RunningServer> server_;
};

TEST_CASE("a damaged block is a warning in the answer that names series and time") {
  Restarted server;
  server.Start();
  const int64_t now = WallClockMs() / 1000 * 1000;
  const LabelPairs labels = {{"__name__", "worn"}, {"job", "a"}};
  REQUIRE(server.Write(SeriesField(labels, {{now - 60000, 1}, {now - 45000, 2}})) == 204);
  REQUIRE(server.Ask(RawClient::PostForm("/api/v1/admin/seal", "")).status == 200);
  REQUIRE(server.Write(SeriesField(labels, {{now - 30000, 3}})) == 204);
  server.Stop();
  REQUIRE(server.Damage() > 0);
  server.Start();
  for (const std::string& query :
       {fmt::format("/api/v1/query_range?query=worn&start={}&end={}&step=15", now / 1000 - 60,
                    now / 1000 - 30),
        fmt::format("/api/v1/query?query={}&time={}", Encode("worn[2m]"), now / 1000)}) {
    const RawAnswer answer = server.Ask(RawClient::Get(query));
    INFO(answer.text());
    REQUIRE(answer.status == 200);
    const Json json = Json::parse(answer.text());
    CHECK(json["status"] == "success");
    const Json& result = json["data"]["result"];
    REQUIRE(result.size() == 1);
    CHECK(result[0]["metric"]["__name__"] == "worn");
    CHECK(result[0]["values"] == Json::array({Json::array({now / 1000 - 30, "3"})}));
    REQUIRE(json["warnings"].size() >= 1);
    const std::string warning = json["warnings"][0];
    CHECK(warning.find("worn") != std::string::npos);
    CHECK(warning.find("job=\"a\"") != std::string::npos);
    CHECK(warning.find(FormatTime(now - 60000)) != std::string::npos);
  }
}

}  // namespace
}  // namespace silverback::testing
