// silverback backup create | list | verify | restore
#include <cstdio>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "engine/backup/repository.h"
#include "engine/base/clock.h"
#include "query/api/rfc3339.h"
#include "tools/commands/admin_target.h"
#include "tools/commands/arguments.h"
#include "tools/commands/command.h"
#include "tools/commands/commands.h"
#include "tools/commands/scratch_folder.h"
#include "tools/commands/upkeep_progress.h"
#include "tools/terminal/table.h"

namespace silverback {
namespace {

struct BackupArguments {
  AdminArguments source;
  std::string repository;
  std::string id = "latest";
  std::string target;
  bool all = false;
  bool json = false;
};

BackupProgress ByteProgress(const ProgressFunction& progress, std::string stage) {
  return [progress, stage = std::move(stage)](uint64_t done, uint64_t total) {
    progress(stage, done, total);
  };
}

nlohmann::json ToJson(const Backup& backup) {
  return {{"id", backup.id},
          {"created", FormatRfc3339(backup.created_ms)},
          {"files", backup.files.size()},
          {"bytes", backup.bytes()}};
}

/// 0 or 1; an error if it could not be done.
StatusOr<int> Create(const BackupArguments& arguments) {
  ASSIGN_OR_RETURN(
      BackupRepository repository,
      BackupRepository::Open(FileSystem::Posix(), arguments.repository, /*create=*/true));
  ASSIGN_OR_RETURN(auto target, OpenAdminTarget(arguments.source, /*read_only=*/false));
  ASSIGN_OR_RETURN(const std::string scratch, target->ScratchDirectory());
  const TimestampMs now_ms = WallClockMs();
  const ScratchFolder snapshot(JoinPath(scratch, fmt::format("backup-{}", now_ms)));
  RETURN_IF_ERROR(FileSystem::Posix()->CreateDirectories(scratch));
  StatusOr<BackupReport> report = BackupReport{};
  {
    UpkeepProgress progress(arguments.json);
    RETURN_IF_ERROR(target->Snapshot(snapshot.path(), progress.function()));
    report = repository.Add(snapshot.path(), now_ms, ByteProgress(progress.function(), "copying"));
  }
  RETURN_IF_ERROR(report.status());
  if (arguments.json) {
    nlohmann::json json = ToJson(report->backup);
    json["filesNew"] = report->files_new;
    json["bytesNew"] = report->bytes_new;
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf("backup %s: %zu files, %s; new: %llu files, %s\n", report->backup.id.c_str(),
                report->backup.files.size(),
                FormatBytes(static_cast<double>(report->backup.bytes())).c_str(),
                static_cast<unsigned long long>(report->files_new),
                FormatBytes(static_cast<double>(report->bytes_new)).c_str());
  }
  return kExitDone;
}

StatusOr<int> List(const BackupArguments& arguments) {
  ASSIGN_OR_RETURN(
      BackupRepository repository,
      BackupRepository::Open(FileSystem::Posix(), arguments.repository, /*create=*/false));
  ASSIGN_OR_RETURN(const std::vector<Backup> backups, repository.List());
  nlohmann::json json = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows;
  for (const Backup& backup : backups) {
    json.push_back(ToJson(backup));
    rows.push_back({backup.id, FormatRfc3339(backup.created_ms),
                    std::to_string(backup.files.size()),
                    FormatBytes(static_cast<double>(backup.bytes()))});
  }
  const std::string text =
      arguments.json ? json.dump() + "\n" : FormatTable({"id", "created", ">files", ">size"}, rows);
  std::fputs(text.c_str(), stdout);
  return kExitDone;
}

StatusOr<int> Verify(const BackupArguments& arguments) {
  ASSIGN_OR_RETURN(
      BackupRepository repository,
      BackupRepository::Open(FileSystem::Posix(), arguments.repository, /*create=*/false));
  std::vector<Backup> backups;
  if (arguments.all) {
    ASSIGN_OR_RETURN(backups, repository.List());
  } else {
    ASSIGN_OR_RETURN(backups.emplace_back(), repository.Find(arguments.id));
  }
  std::vector<BackupFinding> findings;
  {
    UpkeepProgress progress(arguments.json);
    for (const Backup& backup : backups) {
      ASSIGN_OR_RETURN(auto found, repository.Verify(backup, ByteProgress(progress.function(),
                                                                          "reading " + backup.id)));
      findings.insert(findings.end(), found.begin(), found.end());
    }
  }
  nlohmann::json json{{"backups", backups.size()}, {"findings", nlohmann::json::array()}};
  for (const BackupFinding& finding : findings) {
    json["findings"].push_back(
        {{"backup", finding.backup}, {"path", finding.path}, {"what", finding.what}});
    if (!arguments.json) {
      std::printf("%s: %s: %s\n", finding.backup.c_str(), finding.path.c_str(),
                  finding.what.c_str());
    }
  }
  if (arguments.json) {
    std::printf("%s\n", json.dump().c_str());
  } else {
    std::printf(
        "read %zu backups: %s\n", backups.size(),
        findings.empty() ? "all is well" : fmt::format("{} findings", findings.size()).c_str());
  }
  return findings.empty() ? kExitDone : kExitFailed;
}

StatusOr<int> Restore(const BackupArguments& arguments) {
  ASSIGN_OR_RETURN(
      BackupRepository repository,
      BackupRepository::Open(FileSystem::Posix(), arguments.repository, /*create=*/false));
  ASSIGN_OR_RETURN(const Backup backup, repository.Find(arguments.id));
  {
    UpkeepProgress progress(arguments.json);
    RETURN_IF_ERROR(repository.Restore(backup, arguments.target,
                                       ByteProgress(progress.function(), "restoring")));
  }
  const std::string text = arguments.json
                               ? ToJson(backup).dump()
                               : fmt::format("restored {} into {}", backup.id, arguments.target);
  std::puts(text.c_str());
  return kExitDone;
}

}  // namespace

int RunBackupCommand(int argc, char** argv) {
  BackupArguments arguments;
  CLI::App app(
      "Backups of a database in a repository: a folder in which each content is stored once.\n\n"
      "Example: silverback backup create --data /var/lib/silverback --repository "
      "/backup/silverback",
      "silverback backup");
  app.require_subcommand(1);
  const auto command = [&](const char* name, const char* help) {
    CLI::App* sub = app.add_subcommand(name, help);
    sub->add_option("--repository", arguments.repository, "The folder that holds the backups")
        ->required();
    sub->add_flag("--json", arguments.json, "Print the outcome as JSON, no progress");
    return sub;
  };
  CLI::App* create = command(
      "create", "Add a backup of everything acknowledged so far; a server may go on ingesting");
  arguments.source.AddTo(create);
  CLI::App* list = command("list", "List the backups, oldest first");
  CLI::App* verify =
      command("verify", "Read what a backup needs and compare it with its checksums");
  verify->add_option("--id", arguments.id, "Which backup")->capture_default_str();
  verify->add_flag("--all", arguments.all, "Every backup");
  CLI::App* restore = command("restore", "Write a backup into a new data directory");
  restore->add_option("--id", arguments.id, "Which backup")->capture_default_str();
  restore->add_option("--target", arguments.target, "The new data directory")->required();
  if (const auto exit_code = ParseCommand(&app, argc, argv)) return *exit_code;
  const StatusOr<int> outcome = create->parsed()   ? Create(arguments)
                                : list->parsed()   ? List(arguments)
                                : verify->parsed() ? Verify(arguments)
                                                   : Restore(arguments);
  return outcome.ok() ? *outcome : ReportFailure("backup", outcome.status());
}

}  // namespace silverback
