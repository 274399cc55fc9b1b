# What the modes of the parts claim. A part's claims are in the file of its number; what several of
# them share is here.

# Every latency is one second: an article takes three, ten of them one after the other thirty, and the
# total time, which is shown as at speed 1, cannot be less.
set(known_load --latency=1s..1s --speed=20)
set(not_below_30_s "--awk=/^Total time/ { t = $3 } END { exit !(t >= 30) }")
set(not_below_3_s "--awk=/^Total time/ { t = $3 } END { exit !(t >= 3) }")
set(next_to_read "--out=^Read next +part-[0-9]+-[a-z-]+/[a-z_/]+\\.c:[0-9]+$")
# The ids of tests/input/data/articles.jsonl are not sorted.
set(input_order "--awk=/article_id/ { ids = ids $1 } END { exit ids !~ /:30,.*:10,.*:20,.*:1,.*:7,/ }")

# The load of a run that is searched for leaks.
set(leak_load --input=${data}/articles.jsonl --output=/dev/null --speed=200)

# without_threads(NAME NUMBER requirement... -- option...): as lesson(), where no thread can be started
# beyond the first NUMBER.
function(without_threads name number)
  if(LESSON_SANITIZE)
    return()
  endif()
  list(APPEND ARGN --no-watch) # which is a thread, too
  lesson(${name} ${ARGN})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "LD_LIBRARY_PATH=$<TARGET_FILE_DIR:failing_pthread_create>;LD_PRELOAD=$<TARGET_FILE_NAME:failing_pthread_create>;THREADS_BEFORE_FAILURE=${number}")
endfunction()

file(GLOB part_claims CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/part-[0-9][0-9].cmake)
foreach(claims IN LISTS part_claims)
  include(${claims})
endforeach()
