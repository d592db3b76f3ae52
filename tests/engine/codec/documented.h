// The examples of docs/format, so that documentation and code cannot part.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace silverback {

/// The bytes of the fenced block "```hex NAME" in docs/format/FILE; what follows a # is comment.
inline std::string DocumentedBytes(const std::string& file, const std::string& name) {
  std::ifstream in(std::string(SILVERBACK_FORMAT_DOCS) + "/" + file);
  std::string line;
  while (std::getline(in, line) && line != "```hex " + name) {
  }
  std::string bytes;
  while (std::getline(in, line) && line != "```") {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) {
      bytes.push_back(static_cast<char>(std::stoi(word, nullptr, 16)));
    }
  }
  if (bytes.empty()) throw std::runtime_error("no example " + name + " in " + file);
  return bytes;
}

}  // namespace silverback
