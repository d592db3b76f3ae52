#include "query/exec/binary_kernels.h"

#include <algorithm>
#include <type_traits>

namespace silverback::exec {
namespace {

using syntax::BinaryOp;

// Sides by step: the hot loops are over arrays or constants, chosen outside.
struct ByStep {
  const double* values;
  double operator[](size_t step) const { return values[step]; }
};
struct Constant {
  double value;
  double operator[](size_t) const { return value; }
};

template <typename Loop>
void WithSides(ScalarArgument lhs, ScalarArgument rhs, const Loop& loop) {
  if (lhs.constant() && rhs.constant())
    return loop(Constant{lhs.values[0]}, Constant{rhs.values[0]});
  if (lhs.constant()) return loop(Constant{lhs.values[0]}, ByStep{rhs.values.data()});
  if (rhs.constant()) return loop(ByStep{lhs.values.data()}, Constant{rhs.values[0]});
  loop(ByStep{lhs.values.data()}, ByStep{rhs.values.data()});
}

template <typename Function, typename Left, typename Right>
void Arithmetic(Function function, Left lhs, Right rhs, Column* out) {
  double* const values = out->floats.data();
  for (size_t i = 0; i < out->floats.size(); ++i) values[i] = function(lhs[i], rhs[i]);
}

template <typename Function, typename Left, typename Right>
void CompareToBool(Function function, Left lhs, Right rhs, Column* out) {
  double* const values = out->floats.data();
  for (size_t i = 0; i < out->floats.size(); ++i) values[i] = function(lhs[i], rhs[i]) ? 1 : 0;
}

template <typename Function, typename Left, typename Right>
void Filter(Function function, Left lhs, Right rhs, KeptSide kept, Column* out) {
  double* const values = out->floats.data();
  const size_t steps = out->floats.size();
  std::span<uint64_t> words = out->present.words();
  for (size_t w = 0; w < words.size(); ++w) {
    const size_t begin = w * 64;
    const size_t count = std::min<size_t>(64, steps - begin);
    uint64_t holds = 0;
    for (size_t i = 0; i < count; ++i) {
      const double left = lhs[begin + i];
      const double right = rhs[begin + i];
      holds |= uint64_t{function(left, right)} << i;
      values[begin + i] = kept == KeptSide::kLeft ? left : right;
    }
    words[w] &= holds;
  }
}

}  // namespace

void BinaryColumns(BinaryOp op, bool return_bool, ScalarArgument lhs, ScalarArgument rhs,
                   KeptSide kept, Column* out) {
  out->histograms.clear();
  if (plan::IsTrim(op)) {
    out->present.Reset(out->steps());
    return;
  }
  plan::WithBinaryFunction(op, [&](auto function) {
    WithSides(lhs, rhs, [&](auto left, auto right) {
      if constexpr (std::is_same_v<decltype(function(0.0, 0.0)), double>) {
        Arithmetic(function, left, right, out);
      } else if (return_bool) {
        CompareToBool(function, left, right, out);
      } else {
        Filter(function, left, right, kept, out);
      }
    });
  });
}

}  // namespace silverback::exec
