#include "tools/terminal/graph.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fmt/format.h>
#include <limits>

#include "tools/terminal/table.h"

namespace silverback {
namespace {

constexpr int kColours[] = {36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91};

/// The dots of one character cell, and the series that set one of them last.
struct Cell {
  uint8_t dots = 0;
  size_t series = 0;
};

class Canvas {
 public:
  Canvas(size_t width, size_t height) : width_(width), height_(height), cells_(width * height) {}

  void Dot(size_t x, size_t y, size_t series) {  // in dots, from the top left
    static constexpr uint8_t kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (x >= width_ * 2 || y >= height_ * 4) return;
    Cell& cell = cells_[y / 4 * width_ + x / 2];
    cell.dots |= kBits[y % 4][x % 2];
    cell.series = series;
  }

  std::string Line(size_t row, bool colour) const {
    std::string out;
    for (size_t x = 0; x < width_; ++x) {
      const Cell& cell = cells_[row * width_ + x];
      if (cell.dots == 0) {
        out += ' ';
        continue;
      }
      const uint32_t code = 0x2800u + cell.dots;
      std::string glyph{static_cast<char>(0xe0 | (code >> 12)),
                        static_cast<char>(0x80 | ((code >> 6) & 0x3f)),
                        static_cast<char>(0x80 | (code & 0x3f))};
      out += colour ? fmt::format("\x1b[{}m{}\x1b[0m", kColours[cell.series % std::size(kColours)],
                                  glyph)
                    : glyph;
    }
    return out;
  }

 private:
  size_t width_;
  size_t height_;
  std::vector<Cell> cells_;
};

struct ValueRange {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

ValueRange RangeOf(const std::vector<GraphSeries>& series) {
  ValueRange range;
  for (const GraphSeries& one : series) {
    for (const double value : one.values) {
      if (!std::isfinite(value)) continue;
      range.low = std::min(range.low, value);
      range.high = std::max(range.high, value);
    }
  }
  if (range.low == range.high) {
    range.low -= 1;
    range.high += 1;
  }
  return range;
}

std::string DateOf(TimestampMs time_ms) {
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

void Plot(const GraphSeries& one, size_t index, TimeRange range, ValueRange values, size_t width,
          size_t height, Canvas* canvas) {
  const double span_ms = std::max<double>(1, static_cast<double>(range.max_ms - range.min_ms));
  const auto columns = static_cast<double>(width * 2 - 1);
  const auto rows = static_cast<double>(height * 4 - 1);
  bool linked = false;
  size_t last_y = 0;
  for (size_t i = 0; i < one.values.size(); ++i) {
    if (!std::isfinite(one.values[i]) || !range.Contains(one.times[i])) {
      linked = false;
      continue;
    }
    const double across = static_cast<double>(one.times[i] - range.min_ms) / span_ms;
    const double up = (one.values[i] - values.low) / (values.high - values.low);
    const auto x = static_cast<size_t>(across * columns + 0.5);
    const auto y = static_cast<size_t>((1 - up) * rows + 0.5);
    canvas->Dot(x, y, index);
    if (linked) {
      for (size_t step = std::min(y, last_y); step <= std::max(y, last_y); ++step) {
        canvas->Dot(x, step, index);
      }
    }
    linked = true;
    last_y = y;
  }
}

}  // namespace

std::string DrawGraph(const std::vector<GraphSeries>& series, TimeRange range,
                      const GraphOptions& options) {
  const ValueRange values = RangeOf(series);
  if (!(values.low < values.high)) return "(nothing to draw: no finite values)\n";
  Canvas canvas(options.width, options.height);
  for (size_t i = 0; i < series.size(); ++i) {
    Plot(series[i], i, range, values, options.width, options.height, &canvas);
  }
  std::string out;
  for (size_t row = 0; row < options.height; ++row) {
    const bool labelled = row == 0 || row + 1 == options.height || row == options.height / 2;
    const double share =
        1 - static_cast<double>(row) / static_cast<double>(std::max<size_t>(1, options.height - 1));
    const double value = values.low + share * (values.high - values.low);
    out += fmt::format("{:>10} {} {}\n", labelled ? FormatCount(value) : "", labelled ? "┤" : "│",
                       canvas.Line(row, options.colour));
  }
  const std::string left = DateOf(range.min_ms);
  const std::string right = DateOf(range.max_ms);
  const size_t gap =
      options.width > left.size() + right.size() ? options.width - left.size() - right.size() : 1;
  out += fmt::format("{:>10} └ {}{}{}\n", "", left, std::string(gap, ' '), right);
  for (size_t i = 0; i < series.size() && i < options.max_legend; ++i) {
    const std::string mark =
        options.colour ? fmt::format("\x1b[{}m━\x1b[0m", kColours[i % std::size(kColours)]) : "-";
    out += fmt::format("{:>10}   {} {}\n", "", mark, series[i].name);
  }
  if (series.size() > options.max_legend) {
    out += fmt::format("{:>10}   ({} more)\n", "", series.size() - options.max_legend);
  }
  return out;
}

}  // namespace silverback
