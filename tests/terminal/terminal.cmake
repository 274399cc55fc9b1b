# What a lesson shows on a terminal while it runs, and what it leaves there.

foreach(promise the-lanes-grow-and-the-last-frame-stays beside-a-lane-stands-what-it-waits-for-and-who-has-it
    lines-of-the-log-stand-below-the-lanes-until-the-report-does
    lines-of-the-log-stay-below-the-lanes-where-there-are-rows it-fits-80x24 it-fits-120x30 it-fits-40x10
    ctrl-c-leaves-the-picture-and-the-terminal sigterm-leaves-the-terminal
    sigabrt-leaves-the-terminal sigkill-leaves-the-terminal
    a-first-ctrl-c-that-cancels-is-told-above-the-lanes a-stall-ends-in-for-ever-and-is-explained-below
    ctrl-z-stops-the-frames-and-fg-begins-new-ones-below in-the-background-nothing-is-drawn-before-the-end
    a-table-wipes-the-lanes-of-each-row a-resized-terminal-gets-frames-of-its-size no-live-draws-at-the-end-alone
    log-brings-the-lines-back-each-with-its-time quiet-draws-nothing a-dumb-terminal-gets-lines-and-no-escape-code
    no-color-draws-without-colour without-utf-8-it-is-drawn-in-ascii the-runner-hands-the-characters-on
    all-grows-the-lanes-of-each-part)
  claim(terminal.${promise} TIMEOUT 120 COMMAND ${tests}/terminal/on_terminal ${promise}
    $<TARGET_FILE_DIR:part-01-sequential>)
endforeach()
foreach(lesson IN LISTS measured) # in output/output.cmake
  string(REGEX MATCH "^part-[0-9]+" part ${lesson})
  claim(${part}.every-mode-fits-80x24 TIMEOUT 240 COMMAND ${tests}/terminal/on_terminal every-mode-of-${lesson}
    $<TARGET_FILE_DIR:${lesson}>)
endforeach()
lesson(terminal.log-on-a-pipe-gives-each-line-its-time "--out=^ +[0-9]+[.][0-9]+  Processing article 1[.][.][.]$"
  "--out=^ +[0-9]+[.][0-9]+    .3. Keyword Extraction completed$" "--not-out=^in flight " --not-err=.
  -- --log --speed=100)
