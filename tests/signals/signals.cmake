# What a signal does to a run, at a chosen moment and at random ones.

add_test_program(interrupt signals/interrupt.c)
add_test_program(random_signals signals/random_signals.c signals/run_with_signals.c NEEDS jansson)
add_test_program(random_kills signals/random_kills.c signals/run_with_signals.c NEEDS jansson sqlite)

# interrupted(NAME SIGNAL NUMBER option...): dies by the signal, after one line.
function(interrupted name signal number)
  lesson(${name} "--out=^ended by signal ${number}$" --err-lines=1
    "--err=^part-[0-9]+-[a-z-]+: interrupted: [0-9]+ of [12]0 articles done, [0-9]+ of [36]0 LLM calls$"
    UNDER ${interrupt} ${signal} started -- ${ARGN})
endfunction()

interrupted(part-01.sequential.sigint-ends-it INT 2)
interrupted(part-01.sequential.sigterm-ends-it TERM 15)
interrupted(part-01.sequential.sighup-ends-it HUP 1)
interrupted(part-02.wait-group.sigint-ends-it INT 2)
interrupted(part-02.join.sigterm-ends-it TERM 15)
interrupted(part-02.main-leaves.sigint-ends-it-though-main-has-left INT 2)
lesson(part-02.join.tsan.sigint-ends-it --silent "--out=^ended by signal 2$" --err-lines=1
  "--err=: interrupted: [0-9] of 10 articles done" UNDER ${interrupt} INT started --)
foreach(signal INT HUP)
  string(TOLOWER ${signal} name)
  claim(part-02.join.ignored-sig${name}-stays-ignored COMMAND ${run_and_check} "--out=^ended with status 0$"
    ${all_articles} --not-err=. -- ${interrupt} --ignored ${signal} started ${part_2} --mode=join
    --speed=5)
endforeach()
claim(part-02.runs.interrupt-says-how-many-runs-are-done COMMAND ${run_and_check} --err-lines=1
  "--out=^ended by signal 2$" "--err=interrupted: [0-9]+ of 1000 runs done$"
  -- ${interrupt} INT "Run 2:" ${part_2} --mode=late-add --runs=1000)
# The run has begun half a second later, if the machine did not stall: the other words are right then.
claim(part-02.runs.interrupt-ends-the-run-in-its-own-process COMMAND ${run_and_check} --err-lines=1
  "--out=^ended by signal 15$" "--err=interrupted: 0 of (5 runs|10 articles) done"
  -- ${interrupt} --pause TERM "Part 2" ${part_2} --mode=join --runs=5 --latency=60s..60s)
claim(part-02.join.ctrl-c-leaves-the-terminal-clean COMMAND ${run_and_check} "--out=^ended by signal 2$"
  # The bar is erased, and the line stands alone.
  "--err=of 30 calls.*J.?$" "--err=^part-02-threads: interrupted: 0 of 10 articles done"
  -- ${interrupt} ^C "of 30 calls" ${part_2} --mode=join --quiet)
