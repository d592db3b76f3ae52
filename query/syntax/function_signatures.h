// The functions of PromQL: their names and the types of their arguments.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "query/syntax/value_type.h"

namespace silverback::syntax {

struct FunctionSignature {
  static constexpr int kMaxTypes = 5;

  std::string_view name;
  /// The types of the arguments; the first `arg_count` count.
  std::array<ValueType, kMaxTypes> arg_types;
  uint8_t arg_count = 0;
  /// 0: exactly `arg_count` arguments. n > 0: at least `arg_count` - 1 and at most `arg_count` - 1
  /// + n. -1: at least `arg_count` - 1, no upper bound. Arguments past the last type are of the
  /// last type.
  int8_t variadic = 0;
  ValueType return_type = ValueType::kVector;
  /// Needs `ParserOptions::experimental_functions`.
  bool experimental = false;

  std::span<const ValueType> types() const { return {arg_types.data(), arg_count}; }
};

/// The signature of a function (names are case-sensitive), or null. Static storage.
const FunctionSignature* FindFunction(std::string_view name);

/// All functions, sorted by name.
std::span<const FunctionSignature> AllFunctions();

}  // namespace silverback::syntax
