#include "tools/http/message.h"

#include <algorithm>

namespace silverback::http {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Calls `visit(element)` for each comma-separated element, trimmed.
template <typename Visit>
void ForEachElement(std::string_view list, const Visit& visit) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    visit(Trim(list.substr(0, end)));
    list.remove_prefix(std::min(list.size(), end + 1));
  }
}

/// "gzip" with any weight but 0.
bool IsGzip(std::string_view element) {
  const size_t end = std::min(element.find(';'), element.size());
  if (!EqualIgnoringCase(Trim(element.substr(0, end)), "gzip")) return false;
  std::string_view weight = Trim(element.substr(std::min(element.size(), end + 1)));
  if (!weight.starts_with("q=") && !weight.starts_with("Q=")) return true;
  weight.remove_prefix(2);
  return weight.find_first_not_of("0.") != std::string_view::npos;
}

}  // namespace

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Headers::Get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (EqualIgnoringCase(key, name)) return value;
  }
  return {};
}

bool Headers::Has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [name](const auto& field) { return EqualIgnoringCase(field.first, name); });
}

bool Headers::HasToken(std::string_view name, std::string_view token) const {
  bool found = false;
  for (const auto& [key, value] : fields_) {
    if (!EqualIgnoringCase(key, name)) continue;
    ForEachElement(value, [&](std::string_view element) {
      found = found || EqualIgnoringCase(element, token);
    });
  }
  return found;
}

bool RequestHead::keep_alive() const {
  if (headers.HasToken("Connection", "close")) return false;
  return minor_version >= 1 || headers.HasToken("Connection", "keep-alive");
}

bool AcceptsGzip(const Headers& headers) {
  bool accepts = false;
  ForEachElement(headers.Get("Accept-Encoding"),
                 [&accepts](std::string_view element) { accepts = accepts || IsGzip(element); });
  return accepts;
}

}  // namespace silverback::http
