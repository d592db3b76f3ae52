// Progress of a long command: a bar that redraws itself on a terminal, plain lines now and then
// elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace silverback {

/// How progress is shown.
enum class ProgressStyle : uint8_t { kBar, kLines, kSilent };

/// kBar if standard error is a terminal, kLines otherwise.
ProgressStyle DetectProgressStyle();

/// Writes to standard error; draws at most ten times a second (bar) or every five seconds (lines).
/// One thread at a time.
class Progress {
 public:
  Progress(std::string title, ProgressStyle style) : title_(std::move(title)), style_(style) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { Finish(); }

  /// `done` of `total` (0: unknown); `detail` is shown behind the figures.
  void Update(uint64_t done, uint64_t total, std::string_view detail = {});
  /// Draws the last state, unless it stands there already, and ends the line. Further calls do nothing.
  void Finish();

 private:
  void Draw();

  std::string title_;
  ProgressStyle style_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  std::string detail_;
  bool stale_ = false;  // the last state is not drawn yet
  bool started_ = false;
  bool finished_ = false;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace silverback
