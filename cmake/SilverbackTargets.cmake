# How a target of this project is declared, and how the layering is enforced.
#
# A library sees the headers of its own folder and of the libraries that it links, and no others: each library gets
# an include root of its own in the build tree, which holds one link to its folder. `#include "engine/head/head.h"`
# from a target that does not depend on engine_head therefore does not compile.

# Warnings that need data flow are the business of the release build's libraries. Instrumented, or from a precompiled header,
# g++ 12 takes parts of the standard library for uninitialised or too small.
set(SILVERBACK_NO_FLOW_WARNINGS -Wno-maybe-uninitialized -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow
  -Wno-stringop-overread)

add_library(silverback_flags INTERFACE)
target_compile_options(silverback_flags INTERFACE -pthread -Wall -Wextra -Wpedantic -Werror -Wshadow -Wnon-virtual-dtor
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
target_link_libraries(silverback_flags INTERFACE Threads::Threads)
if(SILVERBACK_SANITIZE)
  target_compile_options(silverback_flags INTERFACE -fsanitize=${SILVERBACK_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all ${SILVERBACK_NO_FLOW_WARNINGS})
  # A null pointer that is used ends the program by itself, with AddressSanitizer's stack: a check before each use would cost a tenth
  # of the build.
  if(SILVERBACK_SANITIZE MATCHES "undefined")
    target_compile_options(silverback_flags INTERFACE -fno-sanitize=null)
  endif()
  target_link_options(silverback_flags INTERFACE -fsanitize=${SILVERBACK_SANITIZE})
endif()

# silverback_library(NAME [DEPS targets...] [SYSTEM third-party targets...] [EXCLUDE files...])
# A library from every .cc file of the current folder but those excluded (a program's main), named after its path
# (engine/head -> engine_head).
function(silverback_library NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;SYSTEM;EXCLUDE" ${ARGN})
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(TRANSFORM ARG_EXCLUDE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(REMOVE_ITEM SOURCES ${ARG_EXCLUDE})
  file(RELATIVE_PATH FOLDER ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(ROOT ${CMAKE_BINARY_DIR}/include/${NAME})
  get_filename_component(PARENT ${ROOT}/${FOLDER} DIRECTORY)
  file(MAKE_DIRECTORY ${PARENT})
  if(NOT EXISTS ${ROOT}/${FOLDER})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${ROOT}/${FOLDER} SYMBOLIC)
  endif()
  if(SOURCES)
    add_library(${NAME} STATIC ${SOURCES})
    target_include_directories(${NAME} PUBLIC ${ROOT})
    target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} ${ARG_SYSTEM} PRIVATE silverback_flags)
    silverback_use_pch(${NAME} silverback_pch)
  else()
    add_library(${NAME} INTERFACE)
    target_include_directories(${NAME} INTERFACE ${ROOT})
    target_link_libraries(${NAME} INTERFACE ${ARG_DEPS} ${ARG_SYSTEM})
  endif()
endfunction()

# silverback_optimise_little(TARGET): for test programs. Catch2's assertions take twice as long to compile with optimisation and
# gain nothing from it; what is tested is in the libraries, which keep theirs. Bytes are taken apart there, too, so that alignment is
# checked there alone.
function(silverback_optimise_little TARGET)
  if(SILVERBACK_SANITIZE)
    target_compile_options(${TARGET} PRIVATE -O0)
    if(SILVERBACK_SANITIZE MATCHES "undefined")
      target_compile_options(${TARGET} PRIVATE -fno-sanitize=alignment)
    endif()
  else()
    target_compile_options(${TARGET} PRIVATE $<$<CONFIG:Release>:-O1> ${SILVERBACK_NO_FLOW_WARNINGS})
  endif()
endfunction()
