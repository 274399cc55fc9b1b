# Part 6, mode by mode. Which calls fail is a pure function of the seed; which of them is the first is
# not, and not required.

set(modes_of_6 fail-fast ignore-errors shared-error collect limit parallel-models)

# What all modes have in common.

foreach(mode IN LISTS modes_of_6)
  lesson(part-06.${mode}.without-errors-every-article-once ${all_twenty} ${adds_up} ${next_to_read}
    "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$"
    "--out=^Attempts +60 answered . 0 failed . 0 given up . 0 refused = 60$"
    "--not-out=^(Failed|Cancelled|Queued|Unknown|The group failed|Error|Calls saved)"
    -- --speed=20 --error-rate=0)
  lesson(part-06.${mode}.with-errors-the-account-adds-up --status=1 ${adds_up} ${next_to_read}
    "--out=^Processed +1?[0-9] of 20 articles" -- --speed=20 --error-rate=0.1)
  lesson(part-06.${mode}.with-errors-alone-none-succeeds --status=1 ${adds_up}
    "--out=^Processed +0 of 20 articles" "--out=^Account +0 succeeded"
    "--out=^LLM calls +0 of 60 answered" "--not-out=completed$" -- --speed=20 --error-rate=1)
  claim(part-06.${mode}.the-account-adds-up-with-every-seed TIMEOUT 180
    COMMAND ${tests}/modes/account_adds_up ${part_6} ${mode})
  lesson(part-06.${mode}.runs-are-counted "--out=^Complete +5 of 5 runs$"
    -- --runs=5 --speed=200 --error-rate=0)
  lesson(part-06.${mode}.a-run-with-errors-is-not-complete --status=1
    "--out=^Complete +0 of 3 runs$"
    "--awk=/^Run [123]: / { n++ } /^Run/ { wrong += $3 + $7 + $9 + $11 + ($14 ~ /unknown/ ? $13 : 0) != 20 || $3 == 20 } END { exit wrong || n != 3 }"
    -- --runs=3 --speed=200 --error-rate=0.1)
  claim(part-06.${mode}.same-results-as-part-1 NEEDS jansson COMMAND ${tests}/modes/same_results
    ${data}/articles.jsonl ${part_1} sequential ${part_6} ${mode} --error-rate=0)
  lesson(part-06.${mode}.what-succeeded-is-written --status=1 ${as_many_results_as_reported}
    -- --quiet --speed=200 --error-rate=0.05 --workers=3
    --input=${CMAKE_SOURCE_DIR}/docs/news.jsonl --output=/dev/stdout)
  lesson(part-06.${mode}.tsan.silent-without-errors --silent ${all_twenty} ${adds_up}
    -- --speed=20 --error-rate=0)
  if(NOT mode STREQUAL "shared-error")
    lesson(part-06.${mode}.tsan.silent-with-errors --silent --status=1 ${adds_up}
      -- --speed=20 --error-rate=0.1)
    lesson(part-06.${mode}.tsan.silent-with-errors-alone --silent --status=1 ${adds_up}
      -- --speed=20 --error-rate=1)
    lesson(part-06.${mode}.tsan.silent-on-input --silent --status=0,1 --awk=@account
      -- --speed=20 --error-rate=0.1 --input=${data}/articles.jsonl --workers=3)
  endif()
endforeach()
foreach(mode ignore-errors collect parallel-models)
  claim(part-06.${mode}.who-fails-is-in-the-seed COMMAND ${tests}/modes/same_calls_fail articles ${part_6}
    "--mode=collect --error-rate=0.1 --speed=100"
    "--mode=${mode} --error-rate=0.1 --speed=500 --workers=1"
    "--mode=${mode} --error-rate=0.1 --speed=50 --workers=20")
endforeach()
claim(part-06.collect.which-calls-fail-is-in-the-seed COMMAND ${tests}/modes/same_calls_fail calls ${part_6}
  "--mode=collect --seed=7 --speed=100" "--mode=collect --seed=7 --speed=100"
  "--mode=collect --seed=7 --speed=1000 --workers=20"
  "--mode=ignore-errors --seed=7 --speed=300 --workers=2")

# fail-fast

claim(part-06.fail-fast.is-the-default-and-has-a-call-that-fails COMMAND ${run_and_check} --status=1
  "--out=^Part 6, fail-fast: " ${adds_up} --awk=@fail_fast -- ${part_6} --speed=20)
foreach(mode limit parallel-models)
  lesson(part-06.${mode}.has-a-call-that-fails --status=1 ${adds_up} "--out=^Failed +article [0-9]+, " -- --speed=20)
endforeach()
lesson(part-06.fail-fast.calls-overlap ${all_sixty} "--out=at most [2-5] in flight$" -- --error-rate=0 --speed=20)
foreach(mode fail-fast collect limit)
  foreach(workers 1 2 3 8)
    lesson(part-06.${mode}.never-more-calls-than-${workers} ${all_twenty}
      "--out=at most [1-${workers}] in flight$" -- --speed=50 --workers=${workers} --error-rate=0)
  endforeach()
  # Each worker processes four articles of three seconds.
  lesson(part-06.${mode}.time-not-below-the-schedule
    ${not_below_12_s}
    "--out=one at a time 60\\.000 s: [0-9.]+x faster" "--out=greedy schedule 12\\.000 s: "
    -- ${known_load} --error-rate=0)
endforeach()
lesson(part-06.fail-fast.a-worker-says-what-it-takes-and-when-it-leaves --awk=@taken_once -- --error-rate=0 --speed=20)
lesson(part-06.fail-fast.the-collector-collects-each-once --awk=@collected_once -- --error-rate=0 --speed=20)
lesson(part-06.fail-fast.without-errors-says-nothing-of-the-group --not-err=.
  "--not-out=^The group failed" -- --error-rate=0 --speed=100)
foreach(mode fail-fast limit)
  foreach(rate 0.1 0.5 1)
    lesson(part-06.${mode}.the-first-error-ends-it-at-${rate} --status=1 ${adds_up} --awk=@fail_fast
      "--out=article [0-9]+, (summarize|sentiment|keywords), attempt 1: 503 Service Unavailable$"
      -- --speed=20 --error-rate=${rate})
  endforeach()
  # At most five have begun when the first of them fails, and they are the first five.
  lesson(part-06.${mode}.what-never-started-is-listed --status=1 ${adds_up}
    "--out=^Queued +1[5-9], never started: [2-6]-20$" "--out=^Calls saved +5[5-9] of 60 were never made$"
    -- --speed=20 --error-rate=1)
  lesson(part-06.${mode}.a-failed-run-is-held-against-no-schedule --status=1
    "--out=one at a time [0-9.]+ s: not all was done$" "--not-out=faster"
    -- --speed=50 --error-rate=1)
  # No answer would ever come: what ends the calls in flight is the error of another call.
  lesson(part-06.${mode}.wakes-calls-that-never-answer --status=1 ${adds_up} --awk=@fail_fast
    "--out= given up$" "--not-err=stalled"
    -- --speed=2 --error-rate=1 --hang-rate=0.5)
  lesson(part-06.${mode}.a-refusal-is-an-error-as-well --status=1 ${adds_up} --awk=@fail_fast
    "--out=article [0-9]+, [a-z]+, attempt 1: 429 Too Many Requests$"
    "--out=^Refused +[1-5] calls: 429, the provider takes 2 at once$"
    -- --error-rate=0 --speed=5 --provider-limit=2)
endforeach()
lesson(part-06.fail-fast.a-rate-that-is-passed-says-when-to-come-again --status=1 ${adds_up}
  --awk=@fail_fast "--out=^Failed +article .*: 429 Too Many Requests, retry after"
  "--out=^Refused +[1-5] calls: 429, the provider takes 0.1 a second$"
  -- --error-rate=0 --speed=20 --provider-rate=0.1)
lesson(part-06.fail-fast.fails-in-an-outage --status=1 ${adds_up} --awk=@fail_fast
  -- --error-rate=0 --speed=20 --outage=0s..600s)
lesson(part-06.fail-fast.one-worker-cancels-nobody --status=1 ${adds_up}
  "--out=^Account +[0-9]+ succeeded . 1 failed . 0 cancelled . "
  -- --speed=200 --error-rate=0.1 --workers=1)

# ignore-errors

lesson(part-06.ignore-errors.results-are-missing-and-nobody-says-why --status=1 ${adds_up}
  "--out=^Account .* 0 failed . 0 cancelled . 0 queued . [1-9][0-9]* unknown = 20$"
  "--out=^Unknown +[1-9][0-9]*, nobody says why: " "--not-out=^(Failed|Error|The group)" --not-err=.
  "--awk=/failed: 503/ { n++ } /^Unknown/ { missing = $2 + 0 } END { exit n == 0 || n != missing }"
  -- --speed=20)

# shared-error

lesson(part-06.shared-error.stops-by-hand-and-wakes-nobody --status=1 ${adds_up}
  "--out=^Account +[0-9]+ succeeded . [1-5] failed . 0 cancelled" "--out= 0 given up "
  "--not-out=given up$" -- --speed=20)
lesson(part-06.shared-error.tsan.flags-the-error
  --flagged=part-06-error-groups/variants/shared_error.c:work "--out=^Account " -- --speed=20)
lesson(part-06.shared-error.tsan.flags-the-error-on-input
  --flagged=part-06-error-groups/variants/shared_error.c:work "--out=^Account "
  -- --speed=20 --error-rate=0.5 --input=${data}/articles.jsonl)
lesson(part-06.shared-error.tsan.flags-the-error-in-many-runs
  --flagged=part-06-error-groups/variants/shared_error.c:work "--out=^Run [12]: ended with status 66$"
  -- --speed=20 --runs=2)

# collect

foreach(rate 0 0.1 0.5 1)
  set(status 1)
  if(rate STREQUAL "0")
    set(status 0)
  endif()
  lesson(part-06.collect.joins-all-errors-at-${rate} --status=${status} ${adds_up} --awk=@errors_are_joined
    "--not-out=^The group failed" -- --speed=20 --error-rate=${rate})
endforeach()
lesson(part-06.collect.marks-the-results-as-partial --status=1
  "--out=^Processed +1[0-9] of 20 articles, and the results are marked as partial$" -- --speed=20)
lesson(part-06.collect.goes-on-to-the-last-article --status=1
  "--out=^Account +[0-9]+ succeeded . [0-9]+ failed . 0 cancelled . 0 queued = 20$"
  "--awk=/^worker [0-9]+ takes article/ { n++ } END { exit n != 20 }" -- --speed=20)
lesson(part-06.collect.lists-ten-failures-and-counts-the-others --status=1
  "--out=^             20 in all: 1-20$" "--out=^Error 20 of 20: " -- --speed=200 --error-rate=1)

# parallel-models

lesson(part-06.parallel-models.calls-of-one-article-overlap ${all_twenty}
  "--out=^LLM calls +60, at most [2-3] in flight$" -- --error-rate=0 --speed=5 --latency=1s..1s --workers=1)
foreach(workers 1 2 3 5)
  math(EXPR calls "3 * ${workers}")
  lesson(part-06.parallel-models.at-most-${calls}-calls-of-${workers}-workers ${all_twenty}
    "--awk=/^LLM calls/ { peak = $6 } END { exit peak < 1 || peak > ${calls} }"
    -- --error-rate=0 --speed=50 --workers=${workers})
endforeach()
lesson(part-06.parallel-models.time-not-below-the-slowest-calls
  ${not_below_4_s}
  "--out=one at a time 60\\.000 s: [0-9.]+x faster" "--out=greedy schedule 4\\.000 s: " -- --error-rate=0 ${known_load})
lesson(part-06.parallel-models.time-not-below-the-slowest-call
  ${not_below_1_s} "--out=slowest article 1\\.000 s"
  -- --error-rate=0 ${known_load} --workers=40)
lesson(part-06.parallel-models.an-error-is-not-the-others --status=1 ${adds_up}
  "--out=^Account +1[0-9] succeeded . [1-9] failed . 0 cancelled . 0 queued = 20$"
  "--not-out=^The group failed" -- --speed=20 --error-rate=0.1)
# Three calls at once, and no other pause than their latencies: the two slower ones are in flight yet.
lesson(part-06.parallel-models.an-error-cancels-the-other-two --status=1 ${adds_up}
  "--out=^Attempts +0 answered . [2-5][0-9] failed . [1-9][0-9]* given up . 0 refused = "
  "--out= given up$" -- --speed=5 --error-rate=1)
lesson(part-06.parallel-models.an-error-wakes-calls-that-never-answer --status=1 ${adds_up}
  "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Attempts .* [1-9][0-9]* given up" "--not-err=stalled" "--not-out=cancelled$"
  -- --speed=20 --error-rate=1 --hang-rate=0.2)

# A provider that does not answer, and a part without a timeout.

lesson(part-06.collect.after-a-hang-a-deadline-is-offered ${stalled}
  "--out=^Type next +./lesson 7 --hang-rate=1 --call-timeout=2s$" -- --speed=200 --hang-rate=1)
lesson(part-06.fail-fast.stalls-where-nobody-answers ${stalled} --err-lines=8 --awk=@account
  "--err=^  main: receiving from channel \"finished\" .empty, not closed.$"
  "--err=^  worker 1: waiting for an answer$"
  "--err=^  worker 5: waiting for an answer$"
  "--err=^  closer: sending to channel \"jobs\" .no buffer.$"
  "--out= 5 in flight = 5$" "--out=^Unknown +5, in work when it stalled: 1-5$"
  -- --error-rate=0 --speed=200 --hang-rate=1)
foreach(mode collect limit parallel-models)
  lesson(part-06.${mode}.stalls-where-nobody-answers ${stalled} --awk=@account
    "--err=^  .*: waiting for an answer$" "--out= (5|15) in flight = (5|15)$"
    -- --speed=200 --hang-rate=1 --error-rate=0)
endforeach()
# Main collects once all threads have ended, which they never do.
lesson(part-06.limit.what-succeeded-before-the-stall-is-not-collected ${stalled} --awk=@account
  "--out=^Account +0 succeeded .* unknown = 20$" "--out= in flight = "
  -- --error-rate=0 --speed=200 --hang-rate=0.03 --seed=2)
lesson(part-06.fail-fast.tsan.stalls-in-silence --silent ${stalled} --awk=@account
  -- --error-rate=0 --speed=200 --hang-rate=1)
claim(part-06.fail-fast.hangs-without-the-watch COMMAND ${run_and_check} --status=124 --not-err=stalled
  -- timeout 4 ${part_6} --error-rate=0 --speed=200 --hang-rate=1 --no-watch)

# Options that only the parts from here on have.

foreach(option error-rate hang-rate)
  refused_values(part-06.input.${option} --${option} "must be a number from 0 .no call. to 1 .every call.$"
    1.5 -1 x 2 nan 0x1 1e9 1.0000001 "" " 0")
endforeach()
refused_values(part-06.input.provider-rate --provider-rate
  "must be a number of calls a second, from 0.001 to 1000000, or 0: no limit$"
  -1 0.0001 1000001 x inf "")
refused_values(part-06.input.outage --outage
  "must be FROM..TO, each a number from 0 with a unit .us, ms, s. at most 600s., as 2s..5s$"
  5s 1..2 1s.. ..1s -1s..1s 1s..601s x "")
refused(part-06.input.outage-upside-down-is-refused --outage=5s..2s
  "must be FROM..TO with FROM not above TO, as 2s..5s$")
unknown_before(6 error-rate=0.1 hang-rate=0.1 provider-rate=1 outage=1s..2s)
foreach(option timeout=1s call-timeout=1s drain stage-workers=1,1,1,1,1 store=x)
  string(REGEX REPLACE "=.*" "" name ${option})
  refused(part-06.input.${name}-is-unknown-in-part-6 --${option} "unknown option. the options are ")
endforeach()

# Signals end it at once, as in the parts before: a shutdown is part 7's.

interrupted(part-06.fail-fast.sigint-ends-it INT 2)
interrupted(part-06.collect.sigterm-ends-it TERM 15)
interrupted(part-06.parallel-models.sighup-ends-it HUP 1)
interrupted(part-06.fail-fast.sigint-ends-a-hang INT 2 --error-rate=0 --hang-rate=1 --no-watch)

# Where a thread cannot be started. The first is the closer: without a worker nothing is fed, and any worker
# does all the work.

foreach(mode fail-fast ignore-errors shared-error collect parallel-models)
  foreach(threads 0 1)
    without_threads(part-06.${mode}.ends-without-workers-${threads} ${threads} --status=1 ${adds_up}
      "--err=could not be started" "--out=^Account +0 succeeded . 0 failed . 0 cancelled . 20 queued = 20$"
      "--out=^The group failed: worker 1 was first$" -- --speed=50 --error-rate=0)
  endforeach()
endforeach()
foreach(mode fail-fast ignore-errors shared-error collect)
  foreach(threads 3 5)
    math(EXPR workers "${threads} - 1")
    math(EXPR refused "${threads} + 1")
    without_threads(part-06.${mode}.fewer-workers-do-all-the-work-${threads} ${threads} ${all_twenty} ${adds_up}
      "--err=^part-06-error-groups: thread ${refused} could not be started beside ${threads} others: "
      "--out=at most [1-${workers}] in flight$" -- --speed=50 --error-rate=0)
  endforeach()
endforeach()
foreach(threads 0 1 3)
  math(EXPR queued "20 - ${threads}")
  without_threads(part-06.limit.does-what-it-has-threads-for-${threads} ${threads} --status=1 ${adds_up}
    "--err=could not be started"
    "--out=^Account +${threads} succeeded . 0 failed . 0 cancelled . ${queued} queued = 20$"
    -- --error-rate=0 --speed=50)
endforeach()
# The closer and workers, and then only the calls of the first articles.
foreach(threads 3 5 6 8)
  without_threads(part-06.parallel-models.a-call-without-a-thread-is-no-429-${threads} ${threads} --status=1
    ${adds_up} "--out=^Account +[0-2] succeeded . (18|19|20) failed . 0 cancelled . 0 queued = 20$"
    "--out=article [0-9]+, (summarize|sentiment|keywords): Resource temporarily unavailable$" "--not-out=429 Too"
    -- --error-rate=0 --speed=50)
endforeach()
