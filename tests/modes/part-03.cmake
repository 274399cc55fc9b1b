# Part 3, mode by mode.

lesson(part-03.good-lock.every-article-once ${all_articles} ${all_calls} ${next_to_read} -- --speed=20)
claim(part-03.good-lock.is-the-default COMMAND ${run_and_check} "--out=^Part 3, good-lock: "
  -- ${part_3} --speed=100)
lesson(part-03.good-lock.says-that-the-lock-orders-the-append
  "--out=^Append +ordered by the lock: all 10 are there" -- --speed=20)
lesson(part-03.good-lock.calls-overlap "--out=at most ([2-9]|10) in flight$" -- --speed=20)
lesson(part-03.good-lock.time-not-below-the-slowest ${not_below_3_s} -- ${known_load})
lesson(part-03.good-lock.runs-are-counted "--out=^Complete +5 of 5 runs$" -- --runs=5 --speed=100)
lesson(part-03.good-lock.many-threads-lose-nothing "--out=^Processed +500 of 500 articles, each"
  -- --articles=500 --speed=100 --quiet)
lesson(part-03.good-lock.tsan.silent --silent ${all_articles} ${all_calls} -- --speed=20)
lesson(part-03.good-lock.tsan.silent-on-input --silent "--out=^Processed +12 of 12 articles, each"
  -- --speed=20 --input=${data}/articles.jsonl)

lesson(part-03.bad-lock.one-call-in-flight ${all_articles} "--out=at most 1 in flight$"
  ${next_to_read} -- --speed=50)
lesson(part-03.bad-lock.time-is-the-sum ${not_below_30_s} "--out=one at a time 30\\.000 s: .* the sum"
  -- ${known_load})
lesson(part-03.bad-lock.tsan.silent --silent ${all_articles} "--out=at most 1 in flight$" -- --speed=50)

lesson(part-03.compare.one-table-with-the-ratio
  "--out=^  good-lock +[0-9.]+ s +[0-9.]+x +([2-9]|10)  10 of 10$"
  "--out=^  bad-lock +[0-9.]+ s +[0-9.]+x +1  10 of 10$" "--out=^One at a time 30\\.000 s"
  "--out=^bad-lock took [0-9.]+ times as long as good-lock\\.$" "--out=^Same load +--seed=1"
  "--awk=$1 == \"good-lock\" { good = $2 } $1 == \"bad-lock\" { bad = $2 } END { exit !(good >= 3 && bad >= 30) }"
  ${next_to_read} "--not-out=Summarization" --not-err=. -- ${known_load})
lesson(part-03.compare.takes-input "--out=^  bad-lock .* 1  12 of 12$"
  -- --speed=200 --input=${data}/articles.jsonl)
lesson(part-03.compare.tsan.silent --silent "--out=^  bad-lock .* 1  10 of 10$" -- --speed=50)
refused(part-03.input.compare-keeps-no-results --output=/dev/null
  "cannot go with --mode=compare, which keeps no results$" --mode=compare)
refused(part-03.input.compare-makes-several-runs-itself --runs=2
  "cannot go with --mode=compare, which makes several runs itself$" --mode=compare)

# All threads write to one place: what is left is one result, or, if two wrote at once, a damaged one.
set(nearly_all_lost "--out=^Processed +[01] of 10 articles$" "--out=^Lost +(9|10): " ${all_calls})
lesson(part-03.no-lock.loses-results --status=1 ${nearly_all_lost} ${next_to_read} -- --speed=20)
lesson(part-03.no-lock.loses-results-in-every-run --status=1 "--out=^Complete +0 of 5 runs$"
  -- --runs=5 --speed=100)
lesson(part-03.no-lock.one-article-cannot-race "--out=^Processed +1 of 1 articles, each"
  -- --articles=1 --speed=100)
lesson(part-03.no-lock.tsan.flags-the-append
  --flagged=part-03-mutexes/variants/no_lock.c:work ${nearly_all_lost} -- --speed=20)

lesson(part-03.forgotten-lock.every-article-once ${all_articles} ${next_to_read}
  "--out=^[0-9]+ results before article 3$" -- --speed=20)
lesson(part-03.forgotten-lock.tsan.flags-the-read
  --flagged=part-03-mutexes/variants/forgotten_lock.c:work ${all_articles} -- --speed=20)

# Run under ThreadSanitizer alone: a plain run may crash, and may be right.
lesson(part-03.growing-append.tsan.flags-the-list
  --flagged=part-03-mutexes/variants/growing_append.c:append -- --speed=20)

set(unknown_load "--out=the latencies were drawn during the run" "--not-out=one at a time"
  "--out=^Same seed +--seed=1, but who draws which")
lesson(part-03.shared-rng.every-article-once ${all_articles} ${all_calls} ${unknown_load}
  ${next_to_read} -- --speed=20)
lesson(part-03.shared-rng.tsan.flags-the-generator
  --flagged=part-03-mutexes/variants/generator.c:generator_between ${all_articles} -- --speed=20)
lesson(part-03.locked-rng.every-article-once ${all_articles} ${all_calls} ${unknown_load}
  ${next_to_read} -- --speed=20)
lesson(part-03.locked-rng.draws-within-the-bounds "--out=Summarization started .1[0-9.]*s"
  "--not-out=started .([0-9.]+ms|[02-9][0-9.]*s|1\\.[3-9])" -- --speed=20 --latency=1s..1299ms)
lesson(part-03.locked-rng.tsan.silent --silent ${all_articles} -- --speed=20)

lesson(part-03.own-slot.every-article-once ${all_articles} ${all_calls} ${next_to_read} -- --speed=20)
lesson(part-03.own-slot.calls-overlap "--out=at most ([2-9]|10) in flight$" -- --speed=20)
lesson(part-03.own-slot.tsan.silent --silent ${all_articles} -- --speed=20)

lesson(part-03.lock-order.does-not-hang ${all_articles} "--out=^Good news in 4 of 10 articles$"
  ${next_to_read} --not-err=. -- --speed=20)
lesson(part-03.lock-order.tsan.flags-the-inversion
  --flagged=part-03-mutexes/variants/lock_order.c:work "--err=lock-order-inversion"
  ${all_articles} -- --speed=20)

foreach(mode good-lock bad-lock own-slot locked-rng)
  claim(part-03.${mode}.same-results-as-part-1 NEEDS jansson COMMAND
    ${tests}/modes/same_results ${data}/articles.jsonl ${part_1} sequential ${part_3} ${mode})
endforeach()

# Where a thread cannot be started, what the others did is kept.

foreach(mode good-lock bad-lock no-lock forgotten-lock own-slot lock-order)
  set(report "--out=^Processed +3 of 10 articles" "--out=^Lost +7: 4-10$")
  if(mode STREQUAL "no-lock")
    set(report "--out=^Processed +[01] of 10 articles")
  endif()
  without_threads(part-03.${mode}.explains-a-thread-that-cannot-be-started 3 --status=1
    "--err=^part-03-mutexes: thread 4 could not be started beside 3 others: " ${report}
    "--out=^LLM calls +9 of 30 answered," -- --speed=50)
  without_threads(part-03.${mode}.ends-when-not-one-can-be-started 0 --status=1
    "--err=thread 1 could not be started" ${no_article} -- --speed=50)
endforeach()
without_threads(part-03.compare.explains-a-thread-that-cannot-be-started 3 --status=1
  "--err=thread 4 could not be started" "--out=^  good-lock .* 3 of 10$" "--out=^  bad-lock .* 0 of 10$"
  -- --speed=50)
