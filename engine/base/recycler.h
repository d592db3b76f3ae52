// Objects whose memory is worth keeping from one use to the next. What a request needs and gives back at once would come from the
// system anew each time: an allocator that returns freed pages soon gives out pages that have to be faulted in.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace silverback {

/// Lends objects and keeps those that come back. `T` is default constructible and has `void Clear()`, which forgets what it holds
/// and keeps its memory, and `size_t memory_bytes() const`. Thread-safe; what is lent is the borrower's alone.
template <typename T>
class Recycler {
 public:
  /// An object on loan; goes back when this ends. The recycler must outlive it.
  class Loan {
   public:
    Loan(Loan&&) noexcept = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (object_ != nullptr) lender_->TakeBack(std::move(object_));
    }
    T& operator*() const { return *object_; }
    T* operator->() const { return object_.get(); }

   private:
    friend class Recycler;
    Loan(Recycler* lender, std::unique_ptr<T> object)
        : lender_(lender), object_(std::move(object)) {}

    Recycler* lender_;
    std::unique_ptr<T> object_;
  };

  /// Keeps at most `most` objects, none that holds more than `most_bytes`.
  Recycler(size_t most, size_t most_bytes) : most_(most), most_bytes_(most_bytes) {}
  Recycler(const Recycler&) = delete;
  Recycler& operator=(const Recycler&) = delete;

  /// A cleared object: the one that came back last, whose memory is warm, or a new one.
  Loan Lend() {
    std::unique_ptr<T> object;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        object = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    return {this, object != nullptr ? std::move(object) : std::make_unique<T>()};
  }

 private:
  void TakeBack(std::unique_ptr<T> object) {
    object->Clear();
    if (object->memory_bytes() > most_bytes_) return;
    const std::lock_guard lock(mutex_);
    if (idle_.size() < most_) idle_.push_back(std::move(object));
  }

  const size_t most_;
  const size_t most_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace silverback
