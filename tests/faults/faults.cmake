# Each call of a kind fails, in a small run with --input, --output and --store. A sample of it; all: tests/faults/run

if(NOT LESSON_SANITIZE) # whose runtimes want to be loaded before anything else
  add_library(faults SHARED faults/faults.c)
  target_link_libraries(faults PRIVATE flavour-plain ${CMAKE_DL_LIBS})
  add_test_program(sweep faults/sweep.c NEEDS sqlite)
  set_target_properties(faults PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
endif()

# faults(NAME KIND STEP [on]): every STEP-th call fails; with "on", the calls after it as well. Of part 10, unless
# the name begins with another.
function(faults name kind step)
  set(program ${part_10})
  if(name MATCHES "^part-0*([0-9]+)")
    set(program ${part_${CMAKE_MATCH_1}})
  endif()
  if(TARGET faults)
    claim(faults.${name} NEEDS jansson sqlite TIMEOUT 600
      COMMAND ${sweep} $<TARGET_FILE:faults> ${program} ${kind} ${step} ${ARGN})
  endif()
endfunction()

faults(each-allocation-that-fails-is-told memory 1)
faults(memory-that-ends-is-told memory 25 on)
faults(a-thread-that-does-not-start-is-told thread 1)
faults(no-more-threads-are-told thread 3 on)
faults(a-write-that-fails-is-told write 7)
faults(a-disk-that-is-full-is-told write 25 on)
faults(a-read-that-fails-is-told read 2)
faults(a-wait-for-the-disk-that-fails-is-told sync 1)
faults(a-file-that-does-not-open-is-told open 2)
faults(no-more-files-are-told open 5 on)
faults(a-close-that-fails-is-told close 3)
faults(a-rename-that-fails-is-told rename 1)
faults(an-unlink-that-fails-is-told unlink 1)
faults(a-size-that-cannot-change-is-told size 1)
faults(a-status-that-cannot-be-read-is-told status 9)
faults(a-lock-that-fails-is-told lock 23)
faults(a-map-that-fails-is-told map 1)
foreach(part RANGE 2 9)
  faults(part-0${part}-tells-of-a-thread-that-does-not-start thread 1)
endforeach()
