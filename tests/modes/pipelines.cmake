# What the modes of parts 9 and 10 have in common.

set(nothing_is_wrong "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Attempts +60 answered . 0 failed . 0 given up . 0 refused = 60$"
  "--not-out=^(Failed|Cancelled|Queued|Shutdown|Calls saved)")

# claims_of_pipeline(part-09 MODE PROGRAM PEAK requirement...): PEAK is what matches the calls in flight;
# the requirements are of every run that ends.
function(claims_of_pipeline part mode program peak)
  set(table ${ARGN})
  set(peak "--out=^LLM calls +60, at most ${peak} in flight$")
  lesson(${part}.${mode}.every-article-once ${all_twenty} ${peak} ${all_is_accounted_for}
    ${table} ${nothing_is_wrong} ${next_to_read} --not-err=. -- --speed=20)
  lesson(${part}.${mode}.two-hundred-articles "--out=^Processed +200 of 200 articles, each exactly once$"
    --awk=@account ${table} -- --speed=500 --articles=200)
  lesson(${part}.${mode}.one-article "--out=^Processed +1 of 1 articles, each exactly once$"
    --awk=@account ${table} -- --speed=50 --articles=1)
  claim(${part}.${mode}.same-results-as-part-1 NEEDS jansson COMMAND ${tests}/modes/same_results
    ${CMAKE_SOURCE_DIR}/docs/news.jsonl ${part_1} sequential ${program} ${mode})
  lesson(${part}.${mode}.runs-are-counted "--out=^Complete +3 of 3 runs$" -- --runs=3 --speed=200)
  lesson(${part}.${mode}.of-many-runs-each-adds-up --status=1 "--out=^Complete +0 of 3 runs$"
    "--awk=/^Run [123]: / { n++ } /^Run/ { wrong += $3 + $7 + $9 + $11 != 20 } END { exit wrong || n != 3 }"
    -- --runs=3 --speed=50 --timeout=5s)
  lesson(${part}.${mode}.stopped-by-the-timeout --status=1 ${all_is_accounted_for} ${table}
    ${next_to_read} "--out=^Account +[0-9]+ succeeded . 0 failed . [0-9]+ cancelled . [0-9]+ queued = 20$"
    "--out=^Shutdown +[0-9.]+ s from the timeout to the end$" "--out=: not all was done$" --not-err=.
    -- --speed=20 --timeout=5s)
  lesson(${part}.${mode}.with-errors-it-adds-up --status=1 ${all_is_accounted_for} ${table}
    "--out=^Account +1?[0-9] succeeded . [1-9][0-9]* failed . 0 cancelled . 0 queued = 20$"
    "--out=^Failed +" -- --speed=20 --error-rate=0.2)
  lesson(${part}.${mode}.with-errors-alone-none-succeeds --status=1 ${all_is_accounted_for} ${table}
    "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
    "--out=^Attempts +0 answered . 20 failed . 0 given up . 0 refused = 20$" -- --speed=20 --error-rate=1)
  lesson(${part}.${mode}.no-call-is-refused-one-at-a-time ${all_twenty} ${all_is_accounted_for} ${table}
    ${nothing_is_wrong} "--out=^LLM calls +60, at most 1 in flight$" -- --speed=100 --provider-limit=1)
  lesson(${part}.${mode}.no-call-is-refused-three-a-second ${all_twenty} ${all_is_accounted_for} ${table}
    ${nothing_is_wrong} "--out=^LLM calls +60, at most [1-4] in flight$" ${not_below_19_s}
    -- --speed=20 --provider-limit=4 --provider-rate=3)
  lesson(${part}.${mode}.a-call-that-hangs-fails-in-time --status=1 ${all_is_accounted_for} ${table}
    "--out=: no answer in time$" "--not-out=^Shutdown" -- --speed=20 --hang-rate=0.1 --call-timeout=4s)
  lesson(${part}.${mode}.stalls-where-nobody-ends-a-hang ${stalled} --awk=@account
    "--err=^  .*: waiting for an answer$" -- --speed=200 --hang-rate=1)
  foreach(seed 2 3 4 5)
    lesson(${part}.${mode}.all-at-once-adds-up-seed-${seed} --status=0,1 ${all_is_accounted_for} ${table}
      -- --speed=50 --seed=${seed} --error-rate=0.1 --hang-rate=0.05 --call-timeout=1400ms --timeout=9s)
  endforeach()
  lesson(${part}.${mode}.what-succeeded-is-written --status=1 ${as_many_results_as_reported}
    -- --quiet --speed=200 --error-rate=0.05 --input=${CMAKE_SOURCE_DIR}/docs/news.jsonl --output=/dev/stdout)
  lesson(${part}.${mode}.tsan.silent --silent ${all_twenty} ${peak} ${all_is_accounted_for}
    ${table} -- --speed=20)
  lesson(${part}.${mode}.tsan.silent-when-stopped --silent --status=1 ${adds_up} ${table}
    "--out=^Shutdown " -- --speed=20 --timeout=5s)
  lesson(${part}.${mode}.tsan.silent-when-drained --silent --status=0,1 ${adds_up} ${table}
    -- --speed=20 --timeout=5s --drain)
  lesson(${part}.${mode}.tsan.silent-with-errors-and-hangs --silent --status=0,1 ${adds_up} ${table}
    -- --speed=20 --error-rate=0.1 --hang-rate=0.1 --call-timeout=2s --timeout=9s)
  lesson(${part}.${mode}.tsan.silent-on-input --silent ${adds_up} ${table} ${all_twenty}
    -- --speed=20 --input=${CMAKE_SOURCE_DIR}/docs/news.jsonl)
  claim(${part}.${mode}.sigINT-stops-it COMMAND ${run_and_check} --err-lines=1
    ${shutting_down} "--out=^ended by signal 2$" "--not-out=^(Unknown|Leaked)" --awk=@account
    -- ${interrupt} INT started ${program} --mode=${mode} --latency=2s..2s --speed=2)
  claim(${part}.${mode}.sigTERM-stops-it COMMAND ${run_and_check} --err-lines=1
    ${shutting_down} "--out=^ended by signal 15$" "--not-out=^(Unknown|Leaked)" --awk=@account
    -- ${interrupt} TERM started ${program} --mode=${mode} --latency=2s..2s --speed=20 --drain)
  claim(${part}.${mode}.a-second-signal-ends-it COMMAND ${run_and_check} --err-lines=2
    "--out=^ended by signal 2$" "--not-out=^Processed"
    ${ended_at_once}
    -- ${interrupt} --again=second INT started ${program} --mode=${mode} --drain --latency=600s..600s)
endfunction()

# The articles that were taken are finished, and no other is. Twenty are not taken in a second.
set(drained --status=1
  "--out=^Account +[0-9]+ succeeded . 0 failed . 0 cancelled . [1-9][0-9]* queued = 20$"
  "--out=^Attempts .* 0 given up . "
  "--awk=/^Processed/ { done = $2 } /^LLM calls/ { made = $3 + 0 } END { exit 3 * done != made }")

# claims_of_stages(part-09 MODE requirement...): of the modes with stages.
function(claims_of_stages part mode)
  set(table ${ARGN})
  foreach(workers 1,1,1 4,4,4 1,5,2 8,1,8 50,50,50)
    string(REPLACE "," "-" name ${workers})
    lesson(${part}.${mode}.with-${name}-workers ${all_twenty} ${all_is_accounted_for} ${table}
      -- --speed=50 --stage-workers=${workers})
    lesson(${part}.${mode}.with-${name}-workers-is-stopped --status=1 ${all_is_accounted_for} ${table}
      "--out=^Shutdown " -- --speed=20 --stage-workers=${workers} --timeout=2s)
    if(NOT workers STREQUAL "50,50,50") # a thread is costly there, and more of them race no more
      lesson(${part}.${mode}.tsan.silent-with-${name}-workers --silent ${all_twenty} ${table}
        -- --speed=50 --stage-workers=${workers})
    endif()
  endforeach()
  # One after the other in each stage, and no article overtakes another.
  lesson(${part}.${mode}.one-worker-each-keeps-the-order ${all_twenty} "--out=at most [1-3] in flight$"
    --awk=@collected_in_order -- --speed=50 --stage-workers=1,1,1)
  # The slowest stage needs ten times a second for twenty articles, and the first of them comes to it
  # after two seconds.
  lesson(${part}.${mode}.time-not-below-the-slowest-stage ${not_below_12_s} -- ${known_load})
  lesson(${part}.${mode}.time-not-below-a-slower-stage ${not_below_22_s} -- ${known_load} --stage-workers=4,4,1)
  # What bounds it is a stage, and not the slowest article.
  lesson(${part}.${mode}.is-held-against-one-at-a-time "--out=    one at a time 60\\.359 s: [0-9.]+x faster$"
    -- --speed=20)
  lesson(${part}.${mode}.calls-overlap "--out=at most ([2-9]|10) in flight$" -- --speed=20)
  lesson(${part}.${mode}.an-error-names-its-stage --status=1 ${adds_up}
    "--out=^Failed +article 9, summarize, attempt 1: 503 Service Unavailable$"
    "--out=^ +article 10, keywords, attempt 1: 503 Service Unavailable$"
    "--out=^ +article 16, sentiment, attempt 1: 503 Service Unavailable$" -- --speed=20 --error-rate=0.1)
  # An article that failed in a stage never comes to the next one.
  lesson(${part}.${mode}.what-failed-goes-no-further --status=1 ${adds_up} ${table}
    "--not-out=^(sentiment|keywords) [0-9]+ takes article (9|18)$" "--not-out=^keywords [0-9]+ takes article (16|20)$"
    "--not-out=^Collected result for article (9|10|16|18|20)$" -- --speed=20 --error-rate=0.1)

  # Where a thread cannot be started. The first waits for signals; then come the workers, those of the last
  # stage first, and the closer at last. Without one of them nothing is fed.
  foreach(threads 0 1 2 3 6 8 11)
    without_threads(${part}.${mode}.ends-without-all-its-threads-${threads} ${threads} --status=1
      ${all_is_accounted_for} "--err=could not be started" ${table}
      "--out=^Account +0 succeeded . 0 failed . 0 cancelled . 20 queued = 20$" -- --speed=50)
  endforeach()
  without_threads(${part}.${mode}.has-threads-enough-with-12 12 ${all_twenty} ${all_is_accounted_for}
    --not-err=. -- --speed=50)
  without_threads(${part}.${mode}.ends-without-all-its-threads-though-calls-take-no-time 11 --status=1
    ${all_is_accounted_for} "--err=could not be started" -- --speed=1000000 --latency=0s..0s)
endfunction()
