# Part 5, mode by mode.

lesson(part-05.pool.every-article-once ${all_twenty} ${all_sixty} ${next_to_read} -- --speed=20)
claim(part-05.pool.is-the-default COMMAND ${run_and_check} "--out=^Part 5, pool: " ${all_twenty}
  -- ${part_5} --speed=100)
lesson(part-05.pool.calls-overlap "--out=at most [2-5] in flight$" -- --speed=20)
foreach(workers 1 2 3 8)
  lesson(part-05.pool.never-more-calls-than-${workers}-workers ${all_twenty}
    "--out=at most [1-${workers}] in flight$"
    -- --speed=50 --workers=${workers})
endforeach()
# Each worker processes four articles of three seconds.
lesson(part-05.pool.time-not-below-the-schedule
  ${not_below_12_s}
  "--out=one at a time 60\\.000 s: [0-9.]+x faster" "--out=greedy schedule 12\\.000 s: " -- ${known_load})
lesson(part-05.pool.time-not-below-the-slowest "--out=slowest article 3\\.000 s"
  ${not_below_3_s} -- ${known_load} --workers=40)
lesson(part-05.pool.surplus-workers-are-no-error ${all_twenty}
  "--out=at most ([1-9]|1[0-9]|20) in flight$"
  "--awk=/^worker [0-9]+ leaves$/ { n++ } END { exit n != 40 }" -- --speed=50 --workers=40)
lesson(part-05.pool.a-worker-says-what-it-takes-and-when-it-leaves --awk=@taken_once -- --speed=20)
lesson(part-05.pool.the-collector-collects-each-once --awk=@collected_once -- --speed=20)
lesson(part-05.pool.articles-are-taken-in-their-order
  "--awk=/takes article/ { bad += $5 != ++n } END { exit bad || n != 20 }"
  -- --speed=50 --workers=1)
lesson(part-05.pool.runs-are-counted "--out=^Complete +5 of 5 runs$" -- --runs=5 --speed=200)
lesson(part-05.pool.under-the-providers-limit-nothing-is-refused ${all_twenty} "--not-out=Refused"
  -- --speed=50 --provider-limit=5)
lesson(part-05.pool.beyond-the-providers-limit-calls-are-refused --status=1
  "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 2 at once$"
  --awk=@refused_are_lost
  -- --speed=20 --provider-limit=2 --workers=10)
if(NOT LESSON_SANITIZE) # which keep what was freed
  claim(part-05.pool.a-hundred-thousand-articles-in-the-memory-of-part-1 TIMEOUT 300
    COMMAND ${tests}/modes/pool_memory_is_bounded ${peak_memory} ${part_1} ${part_5})
endif()
claim(part-05.pool.shows-progress COMMAND ${run_and_check} "--out=^ended by signal 2$" "--err=of 60 calls"
  -- ${interrupt} ^C "of 60 calls" ${part_5} --quiet)
claim(part-05.pool.same-results-as-part-1 NEEDS jansson COMMAND
  ${tests}/modes/same_results ${data}/articles.jsonl ${part_1} sequential ${part_5} pool)
lesson(part-05.pool.tsan.silent --silent ${all_twenty} ${all_sixty} -- --speed=20)
lesson(part-05.pool.tsan.silent-on-input --silent "--out=^Processed +12 of 12 articles, each"
  -- --speed=20 --input=${data}/articles.jsonl --workers=3)

lesson(part-05.sweep.one-table --awk=@sweep_table
  "--out=^One at a time 60\\.000 s: " "--out=efficiency is per worker" ${next_to_read}
  --not-err=. -- ${known_load})
lesson(part-05.sweep.up-to-the-given-workers
  "--awk=$1 ~ /^[0-9]+$/ && $3 == \"s\" { workers = workers \" \" $1 } END { exit workers != \" 1 2 5 7\" }"
  -- --speed=200 --workers=7)
lesson(part-05.sweep.of-one-article
  "--awk=$1 ~ /^[0-9]+$/ && $3 == \"s\" { workers = workers \" \" $1 } END { exit workers != \" 1\" }"
  -- --speed=100 --articles=1)
lesson(part-05.sweep.shows-what-is-refused --status=1 "--out=429, the provider takes 1 at once$"
  "--awk=$1 == 5 && $3 == \"s\" { is_there = 1 } $1 == 5 && $3 == \"s\" { wrong = $4 $5 != \"--\" } END { exit wrong || !is_there }"
  -- --speed=200 --workers=5 --provider-limit=1)
lesson(part-05.sweep.tsan.silent --silent "--out=^ +20 .* 20 of 20$" -- --speed=50)

lesson(part-05.unbounded.a-wall-of-429s --status=1 ${next_to_read}
  "--out=^  .[0-9]+. (Summarization|Sentiment Analysis|Keyword Extraction) refused: 429 Too Many Requests$"
  "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 5 at once$"
  "--out=at most [1-5] in flight$" --awk=@refused_are_lost -- --speed=20)
lesson(part-05.unbounded.without-a-limit-all-is-processed ${all_twenty} "--not-out=Refused"
  -- --speed=50 --provider-limit=0)
lesson(part-05.unbounded.tsan.silent --silent --status=1 "--out=^Refused" -- --speed=2)

lesson(part-05.submit-first.stalls-when-the-results-are-full ${stalled} --err-lines=7
  "--err=^  main: waiting for wait group \"workers\" .5 not done.$"
  "--err=^  worker 1: sending to channel \"finished\" .full: 10 of 10.$"
  "--err=^  worker 5: sending to channel \"finished\" .full: 10 of 10.$"
  "--out=^LLM calls +45 of 60 answered" ${next_to_read} -- --speed=20)
lesson(part-05.submit-first.stalls-when-the-jobs-are-full-too ${stalled} --err-lines=7
  "--err=^  main: sending to channel \"jobs\" .full: 10 of 10.$" -- --speed=20 --articles=26)
lesson(part-05.submit-first.below-the-threshold-it-works "--out=^Processed +10 of 10 articles, each"
  "--out=^No stall this time: the buffer has room for 10 results$" --not-err=.
  -- --speed=50 --articles=10)
lesson(part-05.submit-first.the-threshold-is-exact ${stalled} -- --speed=50 --articles=11)
lesson(part-05.submit-first.tsan.silent --silent ${stalled} -- --speed=20)
claim(part-05.submit-first.hangs-without-the-watch COMMAND ${run_and_check} --status=124 --not-err=stalled
  -- timeout 4 ${part_5} --mode=submit-first --speed=200 --no-watch)

# Options that only this part has.
refused_values(part-05.input.workers --workers "must be a whole number from 1 to 10000$"
  0 -1 many 1.5 10001 "")
refused_values(part-05.input.provider-limit --provider-limit
  "must be a whole number from 0 .no limit. to 1000000$" -1 many 1.5 "")
refused(part-05.input.workers-without-a-pool-are-refused --workers=7
  "cannot go with --mode=unbounded, which has no pool$" --mode=unbounded)
refused(part-04.input.workers-are-unknown-before-part-5 --workers=7
  "unknown option. the options are --mode, .* --no-watch, --quiet, .* --help, --version$")
lesson(part-05.input.sweep-keeps-no-results --status=2 --err-lines=1 --not-out=.
  "--err=--output=x: cannot go with --mode=sweep" -- --mode=sweep --output=x)

# Where a thread cannot be started: fewer workers do the same work. The closer is the first.

without_threads(part-05.pool.fewer-workers-do-all-the-work 4 ${all_twenty}
  "--err=^part-05-worker-pool: thread 5 could not be started beside 4 others: "
  "--out=at most [1-3] in flight$" -- --speed=50)
foreach(threads 0 1)
  without_threads(part-05.pool.ends-without-workers-${threads} ${threads} --status=1
    "--err=could not be started" "--out=^Processed +0 of 20 articles$" -- --speed=50)
endforeach()
without_threads(part-05.unbounded.explains-a-thread-that-cannot-be-started 4 --status=1
  "--err=thread 5 could not be started" "--out=^Processed +3 of 20 articles$" -- --speed=50)
without_threads(part-05.submit-first.ends-without-workers 0 --status=1
  "--err=thread 1 could not be started" "--out=^Processed +0 of 20 articles$" -- --speed=50)
without_threads(part-05.submit-first.fewer-workers-do-all-the-work 2
  "--err=thread 3 could not be started" "--out=^Processed +10 of 10 articles, each" -- --speed=50 --articles=10)
