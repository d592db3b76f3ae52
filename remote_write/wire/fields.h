// Reading fields of messages whose wire types may be wrong. Errors are protozero's exceptions: they stay within this
// folder. Private to it.
#pragma once

#include <cstdint>
#include <string_view>

#include <protozero/pbf_reader.hpp>

namespace silverback::wire {

using protozero::data_view;
using protozero::pbf_reader;
using protozero::pbf_wire_type;

inline std::string_view View(data_view view) {
  return {view.data(), view.size()};
}

/// A known field came with another wire type. Derives from protozero's exceptions to be caught with them.
struct WrongWireType : protozero::exception {
  const char* what() const noexcept override { return "wrong wire type exception"; }
};

inline void Expect(const pbf_reader& field, pbf_wire_type type) {
  if (field.wire_type() != type) throw WrongWireType();
}

inline std::string_view TakeBytes(pbf_reader& field) {
  Expect(field, pbf_wire_type::length_delimited);
  return View(field.get_view());
}

inline int64_t TakeInt64(pbf_reader& field) {
  Expect(field, pbf_wire_type::varint);
  return field.get_int64();
}

inline double TakeDouble(pbf_reader& field) {
  Expect(field, pbf_wire_type::fixed64);
  return field.get_double();
}

inline pbf_reader Message(std::string_view bytes) {
  return pbf_reader(data_view(bytes.data(), bytes.size()));
}

}  // namespace silverback::wire
