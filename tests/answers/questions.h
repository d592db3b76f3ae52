// What is asked: the data files' expressions, each as an instant and as a range query.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace silverback::answers {

enum class Kind { kInstant, kRange };

std::string NameOf(Kind kind);
std::string PathOf(Kind kind);
/// The form of the request.
std::vector<std::pair<std::string, std::string>> ParametersOf(Kind kind, const std::string& query);

/// The files of expressions (NAME.txt) in order of name; answers stand beside them (NAME.jsonl).
std::vector<std::filesystem::path> QueryFiles(const std::string& directory);
/// An expression a line; empty lines and those that begin with # do not count.
std::vector<std::string> ReadQueries(const std::filesystem::path& file);

}  // namespace silverback::answers
