# Everything is built in two flavours, plain and under ThreadSanitizer, in the one build tree. A flavour is an
# interface library that carries its flags; common/ and each lesson link to theirs.

include(CheckCSourceCompiles)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# find_optional(JANSSON jansson.h jansson MESSAGE): sets LESSON_HAS_JANSSON. A target that uses the library links
# to use-jansson, which is empty where the library is missing.
function(find_optional name header library message)
  find_path(${name}_INCLUDE_DIR ${header})
  find_library(${name}_LIBRARY ${library})
  string(TOLOWER use-${name} use)
  add_library(${use} INTERFACE)
  if(${name}_INCLUDE_DIR AND ${name}_LIBRARY)
    target_include_directories(${use} SYSTEM INTERFACE ${${name}_INCLUDE_DIR})
    target_link_libraries(${use} INTERFACE ${${name}_LIBRARY})
    set(LESSON_HAS_${name} TRUE PARENT_SCOPE)
  else()
    set(LESSON_HAS_${name} FALSE PARENT_SCOPE)
    message(STATUS "${message}")
  endif()
endfunction()

find_optional(JANSSON jansson.h jansson
  "jansson not found: --output will say so (./lesson setup installs it)")
find_optional(SQLITE sqlite3.h sqlite3 "SQLite not found: --store will say so (./lesson setup installs it)")

# Probed by compiling and linking only: running is at the mercy of the kernel's address randomisation.
set(CMAKE_REQUIRED_FLAGS "-fsanitize=thread")
check_c_source_compiles("int main(void) { return 0; }" LESSON_COMPILER_HAS_TSAN)
unset(CMAKE_REQUIRED_FLAGS)

set(flavours plain)
if(LESSON_SANITIZE)
  message(STATUS "built with -fsanitize=${LESSON_SANITIZE}: the ThreadSanitizer twins are left out")
elseif(LESSON_COMPILER_HAS_TSAN)
  list(APPEND flavours tsan)
elseif(CMAKE_C_FLAGS OR CMAKE_EXE_LINKER_FLAGS)
  message(STATUS "this compiler has no ThreadSanitizer with the flags ${CMAKE_C_FLAGS} "
                 "${CMAKE_EXE_LINKER_FLAGS}: the twins are left out")
else()
  message(STATUS "this compiler has no ThreadSanitizer: the twins are left out")
endif()

foreach(flavour IN LISTS flavours)
  add_library(flavour-${flavour} INTERFACE)
  target_compile_definitions(flavour-${flavour} INTERFACE _XOPEN_SOURCE=700
    $<$<BOOL:${APPLE}>:_DARWIN_C_SOURCE>) # without which its headers hide all that POSIX lacks
  target_compile_options(flavour-${flavour} INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wwrite-strings -Wformat=2 -Wcast-align -Wpointer-arith -Wundef -Wvla
    $<$<BOOL:${LESSON_WERROR}>:-Werror>)
  target_link_libraries(flavour-${flavour} INTERFACE Threads::Threads m)
endforeach()
if(LESSON_SANITIZE)
  target_compile_options(flavour-plain INTERFACE
    -fsanitize=${LESSON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(flavour-plain INTERFACE -fsanitize=${LESSON_SANITIZE})
endif()
if(tsan IN_LIST flavours)
  # The compiler's own -g, so that inlined frames have their names in a report whatever the build type.
  target_compile_options(flavour-tsan INTERFACE -fsanitize=thread -g)
  target_link_options(flavour-tsan INTERFACE -fsanitize=thread)
endif()

# add_modes_header(part-02-threads): the build makes modes.h from the part's modes.txt.
function(add_modes_header name)
  set(modes ${CMAKE_CURRENT_SOURCE_DIR}/modes.txt)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/modes.h)
  set(script ${CMAKE_SOURCE_DIR}/cmake/modes_header.cmake)
  add_custom_command(OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DPART=${name} -DMODES=${modes} -DHEADER=${header} -P ${script}
    DEPENDS ${modes} ${script} COMMENT "Making modes.h from ${name}/modes.txt" VERBATIM)
  # A target of its own: the program and its twin, built side by side, must not both make the header.
  add_custom_target(${name}-modes DEPENDS ${header})
endfunction()

# add_lesson(part-02-threads VARIANTS no_wait ... [SOURCES table ...]): the lesson's program and its
# ThreadSanitizer twin. SOURCES are files beside pipeline.c that are no variant.
function(add_lesson name)
  cmake_parse_arguments(PARSE_ARGV 1 lesson "" "" "SOURCES;VARIANTS")
  set(sources main.c pipeline.c)
  foreach(source IN LISTS lesson_SOURCES)
    list(APPEND sources ${source}.c)
  endforeach()
  foreach(variant IN LISTS lesson_VARIANTS)
    list(APPEND sources variants/${variant}.c)
  endforeach()
  add_modes_header(${name})
  foreach(flavour IN LISTS flavours)
    set(target ${name})
    if(flavour STREQUAL "tsan")
      set(target ${name}-tsan)
    endif()
    add_executable(${target} ${sources})
    add_dependencies(${target} ${name}-modes)
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${CMAKE_CURRENT_BINARY_DIR})
    target_link_libraries(${target} PRIVATE common-${flavour})
  endforeach()
endfunction()
