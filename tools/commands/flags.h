// The table of `serve`'s flags: parsing, help, documentation and /api/v1/status/flags come from it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/status.h"
#include "tools/commands/serve_options.h"

namespace silverback {

/// One flag.
struct Flag {
  std::string name;  // without the dashes: "storage.tsdb.path"
  std::string
      placeholder;  // of the value: "DIR"; empty: a switch, which takes "--name" and "--no-name"
  std::string group;
  std::string help;
  bool repeats = false;  // may stand more than once
  /// Reads the value ("true" or "false" for a switch).
  std::function<Status(std::string_view)> set;
  /// The value now.
  std::function<std::string()> show;
};

/// The flags over one set of options. The options must outlive the table and not move.
class FlagTable {
 public:
  explicit FlagTable(ServeOptions* options);

  const std::vector<Flag>& flags() const { return flags_; }

  /// Reads "--name=value", "--name value", "--switch" and "--no-switch", then checks that the values fit each other.
  /// InvalidArgument, naming the flag and the reason, for anything else: unknown flags, flags given twice, bad values,
  /// contradictions.
  Status Parse(const std::vector<std::string>& arguments);

  /// The flags by group, with defaults. Call it before `Parse`: what it shows as defaults are the values now.
  std::string Help() const;
  /// The same as Markdown tables, for docs/flags.md.
  std::string Markdown() const;
  /// Name and value of every flag.
  std::vector<std::pair<std::string, std::string>> Values() const;

 private:
  void AddStorage();
  void AddLog();
  void AddQuery();
  void AddWeb();
  void AddRemoteWrite();
  void AddRemoteRead();
  void AddProcess();
  void Add(std::string name, std::string placeholder, std::string help,
           std::function<Status(std::string_view)> set, std::function<std::string()> show);
  void AddBytes(std::string name, std::string help, uint64_t* value);
  void AddDuration(std::string name, std::string help, int64_t* value);
  void AddCount(std::string name, std::string help, uint64_t min, uint64_t max,
                std::function<void(uint64_t)> set, std::function<uint64_t()> get);
  void AddSwitch(std::string name, std::string help, bool* value);
  Status Apply(const Flag& flag, std::string_view value);
  const Flag* Find(std::string_view name) const;

  ServeOptions* options_;
  std::string group_;
  std::vector<Flag> flags_;
  std::vector<std::string> given_;
};

}  // namespace silverback
