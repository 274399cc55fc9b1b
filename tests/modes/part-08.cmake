# Part 8, mode by mode. What is required holds on a machine that stalls, too: a run may take longer than
# the load says, and calls may come later, never earlier.

set(nothing_is_refused "--not-out=(^Refused|refused:)" "--out=^Attempts .* . 0 refused = ")
# No call has to wait for another one.
set(no_limits --provider-rate=0 --provider-limit=0)
set(all_fail "--out=^Account +0 succeeded . 20 failed . 0 cancelled . 0 queued = 20$")
set(modes_of_8 polite flood retry retry-storm per-worker-rate breaker)
set(retrying_modes retry retry-storm breaker)

# What all modes have in common. Without limits they are the pool of part 7.

foreach(mode IN LISTS modes_of_8)
  lesson(part-08.${mode}.adds-up --status=0,1 ${nothing_is_missing} ${next_to_read} --not-err=.
    "--out=^Account +[0-9]+ succeeded . [0-9]+ failed . 0 cancelled . 0 queued = 20$"
    "--out=^Effort +[0-9.]+ calls for one that is answered$" "--out=^Each second  [#:. ]+$" "--out=^[1-9][0-9]* at most +"
    -- --speed=20)
  lesson(part-08.${mode}.a-worker-says-what-it-takes-and-when-it-leaves --status=0,1 --awk=@taken_once
    -- --speed=20 --workers=5)
  lesson(part-08.${mode}.without-limits-every-article-once ${all_twenty} ${nothing_is_missing}
    ${next_to_read} ${nothing_is_refused} "--out=^LLM calls +60, at most ([1-9]|1[0-9]|20) in flight$"
    "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$" "--not-out=^(Rate|Breaker)"
    "--not-out=^(Failed|Cancelled|Queued|Dead|Calls saved)" --awk=@collected_once
    -- --speed=20 ${no_limits} --outage=0s..0s)
  lesson(part-08.${mode}.calls-overlap "--awk=/^LLM calls/ { exit !($(NF - 2) > 1) }"
    -- --speed=5 ${no_limits} --outage=0s..0s)
  claim(part-08.${mode}.same-results-as-part-1 NEEDS jansson COMMAND ${tests}/modes/same_results
    ${data}/articles.jsonl ${part_1} sequential ${part_8} ${mode} ${no_limits} --outage=0s..0s)
  lesson(part-08.${mode}.what-succeeded-is-written --status=0,1 ${as_many_results_as_reported}
    -- --quiet --speed=100 --error-rate=0.05 --workers=3 --input=${data}/articles.jsonl --output=/dev/stdout)
  lesson(part-08.${mode}.runs-are-counted "--out=^Complete +3 of 3 runs$"
    -- --runs=3 --speed=200 ${no_limits} --outage=0s..0s)
  lesson(part-08.${mode}.with-errors-it-adds-up --status=0,1 ${nothing_is_missing}
    "--out=^Account +[0-9]+ succeeded . [0-9]+ failed . 0 cancelled . 0 queued = 20$"
    -- --speed=50 --error-rate=0.3)
  # The run is longer than that, if nobody stops it.
  lesson(part-08.${mode}.stopped-by-the-timeout --status=1 ${nothing_is_missing} ${next_to_read}
    "--out=^Account +0 succeeded . [0-9]+ failed . [0-9]+ cancelled . [0-9]+ queued = 20$" --not-err=.
    "--out=^Shutdown +[0-9.]+ s from the timeout to the end$"
    -- --latency=60s..60s --speed=20 --timeout=5s)
  lesson(part-08.${mode}.drain-finishes-what-was-taken --status=0,1 ${nothing_is_missing}
    "--out=^Account +[0-9]+ succeeded . [0-9]+ failed . 0 cancelled . [0-9]+ queued = 20$"
    "--out=^Attempts .* . 0 given up . " "--not-out= given up$"
    -- --speed=20 --timeout=2s --drain)
  # Twice as long as a call may take: it is tried again, or not.
  lesson(part-08.${mode}.a-call-has-its-own-deadline --status=1 ${nothing_is_missing} ${all_fail}
    "--out=^Attempts +0 answered . 0 failed . [1-9][0-9]* given up . "
    "--out=article [0-9]+, summarize, attempt [0-9]+: (no answer in time|not called, the breaker .*)$"
    -- --speed=50 --latency=2s..2s --call-timeout=1s ${no_limits} --outage=0s..0s)
  foreach(seed 2 3)
    lesson(part-08.${mode}.all-at-once-adds-up-seed-${seed} --status=0,1 ${nothing_is_missing}
      -- --speed=50 --seed=${seed} --error-rate=0.2 --hang-rate=0.1 --call-timeout=1400ms --timeout=30s
      --provider-rate=2 --provider-limit=3 --outage=5s..8s)
  endforeach()
  lesson(part-08.${mode}.stalls-where-nobody-answers ${stalled} --awk=@account
    "--err=^  worker [0-9]+: waiting for an answer$"
    -- --speed=200 --hang-rate=1 --provider-limit=4 --provider-rate=0)
  foreach(workers 1 50)
    lesson(part-08.${mode}.with-${workers}-workers --status=0,1 ${nothing_is_missing}
      "--awk=/^LLM calls/ { exit $(NF - 2) > ${workers} }" -- --speed=50 --workers=${workers})
  endforeach()

  lesson(part-08.${mode}.tsan.silent --silent --status=0,1 ${nothing_is_missing} -- --speed=20)
  lesson(part-08.${mode}.tsan.silent-when-stopped --silent --status=1 ${nothing_is_missing}
    -- --latency=60s..60s --speed=20 --timeout=5s)
  lesson(part-08.${mode}.tsan.silent-with-all-at-once --silent --status=0,1 ${nothing_is_missing}
    -- --speed=50 --error-rate=0.2 --hang-rate=0.1 --call-timeout=1400ms --timeout=30s
    --provider-rate=2 --provider-limit=3 --outage=5s..8s)
  lesson(part-08.${mode}.tsan.silent-on-input --silent --status=0,1 ${nothing_is_missing}
    -- --speed=20 --input=${data}/articles.jsonl --workers=3)
endforeach()

# polite

claim(part-08.polite.is-the-default COMMAND ${run_and_check} "--out=^Part 8, polite: " ${all_twenty}
  -- ${part_8} --speed=100)
foreach(workers 1 20 100)
  claim(part-08.polite.nothing-is-refused-${workers}-workers TIMEOUT 300
    COMMAND ${tests}/modes/limits_are_kept ${part_8} ${workers})
endforeach()
lesson(part-08.polite.tsan.silent-with-the-limit-alone --silent ${all_twenty} ${nothing_is_refused}
  -- --speed=100 --provider-rate=0 --provider-limit=1)
lesson(part-08.polite.tsan.silent-with-the-rate-alone --silent ${all_twenty} ${nothing_is_refused}
  -- --speed=100 --provider-limit=0)
foreach(speed 5 20 100 1000)
  # Three at once, and three a second: nineteen seconds for sixty.
  lesson(part-08.polite.nothing-is-refused-at-speed-${speed} ${all_twenty} ${nothing_is_missing}
    ${nothing_is_refused} "--not-out= over the (floor|schedule)" "--out=^LLM calls +60, at most [1-4] in flight$"
    "--out=^Effort +1\\.0 calls for one that is answered$"
    ${not_below_19_s}
    # And up to four that were late.
    "--awk=/^Rate/ { is_so = $2 == 60 && $2 <= 3 * ($5 + 0.051) + 7 } END { exit !is_so }"
    -- --speed=${speed})
endforeach()
lesson(part-08.polite.the-limit-alone ${all_twenty} ${nothing_is_refused} "--not-out=^Rate"
  "--out=^LLM calls +60, at most 1 in flight$" -- --speed=100 --provider-rate=0 --provider-limit=1)
lesson(part-08.polite.the-rate-alone ${all_twenty} ${nothing_is_refused} "--out=^Rate +60 calls in "
  -- --speed=100 --provider-limit=0)
# While all places are taken by calls that hang, sixteen wait. If they had their tokens already, they would
# come all at once.
lesson(part-08.polite.who-waits-for-a-place-has-no-token-yet --status=1 ${nothing_is_missing}
  ${nothing_is_refused} "--out= given up$"
  -- --speed=10 --latency=1ms..1ms --hang-rate=0.2 --call-timeout=8s --articles=60)
lesson(part-08.polite.errors-are-not-tried-again --status=1 ${nothing_is_missing} ${all_fail}
  ${nothing_is_refused} "--out=^Attempts +0 answered . 20 failed . 0 given up . 0 refused = 20$"
  -- --speed=50 --error-rate=1)

# flood

lesson(part-08.flood.a-wall-of-429s --status=1 ${nothing_is_missing} ${next_to_read}
  "--out=^Processed +1?[0-9] of 20 articles$"
  "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 4 at once( and 3 a second)?$"
  "--out=^Failed +article [0-9]+, [a-z]+, attempt 1: 429 Too Many Requests"
  # Each of them is an article.

  "--awk=/refused: 429/ { n++ } /^Account/ { lost = $5 } END { exit n == 0 || n != lost }" -- --speed=5)
lesson(part-08.flood.too-fast-is-refused-as-well --status=1 ${nothing_is_missing}
  "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 3 a second$"
  "--out=refused: 429 Too Many Requests, retry after [0-9.]+m?s$"
  -- --speed=5 --provider-limit=0 --latency=1ms..1ms)

# retry, retry-storm: each call is answered, or a dead letter says that it was tried twenty times

foreach(mode retry retry-storm)
  lesson(part-08.${mode}.answered-or-a-dead-letter --status=0,1 ${nothing_is_missing}
    --awk=@dead_letters "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 4 at once( and 3 a second)?$"
    "--awk=/^Attempts/ { made = $NF } /^LLM calls/ { answered = $3 + 0 } END { exit made <= answered }"
    -- --speed=20)
  lesson(part-08.${mode}.a-refused-call-is-answered-in-the-end ${nothing_is_missing}
    "--out=^Processed +6 of 6 articles, each" "--out=^LLM calls +18, at most [1-4] in flight$"
    "--out=refused: 429" "--out=started .*, attempt [2-9].$" "--not-out=^Dead letter"
    -- --speed=5 --articles=6 --workers=6 --latency=2s..2s)
  lesson(part-08.${mode}.a-dead-letter-was-tried-twenty-times --status=1 ${nothing_is_missing}
    --awk=@dead_letters ${all_fail} "--out=^Calls saved +40 of 60 were never made$"
    "--awk=/^Attempts/ { exit $NF != 400 }"
    "--awk=/^Dead letter: .*, summarize, attempt 20: (503|429) / { n++ } END { exit n != 20 }"
    -- --speed=100 --error-rate=1)
  lesson(part-08.${mode}.without-limits-all-twenty-fail --status=1 ${nothing_is_missing}
    --awk=@dead_letters ${all_fail} "--out=^Attempts +0 answered . 400 failed . 0 given up . 0 refused = 400$"
    -- --speed=50 --error-rate=1 ${no_limits} --latency=100ms..100ms)
  foreach(rate 0.5 0.7 0.8)
    lesson(part-08.${mode}.dead-letters-are-the-failed-ones-at-${rate} --status=0,1
      ${nothing_is_missing} --awk=@dead_letters -- --speed=100 --error-rate=${rate} ${no_limits})
  endforeach()
  lesson(part-08.${mode}.some-are-answered-and-some-are-not --status=1 ${nothing_is_missing}
    --awk=@dead_letters "--out=^Account +[1-9][0-9]* succeeded . [1-9][0-9]* failed"
    -- --speed=100 --error-rate=0.8 ${no_limits})
  lesson(part-08.${mode}.a-call-that-hangs-is-tried-again --status=0,1 ${nothing_is_missing}
    --awk=@dead_letters "--out= given up$" "--out=started .*, attempt 2.$"
    -- --speed=50 --hang-rate=0.3 --call-timeout=2s ${no_limits})
  lesson(part-08.${mode}.waits-as-long-as-it-is-told --status=0,1 ${nothing_is_missing}
    "--out=^Processed +2 of 2 articles, each" "--out=refused: 429 Too Many Requests, retry after [0-9.]+s$"
    # There is room then, and nobody else who would take it.
    "--out=, attempt 2.$" "--not-out=, attempt 3.$" "--out=^Attempts +6 answered .* [1-4] refused = "
    -- --speed=100 --provider-limit=0 --provider-rate=0.1 --articles=2 --workers=1)
endforeach()
# All fail together, wait equally long, and come again: in between nobody calls. The waits are .5, 1, 2, 4, 8
# and ten seconds; only a stall as long as such a wait would fill a gap.
lesson(part-08.retry-storm.comes-in-waves --status=1 ${nothing_is_missing}
  # The lowest row of the bars.
  "--awk=/^Each second/ { row = NR + 3 } NR == row { gaps = gsub(/[.:#]   +/, \"\") } END { exit !(gaps >= 4) }"
  -- --speed=10 --error-rate=1 ${no_limits} --latency=100ms..100ms)

# per-worker-rate

lesson(part-08.per-worker-rate.is-many-times-too-fast --status=1 ${nothing_is_missing} ${next_to_read}
  "--out=^Refused +[1-9][0-9]* calls: 429, the provider takes 3 a second$"
  "--awk=/^Rate/ { percent = $7 } END { exit !(percent > 150) }"
  -- --speed=2 --latency=1ms..2ms --articles=200 --workers=10 --provider-limit=0)
# The first token is there, each further one takes a third of a second.
lesson(part-08.per-worker-rate.one-worker-keeps-to-it ${nothing_is_missing} ${nothing_is_refused}
  "--out=^Processed +5 of 5 articles, each" "--awk=/^Total/ { t = $3 } END { exit !(t >= 14 / 3) }"
  -- --speed=20 --latency=1ms..2ms --articles=5 --workers=1 --provider-limit=0)
lesson(part-08.per-worker-rate.a-worker-has-a-rate --status=1 ${nothing_is_missing}
  "--awk=/^Attempts/ { made = $NF } /^Total/ { t = $3 } END { exit !(made <= 10 * (3 * (t + 0.001) + 1)) }"
  -- --speed=20 --latency=1ms..2ms --articles=200 --workers=10 --provider-limit=0)

# breaker

set(walks --awk=@breaker "--out=^Not made +[0-9]+ calls, while the breaker was open$")
set(ends_closed "--awk=/^Breaker:/ { last = $4 } END { exit last != \"closed\" }"
  "--awk=/^Breaker:/ && !n++ { first = $2 $4 } END { exit first != \"closedopen\" }"
  "--out=^Breaker: open -> half-open$" "--out=^Breaker: half-open -> closed$")
lesson(part-08.breaker.over-the-outage --status=0,1 ${nothing_is_missing} ${walks} ${ends_closed}
  ${next_to_read} "--out=failed: 503" "--awk=/^Not made/ { exit $3 < 1 }" -- --speed=2)
# It cannot close before the outage is over, and nothing fails after it.
lesson(part-08.breaker.over-an-outage-from-the-start --status=0,1 ${nothing_is_missing} ${walks}
  ${ends_closed} "--awk=/-> closed$/ { n++ } END { exit n != 1 }" --awk=@dead_letters
  "--awk=/^Not made/ { n = $3 } END { exit !(n > 0) }"
  "--awk=/-> closed$/ { closed = 1 } closed && /failed: 503/ { late++ } END { exit late > 4 }"
  -- --speed=20 --outage=0s..60s)
# Twenty articles are asked for forty times each. Three failures open it; others, who had begun, are four
# at most; then there is a probe every two seconds and a half. retry makes 400 calls then.
lesson(part-08.breaker.makes-few-calls-that-fail --status=1 ${nothing_is_missing} ${all_fail} ${walks}
  --awk=@dead_letters "--not-out=^Breaker: half-open -> closed$"
  "--awk=/^Not made/ { not_made = $3 } /^Attempts/ { failed = $5 } END { exit not_made + failed != 800 }"
  "--awk=/^Attempts/ { failed = $5 } /^Total/ { t = $3 } END { exit !(failed >= 3 && failed <= 8 + t / 2.5) }"
  -- --speed=50 --outage=0s..600s)
lesson(part-08.retry.makes-all-calls-though-they-fail --status=1 ${nothing_is_missing} ${all_fail}
  --awk=@dead_letters "--out=^Attempts +0 answered . 400 failed . 0 given up . 0 refused = 400$"
  -- --speed=50 --outage=0s..600s --workers=5 ${no_limits})
lesson(part-08.breaker.without-an-outage-it-stays-closed ${all_twenty} ${nothing_is_missing}
  "--not-out=^Breaker" "--out=^Not made +0 calls" "--out=^Effort +1\\.0 calls"
  -- --speed=50 --outage=0s..0s)
lesson(part-08.breaker.a-dead-letter-may-not-have-been-called --status=1 ${walks} --awk=@dead_letters
  "--out=^Dead letter: article [0-9]+, summarize(, attempt [0-9]+)?: not called, the breaker is open$"
  -- --speed=100 --outage=0s..600s)
lesson(part-08.breaker.counts-what-takes-too-long --status=1 ${nothing_is_missing} ${walks} ${all_fail}
  "--out=^Breaker: closed -> open$" "--not-out=-> closed$"
  -- --speed=50 --latency=2s..2s --call-timeout=1s --outage=0s..0s)
lesson(part-08.breaker.one-worker --status=0,1 ${nothing_is_missing} ${walks} ${ends_closed}
  -- --speed=20 --workers=1 --outage=0s..30s)
lesson(part-08.breaker.tsan.silent-over-an-outage --silent --status=0,1 ${nothing_is_missing} ${walks}
  ${ends_closed} -- --speed=20 --outage=0s..60s)

# Signals wake each worker that waits in front of a call, or between two; otherwise it would wait for minutes.

# told(NAME TEXT requirement... -- option...): a signal each, as soon as TEXT is printed.
function(told name text)
  set(INT 2)
  set(TERM 15)
  list(FIND ARGN "--" middle)
  foreach(signal INT TERM)
    set(words ${ARGN})
    list(INSERT words ${middle} "--out=^Shutdown +[0-9.]+ s from SIG${signal} to the end$"
      UNDER ${interrupt} --pause ${signal} ${text})
    lesson(part-08.${name}-${signal} ${shutting_down} --err-lines=1 "--out=^ended by signal ${${signal}}$"
      ${nothing_is_missing} ${words})
  endforeach()
endfunction()

set(no_success "--out=^Account +0 succeeded . 0 failed . ([1-9]|1[0-9]|20) cancelled . [0-9]+ queued = 20$")
set(endless_calls --latency=600s..600s)
# Four call, sixteen wait for a place.
told(polite.in-front-of-the-semaphore started ${no_success} ${nothing_is_refused} -- ${endless_calls})
# The bucket has a token or two, the next one comes after a thousand seconds.
told(polite.in-front-of-the-bucket started ${no_success} ${nothing_is_refused}
  "--awk=/^LLM calls/ { peak = $(NF - 2) } END { exit peak > 2 }"
  -- --provider-rate=0.001 ${endless_calls} --provider-limit=9)
told(per-worker-rate.in-front-of-the-bucket completed
  "--out=^Account +0 succeeded . [0-9]+ failed . ([1-9]|1[0-9]|20) cancelled . [0-9]+ queued = 20$"
  -- --provider-rate=0.001 --provider-limit=20)
# The provider tells a caller that comes too fast to come again in a thousand seconds.
foreach(mode retry retry-storm)
  told(${mode}.between-two-attempts "retry after"
    "--out=^Account +[0-9]+ succeeded . 0 failed . ([1-9]|1[0-9]|20) cancelled . [0-9]+ queued = 20$"
    -- --provider-rate=0.001 --provider-limit=0)
endforeach()
told(breaker.while-it-is-open "closed -> open" "--awk=@breaker"
  "--out=^Account +0 succeeded . 0 failed . ([1-9]|10) cancelled . 1[0-9] queued = 20$"
  -- --outage=0s..600s --speed=0.5)
# A probe that is cancelled says nothing of the provider.
told(breaker.while-the-probe-is-under-way "open -> half-open" --awk=@breaker "--not-out=-> closed$"
  "--out=^Account +0 succeeded . 0 failed . ([1-9]|10) cancelled . 1[0-9] queued = 20$"
  -- --latency=20s..20s --outage=0s..600s --speed=10)
if(LESSON_HAS_JANSSON)
  claim(part-08.polite.signals-at-random-moments NEEDS jansson TIMEOUT 300
    COMMAND ${random_signals} random 30 20 ${part_8})
endif()
claim(part-08.polite.drain-finishes-who-waits COMMAND ${run_and_check} "--out=^ended by signal 2$" ${shutting_down} --err-lines=1
  ${nothing_is_missing} "--out=^Account +20 succeeded . 0 failed . 0 cancelled . 0 queued = 20$"
  -- ${interrupt} --pause INT "worker 20 takes" ${part_8} --drain --speed=10)

# Where a thread cannot be started.

foreach(mode IN LISTS modes_of_8)
  foreach(threads 0 1 3 6)
    without_threads(part-08.${mode}.without-more-threads-than-${threads} ${threads} --status=0,1
      ${nothing_is_missing} "--err=could not be started" -- --speed=50)
  endforeach()
  without_threads(part-08.${mode}.without-any-thread-nothing-is-done 0 --status=1
    "--out=^Account +0 succeeded . 0 failed . 0 cancelled . 20 queued = 20$" -- --speed=50)
endforeach()

# Options that only later parts have, and values that none takes.

foreach(option stage-workers=1,1,1,1,1 store=x)
  string(REGEX REPLACE "=.*" "" name ${option})
  refused(part-08.input.${name}-is-unknown-in-part-8 --${option} "unknown option. the options are ")
endforeach()
refused(part-08.input.unknown-mode-names-the-valid-ones --mode=storm
  "must be one of: polite, flood, retry, retry-storm, per-worker-rate, breaker$")
