// What charts are made of.
#pragma once

#include <cstddef>
#include <string>

namespace silverback {

/// `text` with the characters replaced that would open an element or an entity.
std::string EscapeSvgText(const std::string& text);

/// The beginning of a document on white, with its title; "</svg>" ends it.
std::string SvgHead(int width, int height, int font_size, const std::string& title);

/// The colour of contender, curve or peer `i`.
const char* SvgColour(size_t i);

}  // namespace silverback
