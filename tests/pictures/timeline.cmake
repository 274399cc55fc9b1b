# The timeline of a run, on a pipe: plain text, below the lines of the log and above the report.

set(drawn --awk=@timeline --not-out=[^[:print:]])

foreach(mode part-01.sequential part-02.wait-group part-03.good-lock part-03.bad-lock part-04.channel
        part-05.pool part-06.fail-fast part-07.graceful part-08.polite part-08.retry-storm part-09.stages
        part-10.bounded)
  lesson(${mode}.timeline-has-the-peak-that-the-report-says --status=0,1 ${drawn} -- --timeline --speed=50)
endforeach()

lesson(part-03.good-lock.without-timeline-nothing-is-drawn "--not-out=^in flight " ${all_articles}
  -- --speed=100)
lesson(part-03.good-lock.timeline-without-log-is-drawn "--out=^in flight " "--not-out=^Processing"
  ${all_articles} -- --speed=100 --quiet --timeline)
lesson(part-03.good-lock.timeline-counts-the-lanes-that-have-no-room ${drawn}
  "--out=^ +[.][.][.] and [0-9]+ more, alike$" "--out=^article 1 " -- --articles=100 --speed=100 --timeline)
lesson(part-03.good-lock.timeline-of-results-on-stdout-is-on-stderr "--err=^in flight " "--not-out=^in flight "
  -- --speed=100 --quiet --timeline --output=/dev/stdout)
lesson(part-05.pool.timeline-of-many-articles-is-drawn ${drawn} -- --articles=2000 --workers=50 --speed=1000
  --quiet --timeline)

# The lanes of a wait that never ends, and who could end it.
lesson(part-02.forgotten-done.timeline-says-nobody-is-left ${stalled} "--out=^main .* for ever$"
  "--out=^  main  waits until [0-9]+ are done  --> nobody is left$" -- --speed=50 --timeline)
lesson(part-04.wait-first.timeline-shows-the-circle ${stalled} "--out=^main .* for ever$"
  "--out=^article 10 .* for ever$" "--out=^  main +waits until 10 are done  --> article 1-10  [^ ] a$"
  "--out=^  article 1-10  send to .finished. +--> main +/ circle$" -- --speed=50 --timeline)
lesson(part-04.forgotten-close.timeline-says-nobody-is-left ${stalled} "--out=^article 1 .* [0-9.]+ s$"
  "--out=^  main  receives from .finished.  --> nobody is left to send or to close$" -- --speed=50 --timeline)
lesson(part-04.circular-wait.timeline-shows-the-circle ${stalled}
  "--out=^  main +waits until 2 are done +--> process, store$"
  "--out=^  process +receives from .room. +--> store +[^ ] a$"
  "--out=^  store +receives from .processed. +--> process +/ circle$" -- --speed=50 --timeline)
lesson(part-05.submit-first.timeline-shows-the-circle ${stalled}
  "--out=^  main +waits until 5 are done +--> worker 1-5 +[^ ] a$"
  "--out=^  worker 1-5 +send to .finished. +--> main +/ circle$" -- --speed=50 --timeline)
lesson(part-07.leak.timeline-lasts-for-ever --status=1 "--out=^worker [1-5] .* for ever$"
  -- --speed=50 --timeline)

# The rows of a table.
lesson(part-03.compare.timeline-of-each-run-has-one-scale --awk=@timeline_rows "--out=^main +:*[.]+$"
  -- --speed=50 --timeline)
lesson(part-05.sweep.timeline-of-each-run-has-one-scale --awk=@timeline_rows -- --speed=100 --timeline)
lesson(part-05.sweep.without-timeline-no-strip-is-drawn "--not-out=in flight, on one scale" -- --speed=500)
