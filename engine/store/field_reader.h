// Takes a key or value apart into fields with their offsets. Private to engine/store.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/describe.h"

namespace silverback {

/// Reads fields from the front. After the first that does not fit, the rest becomes one field "malformed" and all later reads say false.
class FieldReader {
 public:
  FieldReader(RowField::Place place, std::string_view bytes, std::vector<RowField>* fields)
      : place_(place), whole_(bytes), rest_(bytes), fields_(fields) {}
  ~FieldReader();
  FieldReader(const FieldReader&) = delete;
  FieldReader& operator=(const FieldReader&) = delete;

  /// Reads a T with `get(&rest, &value)`, writes it with `print(value)`.
  template <typename T, typename Get, typename Print>
  bool Read(std::string_view name, const Get& get, const Print& print) {
    if (failed_) return false;
    std::string_view after = rest_;
    T value{};
    if (!get(&after, &value)) return Fail();
    Add(name, rest_.size() - after.size(), print(value));
    return true;
  }

  /// All that is left is one field.
  void Rest(std::string_view name, std::string text);
  /// The next `bytes` bytes are one field.
  bool Take(std::string_view name, size_t bytes, std::string text);
  bool Fail();
  std::string_view rest() const { return rest_; }
  bool done() const { return failed_ || rest_.empty(); }

 private:
  void Add(std::string_view name, size_t bytes, std::string text);

  RowField::Place place_;
  std::string_view whole_;
  std::string_view rest_;
  std::vector<RowField>* fields_;
  bool failed_ = false;
};

}  // namespace silverback
