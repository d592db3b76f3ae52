// Checks of a Status that say what it says.
#pragma once

#include <utility>

#include <catch2/catch.hpp>

#include "engine/base/status.h"

namespace silverback {

inline void RequireOk(const Status& status) {
  INFO(MessageOf(status));
  REQUIRE(status.ok());
}

/// The value. Fails the test if there is none.
template <typename T>
T Value(StatusOr<T> result) {
  RequireOk(result.status());
  return std::move(result).value();
}

}  // namespace silverback
