// Text inside an SVG document.
#pragma once

#include <string>

namespace silverback {

/// `text` with the characters replaced that would open an element or an entity.
std::string EscapeSvgText(const std::string& text);

}  // namespace silverback
