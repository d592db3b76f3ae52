// Tables in the terminal.
#pragma once

#include <string>
#include <vector>

namespace silverback {

/// Rows of text under a header, columns as wide as their widest cell (counted in code points).
/// Columns whose header begins with '>' are aligned to the right (the '>' is not shown). A row may
/// be shorter than the header.
std::string FormatTable(const std::vector<std::string>& header,
                        const std::vector<std::vector<std::string>>& rows);

/// 1234567 -> "1.23 M"; 999 -> "999".
std::string FormatCount(double count);
/// 1536 -> "1.5 KiB".
std::string FormatBytes(double bytes);
/// Milliseconds for people: "0.42 ms", "17 ms", "1.25 s".
std::string FormatMilliseconds(double ms);

/// Code points in a UTF-8 text: the columns that it takes, if no wide characters are in it.
size_t DisplayWidth(const std::string& text);

}  // namespace silverback
