# Part 2, mode by mode. What the unlocked append of wait-group loses is left to chance, and not required.

lesson(part-02.wait-group.all-calls-made --status=0,1 ${all_calls} ${next_to_read} -- --speed=20)
claim(part-02.wait-group.is-the-default COMMAND ${run_and_check} --status=0,1 "--out=^Part 2, wait-group: "
  -- ${part_2} --speed=100)
lesson(part-02.wait-group.calls-overlap --status=0,1 "--out=at most ([2-9]|10) in flight$"
  -- --speed=20)
lesson(part-02.wait-group.time-not-below-the-slowest --status=0,1 ${not_below_3_s} -- ${known_load})
lesson(part-02.wait-group.says-that-nothing-orders-the-append --status=0,1
  "--out=^Append +not ordered: (all 10 are there by luck|[0-9] of 10 are there and right)" -- --speed=20)
lesson(part-02.wait-group.after-good-runs-a-load-that-loses-is-offered --status=0,1
  "--out=^Type next +./lesson 2 --runs=10 --articles=[0-9]+ --speed=1000$" -- --runs=2 --speed=100)
lesson(part-02.wait-group.runs-are-counted --status=0,1 "--out=^Complete +[0-5] of 5 runs$"
  -- --runs=5 --speed=100)
lesson(part-02.wait-group.tsan.flags-the-append
  --flagged=part-02-threads/pipeline.c:work ${all_calls} -- --speed=20)
lesson(part-02.wait-group.tsan.flags-the-append-on-input
  --flagged=part-02-threads/pipeline.c:work -- --speed=20 --input=${data}/articles.jsonl)
lesson(part-02.wait-group.tsan.flags-the-append-in-many-runs
  --flagged=part-02-threads/pipeline.c:work "--out=^Run [12]: ended with status 66$"
  -- --runs=2 --speed=20)

# At speed 1, where the shortest call takes half a second: the process has ended before.
lesson(part-02.no-wait.ends-with-the-work-undone --status=1 ${no_article}
  "--out=^LLM calls +[12]?[0-9] of 30 answered," "--out=it ended before all was done"
  ${next_to_read} --)
lesson(part-02.no-wait.no-run-is-complete --status=1 "--out=^Complete +0 of 2 runs$" -- --runs=2)
lesson(part-02.no-wait.tsan.silent --silent --status=1 ${no_article} --)

lesson(part-02.main-leaves.all-calls-made ${all_articles} ${all_calls} ${next_to_read} -- --speed=20)
lesson(part-02.main-leaves.time-not-below-the-slowest ${not_below_3_s} -- ${known_load})
lesson(part-02.main-leaves.runs-are-counted "--out=^Complete +2 of 2 runs$" -- --runs=2 --speed=100)
lesson(part-02.main-leaves.tsan.silent --silent ${all_articles} ${all_calls} -- --speed=20)

lesson(part-02.loop-variable.last-article-ten-times --status=1
  "--out=^Processed +0 of 10 articles$" "--out=^Lost +9: 1-9$" "--out=^Doubled +1: 10 .10 times.$"
  ${all_calls} ${next_to_read} -- --speed=20)
lesson(part-02.loop-variable.tsan.flags-the-job
  --flagged=part-02-threads/variants/loop_variable.c:work
  "--out=^Doubled +1: 10 .10 times.$" -- --speed=20)

lesson(part-02.late-add.ends-before-anyone-was-counted --status=1 ${no_article}
  "--out=it ended before all was done" ${next_to_read} --)
lesson(part-02.late-add.tsan.silent --silent --status=1 ${no_article} --)

lesson(part-02.join.every-article-once ${all_articles} ${all_calls} ${next_to_read} -- --speed=20)
lesson(part-02.join.calls-overlap "--out=at most ([2-9]|10) in flight$" -- --speed=20)
lesson(part-02.join.time-not-below-the-slowest ${not_below_3_s}
  "--out=one at a time 30\\.000 s:" "--out=slowest article 3\\.000 s: " -- ${known_load})
lesson(part-02.join.results-in-input-order
  ${input_order}
  -- --speed=1000 --quiet --input=${data}/articles.jsonl --output=/dev/stdout)
lesson(part-02.join.runs-are-counted "--out=^Complete +3 of 3 runs$" -- --runs=3 --speed=100)
lesson(part-02.join.tsan.silent --silent ${all_articles} ${all_calls} -- --speed=20)
lesson(part-02.join.tsan.silent-on-input --silent "--out=^Processed +12 of 12 articles, each"
  -- --speed=20 --input=${data}/articles.jsonl)
claim(part-02.join.same-results-as-part-1 NEEDS jansson COMMAND
  ${tests}/modes/same_results ${data}/articles.jsonl ${part_1} sequential ${part_2} join)

lesson(part-02.forgotten-done.stalls-with-all-work-done ${stalled} ${all_articles} ${all_calls}
  "--err=^  main: waiting for wait group \"articles\" .6 not done.$" --err-lines=2 ${next_to_read}
  -- --speed=20)
lesson(part-02.forgotten-done.ends-well-with-good-news-alone "--out=^Processed +1 of 1 articles"
  --not-err=. -- --speed=100 --articles=1 --input=${data}/good-news.jsonl)
lesson(part-02.forgotten-done.output-is-written-all-the-same ${stalled}
  "--awk=/article_id/ { n++ } END { exit n != 12 }"
  -- --speed=200 --quiet --input=${data}/articles.jsonl --output=/dev/stdout)
claim(part-02.forgotten-done.hangs-without-the-watch COMMAND ${run_and_check} --status=124
  "--not-err=stalled" -- timeout 4 ${part_2} --mode=forgotten-done --speed=100 --no-watch)
lesson(part-02.forgotten-done.every-run-stalls --status=3 "--out=^Run 2: stalled$"
  "--out=^Complete +0 of 2 runs" -- --runs=2 --speed=100)
lesson(part-02.forgotten-done.tsan.silent --silent ${stalled} ${all_articles} -- --speed=20)

# Where a thread cannot be started.

foreach(mode wait-group join main-leaves loop-variable no-wait late-add)
  set(report "--out=^Processed +3 of 10 articles" "--out=^Lost +7: 4-10$" "--out=^LLM calls +9 of 30 answered,")
  if(mode STREQUAL "wait-group")
    set(report "--out=^LLM calls +9 of 30 answered,")
  elseif(mode STREQUAL "loop-variable")
    set(report "--out=^Doubled +1: 10 .3 times.$" "--out=^LLM calls +9 of 30 answered,")
  elseif(mode MATCHES "no-wait|late-add")
    set(report ${no_article})
  endif()
  without_threads(part-02.${mode}.explains-a-thread-that-cannot-be-started 3 --status=1
    "--err=^part-02-threads: thread 4 could not be started beside 3 others: Resource temporarily unavailable$"
    "--err=^ +ulimit -u, .* ([0-9]+|unlimited) +[0-9]+" "--err=^ +kernel.threads-max +[0-9]+"
    "--err=^part-02-threads: 3 threads were started" ${report} -- --speed=50)
endforeach()
foreach(mode join main-leaves)
  without_threads(part-02.${mode}.explains-when-not-one-can-be-started 0 --status=1
    "--err=thread 1 could not be started" ${no_article} --)
endforeach()
if(NOT LESSON_SANITIZE)
  claim(part-02.join.names-the-limit-that-it-hit COMMAND ${tests}/modes/thread_limit_is_named ${part_2})
endif()

no_leak(part-02.wait-group.leaks-nothing ${part_2} --status=0,1 "--out=^LLM calls +36," -- ${leak_load})
no_leak(part-02.join.leaks-nothing ${part_2} "--out=^Processed +12 of 12" -- --mode=join ${leak_load})
