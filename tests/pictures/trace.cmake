# --trace=FILE: that the trace of a run is sound, and what becomes of the file.

add_test_program(check_trace pictures/check_trace.c NEEDS jansson)

# trace(NAME STATUS WORDS option...): as check_trace says, which prints these words.
function(trace name status words)
  string(REGEX REPLACE "^part-0*([0-9]+)\\.([a-z-]+)\\..*" "\\1;\\2" of ${name})
  list(POP_FRONT of part mode)
  claim(${name} NEEDS jansson COMMAND ${run_and_check} "--out=${words}"
    -- ${check_trace} ${status} ${part_${part}} --mode=${mode} ${ARGN})
endfunction()

trace(part-02.wait-group.trace-is-sound 0 "^1 processes, 11 threads, 4[0-9] slices, 2 deep, [01] arrows" --speed=50)
trace(part-02.no-wait.trace-has-calls-that-no-run-waited-for 1 "^1 processes, 11 threads, ")
trace(part-02.main-leaves.trace-ends-with-the-last-thread 0 "^1 processes, 11 threads, 4[01] slices" --speed=50)
trace(part-03.bad-lock.trace-has-calls-in-the-lock 0 ", 3 deep, ([2-9]|10) arrows" --speed=50)
trace(part-03.compare.trace-has-a-process-for-each-run 0 "^2 processes, 22 threads, " --speed=50)
trace(part-04.wait-first.trace-of-a-stall-is-whole 3 "^1 processes, 11 threads, " --speed=50)
trace(part-05.pool.trace-is-sound 0 "^1 processes, 7 threads, .* 2 deep, [1-9][0-9]+ arrows" --speed=50)
trace(part-07.graceful.trace-of-a-cancelled-run-is-sound 1 "^1 processes, [2-7] threads, " --speed=50 --timeout=2s)
trace(part-07.leak.trace-has-threads-that-were-left 1 "^1 processes, 7 threads, " --speed=50)
trace(part-08.retry-storm.trace-has-what-was-refused 0 " [1-9][0-9]+ moments" --speed=20)
trace(part-09.stages.trace-is-sound 0 "^1 processes, 12 threads, " --speed=50)

claim(part-03.bad-lock.trace-is-read-by-the-engine-of-chrome COMMAND ${run_and_check} --if-there=node
  "--out=^Part 3, bad-lock: 11 threads, [0-9]+ slices, 3 deep$"
  -- node ${tests}/pictures/trace_engine.mjs ${part_3} --mode=bad-lock --speed=50)
