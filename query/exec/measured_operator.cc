#include "query/exec/measured_operator.h"

#include <chrono>
#include <utility>

namespace silverback::exec {
namespace {

class Measured : public Operator {
 public:
  Measured(QueryContext* query, OperatorPtr child, OperatorProfile* profile)
      : Operator(query, child->grid()), child_(std::move(child)), profile_(profile) {}

  Status Open() override {
    const Timer timer(profile_);
    const ProfileScope scope(query(), profile_);
    RETURN_IF_ERROR(child_->Open());
    series_ = child_->series();
    return absl::OkStatus();
  }

  StatusOr<bool> Next(SeriesColumn* out) override {
    const Timer timer(profile_);
    const ProfileScope scope(query(), profile_);
    ASSIGN_OR_RETURN(const bool more, child_->Next(out));
    if (more && out->column.present.Any()) ++profile_->series_out;
    return more;
  }

  bool ascending() const override { return child_->ascending(); }

 private:
  class Timer {
   public:
    explicit Timer(OperatorProfile* profile) : profile_(profile) {}
    ~Timer() {
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started_;
      profile_->seconds += spent.count();
    }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

   private:
    OperatorProfile* profile_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  };

  OperatorPtr child_;
  OperatorProfile* profile_;
};

}  // namespace

OperatorPtr NewMeasured(QueryContext* query, OperatorPtr child, OperatorProfile* profile) {
  return std::make_unique<Measured>(query, std::move(child), profile);
}

}  // namespace silverback::exec
