# Part 10, mode by mode.

set(modes_of_10 bounded unbounded-queue)

foreach(mode IN LISTS modes_of_10)
  claims_of_pipeline(part-10 ${mode} ${part_10} "([1-9]|10)" --awk=@stage_table)
  claims_of_stages(part-10 ${mode} --awk=@stage_table)
  lesson(part-10.${mode}.the-table-has-the-workers --awk=@stage_table
    "--awk=$8 == \"of\" { n = n \",\" $2 } END { exit n != \",3,5,1\" }" -- --speed=50 --stage-workers=3,5,1)
endforeach()
claim(part-10.bounded.is-the-default COMMAND ${run_and_check} "--out=^Part 10, bounded: " ${all_twenty}
  -- ${part_10} --speed=100)
claim(part-10.bounded.who-fails-is-in-the-seed COMMAND ${tests}/modes/same_calls_fail articles ${part_10}
  "--mode=bounded --error-rate=0.1 --speed=100" "--mode=bounded --error-rate=0.1 --stage-workers=1,1,1 --speed=500"
  "--mode=unbounded-queue --error-rate=0.1 --stage-workers=50,50,50 --speed=50")

# bounded

foreach(workers 1,1,1 4,4,4 1,5,2 8,1,8 50,50,50)
  string(REPLACE "," "-" name ${workers})
  lesson(part-10.bounded.no-queue-passes-four-with-${name}-workers --awk=@queues_are_bounded
    --awk=@stage_table -- --speed=500 --articles=200 --stage-workers=${workers})
endforeach()
lesson(part-10.bounded.the-queues-do-not-grow-with-200-articles --awk=@stage_table --awk=@queues_are_bounded
  -- --speed=100 --latency=1s..1s --articles=200)
lesson(part-10.bounded.drained ${drained} ${all_is_accounted_for} --awk=@stage_table
  -- --speed=5 --timeout=1s --drain --latency=1s..1s --articles=20)
lesson(part-10.bounded.a-stopped-run-has-articles-in-every-state --status=1 ${all_is_accounted_for}
  "--out=^Account +[1-9][0-9]* succeeded . 0 failed . [1-9][0-9]* cancelled . [1-9][0-9]* queued = 20$"
  -- --speed=2 --timeout=6s --stage-workers=1,1,1 --latency=1s..1s)
# Which stage is the slowest follows from the load: where the others have eight workers, it has one. In
# front of it the queue was full.
set(workers_summarize 1,8,8)
set(workers_sentiment 8,1,8)
set(workers_keywords 8,8,1)
foreach(stage summarize sentiment keywords)
  lesson(part-10.bounded.finds-the-bottleneck-in-${stage} --awk=@stage_table
    "--out=^Bottleneck +${stage}: its workers were at work [1-9][0-9]+ % of the time$"
    "--out=^  ${stage} .* 4 of 4$"
    -- --latency=1s..1s --speed=20 --articles=40 --stage-workers=${workers_${stage}})
endforeach()

# unbounded-queue

foreach(articles 40 200)
  lesson(part-10.unbounded-queue.the-queues-grow-with-${articles}-articles --awk=@stage_table --awk=@queues_grow
    -- --speed=50 --latency=1s..1s --articles=${articles})
endforeach()
lesson(part-10.unbounded-queue.no-queue-is-ever-full-but-the-first
  "--awk=$8 == \"of\" && n++ { full += $7 >= $9 } END { exit full || n != 3 }"
  -- --speed=5 --latency=100ms..100ms --articles=40)
# Everything was fed at once, so a run that is stopped does all of it, or gives all of it up.
lesson(part-10.unbounded-queue.drained-does-everything ${all_twenty} ${all_is_accounted_for} --awk=@stage_table
  "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$"
  -- --speed=5 --timeout=1s --drain --latency=1s..1s)
lesson(part-10.unbounded-queue.stopped-has-nothing-queued --status=1 ${all_is_accounted_for} --awk=@stage_table
  "--out=^Account +0 succeeded . 0 failed . 20 cancelled . 0 queued = 20$"
  -- --speed=5 --timeout=1s --latency=1s..1s)

# The store: what was stored is neither lost nor paid for again, whenever the run ends.

if(LESSON_HAS_SQLITE AND LESSON_HAS_JANSSON)
  foreach(number 1 2 3 4)
    claim(part-10.bounded.killed-at-25-random-moments-${number} TIMEOUT 180 COMMAND ${run_and_check}
      "--out=^25 of [0-9]+ runs ended by a signal, " -- ${random_kills} kill random 25 100 ${part_10} ${part_1})
  endforeach()
  foreach(number 1 2)
    claim(part-10.bounded.stopped-at-25-random-moments-${number} TIMEOUT 180 COMMAND ${run_and_check}
      "--out=^25 of [0-9]+ runs ended by a signal, " -- ${random_kills} stop random 25 100 ${part_10} ${part_1})
  endforeach()
  if(tsan IN_LIST flavours)
    claim(part-10.bounded.tsan.killed-at-10-random-moments TIMEOUT 180 COMMAND ${run_and_check} --silent
      "--out=^10 of " -- ${random_kills} kill random 10 50 $<TARGET_FILE:part-10-backpressure-tsan> ${part_1})
    claim(part-10.bounded.tsan.stopped-at-10-random-moments TIMEOUT 180 COMMAND ${run_and_check} --silent
      "--out=^10 of " -- ${random_kills} stop random 10 50 $<TARGET_FILE:part-10-backpressure-tsan> ${part_1})
  endif()
endif()

function(store name case)
  claim(part-10.bounded.store-${name} NEEDS sqlite ${ARGN} COMMAND
    ${tests}/output/store_files ${case} ${part_10} "${run_sql}" ${part_1})
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
store(taken-away-in-a-run-is-noticed taken-away)
store(can-be-read-while-a-run-stores read-meanwhile)
store(with-a-changed-result-does-it-again changed-row)
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
lesson(part-10.bounded.tsan.silent-with-a-store --silent "--out=^Stored +(0|20) before this run, 20 now$"
  -- --speed=20 --store=${CMAKE_CURRENT_BINARY_DIR}/tsan.db)
if(LESSON_HAS_SQLITE AND tsan IN_LIST flavours)
  claim(part-10.bounded.tsan.store-removed COMMAND ${CMAKE_COMMAND} -E rm -f tsan.db tsan.db-wal
    tsan.db-shm tsan.db-lock)
  set_tests_properties(part-10.bounded.tsan.store-removed PROPERTIES
    WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} FIXTURES_SETUP no_tsan_store)
  set_tests_properties(part-10.bounded.tsan.silent-with-a-store PROPERTIES FIXTURES_REQUIRED no_tsan_store)
endif()

# Options that only this part has.

refused(part-10.input.workers-is-unknown-where-no-mode-has-a-pool --workers=5 "unknown option. the options are ")
refused(part-10.input.store-without-a-name-is-refused --store= "must be the name of a file$")
refused(part-10.input.store-of-many-runs-is-refused --runs=2
  "cannot go with --store: the second run would find all done$" --store=x)
unknown_before(10 store=x)
stdout_fails(part-10.input --speed=100)
