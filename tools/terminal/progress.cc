#include "tools/terminal/progress.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>

namespace silverback {
namespace {

constexpr int kBarWidth = 32;

std::string BarOf(double share) {
  const int filled = static_cast<int>(share * kBarWidth + 0.5);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "·";
  return bar;
}

}  // namespace

ProgressStyle DetectProgressStyle() {
  return isatty(STDERR_FILENO) != 0 ? ProgressStyle::kBar : ProgressStyle::kLines;
}

void Progress::Update(uint64_t done, uint64_t total, std::string_view detail) {
  if (finished_ || style_ == ProgressStyle::kSilent) return;
  stale_ = true;
  done_ = done;
  total_ = total;
  detail_ = detail;
  using std::chrono::milliseconds, std::chrono::steady_clock;
  const auto pause = style_ == ProgressStyle::kBar ? milliseconds(100) : milliseconds(5000);
  const auto now = steady_clock::now();
  if (started_ && now - drawn_ < pause) return;
  started_ = true;
  drawn_ = now;
  Draw();
  stale_ = false;
}

void Progress::Finish() {
  if (finished_) return;
  finished_ = true;
  if (!started_) return;
  if (stale_) Draw();
  if (style_ == ProgressStyle::kBar) std::fputc('\n', stderr);
}

void Progress::Draw() {
  const double share =
      total_ == 0 ? 0 : std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  if (style_ == ProgressStyle::kBar) {
    const std::string line =
        fmt::format("\r{} {} {:5.1f} %  {}\x1b[K", title_, BarOf(share), share * 100, detail_);
    std::fputs(line.c_str(), stderr);
  } else {
    const std::string line = fmt::format("{}: {:.1f} %  {}\n", title_, share * 100, detail_);
    std::fputs(line.c_str(), stderr);
  }
  std::fflush(stderr);
}

}  // namespace silverback
