# Precompiled headers: seven tenths of a test's compilation is reading the standard library and Catch2 again. The sanitizer builds
# have them for the libraries, too (SILVERBACK_PCH, set by their presets). The release build does not, so that a file which leans
# on another's includes fails there.
option(SILVERBACK_PCH "Precompile the headers that nearly every file of a library includes" OFF)

function(silverback_precompile TARGET)
  set(SOURCE ${CMAKE_BINARY_DIR}/${TARGET}.cc)
  file(CONFIGURE OUTPUT ${SOURCE} CONTENT "// Nothing: this target is its precompiled header.\n")
  add_library(${TARGET} OBJECT ${SOURCE})
  target_link_libraries(${TARGET} PRIVATE silverback_flags fmt::fmt)
  target_precompile_headers(${TARGET} PRIVATE <algorithm> <array> <atomic> <chrono> <cmath> <cstdint> <functional> <map>
    <memory> <mutex> <optional> <random> <span> <string> <string_view> <utility> <variant> <vector>
    <absl/container/flat_hash_map.h> <absl/status/statusor.h> <fmt/format.h> ${ARGN})
endfunction()

if(SILVERBACK_PCH)
  silverback_precompile(silverback_pch)
endif()
if(SILVERBACK_TESTS)
  silverback_precompile(silverback_test_pch <catch2/catch.hpp>)
  target_link_libraries(silverback_test_pch PRIVATE Catch2::Catch2)
  silverback_optimise_little(silverback_test_pch)
endif()

# silverback_use_pch(TARGET PCH): the target starts from the precompiled header of PCH, where there is one.
function(silverback_use_pch TARGET PCH)
  if(TARGET ${PCH})
    target_precompile_headers(${TARGET} REUSE_FROM ${PCH})
  endif()
endfunction()
