#include "bench/compare/svg.h"

#include <array>
#include <fmt/format.h>

namespace silverback {

std::string EscapeSvgText(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '&')
      escaped += "&amp;";
    else
      escaped += c;
  }
  return escaped;
}

std::string SvgHead(int width, int height, int font_size, const std::string& title) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" "
      "font-family=\"sans-serif\" font-size=\"{}\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"8\" y=\"20\" "
      "font-size=\"14\">{}</text>\n",
      width, height, font_size, EscapeSvgText(title));
}

const char* SvgColour(size_t i) {
  constexpr std::array<const char*, 4> kColours = {"#3465a4", "#c4702b", "#4e9a06", "#75507b"};
  return kColours[i % kColours.size()];
}

}  // namespace silverback
