# Where output cannot go, and what it must leave alone: files and standard descriptors.

add_test_program(run_sql output/run_sql.c NEEDS sqlite)

# --- Files

function(output name case)
  claim(input.output-${name} NEEDS jansson COMMAND ${tests}/output/result_files ${case} ${part_1} ${interrupt})
endfunction()

output(writes-every-result new-file)
output(replaces-an-old-file-as-a-whole old-file)
output(in-a-missing-folder-is-refused missing-folder)
output(to-a-folder-is-refused folder)
output(to-a-read-only-file-is-refused read-only-file)
output(in-a-read-only-folder-is-refused read-only-folder)
output(follows-a-link symlink)
output(follows-a-link-that-leads-to-nothing dangling-symlink)
output(to-a-link-to-itself-is-refused symlink-loop)
output(into-a-named-pipe fifo)
output(to-a-full-device-fails device)
output(to-standard-output-has-the-report-elsewhere standard-output)
output(of-two-runs-at-once-is-whole two-at-once)
output(in-a-folder-that-goes-is-told folder-goes)
output(is-not-the-input same-as-input)
output(keeps-the-old-file-when-the-disk-is-full disk-full)
output(is-written-where-standard-output-is-cut-off output-limit)
output(keeps-the-old-file-when-interrupted interrupted)
output(is-not-mixed-up-with-closed-descriptors closed-descriptors)
output(with-runs-is-refused runs)
output(is-written-where-a-picture-finds-no-room picture-too-large)
output(of-a-picture-keeps-the-old-file-when-interrupted picture-interrupted)

foreach(picture svg replay trace)
  # In standard output; the report goes elsewhere.
  lesson(input.${picture}-to-a-pipe-that-nobody-reads-loses-no-result --stdout=gone --status=1
    "--err=^Processed +10 of 10 articles, each exactly once$"
    "--err=--${picture}=/dev/stdout: could not be written: Broken pipe$"
    -- --speed=100 --quiet --${picture}=/dev/stdout)
  if(EXISTS /dev/full)
    lesson(input.${picture}-to-a-full-device-loses-no-result --status=1 --err-lines=1 ${all_articles}
      "--err=--${picture}=/dev/full: could not be written: No space left on device$"
      -- --speed=100 --quiet --${picture}=/dev/full)
  endif()
endforeach()

# --- A terminal of 80 columns

# A sanitizer's own report, of a mode that breaks the heap, is wider.
set(measured ${lessons})
if(LESSON_SANITIZE)
  set(measured "")
endif()
foreach(lesson IN LISTS measured)
  string(REGEX MATCH "^part-[0-9]+" part ${lesson})
  set(fits ${tests}/output/fits_the_screen ${lesson} $<TARGET_FILE:${lesson}> --speed=100)
  claim(${part}.every-mode-fits-80-columns COMMAND ${fits})
  claim(${part}.many-runs-fit-80-columns COMMAND ${fits} --runs=2)
  if(part MATCHES "0[6-9]|10")
    claim(${part}.failures-fit-80-columns COMMAND ${fits} --error-rate=0.3)
  endif()
  if(part MATCHES "0[7-9]|10")
    claim(${part}.a-shutdown-fits-80-columns COMMAND ${fits} --timeout=3s)
  endif()
endforeach()

# --- Standard descriptors that are closed, full, or read by nobody

# stdout_fails(NAME option...): one line says that standard output cannot be written.
function(stdout_fails name)
  foreach(stdout closed full gone)
    lesson(${name}.stdout-${stdout}-is-one-line --stdout=${stdout} --status=1 --err-lines=1
      "--err=standard output: (Bad file descriptor|No space left on device|Broken pipe)" -- ${ARGN})
  endforeach()
endfunction()

stdout_fails(input --speed=100)
stdout_fails(part-02.input --speed=100)
foreach(stdout closed full gone)
  lesson(input.help-to-stdout-${stdout}-is-one-line --stdout=${stdout} --status=1 --err-lines=1
    "--err=standard output: " -- --help)
endforeach()
lesson(part-02.main-leaves.stdout-full-is-one-line --stdout=full --status=1 --err-lines=1
  "--err=standard output: No space left on device" -- --speed=100)
lesson(input.stderr-closed-is-no-failure --stderr=closed ${all_articles} -- --speed=100)
lesson(input.stdin-closed-is-no-failure --stdin=closed ${all_articles} --not-err=. -- --speed=100)
lesson(input.stderr-closed-keeps-the-usage-status --stderr=closed --status=2 --not-out=. -- --speed=0)
lesson(input.all-three-closed-is-no-crash --stdin=closed --stdout=closed --stderr=closed --status=1
  -- --speed=100)
