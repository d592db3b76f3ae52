// An operator's figures for `explain=analyze`.
#pragma once

#include "query/exec/operator.h"
#include "query/model/operator_profile.h"

namespace silverback::exec {

/// Passes on what `child` gives and adds its time and series to `profile`, which outlives it.
OperatorPtr NewMeasured(QueryContext* query, OperatorPtr child, OperatorProfile* profile);

/// Makes `profile` the query's current one for as long as it lives.
class ProfileScope {
 public:
  ProfileScope(QueryContext* query, OperatorProfile* profile)
      : query_(query), outer_(query->profile) {
    query->profile = profile;
  }
  ~ProfileScope() { query_->profile = outer_; }
  ProfileScope(const ProfileScope&) = delete;
  ProfileScope& operator=(const ProfileScope&) = delete;

 private:
  QueryContext* query_;
  OperatorProfile* outer_;
};

}  // namespace silverback::exec
