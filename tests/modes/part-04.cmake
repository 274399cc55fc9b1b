# Part 4, mode by mode.

foreach(mode channel buffered own-channel)
  lesson(part-04.${mode}.every-article-once ${all_articles} ${all_calls} ${next_to_read} -- --speed=20)
  lesson(part-04.${mode}.the-collector-says-what-it-collects --awk=@collected_once -- --speed=20)
  lesson(part-04.${mode}.calls-overlap "--out=at most ([2-9]|10) in flight$" -- --speed=20)
  lesson(part-04.${mode}.time-not-below-the-slowest ${not_below_3_s} -- ${known_load})
  lesson(part-04.${mode}.many-threads-lose-nothing "--out=^Processed +500 of 500 articles, each"
    -- --articles=500 --speed=100 --quiet)
  lesson(part-04.${mode}.runs-are-counted "--out=^Complete +5 of 5 runs$" -- --runs=5 --speed=100)
  lesson(part-04.${mode}.tsan.silent --silent ${all_articles} ${all_calls} -- --speed=20)
  lesson(part-04.${mode}.tsan.silent-on-input --silent "--out=^Processed +12 of 12 articles, each"
    -- --speed=20 --input=${data}/articles.jsonl)
endforeach()
foreach(mode channel buffered own-channel cache)
  claim(part-04.${mode}.same-results-as-part-1 NEEDS jansson COMMAND
    ${tests}/modes/same_results ${data}/articles.jsonl ${part_1} sequential ${part_4} ${mode})
endforeach()
claim(part-04.channel.is-the-default COMMAND ${run_and_check} "--out=^Part 4, channel: "
  -- ${part_4} --speed=100)

# Ten articles with five texts; eleven with six, one of which comes once.
lesson(part-04.cache.saves-the-calls-of-every-repeat ${all_articles}
  "--out=^LLM calls +15, at most [1-5] in flight$" "--out=^Calls saved +15, " ${next_to_read}
  -- --speed=20)
lesson(part-04.cache.saves-no-more-than-that "--out=^Processed +11 of 11 articles, each"
  "--out=^LLM calls +18, " "--out=^Calls saved +15, " -- --speed=50 --articles=11)
lesson(part-04.cache.saves-exactly-in-every-run "--out=^Complete +10 of 10 runs$" -- --runs=10 --speed=500)
lesson(part-04.cache.one-article-repeats-nothing "--out=^LLM calls +3, " "--not-out=saved"
  -- --speed=100 --articles=1)
lesson(part-04.cache.knows-repeats-of-the-input "--out=^Processed +4 of 4 articles, each"
  "--out=^LLM calls +9, " "--out=^Calls saved +3, " -- --speed=50 --input=${data}/repeats.jsonl)
lesson(part-04.cache.many-threads-lose-nothing "--out=^Processed +500 of 500 articles, each"
  "--out=^LLM calls +750, " "--out=^Calls saved +750, " -- --articles=500 --speed=100 --quiet)
lesson(part-04.cache.tsan.silent --silent ${all_articles} "--out=^Calls saved +15, " -- --speed=20)

# stalls(MODE requirement...): within about two seconds it says which thread waits for what, and ends.
function(stalls mode)
  lesson(part-04.${mode}.stalls-and-says-who-waits ${stalled} ${ARGN} ${next_to_read} -- --speed=20)
  lesson(part-04.${mode}.stalls-when-quiet-too ${stalled} -- --speed=20 --quiet)
  lesson(part-04.${mode}.tsan.silent --silent ${stalled} ${ARGN} -- --speed=20)
  claim(part-04.${mode}.hangs-without-the-watch COMMAND ${run_and_check} --status=124 --not-err=stalled
    -- timeout 4 ${part_4} --mode=${mode} --speed=100 --no-watch)
  lesson(part-04.${mode}.stalls-in-every-run --status=3 "--out=^Run 1: stalled$"
    "--out=^Run 2: stalled$" "--out=^Stalled +2 runs$" "--not-out=Total time" -- --speed=100 --runs=2)
endfunction()

set(waits_for_all "--err=^  main: waiting for wait group \"articles\" .10 not done.$")
stalls(wait-first ${no_article} ${all_calls} --err-lines=12 ${waits_for_all}
  "--err=^  article 1: sending to channel \"finished\" .no buffer.$"
  "--err=^  article 10: sending to channel \"finished\" .no buffer.$")
stalls(forgotten-close ${all_articles} ${all_calls} --err-lines=2
  "--err=^  main: receiving from channel \"finished\" .empty, not closed.$")
stalls(circular-wait ${no_article} "--out=^LLM calls +0 of 30 answered" --err-lines=4
  "--err=^  main: waiting for wait group \"stages\" .2 not done.$"
  "--err=^  store: receiving from channel \"processed\" .empty, not closed.$"
  "--err=^  process: receiving from channel \"room\" .empty, not closed.$")
lesson(part-04.wait-first.lists-some-of-many-threads ${stalled} --err-lines=26
  "--err=^  and 77 more threads$" -- --articles=100 --speed=100 --quiet)
lesson(part-04.wait-first.one-article-is-enough ${stalled} --err-lines=3 -- --articles=1 --speed=100)
lesson(part-04.forgotten-close.output-is-written-all-the-same ${stalled}
  "--awk=/article_id/ { n++ } END { exit n != 12 }"
  -- --speed=200 --quiet --input=${data}/articles.jsonl --output=/dev/stdout)
lesson(part-04.wait-first.stderr-closed-keeps-the-status --stderr=closed --status=3 -- --speed=100)

# The watch does not take a slow run for a stalled one.
lesson(part-04.channel.slow-calls-are-no-stall "--out=^Processed +2 of 2 articles, each" --not-err=.
  -- --latency=20ms..20ms --speed=0.01 --articles=2)
foreach(mode channel buffered)
  claim(part-04.${mode}.a-stopped-process-is-no-stall COMMAND ${tests}/modes/pause_is_no_stall stopped ${part_4} ${mode})
endforeach()
claim(part-04.channel.a-reader-that-has-stopped-is-no-stall COMMAND
  ${tests}/modes/pause_is_no_stall slow-reader ${part_4} channel)

# Where a thread cannot be started. Without the watch a stall would hang.

foreach(mode channel forgotten-close wait-first)
  with_few_threads(part-04.${mode}.says-that-its-watch-cannot-be-started 0 --status=1 --err-lines=1 --not-out=^Processed
    "--err=^part-04-channels: the thread that notices a stall could not be started: Resource temporarily unavailable"
    -- --speed=50)
endforeach()

# The closer is the first.

foreach(mode channel buffered own-channel)
  without_threads(part-04.${mode}.explains-a-thread-that-cannot-be-started 3 --status=1
    "--err=^part-04-channels: thread 4 could not be started beside 3 others: "
    "--out=^Processed +2 of 10 articles" "--out=^Lost +8: 3-10$" -- --speed=50)
  without_threads(part-04.${mode}.ends-without-a-closer 0 --status=1
    "--err=thread 1 could not be started" ${no_article} -- --speed=50)
  without_threads(part-04.${mode}.ends-with-a-closer-alone 1 --status=1
    "--err=thread 2 could not be started" ${no_article} -- --speed=50)
endforeach()
without_threads(part-04.cache.explains-a-thread-that-cannot-be-started 3 --status=1
  "--err=thread 4 could not be started" "--out=^Processed +2 of 10 articles" -- --speed=50)
foreach(threads 0 1)
  without_threads(part-04.circular-wait.ends-with-${threads}-stages ${threads} --status=1
    "--err=could not be started" ${no_article} -- --speed=50)
endforeach()
without_threads(part-04.wait-first.ends-without-senders 0 --status=1
  "--err=thread 1 could not be started" ${no_article} -- --speed=50)
