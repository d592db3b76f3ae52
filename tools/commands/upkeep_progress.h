// Progress of an engine operation, stage by stage.
#pragma once

#include <memory>
#include <string>

#include "engine/database/database.h"
#include "tools/terminal/progress.h"

namespace silverback {

/// Draws a bar for each stage that an operation reports. Outlives the functions that it hands out.
class UpkeepProgress {
 public:
  explicit UpkeepProgress(bool silent)
      : style_(silent ? ProgressStyle::kSilent : DetectProgressStyle()) {}

  ProgressFunction function() {
    return [this](std::string_view stage, uint64_t done, uint64_t total) {
      if (!bar_ || stage != stage_) {
        bar_.reset();  // ends the line of the stage before
        stage_ = stage;
        bar_ = std::make_unique<Progress>(stage_, style_);
      }
      bar_->Update(done, total);
    };
  }

 private:
  ProgressStyle style_;
  std::string stage_;
  std::unique_ptr<Progress> bar_;
};

}  // namespace silverback
