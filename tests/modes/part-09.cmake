# Part 9, mode by mode.

set(modes_of_9 stages fan-out chain)

claims_of_pipeline(part-09 stages ${part_9} "([1-9]|10)")
foreach(mode fan-out chain)
  claims_of_pipeline(part-09 ${mode} ${part_9} "[1-5]")
endforeach()
claims_of_stages(part-09 stages)
foreach(mode IN LISTS modes_of_9)
  lesson(part-09.${mode}.drained ${drained} ${all_is_accounted_for}
    -- --speed=5 --timeout=1s --drain --latency=1s..1s)
endforeach()
claim(part-09.stages.is-the-default COMMAND ${run_and_check} "--out=^Part 9, stages: " ${all_twenty}
  -- ${part_9} --speed=100)
claim(part-09.stages.who-fails-is-in-the-seed COMMAND ${tests}/modes/same_calls_fail articles ${part_9}
  "--mode=stages --error-rate=0.1 --speed=100" "--mode=stages --error-rate=0.1 --stage-workers=1,1,1 --speed=500"
  "--mode=fan-out --error-rate=0.1 --speed=100" "--mode=chain --error-rate=0.1 --speed=500 --workers=1")
# What is fed is in a worker's hands: nothing stands in between.
lesson(part-09.stages.a-stopped-run-has-articles-in-every-state --status=1 ${all_is_accounted_for}
  "--out=^Account +[1-9][0-9]* succeeded . 0 failed . [1-9][0-9]* cancelled . [1-9][0-9]* queued = 20$"
  -- --speed=2 --timeout=6s --stage-workers=1,1,1 --latency=1s..1s)

# fan-out and chain

foreach(mode fan-out chain)
  claim(part-09.${mode}.the-account-adds-up-with-every-seed TIMEOUT 180 COMMAND
    ${tests}/modes/account_adds_up ${part_9} ${mode})
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

# Where a thread cannot be started. The first waits for signals, the second starts the workers.

foreach(mode fan-out chain)
  foreach(threads 0 1 2)
    without_threads(part-09.${mode}.ends-without-workers-${threads} ${threads} --status=1
      ${all_is_accounted_for} "--err=could not be started"
      "--out=^Account +0 succeeded . 0 failed . 0 cancelled . 20 queued = 20$" -- --speed=50)
  endforeach()
  foreach(threads 3 4)
    without_threads(part-09.${mode}.fewer-workers-do-all-the-work-${threads} ${threads} ${all_twenty}
      ${all_is_accounted_for} "--err=could not be started" "--out=at most [1-2] in flight$" -- --speed=50)
  endforeach()
endforeach()

# Options

refused_values(part-09.input.stage-workers --stage-workers
  "must be 3 whole numbers from 1 to 10000, for summarize, sentiment and keywords, as 4,4,2$"
  4 4,4 4,4,2,1 0,4,2 4,4,0 4,,2 ,4,2 4,4, a,4,2 4.5,4,2 -1,4,2 +1,4,2 4,4,10001 4,4,99999999999 4,4,2x "4, 4,2"
  ,,)
refused(part-09.input.stage-workers-without-a-value-are-refused --stage-workers=
  "must be 3 whole numbers ")
foreach(mode fan-out chain)
  lesson(part-09.${mode}.takes-no-stage-workers --status=2 --err-lines=1 --not-out=.
    "--err=^part-09-pipelines: --stage-workers: cannot go with --mode=${mode}, which has no such stages$"
    -- --stage-workers=1,1,1)
endforeach()
refused(part-09.stages.takes-no-pool --workers=5
  "cannot go with --mode=stages, which has no pool$")
unknown_before(9 stage-workers=1,1,1)
stdout_fails(part-09.input --speed=100)
