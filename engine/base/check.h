// Invariants. A failed check is a bug of ours, never a reaction to input or to the disk.
#pragma once

#include <fmt/format.h>
#include <string>

namespace silverback::internal {

/// Prints "BUG: file:line: condition (details)" to standard error and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const std::string& details);

template <typename A, typename B>
[[noreturn]] void CheckOpFailed(const char* file, int line, const char* condition, const A& a,
                                const B& b) {
  CheckFailed(file, line, condition, fmt::format("{} vs. {}", a, b));
}

}  // namespace silverback::internal

/// Always checked.
#define SB_CHECK(condition) \
  ((condition) ? (void)0 : ::silverback::internal::CheckFailed(__FILE__, __LINE__, #condition, ""))

#define SB_CHECK_OP_(a, op, b)                                                                    \
  do {                                                                                            \
    const auto& sb_a_ = (a);                                                                      \
    const auto& sb_b_ = (b);                                                                      \
    if (!(sb_a_ op sb_b_))                                                                        \
      ::silverback::internal::CheckOpFailed(__FILE__, __LINE__, #a " " #op " " #b, sb_a_, sb_b_); \
  } while (false)

#define SB_CHECK_EQ(a, b) SB_CHECK_OP_(a, ==, b)
#define SB_CHECK_NE(a, b) SB_CHECK_OP_(a, !=, b)
#define SB_CHECK_LT(a, b) SB_CHECK_OP_(a, <, b)
#define SB_CHECK_LE(a, b) SB_CHECK_OP_(a, <=, b)

/// Checked where NDEBUG is not set (debug and sanitizer builds), compiled but not run elsewhere.
#ifdef NDEBUG
#define SB_DCHECK(condition)        \
  do {                              \
    if (false) SB_CHECK(condition); \
  } while (false)
#define SB_DCHECK_LE(a, b)        \
  do {                            \
    if (false) SB_CHECK_LE(a, b); \
  } while (false)
#define SB_DCHECK_LT(a, b)        \
  do {                            \
    if (false) SB_CHECK_LT(a, b); \
  } while (false)
#define SB_DCHECK_EQ(a, b)        \
  do {                            \
    if (false) SB_CHECK_EQ(a, b); \
  } while (false)
#else
#define SB_DCHECK(condition) SB_CHECK(condition)
#define SB_DCHECK_LE(a, b) SB_CHECK_LE(a, b)
#define SB_DCHECK_LT(a, b) SB_CHECK_LT(a, b)
#define SB_DCHECK_EQ(a, b) SB_CHECK_EQ(a, b)
#endif
