# Part 9, mode by mode.

set(nothing_is_wrong "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$"
  "--out=^Attempts +60 answered . 0 failed . 0 given up . 0 refused = 60$"
  "--not-out=^(Failed|Cancelled|Queued|Shutdown|Calls saved)")
set(modes_of_9 stages fan-out chain unbounded-queue)

# Where calls are made in stages, all workers of the three calling ones together make as many.
set(table_stages --awk=@stage_table)
set(table_unbounded-queue --awk=@stage_table)
set(peak_stages "--out=^LLM calls +60, at most ([1-9]|10) in flight$")
set(peak_unbounded-queue ${peak_stages})
set(peak_fan-out "--out=^LLM calls +60, at most [1-5] in flight$")
set(peak_chain ${peak_fan-out})

# What all modes have in common.

foreach(mode IN LISTS modes_of_9)
  lesson(part-09.${mode}.every-article-once ${all_twenty} ${peak_${mode}} ${all_is_accounted_for}
    ${table_${mode}} ${nothing_is_wrong} ${next_to_read} --not-err=. -- --speed=20)
  lesson(part-09.${mode}.two-hundred-articles "--out=^Processed +200 of 200 articles, each exactly once$"
    --awk=@account ${table_${mode}} -- --speed=500 --articles=200)
  lesson(part-09.${mode}.one-article "--out=^Processed +1 of 1 articles, each exactly once$"
    --awk=@account ${table_${mode}} -- --speed=50 --articles=1)
  claim(part-09.${mode}.same-results-as-part-1 NEEDS jansson COMMAND ${tests}/modes/same_results
    ${CMAKE_SOURCE_DIR}/docs/news.jsonl ${part_1} sequential ${part_9} ${mode})
  lesson(part-09.${mode}.runs-are-counted "--out=^Complete +3 of 3 runs$" -- --runs=3 --speed=200)
  lesson(part-09.${mode}.of-many-runs-each-adds-up --status=1 "--out=^Complete +0 of 3 runs$"
    "--awk=/^Run [123]: / { n++ } /^Run/ { wrong += $3 + $8 + $10 + $12 != 20 } END { exit wrong || n != 3 }"
    -- --runs=3 --speed=50 --timeout=5s)
  lesson(part-09.${mode}.stopped-by-the-timeout --status=1 ${all_is_accounted_for} ${table_${mode}}
    ${next_to_read} "--out=^Account +[0-9]+ succeeded . 0 failed . [0-9]+ cancelled . [0-9]+ queued = 20$"
    "--out=^Shutdown +[0-9.]+ s from the timeout to the end$" "--out=: not all was done$" --not-err=.
    -- --speed=20 --timeout=5s)
  # The articles that were taken are finished, and none else is. Twenty are not taken in a second.
  lesson(part-09.${mode}.drained --status=1 ${all_is_accounted_for} ${table_${mode}}
    "--out=^Account +[0-9]+ succeeded . 0 failed . 0 cancelled . [1-9][0-9]* queued = 20$"
    "--out=^Attempts .* 0 given up . " "--awk=/^Processed/ { done = $2 } /^LLM calls/ { made = $3 + 0 } END { exit 3 * done != made }"
    -- --speed=5 --timeout=1s --drain --latency=1s..1s)
  lesson(part-09.${mode}.with-errors-it-adds-up --status=1 ${all_is_accounted_for} ${table_${mode}}
    "--out=^Account +1?[0-9] succeeded . [1-9][0-9]* failed . 0 cancelled . 0 queued = 20$"
    "--out=^Failed +" -- --speed=20 --error-rate=0.2)
  lesson(part-09.${mode}.with-errors-alone-none-succeeds --status=1 ${all_is_accounted_for} ${table_${mode}}
    "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$"
    "--out=^Attempts +0 answered . 20 failed . 0 given up . 0 refused = 20$" -- --speed=20 --error-rate=1)
  lesson(part-09.${mode}.a-refusal-is-an-error-as-well --status=1 ${all_is_accounted_for} ${table_${mode}}
    "--out=429 Too Many Requests$" "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 1 at once$"
    -- --speed=5 --provider-limit=1)
  lesson(part-09.${mode}.a-call-that-hangs-fails-in-time --status=1 ${all_is_accounted_for} ${table_${mode}}
    "--out=: no answer in time$" "--not-out=^Shutdown" -- --speed=20 --hang-rate=0.1 --call-timeout=4s)
  lesson(part-09.${mode}.stalls-where-nobody-ends-a-hang ${stalled} --awk=@account
    "--err=^  .*: receiving from channel \"cancellation\"" -- --speed=200 --hang-rate=1)
  foreach(seed 2 3 4 5)
    lesson(part-09.${mode}.all-at-once-adds-up-seed-${seed} --status=0,1 ${all_is_accounted_for} ${table_${mode}}
      -- --speed=50 --seed=${seed} --error-rate=0.1 --hang-rate=0.05 --call-timeout=1400ms --timeout=9s)
  endforeach()
  lesson(part-09.${mode}.what-succeeded-is-written --status=1
    "--awk=/^.\"article_id\"/ { n++ } /^Processed/ { all = $2 } END { exit n != all || n == 0 }"
    -- --quiet --speed=200 --error-rate=0.05 --input=${CMAKE_SOURCE_DIR}/docs/news.jsonl --output=/dev/stdout)
  lesson(part-09.${mode}.tsan.silent --silent ${all_twenty} ${peak_${mode}} ${all_is_accounted_for}
    ${table_${mode}} -- --speed=20)
  lesson(part-09.${mode}.tsan.silent-when-stopped --silent --status=1 ${adds_up} ${table_${mode}}
    "--out=^Shutdown " -- --speed=20 --timeout=5s)
  lesson(part-09.${mode}.tsan.silent-when-drained --silent --status=0,1 ${adds_up} ${table_${mode}}
    -- --speed=20 --timeout=5s --drain)
  lesson(part-09.${mode}.tsan.silent-with-errors-and-hangs --silent --status=0,1 ${adds_up} ${table_${mode}}
    -- --speed=20 --error-rate=0.1 --hang-rate=0.1 --call-timeout=2s --timeout=9s)
  lesson(part-09.${mode}.tsan.silent-on-input --silent ${adds_up} ${table_${mode}} ${all_twenty}
    -- --speed=20 --input=${CMAKE_SOURCE_DIR}/docs/news.jsonl)
endforeach()
claim(part-09.stages.who-fails-is-in-the-seed COMMAND ${tests}/modes/same_calls_fail articles ${part_9}
  "--mode=stages --error-rate=0.1 --speed=100" "--mode=stages --error-rate=0.1 --stage-workers=1,1,1,1,1 --speed=500"
  "--mode=fan-out --error-rate=0.1 --speed=100" "--mode=chain --error-rate=0.1 --speed=500 --workers=1"
  "--mode=unbounded-queue --error-rate=0.1 --stage-workers=50,50,50,50,1 --speed=50")
foreach(mode fan-out chain)
  claim(part-09.${mode}.the-account-adds-up-with-every-seed TIMEOUT 180 COMMAND
    ${tests}/modes/account_adds_up ${part_9} ${mode})
endforeach()

# stages

claim(part-09.stages.is-the-default COMMAND ${run_and_check} "--out=^Part 9, stages: " ${all_twenty}
  -- ${part_9} --speed=100)
foreach(workers 1,1,1,1,1 1,4,4,4,1 3,1,5,2,1 1,8,1,8,1 50,50,50,50,1)
  string(REPLACE "," "-" name ${workers})
  foreach(mode stages unbounded-queue)
    lesson(part-09.${mode}.with-${name}-workers ${all_twenty} ${all_is_accounted_for} --awk=@stage_table
      "--awk=$13 == \"of\" { n = n \",\" $3 } END { exit n != \",${workers}\" }"
      -- --speed=50 --stage-workers=${workers})
    lesson(part-09.${mode}.with-${name}-workers-is-stopped --status=1 ${all_is_accounted_for} --awk=@stage_table
      "--out=^Shutdown " -- --speed=20 --stage-workers=${workers} --timeout=2s)
  endforeach()
  lesson(part-09.stages.no-queue-passes-four-with-${name}-workers --awk=@queues_are_bounded
    --awk=@stage_table -- --speed=500 --articles=200 --stage-workers=${workers})
  lesson(part-09.stages.tsan.silent-with-${name}-workers --silent ${all_twenty} --awk=@stage_table
    -- --speed=50 --stage-workers=${workers})
endforeach()
foreach(mode stages unbounded-queue)
  # One after the other in each stage, and none overtakes.
  lesson(part-09.${mode}.one-worker-each-keeps-the-order ${all_twenty} "--out=at most [1-3] in flight$"
    --awk=@stored_in_order
    -- --speed=50 --stage-workers=1,1,1,1,1)
  # The slowest stage needs ten times a second for twenty articles, and the first of them comes to it
  # after two seconds and a tenth.
  lesson(part-09.${mode}.time-not-below-the-slowest-stage
    ${not_below_12.1_s} -- ${known_load})
  lesson(part-09.${mode}.time-not-below-a-slower-stage
    ${not_below_22.1_s} -- ${known_load} --stage-workers=4,4,4,1,1)
endforeach()
foreach(mode stages unbounded-queue)
  # What bounds it is a stage, and not the slowest article.
  lesson(part-09.${mode}.is-held-against-one-at-a-time "--out=    one at a time 60\\.359 s: [0-9.]+x faster$"
    -- --speed=20)
endforeach()
lesson(part-09.stages.calls-overlap "--out=at most ([2-9]|10) in flight$" -- --speed=20)
# Which stage is the slowest follows from the load: where the others have eight workers, it has one. In
# front of it the queue was full.
set(even_load --latency=1s..1s --speed=20 --articles=40)
set(bottleneck_2 8,1,8,8,1 summarize)
set(bottleneck_3 8,8,1,8,1 sentiment)
set(bottleneck_4 8,8,8,1,1 keywords)
foreach(number 2 3 4)
  list(GET bottleneck_${number} 0 workers)
  list(GET bottleneck_${number} 1 name)
  lesson(part-09.stages.finds-the-bottleneck-in-stage-${number} --awk=@stage_table
    "--out=^Bottleneck +stage ${number} .${name}.: its workers were at work [1-9][0-9]+ % of the time$"
    "--out=^  ${number} ${name} .* 4 of 4$" -- ${even_load} --stage-workers=${workers})
endforeach()
lesson(part-09.stages.finds-the-bottleneck-in-stage-1 --awk=@stage_table
  "--out=^Bottleneck +stage 1 .preprocess.: " -- --latency=1ms..1ms --speed=5 --stage-workers=1,8,8,8,1)

foreach(mode stages unbounded-queue)
  lesson(part-09.${mode}.an-error-names-its-stage --status=1 ${adds_up}
    "--out=^Failed +stage 2 .summarize., article 9: 503 Service Unavailable$"
    "--out=^ +stage 4 .keywords., article 10: 503 Service Unavailable$"
    "--out=^ +stage 3 .sentiment., article 16: 503 Service Unavailable$" -- --speed=20 --error-rate=0.1)
  # What failed in a stage never comes to the next one.
  lesson(part-09.${mode}.what-failed-goes-no-further --status=1 ${adds_up} --awk=@stage_table
    "--not-out=^  .(9|18). (Sentiment|Keyword)" "--not-out=^  .(16|20). Keyword"
    "--not-out=^Stored the result for article (9|10|16|18|20)$" -- --speed=20 --error-rate=0.1)
endforeach()
lesson(part-09.stages.a-stopped-run-has-articles-in-every-state --status=1 ${all_is_accounted_for}
  "--out=^Account +[1-9][0-9]* succeeded . 0 failed . [1-9][0-9]* cancelled . [1-9][0-9]* queued = 20$"
  -- --speed=2 --timeout=6s --stage-workers=1,1,1,1,1 --latency=1s..1s)

# unbounded-queue: the first queue holds all articles that no worker has had the time to take. Half of it is left to a
# machine that stands still.

lesson(part-09.unbounded-queue.the-queue-grows-with-40-articles --awk=@stage_table
  --awk=@first_queue_grows
  -- --speed=2 --latency=0s..0s --articles=40)
lesson(part-09.unbounded-queue.the-queue-grows-with-200-articles --awk=@stage_table
  --awk=@first_queue_grows
  -- --speed=5 --latency=0s..0s --articles=200)
lesson(part-09.stages.the-queue-does-not-grow-with-200-articles --awk=@stage_table --awk=@queues_are_bounded
  -- --speed=5 --latency=0s..0s --articles=200)
lesson(part-09.unbounded-queue.no-queue-is-ever-full-but-the-first
  "--awk=$13 == \"of\" && n++ { full += $12 >= $14 } END { exit full || n != 5 }"
  -- --speed=5 --latency=100ms..100ms --articles=40)

# fan-out and chain

foreach(mode fan-out chain)
  foreach(workers 1 2 3 50)
    math(EXPR most "${workers} * 19 / 49 + 30 / 49 + 1")
    if(workers LESS 20)
      set(most ${workers})
    endif()
    lesson(part-09.${mode}.with-${workers}-workers ${all_twenty} ${all_is_accounted_for}
      "--awk=/^LLM calls/ { peak = $6 } END { exit peak < 1 || peak > ${most} }"
      -- --speed=50 --workers=${workers})
    lesson(part-09.${mode}.with-${workers}-workers-is-stopped --status=1 ${all_is_accounted_for}
      "--out=^Shutdown " -- --speed=20 --workers=${workers} --timeout=1s)
  endforeach()
  lesson(part-09.${mode}.time-not-below-the-schedule
    ${not_below_12_s} -- ${known_load})
endforeach()
lesson(part-09.fan-out.the-collector-collects-each-once --awk=@collected_once -- --speed=20)
lesson(part-09.fan-out.what-succeeded-before-the-timeout-is-collected --status=1 ${all_is_accounted_for}
  "--awk=/^Collected/ { n++ } /^Processed/ { all = $2 } END { exit n != all }" -- --speed=20 --timeout=8s)

lesson(part-09.chain.an-error-names-its-step --status=1 ${adds_up}
  "--out=^Failed +stage 3 .call: summarize., article 9: 503 Service Unavailable$" -- --speed=20 --error-rate=0.1)
foreach(timeout 10ms 40ms 700ms 2s 3s 4s 5s 8s)
  lesson(part-09.chain.stopped-after-${timeout}-each-article-names-its-step --status=1 ${all_is_accounted_for}
    --awk=@chain_stopped -- --speed=20 --timeout=${timeout})
endforeach()
lesson(part-09.chain.a-blank-article-is-refused-before-it-is-paid-for --status=1 --awk=@account
  "--out=^Account +2 succeeded . 2 failed . 0 cancelled . 0 queued = 4$"
  "--out=^Failed +stage 1 .sanitize., article 2: No data available$"
  "--out=^ +stage 1 .sanitize., article 3: No data available$"
  "--out=^LLM calls +6 of 12 answered" "--not-out=^  .[23]. "
  -- --speed=100 --input=${data}/blank-contents.jsonl)
lesson(part-09.fan-out.a-blank-article-is-paid-for "--out=^LLM calls +12, "
  -- --speed=100 --input=${data}/blank-contents.jsonl)

# Where a thread cannot be started. The first thread waits for signals. A pipeline needs all of
# its threads, the others make do with fewer.

foreach(mode stages unbounded-queue)
  foreach(threads 0 1 2 3 8 13)
    without_threads(part-09.${mode}.ends-without-all-its-threads-${threads} ${threads} --status=1
      ${all_is_accounted_for} "--err=could not be started" --awk=@stage_table
      "--out=^Account +0 succeeded . 0 failed . [0-9]+ cancelled . [0-9]+ queued = 20$" -- --speed=50)
  endforeach()
  without_threads(part-09.${mode}.has-threads-enough-with-14 14 ${all_twenty} ${all_is_accounted_for}
    --not-err=. -- --speed=50)
  without_threads(part-09.${mode}.ends-without-all-its-threads-though-calls-take-no-time 13 --status=1
    ${all_is_accounted_for} "--err=could not be started" -- --speed=1000000 --latency=0s..0s)
endforeach()
foreach(mode fan-out chain)
  foreach(threads 0 1)
    without_threads(part-09.${mode}.ends-without-workers-${threads} ${threads} --status=1
      ${all_is_accounted_for} "--err=could not be started"
      "--out=^Account +0 succeeded . 0 failed . 0 cancelled . 20 queued = 20$" -- --speed=50)
  endforeach()
  foreach(threads 2 3)
    without_threads(part-09.${mode}.fewer-workers-do-all-the-work-${threads} ${threads} ${all_twenty}
      ${all_is_accounted_for} "--err=could not be started" "--out=at most [1-2] in flight$" -- --speed=50)
  endforeach()
endforeach()

# Signals

function(stopped mode signal number)
  claim(part-09.${mode}.sig${signal}-stops-it COMMAND ${run_and_check} --err-lines=1
    ${shutting_down} "--out=^ended by signal ${number}$" "--not-out=^(Unaccounted|Leaked)" --awk=@account
    -- ${interrupt} ${signal} started ${part_9} --mode=${mode} --latency=2s..2s --speed=2 ${ARGN})
endfunction()

foreach(mode IN LISTS modes_of_9)
  stopped(${mode} INT 2)
  stopped(${mode} TERM 15 --drain)
  claim(part-09.${mode}.a-second-signal-ends-it COMMAND ${run_and_check} --err-lines=2
    "--out=^ended by signal 2$" "--not-out=^Processed"
    ${ended_at_once}
    -- ${interrupt} --again=second INT started ${part_9} --mode=${mode} --drain --latency=600s..600s)
endforeach()

# The store: what was stored is neither lost nor paid for again, whenever the run ends.

if(LESSON_HAS_SQLITE AND LESSON_HAS_JANSSON)
  foreach(number 1 2 3 4)
    claim(part-09.stages.killed-at-25-random-moments-${number} TIMEOUT 180 COMMAND ${run_and_check}
      "--out=^25 of [0-9]+ runs ended by a signal, " -- ${random_kills} kill random 25 100 ${part_9} ${part_1})
  endforeach()
  foreach(number 1 2)
    claim(part-09.stages.stopped-at-25-random-moments-${number} TIMEOUT 180 COMMAND ${run_and_check}
      "--out=^25 of [0-9]+ runs ended by a signal, " -- ${random_kills} stop random 25 100 ${part_9} ${part_1})
  endforeach()
  if(tsan IN_LIST flavours)
    claim(part-09.stages.tsan.killed-at-10-random-moments TIMEOUT 180 COMMAND ${run_and_check} --silent
      "--out=^10 of " -- ${random_kills} kill random 10 50 $<TARGET_FILE:part-09-pipelines-tsan> ${part_1})
    claim(part-09.stages.tsan.stopped-at-10-random-moments TIMEOUT 180 COMMAND ${run_and_check} --silent
      "--out=^10 of " -- ${random_kills} stop random 10 50 $<TARGET_FILE:part-09-pipelines-tsan> ${part_1})
  endif()
endif()

function(store name case)
  claim(part-09.stages.store-${name} NEEDS sqlite ${ARGN} COMMAND
    ${tests}/output/store_files ${case} ${part_9} "${run_sql}" ${part_1})
endfunction()

store(keeps-every-result-once new-file)
store(does-not-do-again-what-is-there more-articles)
store(has-what-succeeded-beside-errors errors)
store(has-what-was-done-before-the-timeout timeout)
store(has-the-results-of-part-1 same-results NEEDS jansson)
store(serves-unbounded-queues-too unbounded-queue)
store(on-a-full-disk-stops-the-calls-and-goes-on-later disk-full)
store(on-a-full-disk-says-so disk-full-says-so)
store(with-no-room-at-all-is-used-later no-room-at-all)
store(in-use-is-refused in-use)
store(is-one-runs-at-a-time two-at-once)
store(of-another-program-is-refused other-program)
store(of-a-newer-version-is-refused newer-version)
store(that-is-a-text-is-refused text-file)
store(that-is-a-byte-is-refused short-file)
store(that-is-empty-is-taken empty-file)
store(that-is-damaged-is-refused damaged)
store(that-is-a-folder-is-refused folder)
store(in-a-missing-folder-is-refused missing-folder)
store(that-is-a-device-is-refused device)
store(that-is-read-only-is-refused read-only-file)
store(in-a-read-only-folder-is-refused read-only-folder)
store(made-from-other-articles-is-refused changed-articles NEEDS jansson)
store(is-not-the-output same-as-output NEEDS jansson)
store(is-not-the-input same-as-input NEEDS jansson)
store(has-any-name strange-names)
store(follows-a-link link)
lesson(part-09.stages.tsan.silent-with-a-store --silent "--out=^Stored +(0|20) before this run, 20 now: "
  -- --speed=20 --store=${CMAKE_CURRENT_BINARY_DIR}/tsan.db)
if(LESSON_HAS_SQLITE AND tsan IN_LIST flavours)
  claim(part-09.stages.tsan.store-removed COMMAND ${CMAKE_COMMAND} -E rm -f tsan.db tsan.db-wal
    tsan.db-shm tsan.db-journal)
  set_tests_properties(part-09.stages.tsan.store-removed PROPERTIES
    WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} FIXTURES_SETUP no_tsan_store)
  set_tests_properties(part-09.stages.tsan.silent-with-a-store PROPERTIES FIXTURES_REQUIRED no_tsan_store)
endif()

# Options that only this part has.

set(five_numbers "must be 5 whole numbers from 1 to 10000, for preprocess, summarize, sentiment, keywords and store, as 1,4,4,2,1. the last is 1: one writer owns the store$")
foreach(value 1 1,4,4,2 1,4,4,2,1,1 1,4,4,2,2 0,4,4,2,1 1,4,4,2,0 1,4,,2,1 ,4,4,2,1 1,4,4,2, a,4,4,2,1 1.5,4,4,2,1
    -1,4,4,2,1 +1,4,4,2,1 1,4,4,10001,1 1,4,4,99999999999,1 1,4,4,2,1x "1, 4,4,2,1" "" ",,,,")
  string(REGEX REPLACE "[,. ]" "_" name "${value}")
  string(REPLACE "+" "plus-" name "${name}")
  if(value STREQUAL "")
    set(name empty)
  endif()
  string(REPLACE "+" "[+]" ere "${value}")
  lesson(part-09.input.stage-workers-${name}-are-refused --status=2 --err-lines=1 --not-out=.
    "--err=^part-09-pipelines: --stage-workers=${ere}: ${five_numbers}" -- "--stage-workers=${value}")
endforeach()
refused(part-09.input.store-without-a-name-is-refused --store= "must be the name of a file$")
foreach(mode fan-out chain)
  lesson(part-09.${mode}.takes-no-store --status=2 --err-lines=1 --not-out=.
    "--err=^part-09-pipelines: --store=x: cannot go with --mode=${mode}, which has no such stages$"
    -- --store=x)
  lesson(part-09.${mode}.takes-no-stage-workers --status=2 --err-lines=1 --not-out=.
    "--err=^part-09-pipelines: --stage-workers: cannot go with --mode=${mode}, which has no such stages$"
    -- --stage-workers=1,1,1,1,1)
endforeach()
foreach(mode stages unbounded-queue)
  lesson(part-09.${mode}.takes-no-pool --status=2 --err-lines=1 --not-out=.
    "--err=^part-09-pipelines: --workers=5: cannot go with --mode=${mode}, which has no pool$" -- --workers=5)
endforeach()
lesson(part-09.input.store-of-many-runs-is-refused --status=2 --err-lines=1 --not-out=.
  "--err=^part-09-pipelines: --runs=2: cannot go with --store: the second run would find all done$"
  -- --runs=2 --store=x)
unknown_before(9 stage-workers=1,1,1,1,1 store=x)

stdout_fails(part-09.input --speed=100)
