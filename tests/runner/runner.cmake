# The runner and the pages, which use this very build tree.

if(NOT LESSON_SANITIZE)
  set(in_this_tree ENVIRONMENT LESSON_BUILD=${CMAKE_BINARY_DIR})
  string(ASCII 27 escape)

  # runner(NAME requirement... -- argument...): ./lesson with these arguments.
  function(runner name)
    list(FIND ARGN "--" middle)
    list(INSERT ARGN ${middle} "--not-out=${escape}") # no colour but on a terminal
    math(EXPR middle "${middle} + 2")
    list(INSERT ARGN ${middle} sh ${CMAKE_SOURCE_DIR}/lesson)
    claim(runner.${name} COMMAND ${run_and_check} ${ARGN} ${in_this_tree})
  endfunction()

  claim(runner.lists-every-mode COMMAND ${tests}/runner/lists_every_mode ${parts})
  claim(runner.help-has-the-modes-of-modes-txt COMMAND ${tests}/runner/help_is_modes_txt ${parts})
  foreach(mistake none mode-without-texts texts-without-mode no-such-field field-of-a-part-in-a-mode
      field-of-a-mode-in-a-part field-is-missing field-twice mode-twice no-field-at-all)
    claim(runner.modes-txt.${mistake} COMMAND ${tests}/runner/modes_must_fit ${mistake}
      ENVIRONMENT CC=${CMAKE_C_COMPILER} CMAKE=${CMAKE_COMMAND})
  endforeach()
  runner(alone-says-what-to-type-first "--out=^Type first +[.]/lesson all " "--out=^ +2 threads +[a-z]"
    "--out=^ *10 backpressure +[a-z]" "--awk=NR > 20 { long = 1 } END { exit long }" --)
  runner(lists-every-part "--out=^Part 1, sequential: " "--out=^Part 2, threads: " -- list)
  runner(lists-one-part "--out=^Part 2, threads: " "--out=^    --mode=join " "--not-out=^Part [13]" -- list 2)
  runner(list-knows-the-parts --status=2 --err-lines=1 --not-out=. "--err=^lesson: 99: .*1, 2" -- list 99)
  runner(help-has-every-command "--out=[.]/lesson list " "--out=[.]/lesson all " "--out=[.]/lesson doctor "
    -- --help)
  claim(runner.alone-fits-the-screen COMMAND ${tests}/output/fits_the_screen runner sh ${CMAKE_SOURCE_DIR}/lesson)
  claim(runner.help-fits-the-screen COMMAND ${tests}/output/fits_the_screen runner sh ${CMAKE_SOURCE_DIR}/lesson help)
  runner(runs-a-part ${all_articles} -- 1 --speed=100)
  runner(runs-a-mode ${all_articles} -- 2 --mode=join --speed=100)
  runner(passes-the-status-on --status=1 ${no_article} -- 2 --mode=late-add)
  runner(unknown-word-gets-the-valid-ones --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: dance: .*all.*race.*diff.*test.*setup.*doctor" -- dance)
  runner(unknown-part-gets-the-valid-ones --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: 99: .*1, 2" -- 99)
  runner(unknown-mode-to-diff-gets-the-valid-ones --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: diff: dance: .*wait-group.*join" -- diff 2 dance)
  runner(diff-all-lists-the-modes-and-variants "--out=^[+]static void .work" "--out=^-sequential "
    "--out=^[+]wait-group " "--out=^[+]loop_variable[.]c$" -- diff 1 2 --all)
  foreach(promise parts-as-diff-u all-of-parts small-variant whole-variant process-article-is-left-out
      all-of-a-variant own-mode fits-80-columns)
    claim(runner.diff.${promise} COMMAND ${tests}/runner/diff_shows ${promise})
  endforeach()
  runner(diff-of-a-mode-shows-the-variant "--out=^\\+.*pthread_join"
    "--out=^\\+\\+\\+ part-02-threads/variants/join\\.c" -- diff 2 join)
  runner(diff-of-two-modes-shows-what-one-has-and-the-other-has-not "--out=^-.*has_jitter = true"
    "--out=^[+].*has_jitter = false" "--not-out=^[-+].*static int call_again" -- diff 8 retry retry-storm)
  runner(diff-of-two-modes-knows-both --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: diff: dance: no such mode. part 8 has polite, " -- diff 8 retry dance)
  runner(all-ends-with-one-table "--out=^ 1 sequential +[0-9.]+ s  .*  10 of 10   1 1+$"
    "--out=^ 9 pipelines +[0-9.]+ s  .*  10 of 10 "
    "--out=^ 2 threads +[0-9.]+ s  .*  [0-9]+ of 10"
    "--out=^ 5 worker-pool +[0-9.]+ s +[0-9.]+x  10 of 10   [1-5] [1-5]+$"
    "--out=^ 6 error-groups +[0-9.]+ s +[0-9.]+x  10 of 10   [1-5] [1-5]+$"
    "--out=^ 7 cancellation +[0-9.]+ s +[0-9.]+x  10 of 10   [1-5] [1-5]+$" "--awk=@strips_share_one_scale"
    -- all --speed=50)
  claim(runner.what-to-type-next-leads-through-every-mode NEEDS sqlite TIMEOUT 180 COMMAND ${tests}/runner/walk ${parts})
  foreach(words gcc clang lock-order nothing-is-made-up)
    claim(runner.race-in-words.${words} COMMAND ${tests}/runner/race_in_words ${words})
  endforeach()
  foreach(promise two-runs-are-one-page a-browser-opens-it what-it-cannot-do-it-says-in-a-line)
    claim(runner.replay.${promise} TIMEOUT 180 COMMAND ${tests}/runner/replay_makes_a_page ${promise} ${in_this_tree})
  endforeach()
  runner(doctor-has-found-a-compiler "--out=^ok +a C compiler$" "--out=can run here" -- doctor)
  if(tsan IN_LIST flavours)
    runner(race-says-where-it-is-flagged --status=66
      "--out=^Flagged: " "--out=data race in work, part-02-threads/pipeline.c:[0-9]+$"
      "--out=^Type next +./lesson 2 " "--not-out=^  .1. Summarization" "--not-err=^WARNING: ThreadSanitizer"
      -- race 2 --speed=20)
    runner(race-shows-all-in-full --flagged=part-02-threads/pipeline.c:work "--out=^  .1. Summarization started"
      "--out=^Flagged: " -- race 2 --full --speed=20)
    runner(race-fits-a-terminal --status=66
      "--awk=length > 80 { wide++ } END { exit NR > 23 || NR < 12 || wide }"
      -- race 2 --mode=loop-variable --speed=20)
    runner(race-shows-the-line-of-each-access --status=66 "--out=^      22  pipeline->results->items"
      "--out=^      19  log_line" -- race 3 --mode=forgotten-lock --speed=20)
    runner(race-leaves-a-stall-to-be-read --status=3 "--err=^part-02-threads: stalled: "
      "--out=^Not flagged: " -- race 2 --mode=forgotten-done --speed=20)
    runner(race-says-what-is-not-flagged "--out=^Not flagged: " ${all_articles}
      "--not-err=WARNING: ThreadSanitizer" -- race 2 --mode=join --speed=20)
    claim(runner.race-says-it-whatever-the-environment-says COMMAND ${run_and_check} --status=66
      "--err=^lesson: TSAN_OPTIONS is left out, since race reads the report. "
      "--out=data race in work, part-02-threads/pipeline.c:[0-9]+$"
      -- env TSAN_OPTIONS=log_path=/dev/full:exitcode=0:strip_path_prefix=/:report_bugs=0:suppressions=/dev/null:help=1
      sh ${CMAKE_SOURCE_DIR}/lesson race 2 --speed=100 ${in_this_tree})
    claim(docs.with-the-articles NEEDS jansson TIMEOUT 900 COMMAND ${run_and_check} --needs=clitest
      -- clitest --prefix 4 docs/with-the-articles.md ${in_this_tree})
    set_tests_properties(docs.with-the-articles PROPERTIES COST 100) # the longest: to be started first
  endif()
  claim(docs.your-news TIMEOUT 900 COMMAND ${run_and_check} --needs=clitest --needs=jq -- clitest --prefix 4 docs/your-news.md
    ${in_this_tree})
  foreach(promise rebuilds-what-was-edited without-jansson-and-sqlite nothing-to-install-with)
    claim(runner.in-a-folder-with-spaces.${promise} TIMEOUT 600 COMMAND ${tests}/runner/folder_with_spaces ${promise}
      ENVIRONMENT CC=${CMAKE_C_COMPILER})
  endforeach()
  foreach(promise builds-once builds-what-has-changed a-failed-build-is-tried-again
      a-file-from-the-future-is-named a-tree-from-the-future-is-built-anew a-moved-project-starts-anew
      the-folder-of-another-is-left-alone no-folder-that-has-something-in-it-is-built-in
      an-empty-folder-a-link-or-a-new-one-is-built-in an-interrupted-configuration-is-begun-again
      what-cmake-cannot-name-is-refused-at-once a-table-that-cannot-be-shown-is-a-failure many-at-once-build-once)
    claim(runner.build-tree.${promise} COMMAND ${tests}/runner/build_tree ${promise})
  endforeach()
  claim(runner.build-tree.signals-end-what-runs
    COMMAND ${tests}/runner/build_tree signals-end-what-runs ${interrupt})
  foreach(promise signals-end-a-build ctrl-z-stops-a-build-and-fg-wakes-it a-reader-that-leaves-is-no-failure full-standard-output-is-a-failure
      no-temporary-file-is-one-line a-temporary-folder-of-any-name-will-do words-are-shown-and-not-obeyed
      an-empty-word-is-no-command nobody-is-sent-in-a-circle)
    claim(runner.misuse.${promise} COMMAND ${tests}/runner/misuse ${promise} ${interrupt} ${in_this_tree})
  endforeach()
  claim(runner.pictures.made-anew-differ-in-what-time-moves-alone TIMEOUT 180
    COMMAND ${tests}/runner/pictures made-anew ${in_this_tree})
  claim(runner.pictures.are-well-formed-and-small-and-on-the-pages
    COMMAND ${tests}/runner/pictures well-formed)
  runner(pictures-takes-one-folder --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: pictures: takes a folder or nothing behind it, got: a b$" -- pictures a b)
  runner(pictures-needs-a-folder-that-is-there --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: pictures: /nowhere: no such folder$" -- pictures /nowhere)
  runner(surplus-words-are-refused --status=2 --err-lines=1 --not-out=.
    "--err=^lesson: setup: .* or the one word bench or pages, got: bench now$" -- setup bench now)
  runner(bench-prints-the-tables-of-the-page "--out=^[0-9-]+: .* Linux .*\\. Rounds: 1, items: 1000\\.$"
    "--out=^On all processors:$" "--out=^.------------------.---------:.---------:.-------:"
    "--out=^. buffer-64 +. +[0-9]+ . " "--out=^. own-4-to-4 +. +[0-9]+ . "
    -- bench --rounds=1 --items=1000)
  set_tests_properties(runner.bench-prints-the-tables-of-the-page PROPERTIES TIMEOUT 180) # go build
  runner(bench-passes-a-refusal-on --status=2 --not-out=. "--err=^bench: dance: unknown case. the cases are .* pool "
    -- bench dance)
endif()
