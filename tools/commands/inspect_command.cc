// silverback inspect parts | part | block | timeline | family | key | log
#include <cstdio>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/clock.h"
#include "engine/store/describe.h"
#include "tools/commands/arguments.h"
#include "tools/commands/command.h"
#include "tools/commands/commands.h"
#include "tools/commands/data_directory.h"
#include "tools/commands/inspect_document.h"
#include "tools/commands/inspect_log.h"
#include "tools/commands/inspect_rows.h"
#include "tools/commands/inspect_store.h"

namespace silverback {
namespace {

constexpr uint64_t kMaxLimit = 100'000;

struct InspectArguments {
  std::string directory;
  bool snapshot = false;
  bool json = false;
  uint64_t limit = 50;
  uint64_t part = 0;
  bool codecs = false;
  std::string series;
  std::string time;
  bool samples = false;
  uint32_t ordinal = 0;
  std::string family;
  std::vector<std::string> words;
  std::string hex;
  uint64_t sequence = 0;
  uint64_t from = 0;
};

/// The subcommands, each with the options that it has.
struct Subcommands {
  CLI::App* parts = nullptr;
  CLI::App* part = nullptr;
  CLI::App* block = nullptr;
  CLI::App* timeline = nullptr;
  CLI::App* family = nullptr;
  CLI::App* key = nullptr;
  CLI::App* log = nullptr;

  void AddTo(CLI::App* app, InspectArguments* arguments);
};

void AddRowOptions(CLI::App* sub, InspectArguments* arguments) {
  sub->add_option("keys", arguments->words,
                  "The first fields of the keys that are shown: `job api` in postings, a part in "
                  "blocks, ... (`inspect family` says which)");
  sub->add_option("--hex", arguments->hex, "The same in hexadecimal digits");
}

void Subcommands::AddTo(CLI::App* app, InspectArguments* arguments) {
  const auto command = [&](const char* name, const char* help, const std::string& example) {
    CLI::App* sub = app->add_subcommand(name, help);
    sub->footer(fmt::format("\nExample: silverback inspect {} {} --data /var/lib/silverback", name,
                            example));
    sub->add_option("--data", arguments->directory, "The data directory")->required();
    sub->add_flag("--snapshot", arguments->snapshot,
                  "If a server holds it, look at a snapshot that the server takes");
    sub->add_flag("--json", arguments->json, "Print JSON");
    sub->add_option("--limit", arguments->limit, "Rows of a list at most")
        ->check(CLI::Range(uint64_t{1}, kMaxLimit))
        ->capture_default_str();
    return sub;
  };
  parts = command("parts", "The catalog: every part, live or dead", "--json");
  part = command("part", "A part's header, blocks and timelines", "17 --codecs");
  part->add_option("part", arguments->part, "Its id")->required();
  part->add_flag("--codecs", arguments->codecs,
                 "Count by what the values are stored (reads the part)");
  block = command("block", "The blocks of a series, field by field",
                  "--series 'up{job=\"node\"}' --time 2026-11-24T12:00:00Z --samples");
  block->add_option("--part", arguments->part, "Only in this part");
  block->add_option("--series", arguments->series, "Its id, or a selector of one series")
      ->required();
  block->add_option("--time", arguments->time,
                    "Only blocks that hold this time: Unix seconds or RFC 3339");
  block->add_flag("--samples", arguments->samples, "List the samples too");
  timeline = command("timeline", "A timeline, field by field", "--part 17 --ordinal 0 --times");
  timeline->add_option("--part", arguments->part, "Its part")->required();
  timeline->add_option("--ordinal", arguments->ordinal, "Its number in the part")->required();
  timeline->add_flag("--times", arguments->samples, "List the times too");
  family = command("family", "The families of the store, or the rows of one, a line each",
                   "postings job");
  family->add_option("family", arguments->family, "Its name");
  AddRowOptions(family, arguments);
  key = command("key", "Rows of a family, field by field", "series 300");
  key->add_option("family", arguments->family, "Its name")->required();
  AddRowOptions(key, arguments);
  log = command("log", "The log's segments and records, or one record, field by field",
                "--sequence 300");
  log->add_option("--sequence", arguments->sequence, "This record")->check(CLI::PositiveNumber);
  log->add_option("--from", arguments->from, "Records from this sequence on");
}

StatusOr<Document> InspectTheLog(const DataDirectory& directory,
                                 const InspectArguments& arguments) {
  const std::string log = JoinPath(directory.path(), "wal");
  if (arguments.sequence > 0) return InspectLogRecord(log, arguments.sequence, arguments.limit);
  const StatusOr<Store*> store = directory.store();
  std::optional<Sequence> sealed_through;
  if (store.ok()) sealed_through = (*store)->sealed_through();
  ASSIGN_OR_RETURN(Document document,
                   InspectLogFiles(log, arguments.from, sealed_through, arguments.limit));
  if (!store.ok()) {
    document.notes.push_back(
        fmt::format("What parts hold is not known: {}", MessageOf(store.status())));
  }
  return document;
}

StatusOr<Document> InspectAFamily(Store* store, const InspectArguments& arguments, bool fields) {
  if (arguments.family.empty()) return InspectFamilies(*store);
  Family family{};
  if (!FamilyNamed(arguments.family, &family)) {
    return InvalidArgument("there is no family '{}': `inspect family` lists them",
                           arguments.family);
  }
  if (!arguments.hex.empty() && !arguments.words.empty()) {
    return InvalidArgument("say the key in words or by --hex, not both");
  }
  ASSIGN_OR_RETURN(const std::string prefix, arguments.hex.empty()
                                                 ? KeyPrefix(family, arguments.words)
                                                 : ParseHex(arguments.hex));
  return InspectRows(store, family, prefix, fields, arguments.limit);
}

StatusOr<Document> InspectTheBlocks(Store* store, const InspectArguments& arguments, bool in_part) {
  BlockQuery query{.part = std::nullopt,
                   .series = arguments.series,
                   .time = std::nullopt,
                   .samples = arguments.samples};
  if (in_part) query.part = arguments.part;
  if (!arguments.time.empty()) {
    ASSIGN_OR_RETURN(query.time, ParseTimeArgument(arguments.time, WallClockMs()));
  }
  return InspectBlocks(store, query, arguments.limit);
}

StatusOr<Document> Inspect(const Subcommands& commands, const InspectArguments& arguments) {
  ASSIGN_OR_RETURN(const auto directory,
                   DataDirectory::Open(arguments.directory, arguments.snapshot));
  if (commands.log->parsed()) return InspectTheLog(*directory, arguments);
  ASSIGN_OR_RETURN(Store* const store, directory->store());
  if (commands.parts->parsed()) return InspectParts(store, arguments.limit);
  if (commands.part->parsed()) {
    return InspectPart(store, arguments.part, arguments.codecs, arguments.limit);
  }
  if (commands.block->parsed()) {
    return InspectTheBlocks(store, arguments, commands.block->count("--part") > 0);
  }
  if (commands.timeline->parsed()) {
    return InspectTimeline(store, arguments.part, arguments.ordinal, arguments.samples,
                           arguments.limit);
  }
  return InspectAFamily(store, arguments, commands.key->parsed());
}

}  // namespace

int RunInspectCommand(int argc, char** argv) {
  InspectArguments arguments;
  CLI::App app(
      "Shows what lies in a data directory, with offsets and meanings: parts, blocks, timelines, "
      "keys and log\nrecords (docs/format.md). It changes nothing. It says what it cannot read, "
      "with exit code 1; `silverback verify`\nis what looks for damage everywhere.\n\n"
      "Examples: silverback inspect parts --data /var/lib/silverback\n"
      "          silverback inspect block --data /var/lib/silverback --series 'up{job=\"node\"}' "
      "--time 2026-11-24T12:00:00Z\n"
      "          silverback inspect key postings job api --data /var/lib/silverback\n"
      "          silverback inspect log --sequence 300 --data /var/lib/silverback",
      "silverback inspect");
  app.require_subcommand(1);
  Subcommands commands;
  commands.AddTo(&app, &arguments);
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const StatusOr<Document> document = Inspect(commands, arguments);
  if (!document.ok()) return ReportFailure("inspect", document.status());
  // A name on disk can hold any bytes; JSON cannot.
  const std::string text =
      arguments.json
          ? ToJson(*document).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"
          : ToText(*document);
  std::fputs(text.c_str(), stdout);
  return document->damaged ? kExitFailed : kExitDone;
}

}  // namespace silverback
