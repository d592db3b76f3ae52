// Queries: whatever the text, the parser answers an expression or an error; what it took, the printer's forms give again. Each
// input is read twice, as text and as choices in the grammar, which the parser must take.
#include <cstdio>
#include <cstdlib>

#include "fuzz.h"

#include "query/syntax/parser.h"
#include "query/syntax/printer.h"
#include "tests/support/promql_grammar/grammar.h"

namespace {

using namespace silverback;  // NOLINT: this file is a leaf

[[noreturn]] void Complain(const std::string& form, const std::string& what) {
  std::fprintf(stderr, "%s\n%s\n", form.c_str(), what.c_str());
  std::abort();
}

/// Without the signs that infinity gathers: upstream prints it as +Inf, and behind a minus that belongs to a power of it (-+Inf ^ 2)
/// the plus is an operator when it is read again.
std::string WithoutPlus(std::string text) {
  for (size_t at = text.find("+Inf"); at != std::string::npos; at = text.find("+Inf", at)) {
    text.erase(at, 1);
    if (at > 0) --at;
  }
  return text;
}

void CheckSameTree(const std::string& printed, const std::string& form) {
  const auto again = syntax::ParseExpr(form, syntax::AllFeatures());
  if (!again.ok()) Complain(form, again.status().ToString());
  const std::string reprinted = syntax::ToString(**again);
  if (WithoutPlus(reprinted) != WithoutPlus(printed)) Complain(printed, reprinted);
}

void CheckPrinter(const syntax::Expr& expr) {
  const std::string printed = syntax::ToString(expr);
  CheckSameTree(printed, printed);
  CheckSameTree(printed, syntax::Prettify(expr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  syntax::ParseExpr(bytes).status().IgnoreError();
  if (const auto expr = syntax::ParseExpr(bytes, syntax::AllFeatures()); expr.ok()) {
    CheckPrinter(**expr);
  }
  for (const bool obscure : {false, true}) {
    const std::string query = testing::PromqlGrammar(bytes, {.obscure = obscure}).Expression();
    const auto expr = syntax::ParseExpr(query, syntax::AllFeatures());
    if (!expr.ok()) Complain(query, expr.status().ToString());
    CheckPrinter(**expr);
  }
  return 0;
}

std::vector<std::string> FuzzSeeds() {
  std::vector<std::string> seeds = {
      "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m] offset 1h)) / ignoring (code) "
      "group_left (team) x > bool 0.5",
      "histogram_quantile(0.99, sum without (instance) (increase(d_bucket[(2 * step()) + 1m:30s] @ "
      "end())))",
      "topk(3, {\"dotted.name\", 'a b'!=`c`}) or -label_replace(up, \"l\", \"$1\", \"job\", "
      "\"(.*)\") ^ 2 ^ -1e-3",
      "a + on () fill_left (1) b unless c smoothed @ 1.5 and count_values(\"v\", time() - (d "
      "offset -5m))",
      "max_over_time((quantile(0x1p-2, x))[1d12h:] @ start() offset 5m)"};
  // Choices: of each kind of expression some, and long ones.
  for (int first = 0; first < 64; ++first) {
    std::string choices;
    for (int i = 0; i < 16 + first; ++i) choices += static_cast<char>(first * 7 + i * (first + 3));
    seeds.push_back(choices);
  }
  return seeds;
}
