// What binary operators do to two numbers.
#pragma once

#include <cmath>

#include "engine/base/check.h"
#include "query/syntax/ast.h"

namespace silverback::plan {

namespace binary {
struct Add {
  double operator()(double a, double b) const { return a + b; }
};
struct Sub {
  double operator()(double a, double b) const { return a - b; }
};
struct Mul {
  double operator()(double a, double b) const { return a * b; }
};
struct Div {
  double operator()(double a, double b) const { return a / b; }
};
struct Mod {
  double operator()(double a, double b) const { return std::fmod(a, b); }
};
struct Pow {
  double operator()(double a, double b) const { return std::pow(a, b); }
};
struct Atan2 {
  double operator()(double a, double b) const { return std::atan2(a, b); }
};
struct Equal {
  bool operator()(double a, double b) const { return a == b; }
};
struct NotEqual {
  bool operator()(double a, double b) const { return a != b; }
};
struct Less {
  bool operator()(double a, double b) const { return a < b; }
};
struct LessOrEqual {
  bool operator()(double a, double b) const { return a <= b; }
};
struct Greater {
  bool operator()(double a, double b) const { return a > b; }
};
struct GreaterOrEqual {
  bool operator()(double a, double b) const { return a >= b; }
};
}  // namespace binary

/// Calls `visit` with the function object of `op`. REQUIRES: an arithmetic operator or a comparison.
template <typename Visit>
void WithBinaryFunction(syntax::BinaryOp op, const Visit& visit) {
  switch (op) {
    case syntax::BinaryOp::kAdd:
      return visit(binary::Add());
    case syntax::BinaryOp::kSub:
      return visit(binary::Sub());
    case syntax::BinaryOp::kMul:
      return visit(binary::Mul());
    case syntax::BinaryOp::kDiv:
      return visit(binary::Div());
    case syntax::BinaryOp::kMod:
      return visit(binary::Mod());
    case syntax::BinaryOp::kPow:
      return visit(binary::Pow());
    case syntax::BinaryOp::kAtan2:
      return visit(binary::Atan2());
    case syntax::BinaryOp::kEqual:
      return visit(binary::Equal());
    case syntax::BinaryOp::kNotEqual:
      return visit(binary::NotEqual());
    case syntax::BinaryOp::kLess:
      return visit(binary::Less());
    case syntax::BinaryOp::kLessOrEqual:
      return visit(binary::LessOrEqual());
    case syntax::BinaryOp::kGreater:
      return visit(binary::Greater());
    case syntax::BinaryOp::kGreaterOrEqual:
      return visit(binary::GreaterOrEqual());
    case syntax::BinaryOp::kTrimUpper:
    case syntax::BinaryOp::kTrimLower:
    case syntax::BinaryOp::kAnd:
    case syntax::BinaryOp::kOr:
    case syntax::BinaryOp::kUnless:
      break;
  }
  SB_CHECK(false);  // who calls handles these before
}

/// Of two scalars; comparisons give 1 or 0. REQUIRES: an arithmetic operator or a comparison.
double ScalarBinary(syntax::BinaryOp op, double lhs, double rhs);

/// Whether the result means something else than the operands, so that it has no metric name.
bool DropsName(syntax::BinaryOp op, bool return_bool);

/// </ and >/, which are for native histograms.
bool IsTrim(syntax::BinaryOp op);

}  // namespace silverback::plan
