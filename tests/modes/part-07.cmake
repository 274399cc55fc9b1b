# Part 7, mode by mode. A machine that stalls may make a deadline be over earlier than the load says, never
# later: what is required holds all the same.

set(no_call_is_given_up "--not-out= given up$" "--out=^Attempts .* 0 given up . ")

# Modes have these by default.
set(untold --timeout=0 --call-timeout=0)

# What all modes have in common.

foreach(mode graceful workflow deaf leak no-leak late-cancel)
  set(errors --error-rate=0)
  set(adds_up_when_stopped ${all_is_accounted_for})
  if(mode STREQUAL "leak") # whose collector leaves when an article was cancelled, too
    set(adds_up_when_stopped ${adds_up})
  endif()
  if(NOT mode STREQUAL "late-cancel")
    lesson(part-07.${mode}.untold-every-article-once ${all_twenty} ${all_sixty} ${all_is_accounted_for}
      ${next_to_read} "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$"
      "--not-out=^(Failed|Cancelled|Queued|Shutdown|Calls saved)" --not-err=. -- ${untold} --speed=20 ${errors})
    claim(part-07.${mode}.same-results-as-part-1 NEEDS jansson COMMAND ${tests}/modes/same_results
      ${data}/articles.jsonl ${part_1} sequential ${part_7} ${mode} ${errors} ${untold})
    lesson(part-07.${mode}.runs-are-counted "--out=^Complete +3 of 3 runs$"
      -- ${untold} --runs=3 --speed=200 ${errors})
    lesson(part-07.${mode}.of-many-runs-each-adds-up --status=1 "--out=^Complete +0 of 3 runs$"
      "--awk=/^Run [123]: / { n++ } /^Run/ { wrong += $3 + $7 + $9 + $11 + ($14 ~ /unknown/ ? $13 : 0) != 20 } END { exit wrong || n != 3 }"
      -- ${untold} --runs=3 --speed=50 --timeout=5s ${errors})
    foreach(workers 1 50)
      set(most 20)
      if(workers EQUAL 1)
        set(most 1)
      endif()
      lesson(part-07.${mode}.with-${workers}-workers ${all_twenty} ${all_is_accounted_for}
        "--awk=/^LLM calls/ { peak = $6 } END { exit peak < 1 || peak > ${most} }"
        -- ${untold} --speed=50 --workers=${workers} ${errors})
      lesson(part-07.${mode}.with-${workers}-workers-is-stopped --status=1 ${adds_up_when_stopped}
        "--out=^Shutdown +[0-9.]+ s from the timeout to the end$"
        -- ${untold} --speed=50 --workers=${workers} --latency=1s..1s --timeout=2s ${errors})
    endforeach()
  else()
    set(errors "")
  endif()
  # Twelve seconds, if nobody stops it.
  lesson(part-07.${mode}.stopped-by-the-timeout --status=1 ${adds_up_when_stopped} ${next_to_read}
    "--out=^Account +[0-9]+ succeeded . 0 failed . [0-9]+ cancelled . [0-9]+ queued"
    "--out=^Shutdown +[0-9.]+ s from the timeout to the end$" "--out=: not all was done$" --not-err=.
    -- ${untold} ${known_load} --timeout=2s ${errors})
  lesson(part-07.${mode}.with-errors-it-adds-up --status=1 ${adds_up}
    "--out=^Account +1?[0-9] succeeded . [1-9][0-9]* failed" "--out=^Failed +(stage 2 .[a-z]+., )?article "
    -- ${untold} --speed=20 --error-rate=0.3)
  set(hangs --hang-rate=0.05)
  if(mode STREQUAL "deaf") # it would for ever
    set(hangs --hang-rate=0)
  endif()
  if(NOT mode STREQUAL "leak")
    lesson(part-07.${mode}.with-errors-nothing-is-left --status=1 ${all_is_accounted_for}
      -- ${untold} --speed=20 --error-rate=0.3)
    foreach(seed 2 3 4 5)
      lesson(part-07.${mode}.all-at-once-adds-up-seed-${seed} --status=0,1 ${all_is_accounted_for}
        -- ${untold} --speed=50 --seed=${seed} --error-rate=0.1 ${hangs} --call-timeout=1400ms --timeout=9s)
    endforeach()
  endif()
  lesson(part-07.${mode}.tsan.silent --silent --status=0,1 ${adds_up} -- ${untold} --speed=20)
  lesson(part-07.${mode}.tsan.silent-when-stopped --silent --status=1 ${adds_up}
    "--out=^Shutdown " -- ${untold} --speed=20 --timeout=2s ${errors})
  lesson(part-07.${mode}.tsan.silent-with-errors-and-hangs --silent --status=0,1 ${adds_up}
    -- ${untold} --speed=20 --error-rate=0.1 ${hangs} --call-timeout=2s --timeout=9s)
  lesson(part-07.${mode}.tsan.silent-on-input --silent --status=0,1 --awk=@account
    -- ${untold} --speed=20 --input=${data}/articles.jsonl)
endforeach()
claim(part-07.graceful.the-account-adds-up-with-every-seed TIMEOUT 180
  COMMAND ${tests}/modes/account_adds_up ${part_7} graceful ${untold})
claim(part-07.workflow.the-account-adds-up-with-every-seed TIMEOUT 180
  COMMAND ${tests}/modes/account_adds_up ${part_7} workflow ${untold})

# graceful

claim(part-07.graceful.is-the-default-and-stops-after-five-seconds COMMAND ${run_and_check} --status=1
  "--out=^Part 7, graceful: " "--out=^Shutdown +[0-9.]+ s from the timeout to the end$" ${all_is_accounted_for}
  "--out=^Account +[0-9]+ succeeded . 0 failed . [0-9]+ cancelled . [1-9][0-9]* queued = 20$" --not-err=.
  -- ${part_7} --speed=20)
lesson(part-07.deaf.stops-after-five-seconds --status=1 ${all_is_accounted_for} ${no_call_is_given_up}
  "--out=^Shutdown +[0-9.]+ s from the timeout to the end$" -- --speed=20)
lesson(part-07.workflow.has-three-and-a-half-seconds-for-an-article --status=1 ${all_is_accounted_for}
  "--out=stage 2 .[a-z]+., article 3: no answer in time$" "--not-out=^Shutdown" -- --speed=5)
lesson(part-07.graceful.a-worker-says-what-it-takes-and-when-it-leaves --awk=@taken_once -- --timeout=0 --speed=20)
lesson(part-07.graceful.time-not-below-the-schedule
  ${not_below_12_s}
  "--out=one at a time 60\\.000 s: [0-9.]+x faster" "--out=greedy schedule 12\\.000 s: " -- --timeout=0 ${known_load})
# A call takes longer than the run may. A worker that has begun one gives it up; on a machine that stood still
# nobody had.
lesson(part-07.graceful.calls-in-flight-are-given-up --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . 0 failed . [0-6] cancelled . (20|1[4-9]) queued = 20$"
  "--awk=/^Attempts/ { n = split($0, part) } END { exit !n || part[2] != 0 || part[8] != part[n] }"
  -- --latency=4s..4s --timeout=2s)
lesson(part-07.graceful.drain-lets-calls-in-flight-finish --status=1 ${all_is_accounted_for}
  ${no_call_is_given_up} "--out=^Account +[0-9]+ succeeded . 0 failed . 0 cancelled . 1?[0-9] queued = 20$"
  "--awk=/^Processed/ { done = $2 } /^Attempts/ { made = $NF } END { exit 3 * done != made || done > 15 || done < 1 }"
  -- --speed=5 --latency=1s..1s --timeout=5s --drain)
foreach(workers 1 50)
  lesson(part-07.graceful.drain-finishes-what-${workers}-workers-have --status=0,1 ${all_is_accounted_for}
    ${no_call_is_given_up} "--out=^Account +[0-9]+ succeeded . 0 failed . 0 cancelled . "
    -- --speed=20 --timeout=2s --drain --workers=${workers})
endforeach()
lesson(part-07.graceful.without-a-shutdown-drain-is-nothing ${all_twenty} -- --timeout=0 --speed=100 --drain)
lesson(part-07.graceful.a-timeout-that-is-not-reached-is-nothing ${all_twenty} "--not-out=^Shutdown"
  -- --speed=100 --timeout=600s)

lesson(part-07.graceful.a-call-has-its-own-deadline --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$" "--not-out=^Shutdown"
  "--out=article 1, summarize, attempt 1: no answer in time$" "--out=^             20 in all: 1-20$"
  -- --timeout=0 --speed=5 --latency=2s..2s --call-timeout=1s)
# As long as the deadline of all three calls of the workflow below: there are no calls so slow.
lesson(part-07.graceful.a-deadline-is-one-calls ${all_twenty} -- --timeout=0 --speed=2 --call-timeout=3500ms)
lesson(part-07.graceful.errors-stop-nobody --status=1 ${all_is_accounted_for} ${no_call_is_given_up}
  "--out=^Account +[0-9]+ succeeded . [1-9][0-9]* failed . 0 cancelled . 0 queued = 20$"
  -- --timeout=0 --speed=20 --error-rate=0.1)
lesson(part-07.graceful.errors-alone-stop-nobody --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Attempts +0 answered . 20 failed . 0 given up . 0 refused = 20$" -- --timeout=0 --speed=20 --error-rate=1)
lesson(part-07.graceful.errors-are-failures-in-a-shutdown-too --status=1 ${all_is_accounted_for}
  "--out=^Shutdown " -- --speed=20 --error-rate=0.3 --timeout=5s)

# Calls that never answer: something has to end them, or nobody does.
lesson(part-07.graceful.a-call-that-hangs-fails-in-time --status=1 ${all_is_accounted_for}
  "--out=^Account +19 succeeded . 1 failed . 0 cancelled . 0 queued = 20$" --not-err=.
  "--out=^Failed +article 15, summarize, attempt 1: no answer in time$"
  -- --timeout=0 --speed=200 --hang-rate=0.1 --call-timeout=600s)
lesson(part-07.graceful.the-timeout-ends-calls-that-hang --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . 0 failed . [0-6] cancelled . (20|1[4-9]) queued = 20$" --not-err=.
  -- --speed=5 --hang-rate=1 --timeout=10s)
lesson(part-07.graceful.stalls-where-nobody-ends-a-hang ${stalled}
  "--err=^  worker 5: waiting for an answer$"
  "--out=^Unknown +5, in work when it stalled: 1-5$" -- --timeout=0 --speed=200 --hang-rate=1)
lesson(part-07.graceful.who-drains-waits-for-calls-that-hang ${stalled}
  "--err=^  worker 5: waiting for an answer$"
  -- --speed=5 --hang-rate=1 --timeout=5s --drain)
lesson(part-07.graceful.who-drains-has-the-deadlines-of-calls --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . [1-5] failed . 0 cancelled . 1[5-9] queued = 20$" --not-err=.
  -- --speed=5 --hang-rate=1 --timeout=5s --drain --call-timeout=20s)

# workflow

# Sleeps are never shorter than they should be: an article whose calls take more than what 3.5 s leave
# fails, although none of its calls takes so long.
lesson(part-07.workflow.one-deadline-over-all-steps --status=1 ${all_is_accounted_for}
  "--out=stage 2 .[a-z]+., article 3: no answer in time$"
  "--not-out=^Collected result for article (3|11|13|15|17|18)$" -- --speed=5 --call-timeout=3500ms)
lesson(part-07.workflow.names-the-first-stage --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Failed +stage 1 .preprocess., article 1: no answer in time$"
  "--not-out=stage [23]" "--out=^Calls saved +60 of 60" -- --speed=5 --call-timeout=50ms)
lesson(part-07.workflow.names-the-second-stage --status=1 ${all_is_accounted_for}
  "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Failed +stage 2 .summarize., article 1: no answer in time$"
  "--not-out=stage [13]" -- --speed=5 --call-timeout=600ms --latency=1s..1s)
# In time for the third stage unless the machine stands still for more than a second.
lesson(part-07.workflow.names-the-third-stage --status=1 --awk=@account
  "--out=stage 3 .postprocess., article [1-5]: no answer in time$" "--not-out=^Processed +[1-5]"
  -- --speed=0.04 --call-timeout=150ms --latency=0s..0s --articles=5)
lesson(part-07.workflow.names-the-stage-of-an-error --status=1 ${all_is_accounted_for}
  "--out=^Failed +stage 2 .summarize., article 9: 503 Service Unavailable$" -- --call-timeout=0 --speed=20 --error-rate=0.1)
lesson(part-07.workflow.who-is-cancelled-has-not-failed --status=1 ${all_is_accounted_for}
  "--out=^Account +[0-9]+ succeeded . 0 failed . " -- --speed=20 --timeout=5s --call-timeout=600s)
lesson(part-07.workflow.time-has-the-other-steps-in-it
  ${not_below_12.8_s} -- --call-timeout=0 ${known_load})

# late-cancel

# In twenty runs of about sixteen articles whose answer is not waited for, some are cancelled.
lesson(part-07.late-cancel.reports-successes-as-cancelled --status=0,1 --awk=@late_cancel
  -- --runs=20 --speed=20)
lesson(part-07.late-cancel.all-was-answered-and-paid-for --status=0,1 ${all_is_accounted_for}
  "--out=^LLM calls +60, at most (1?[0-9]|20) in flight$" "--not-out=^(Failed|Queued|Shutdown)"
  "--out=^Attempts +60 answered . 0 failed . 0 given up . 0 refused = 60$" ${next_to_read}
  "--awk=/^Article [0-9]+: cancelled$/ { n++ } /^Cancelled/ { all = $2 + 0 } END { exit n != all }"
  -- --speed=20)
lesson(part-07.late-cancel.one-article-is-waited-for "--out=^Processed +1 of 1 articles, each"
  -- --speed=5 --articles=1)
# deaf

# A worker that has begun a call waits four seconds for its answer, and the timeout comes after two;
# on a machine that stood still nobody had begun one.
lesson(part-07.deaf.a-shutdown-waits-for-the-answers --status=1 ${all_is_accounted_for} ${no_call_is_given_up}
  "--out=^Account +0 succeeded . 0 failed . [0-6] cancelled . (20|1[4-9]) queued = 20$"
  "--awk=/^Attempts/ { n = split($0, part) } /^Shutdown/ { t = $2 } END { exit !n || part[2] != part[n] || (part[n] > 0 && t < 2) }"
  -- --latency=4s..4s --timeout=2s)
lesson(part-07.deaf.a-deadline-is-missed-and-then-noticed --status=1 ${all_is_accounted_for}
  ${no_call_is_given_up} "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Attempts +20 answered . 0 failed . 0 given up . 0 refused = 20$"
  "--out=article 1, summarize, attempt 1: no answer in time$"
  ${not_below_8_s}
  -- --timeout=0 --speed=5 --latency=2s..2s --call-timeout=1s)
claim(part-07.deaf.an-answer-comes-after-the-signal COMMAND ${run_and_check} ${shutting_down} --err-lines=1
  "--out=^ended by signal 2$" "--out= completed$" ${no_call_is_given_up} --awk=@account
  "--out=^Account +0 succeeded . 0 failed . [1-6] cancelled . "
  -- ${interrupt} INT started ${part_7} --mode=deaf --latency=3s..3s --timeout=0)
claim(part-07.graceful.no-answer-comes-after-the-signal COMMAND ${run_and_check} ${shutting_down} --err-lines=1
  "--out=^ended by signal 2$" "--out= given up$" "--not-out= completed$" --awk=@account
  "--out=^Account +0 succeeded . 0 failed . [1-6] cancelled . "
  -- ${interrupt} INT started ${part_7} --latency=30s..30s --timeout=0)
claim(part-07.deaf.a-call-that-hangs-hangs-until-the-second-signal COMMAND ${run_and_check} --err-lines=2
  ${shutting_down} ${ended_at_once} "--out=^ended by signal 15$" "--not-out=^Processed"
  -- ${interrupt} --again=second TERM started ${part_7} --mode=deaf --hang-rate=1 --timeout=0)

# leak

set(leaked_workers "")
foreach(worker 1 2 3 4 5)
  list(APPEND leaked_workers "--out=^Leaked +worker ${worker}: sending to channel \"finished\" .no buffer.$")
endforeach()
lesson(part-07.leak.names-who-is-left-and-what-it-waits-for --status=1 ${adds_up} ${next_to_read}
  ${leaked_workers}
  "--out=^Leaked +closer: (sending to channel \"jobs\" .no buffer.|waiting for wait group \"error group of worker 1\" .5 not done.)$"
  "--awk=/^Leaked/ { n++ } /^Collected/ { got++ } /^Processed/ { done = $2 } END { exit n != 6 || got != done }"
  "--out=^Failed +article (9|10), " "--out=^Unknown +[1-9]" --not-err=. -- --speed=5)
lesson(part-07.leak.one-worker-is-left-too --status=1 ${adds_up}
  "--out=^Account +8 succeeded . 1 failed . 0 cancelled . 10 queued . 1 unknown = 20$"
  "--out=^Failed +article 9, summarize, attempt 1: 503 Service Unavailable$"
  "--out=^Leaked +worker 1: sending to channel \"finished\" .no buffer.$" "--out=^Leaked +closer: "
  "--awk=/^Leaked/ { n++ } END { exit n != 2 }" -- --speed=50 --workers=1)
lesson(part-07.leak.what-comes-after-the-end-shut-nothing-down --status=1 ${adds_up} "--out=^Leaked"
  "--not-out=^Shutdown +-" -- --speed=5 --timeout=6s)
lesson(part-07.leak.is-counted-in-many-runs --status=1
  "--awk=/^Run [0-9]: .*. 6 leaked./ { n++ } END { exit n != 3 }" -- --runs=3 --speed=5)
lesson(part-07.leak.no-stall-is-reported --status=1 --not-err=. "--out=^Leaked" -- --speed=50)
lesson(part-07.leak.tsan.names-who-is-left --silent --status=1 ${adds_up} ${leaked_workers} -- --speed=5)

lesson(part-07.no-leak.the-same-failure-and-nobody-is-left --status=1 ${all_is_accounted_for}
  "--out=^Failed +article (9|10), " "--out=^Queued +[1-9]" --not-err=. -- --speed=5)
lesson(part-07.no-leak.one-worker-leaves-too --status=1 ${all_is_accounted_for}
  "--out=^Account +8 succeeded . [12] failed . [01] cancelled . 1[01] queued = 20$"
  "--out=^Failed +article 9, summarize, attempt 1: 503 Service Unavailable$"
  "--out=^worker 1 leaves$" -- --speed=10 --workers=1)

# Signals. The first one shuts it down.

# shut_down(NAME SIGNAL NUMBER requirement... -- option...)
function(shut_down name signal number)
  if(name MATCHES "\\.tsan\\.")
    list(PREPEND ARGN --silent)
  endif()
  list(FIND ARGN "--" middle)
  list(INSERT ARGN ${middle} UNDER ${interrupt} ${signal} started)
  lesson(${name} ${shutting_down} --err-lines=1 "--out=^ended by signal ${number}$" ${all_is_accounted_for} ${ARGN})
endfunction()

# For the signal, which comes while the first calls are in flight.
set(in_time ${untold} --latency=2s..2s --speed=2)
set(gives_up "--out=^Account +0 succeeded . 0 failed . [1-6] cancelled . 1[4-9] queued = 20$")
set(finishes "--out=^Account +[1-5] succeeded . 0 failed . 0 cancelled . 1[5-9] queued = 20$")
foreach(signal INT TERM HUP)
  set(INT 2)
  set(TERM 15)
  set(HUP 1)
  string(TOLOWER ${signal} name)
  shut_down(part-07.graceful.sig${name}-shuts-it-down ${signal} ${${signal}} ${gives_up}
    "--out=^Shutdown +[0-9.]+ s from SIG${signal} to the end$" "--out= given up$" -- ${in_time})
  shut_down(part-07.graceful.sig${name}-with-drain ${signal} ${${signal}} ${finishes} ${no_call_is_given_up}
    -- ${in_time} --drain)
  claim(part-07.graceful.a-second-sig${name}-ends-it COMMAND ${run_and_check} --err-lines=2 ${shutting_down}
    ${ended_at_once} "--out=^ended by signal ${${signal}}$" "--not-out=^Processed"
    -- ${interrupt} --again=second ${signal} started ${part_7} --drain --latency=600s..600s --timeout=0)
  foreach(mode graceful leak)
    claim(part-07.${mode}.ignored-sig${name}-stays-ignored COMMAND ${run_and_check} "--out=^ended with status 0$"
      ${all_twenty} --not-err=. -- ${interrupt} --ignored ${signal} started ${part_7} --mode=${mode}
      --error-rate=0 --timeout=0 --speed=10)
  endforeach()
endforeach()
foreach(mode workflow no-leak)
  shut_down(part-07.${mode}.sigint-shuts-it-down INT 2 ${gives_up} "--out=^Shutdown .* from SIGINT"
    -- ${in_time} --error-rate=0)
  shut_down(part-07.${mode}.sigterm-with-drain TERM 15 ${finishes} ${no_call_is_given_up}
    -- ${in_time} --error-rate=0 --drain)
endforeach()
shut_down(part-07.late-cancel.sigint-shuts-it-down INT 2
  "--out=^Account +0 succeeded . 0 failed . ([1-9]|1[0-9]|20) cancelled . " -- ${in_time})
# The calls never answer. There is no watch, which could report a stall before the signal comes.
shut_down(part-07.graceful.sigint-ends-calls-that-hang INT 2 ${gives_up} -- --timeout=0 --hang-rate=1 --no-watch)
shut_down(part-07.graceful.tsan.sigint-shuts-it-down INT 2 ${gives_up} -- ${in_time})
shut_down(part-07.graceful.tsan.sigterm-with-drain TERM 15 ${finishes} -- ${in_time} --drain)
claim(part-07.graceful.runs-end-at-once COMMAND ${run_and_check} --err-lines=1 "--out=^ended by signal 2$"
  "--err=interrupted: [0-9]+ of 1000 runs done$"
  -- ${interrupt} INT "Run 2:" ${part_7} --runs=1000 --speed=50 --timeout=1s)
# The bar is erased, and the line stands alone.
claim(part-07.graceful.ctrl-c-leaves-the-terminal-clean COMMAND ${run_and_check} "--out=^ended by signal 2$"
  "--err=of 60 calls.*J.?$" "--err=^part-07-cancellation: interrupted: shutting down. a second signal"
  -- ${interrupt} ^C "##" ${part_7} --quiet --speed=2 --timeout=0)
claim(part-07.graceful.ctrl-c-twice-ends-it COMMAND ${run_and_check} "--out=^ended by signal 2$"
  "--err=^part-07-cancellation: interrupted: shutting down. a second signal ends it now"
  "--err=^part-07-cancellation: interrupted: 0 of 20 articles done, 0 of 60 LLM calls"
  "--not-out=^Processed" -- ${interrupt} --again=second ^C
  "Summarization started" ${part_7} --drain --latency=600s..600s --timeout=0)

# At any moment: 200 in all, a few of them to the twin.
if(LESSON_HAS_JANSSON)
  foreach(number 1 2 3 4)
    claim(part-07.graceful.signals-at-fifty-random-moments-${number} TIMEOUT 180 COMMAND ${run_and_check}
      "--out=^50 runs: " -- ${random_signals} random 50 100 ${part_7})
  endforeach()
  if(tsan IN_LIST flavours)
    claim(part-07.graceful.tsan.signals-at-thirty-random-moments TIMEOUT 180 COMMAND ${run_and_check} --silent
      "--out=^30 runs: " -- ${random_signals} random 30 50 $<TARGET_FILE:part-07-cancellation-tsan>)
  endif()
endif()
if(NOT LESSON_SANITIZE)
  claim(part-07.graceful.two-signals-at-the-worst-moment-leave-no-file NEEDS jansson COMMAND
    ${tests}/output/result_files interrupted-twice ${part_7} ${interrupt}
    ENVIRONMENT "LD_LIBRARY_PATH=$<TARGET_FILE_DIR:interrupting_open>"
    "LD_PRELOAD=$<TARGET_FILE_NAME:interrupting_open>")
endif()
claim(part-07.graceful.what-succeeded-is-written NEEDS jansson COMMAND
  ${tests}/output/result_files shut-down ${part_7} ${interrupt})

# Options that the parts from here on have.

set(a_timeout "must be 0 .never. or a number with a unit .us, ms, s. at most 600s., as 2s$")
foreach(option timeout call-timeout)
  refused_values(part-07.input.${option} --${option} ${a_timeout}
    5 -1s x s 1m 601s 1e9s nans 0x1s 1s..2s "" " 1s")
  refused(part-07.input.${option}-without-a-value --${option}
  "needs a value$")
endforeach()
refused(part-07.input.drain-takes-no-value --drain=yes
  "takes no value$")
unknown_before(7 timeout=1s call-timeout=1s drain)
foreach(option stage-workers=1,1,1,1,1 store=x)
  string(REGEX REPLACE "=.*" "" name ${option})
  refused(part-07.input.${name}-is-unknown-in-part-7 --${option} "unknown option. the options are ")
endforeach()
refused(part-07.input.workers-without-a-pool-are-refused --workers=7
  "cannot go with --mode=late-cancel, which has no pool$" --mode=late-cancel)

# Standard descriptors that are closed, full, or read by nobody.

stdout_fails(part-07.input --speed=50 --timeout=5s)
lesson(part-07.input.all-three-closed-is-no-crash --stdin=closed --stdout=closed --stderr=closed --status=1
  -- --speed=50 --timeout=5s)
lesson(part-07.input.stdin-closed-is-no-failure --stdin=closed ${all_twenty} --not-err=. -- --timeout=0 --speed=100)

# Where a thread cannot be started. The first is the one that waits for signals, the second the closer: without
# a worker nothing is fed, and any worker does all the work.

foreach(mode graceful workflow deaf leak no-leak)
  foreach(threads 0 1)
    without_threads(part-07.${mode}.ends-without-workers-${threads} ${threads} --status=1
      ${all_is_accounted_for} "--err=could not be started"
      "--out=^Account +0 succeeded . 0 failed . 0 cancelled . 20 queued = 20$" -- ${untold} --speed=50)
  endforeach()
  foreach(threads 3 6)
    without_threads(part-07.${mode}.fewer-workers-do-all-the-work-${threads} ${threads} ${all_twenty}
      ${all_is_accounted_for} "--err=could not be started" -- ${untold} --speed=50 --error-rate=0)
  endforeach()
  without_threads(part-07.${mode}.has-threads-enough-with-7 7 ${all_twenty} ${all_is_accounted_for}
    --not-err=. -- ${untold} --speed=50 --error-rate=0)
endforeach()
foreach(threads 0 1 3 6)
  without_threads(part-07.late-cancel.does-what-it-has-threads-for-${threads} ${threads} --status=1
    ${all_is_accounted_for} "--err=could not be started"
    "--awk=/^Processed/ { done = $2 } END { exit done > ${threads} }" -- --speed=50)
endforeach()
