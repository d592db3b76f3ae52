#include "engine/base/recycler.h"

#include <optional>
#include <string>

#include <catch2/catch.hpp>

namespace silverback {
namespace {

struct Text {
  std::string text;
  void Clear() { text.clear(); }
  size_t memory_bytes() const { return text.capacity(); }
};

}  // namespace

TEST_CASE("an object comes back cleared, with its memory, to the next who asks") {
  Recycler<Text> recycler(2, 1 << 20);
  const Text* first = nullptr;
  {
    const auto loan = recycler.Lend();
    loan->text.assign(1000, 'x');
    first = &*loan;
  }
  const auto again = recycler.Lend();
  CHECK(&*again == first);
  CHECK(again->text.empty());
  CHECK(again->text.capacity() >= 1000);
  CHECK(&*recycler.Lend() != first);
}

TEST_CASE("the object that came back last is lent first") {
  Recycler<Text> recycler(2, 1 << 20);
  std::optional<Recycler<Text>::Loan> a = recycler.Lend();
  std::optional<Recycler<Text>::Loan> b = recycler.Lend();
  const Text* const last = &**a;
  b.reset();
  a.reset();
  CHECK(&*recycler.Lend() == last);
}

TEST_CASE("objects that hold more than is kept are let go") {
  Recycler<Text> recycler(2, 1000);
  recycler.Lend()->text.assign(2000, 'x');
  CHECK(recycler.Lend()->text.capacity() < 1000);
  recycler.Lend()->text.assign(900, 'x');
  CHECK(recycler.Lend()->text.capacity() >= 900);
}

TEST_CASE("no more objects are kept than wanted") {
  Recycler<Text> recycler(1, 1 << 20);
  {
    const auto a = recycler.Lend();
    const auto b = recycler.Lend();
    a->text.assign(500, 'a');
    b->text.assign(500, 'b');
  }
  const auto kept = recycler.Lend();
  const auto fresh = recycler.Lend();
  CHECK(kept->text.capacity() >= 500);
  CHECK(fresh->text.capacity() < 500);
}

TEST_CASE("a loan that is moved goes back once") {
  Recycler<Text> recycler(2, 1 << 20);
  {
    auto loan = recycler.Lend();
    const auto moved = std::move(loan);
    moved->text.assign(500, 'x');
  }
  const auto kept = recycler.Lend();
  const auto fresh = recycler.Lend();
  CHECK(kept->text.capacity() >= 500);
  CHECK(fresh->text.capacity() < 500);
}

}  // namespace silverback
