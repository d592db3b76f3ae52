#include "engine/store/high_water_mark.h"

#include <algorithm>
#include <spdlog/spdlog.h>

#include "engine/base/coding.h"

namespace silverback {
namespace {

Status WriteMark(Kv* kv, std::string_view key, uint64_t mark, Durability durability) {
  std::string value;
  PutBigEndian64(&value, mark);
  KvBatch batch(*kv);
  batch.Put(Family::kMeta, key, value);
  return kv->Write(std::move(batch), durability);
}

}  // namespace

HighWaterMark::HighWaterMark(Kv* kv, std::string_view key, uint64_t first, uint64_t leap,
                             uint64_t end)
    : kv_(kv), key_(key), leap_(leap), end_(end), next_(first), durable_(first) {}

Status HighWaterMark::Load() {
  std::string value;
  const Status status = kv_->Get(Family::kMeta, key_, &value);
  if (absl::IsNotFound(status)) return absl::OkStatus();
  RETURN_IF_ERROR(status);
  std::string_view in = value;
  uint64_t mark = 0;
  if (!GetBigEndian64(&in, &mark) || !in.empty() || mark < next_) {
    return DataLoss("the row '{}' of meta is malformed", key_);
  }
  const std::lock_guard lock(mutex_);
  next_ = mark;
  durable_ = mark;
  return absl::OkStatus();
}

Status HighWaterMark::Reserve(uint64_t end) {
  if (end <= durable_) return absl::OkStatus();
  const uint64_t mark = end + std::min(leap_, end_ - end);
  RETURN_IF_ERROR(WriteMark(kv_, key_, mark, Durability::kSynced));
  durable_ = mark;
  return absl::OkStatus();
}

StatusOr<uint64_t> HighWaterMark::Take(uint64_t count) {
  const std::lock_guard lock(mutex_);
  if (count > end_ - next_) {
    return ResourceExhausted("the ids of '{}' are used up ({} of {})", key_, next_, end_);
  }
  RETURN_IF_ERROR(Reserve(next_ + count));
  const uint64_t first = next_;
  next_ += count;
  return first;
}

Status HighWaterMark::RaisePast(uint64_t id) {
  const std::lock_guard lock(mutex_);
  if (id < next_) return absl::OkStatus();
  if (id >= end_) return DataLoss("id {} is out of the range of '{}'", id, key_);
  RETURN_IF_ERROR(Reserve(id + 1));
  next_ = id + 1;
  return absl::OkStatus();
}

void HighWaterMark::Close() {
  const std::lock_guard lock(mutex_);
  if (durable_ == next_) return;
  if (const Status status = WriteMark(kv_, key_, next_, Durability::kBuffered); !status.ok()) {
    spdlog::warn("store: {}: {}", key_, MessageOf(status));
    return;
  }
  durable_ = next_;
}

uint64_t HighWaterMark::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

}  // namespace silverback
