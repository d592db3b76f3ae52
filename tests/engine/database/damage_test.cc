// Damage: one bit of one file of a data directory is not what was written.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <spdlog/spdlog.h>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "engine/store/store.h"
#include "tests/support/database/harness.h"
#include "tests/support/temporary_directory.h"

namespace silverback {
namespace {

using namespace silverback::testing;
namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kOneIn = 6;  // of the positions
#else
constexpr int kOneIn = 1;
#endif

/// The kinds of files, by what their name ends in or begins with, and how many bits of each are flipped in all.
struct Kind {
  const char* what;
  const char* prefix;
  const char* suffix;
  int positions;
};
constexpr Kind kKinds[] = {
    {"table file", "store/", ".sst", 280},  {"manifest", "store/MANIFEST-", "", 70},
    {"current", "store/CURRENT", "", 16},   {"options", "store/OPTIONS-", "", 24},
    {"identity", "store/IDENTITY", "", 12}, {"RocksDB's log", "store/", ".log", 70},
    {"log segment", "wal/", ".wal", 80},
};

/// A directory with something in every kind of file.
class Original {
 public:
  Original() {
    {
      const auto database = MustOpen(Options(path()));
      Fill(database.get(), kNoon - 40 * kDay, 0);
      MustBeOk(database->Seal());
      Fill(database.get(), kNoon - 39 * kDay, 1);
      MustBeOk(database->Seal());
      MustBeOk(database->Compact({}));
    }
    Flush();
    {
      const auto database = MustOpen(Options(path()));
      Fill(database.get(), kNoon - 2 * kHour, 2);
      MustBeOk(database->Seal());
      Fill(database.get(), kNoon - kHour, 3);
      sealed_ = ReadAll(*database, {kMinTimestampMs, kNoon - kHour - 1});
      all_ = ReadAll(*database);
    }
  }

  static DatabaseOptions Options(const std::string& path) {
    DatabaseOptions options = TestOptions(path);
    options.block_cache_bytes = 1 << 20;
    return options;
  }
  const std::string& path() const { return path_; }
  const Contents& all() const { return all_; }
  /// What stands in parts: damage to the log cannot touch it.
  bool Sealed(const std::string& series, TimestampMs t) const {
    const auto at = sealed_.find(series);
    return at != sealed_.end() && at->second.contains(t);
  }

 private:
  static void Fill(Database* database, TimestampMs begin, int salt) {
    for (int i = 0; i < 3; ++i) {
      std::vector<Sample> samples;
      for (int k = 0; k < 40; ++k) {
        samples.push_back({begin + k * 15'000, i == 0 ? k * 1.5 : k * 0.1 + salt + i});
      }
      AddOne(database, i == 2 ? fmt::format("only_{}", salt) : "up", i, samples);
    }
    MustBeOk(database->PutMetadata(std::vector<MetricMetadata>{
        {.family = "up", .type = "gauge", .help = fmt::format("help {}", salt), .unit = ""}}));
  }
  // So that every family has a table file.
  void Flush() const {
    StoreOptions options;
    options.path = JoinPath(path(), "store");
    auto store = Store::Open(options);
    REQUIRE(store.ok());
    MustBeOk((*store)->Flush());
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_.File("original");
  Contents sealed_;
  Contents all_;
};

/// What became of one flipped bit.
enum class Outcome { kUnharmed, kRefused, kPartly };

class Reader {
 public:
  explicit Reader(const Original* original) : original_(original) {}

  Outcome Read(const std::string& path) {
    auto opened = Database::Open(Original::Options(path));
    if (!opened.ok()) {
      CHECK_FALSE(MessageOf(opened.status()).empty());
      return Outcome::kRefused;
    }
    const std::unique_ptr<Database> database = std::move(opened).value();
    log_is_damaged_ = database->Stats().wal_damaged_records > 0;
    (void)database->Metadata();
    (void)database->Verify({});
    const auto view = database->NewView();
    return view.ok() ? ReadView(**view) : Outcome::kRefused;
  }

 private:
  Outcome ReadView(const ReadView& view) {
    const auto series = view.Select({}, {});
    if (!series.ok()) return Outcome::kRefused;
    const auto labels = view.LabelsOf(*series);
    if (!labels.ok()) return Outcome::kRefused;
    auto cursor = view.Read(*series, {});
    if (!cursor.ok()) return Outcome::kRefused;
    std::map<std::string, SeriesId> ids;
    Contents found;
    SeriesRuns runs;
    for (size_t i = 0;; ++i) {
      const auto more = (*cursor)->Next(&runs);
      if (!more.ok()) return Outcome::kRefused;
      if (!*more) break;
      const std::string name = (*labels)[i].ToString();
      ids[name] = runs.series;
      for (const Run& run : runs.runs) {
        for (size_t row = 0; row < run.size(); ++row) {
          CHECK(found[name].emplace(run.times()[row], BitsOf(run.ValueAt(row))).second);
        }
      }
    }
    CheckNothingInvented(found);
    return CheckLosses(found, ids, (*cursor)->losses());
  }

  void CheckNothingInvented(const Contents& found) const {
    for (const auto& [name, samples] : found) {
      INFO(name);
      const auto expected = original_->all().find(name);
      REQUIRE(expected != original_->all().end());
      for (const auto& [t, bits] : samples) {
        INFO("time " << t);
        const auto sample = expected->second.find(t);
        REQUIRE(sample != expected->second.end());
        REQUIRE(sample->second == bits);
      }
    }
  }

  Outcome CheckLosses(const Contents& found, const std::map<std::string, SeriesId>& ids,
                      std::span<const ReadLoss> losses) const {
    Outcome outcome = Outcome::kUnharmed;
    const auto was_told = [&](const std::string& name, TimestampMs t) {
      if (log_is_damaged_ && !original_->Sealed(name, t)) return true;
      const auto id = ids.find(name);
      return std::any_of(losses.begin(), losses.end(), [&](const ReadLoss& loss) {
        const bool concerns = loss.series == 0 || (id != ids.end() && loss.series == id->second);
        return concerns && loss.range.Contains(t) && !loss.reason.empty();
      });
    };
    for (const auto& [name, samples] : original_->all()) {
      const auto at = found.find(name);
      for (const auto& [t, bits] : samples) {
        if (at != found.end() && at->second.contains(t)) continue;
        outcome = Outcome::kPartly;
        if (was_told(name, t)) continue;
        FAIL_CHECK("lost in silence: " << name << " at " << t);
        return outcome;
      }
    }
    return outcome;
  }

  const Original* const original_;
  bool log_is_damaged_ = false;
};

void Flip(const std::string& path, uint64_t offset, int bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const int byte = file.get() ^ (1 << bit);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte));
  file.close();
  REQUIRE(file.good());
}

TEST_CASE("a flipped bit in any file is refused, told, or harmless, and never a wrong value",
          "[faults]") {
  const auto level = spdlog::get_level();
  spdlog::set_level(spdlog::level::off);
  const Original original;
  const TemporaryDirectory scratch;
  const std::string copy = scratch.File("copy");
  int total = 0;
  for (const Kind& kind : kKinds) {
    std::map<std::string, uint64_t> files;
    for (const auto& entry : fs::recursive_directory_iterator(original.path())) {
      if (!entry.is_regular_file() || entry.file_size() == 0) continue;
      const std::string name = fs::relative(entry.path(), original.path()).string();
      if (name.starts_with(kind.prefix) && name.ends_with(kind.suffix)) {
        files[name] = entry.file_size();
      }
    }
    CAPTURE(kind.what);
    REQUIRE_FALSE(files.empty());
    std::map<Outcome, int> outcomes;
    const uint64_t each =
        std::max<uint64_t>(1, static_cast<uint64_t>(kind.positions) / files.size());
    for (const auto& [name, size] : files) {
      for (uint64_t k = 0; k < each; k += kOneIn) {
        const uint64_t offset = k * size / each;
        const int bit = static_cast<int>((k * 5 + offset) % 8);
        CAPTURE(name, offset, bit);
        fs::remove_all(copy);
        fs::copy(original.path(), copy, fs::copy_options::recursive);
        Flip(JoinPath(copy, name), offset, bit);
        ++outcomes[Reader(&original).Read(copy)];
        ++total;
      }
    }
    WARN(kind.what << ": " << files.size() << " files, unharmed " << outcomes[Outcome::kUnharmed]
                   << ", refused " << outcomes[Outcome::kRefused] << ", partly "
                   << outcomes[Outcome::kPartly]);
  }
  spdlog::set_level(level);
  CHECK(total * kOneIn >= 500);
}

}  // namespace
}  // namespace silverback
