#include "query/plan/binary_functions.h"

namespace silverback::plan {

double ScalarBinary(syntax::BinaryOp op, double lhs, double rhs) {
  double result = 0;
  WithBinaryFunction(op, [&](auto function) { result = static_cast<double>(function(lhs, rhs)); });
  return result;
}

bool DropsName(syntax::BinaryOp op, bool return_bool) {
  return return_bool || (!syntax::IsComparison(op) && !syntax::IsSetOperator(op) && !IsTrim(op));
}

bool IsTrim(syntax::BinaryOp op) {
  return op == syntax::BinaryOp::kTrimUpper || op == syntax::BinaryOp::kTrimLower;
}

}  // namespace silverback::plan
