# The programs and scripts by which tests run a command and check it, and the tests of these.

add_test_program(peak_memory tools/peak_memory.c)

if(NOT LESSON_SANITIZE) # whose runtimes want to be loaded before anything else
  add_library(failing_pthread_create SHARED tools/failing_pthread_create.c)
  target_link_libraries(failing_pthread_create PRIVATE flavour-plain ${CMAKE_DL_LIBS})
  add_library(interrupting_open SHARED signals/interrupting_open.c)
  target_link_libraries(interrupting_open PRIVATE flavour-plain ${CMAKE_DL_LIBS})
  add_dependencies(test-tools failing_pthread_create interrupting_open)
endif()

# no_leak(NAME PROGRAM requirement... -- option...): it frees all that it allocates.
function(no_leak name program)
  if(NOT LESSON_SANITIZE)
    claim(${name} NEEDS jansson COMMAND ${tests}/tools/check_leaks ${program} ${ARGN})
  endif()
endfunction()

claim(unit.run-and-check-fails-where-it-must TIMEOUT 180 COMMAND ${tests}/tools/run_and_check_test)
if(NOT tsan IN_LIST flavours AND NOT LESSON_SANITIZE)
  claim(tsan.twins-are-built COMMAND ${skip} --not-in-ci "this compiler has no ThreadSanitizer")
endif()
