# What the modes of the parts claim. A part's claims are in the file of its number; what several of
# them share is here.

# Every latency is one second: an article takes three, ten of them one after the other thirty, and the
# total time, which is shown as at speed 1, cannot be less.
set(known_load --latency=1s..1s --speed=20)
foreach(seconds 1 3 4 8 12 12.8 19 22 30)
  set(not_below_${seconds}_s "--awk=/^Total time/ { t = $3 } END { exit !(t >= ${seconds}) }")
endforeach()
set(next_to_read "--out=^Read next +part-[0-9]+-[a-z-]+/[a-z_/]+\\.c:[0-9]+$")
# The ids of tests/input/data/articles.jsonl are not sorted.
set(input_order "--awk=/article_id/ { ids = ids $1 } END { exit ids !~ /:30,.*:10,.*:20,.*:1,.*:7,/ }")

# The parts with a pool have 20 articles and 5 workers.
set(all_twenty "--out=^Processed +20 of 20 articles, each exactly once$")
set(all_sixty "--out=^LLM calls +60, at most [1-5] in flight$")

# What the watch prints when nothing can go on.
set(stalled --status=3 "--err=^part-[0-9]+-[a-z-]+: stalled: all threads are asleep")

# From part 6 on the report keeps an account. Without a second attempt, each call is made once or never.
set(each_call_once_or_never
  "--awk=/^Attempts/ { made = $NF } /^Calls saved/ { saved = $3 } END { exit made + saved != 60 }")
set(nothing_is_missing --awk=@account "--not-out=^(Unknown|Leaked)" "--not-out=unknown")
set(adds_up --awk=@account ${each_call_once_or_never})
set(all_is_accounted_for ${nothing_is_missing} ${each_call_once_or_never})

# The results go to standard output, so the report goes to standard error: one after the other, for awk.
set(as_many_results_as_reported
  "--awk=/^.\"article_id\"/ { n++ } /^Processed/ { all = $2 } END { exit n != all || n == 0 }"
  UNDER sh -c "exec \"$@\" 2>&1" sh)

# From part 7 on the first signal shuts a run down, and the second one ends it.
set(shutting_down
  "--err=^part-[0-9]+-[a-z-]+: interrupted: shutting down. a second signal ends it now$")
set(ended_at_once
  "--err=^part-[0-9]+-[a-z-]+: interrupted: [0-9]+ of 20 articles done, [0-9]+ of 60 LLM calls$")

# The load of a run that is searched for leaks.
set(leak_load --input=${data}/articles.jsonl --output=/dev/null --speed=200)

# with_few_threads(NAME NUMBER requirement... -- option...): as lesson(), where no thread can be started
# beyond the first NUMBER. The watch's is the first, and in front of it that which waits for signals.
function(with_few_threads name number)
  if(LESSON_SANITIZE)
    return()
  endif()
  lesson(${name} ${ARGN})
  set_tests_properties(${name} PROPERTIES ENVIRONMENT
    "LD_LIBRARY_PATH=$<TARGET_FILE_DIR:failing_pthread_create>;LD_PRELOAD=$<TARGET_FILE_NAME:failing_pthread_create>;THREADS_BEFORE_FAILURE=${number}")
endfunction()

# without_threads(NAME NUMBER requirement... -- option...): the same, but without the watch, so that they are the
# lesson's.
function(without_threads)
  with_few_threads(${ARGN} --no-watch)
endfunction()

include(${CMAKE_CURRENT_LIST_DIR}/pipelines.cmake)
file(GLOB part_claims CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/part-[0-9][0-9].cmake)
foreach(claims IN LISTS part_claims)
  include(${claims})
endforeach()
