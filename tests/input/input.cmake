# Bad input is refused by one line: options, and files of articles.

# --- Options

refused(input.unknown-option-names-the-valid-ones --colour=no
  "unknown option. the options are --mode, --articles, --input, --output, --latency, --seed, --speed")
refused(input.abbreviated-option-is-unknown --art=5 "unknown option")
refused(input.argument-that-is-no-option articles "unknown argument")
refused(input.option-without-its-value --articles
  "needs a value$")
refused(input.value-where-none-is-taken --quiet=yes
  "takes no value$")
refused(part-02.input.unknown-mode-names-the-valid-ones --mode=wait
  "must be one of: wait-group, no-wait, main-leaves, loop-variable, forgotten-done, late-add, join$")
refused(input.unknown-mode-names-the-valid-ones --mode=join "must be one of: sequential$")
lesson(input.options-as-in-the-articles "--out=^Processed +3 of 3 articles"
  -- -articles=3 -speed 100)

refused_values(input.articles --articles "must be a whole number from 1 to 1000000$"
  0 -3 ten 1e9 5.5 1000001 99999999999999999999 +5 "" " 5" 5x)

set(range "must be MIN..MAX, each a number from 0 with a unit .us, ms, s")
refused(input.latency-without-a-range-is-refused --latency=5 ${range})
refused(input.latency-without-a-unit-is-refused --latency=5..9 ${range})
refused(input.latency-with-one-unit-is-refused --latency=5..9s ${range})
refused(input.latency-with-an-unknown-unit-is-refused --latency=1h..2h ${range})
refused(input.latency-in-nanoseconds-is-refused --latency=5ns..9ns ${range})
refused(input.latency-below-zero-is-refused --latency=-1s..2s ${range})
refused(input.latency-without-units-below-zero-is-refused --latency=-1..2 ${range})
refused(input.latency-not-a-number-is-refused --latency=nans..1s ${range})
refused(input.latency-too-long-is-refused --latency=1s..601s ${range})
refused(input.latency-empty-is-refused --latency= ${range})
refused(input.latency-upside-down-is-refused --latency=9s..1s "must be MIN..MAX with MIN not above MAX")

refused_values(input.speed --speed "must be a number from 0.001 to 1000000$"
  0 -1 nan inf 1e400 fast "" 2x)
set(seed "must be a whole number from 0 to [0-9]+, or random$")
refused(input.seed-not-a-number-is-refused --seed=lucky ${seed})
refused(input.seed-below-zero-is-refused --seed=-1 ${seed})
refused(input.runs-zero-is-refused --runs=0 "must be a whole number from 1 to 100000$")

# --- Files

if(NOT LESSON_HAS_JANSSON)
  claim(input.output-without-jansson-says-what-is-missing COMMAND ${run_and_check} --status=2 --err-lines=1
    "--err=--output=x: cannot be written: this program was built without jansson"
    -- ${part_1} --output=x)
endif()

add_custom_command(OUTPUT inputs/made
  COMMAND ${CMAKE_COMMAND} -E make_directory inputs
  COMMAND sh ${tests}/input/make_inputs inputs
  COMMAND ${CMAKE_COMMAND} -E touch inputs/made
  DEPENDS ${tests}/input/make_inputs VERBATIM)
add_custom_target(inputs ALL DEPENDS inputs/made)
add_dependencies(test-tools inputs)
set(made ${CMAKE_CURRENT_BINARY_DIR}/inputs)

# bad_input(FILE ERE): refused by one line that names the file and says where and why.
function(bad_input file reason)
  get_filename_component(name ${file} NAME_WE)
  lesson(input.file-${name}-is-refused --status=2 --err-lines=1 --not-out=.
    "--err=^part-01-sequential: --input=.*/${name}.jsonl: ${reason}" -- --input=${file})
endfunction()

bad_input(${data}/missing.jsonl "No such file or directory$")
bad_input(${data}/empty.jsonl "is empty: must be JSON Lines, each an object with")
bad_input(${data}/blank-lines-alone.jsonl "no article in it: must be JSON Lines, each an object with")
bad_input(${data}/not-json.jsonl "line 2, column 27: not valid JSON: a comma or } must follow$")
bad_input(${data}/cut-off.jsonl "line 2, column 48: not valid JSON: a string has no end$")
bad_input(${data}/not-an-object.jsonl "line 2, column 1: must be an object with")
bad_input(${data}/missing-id.jsonl "line 2: \"id\" is missing$")
bad_input(${data}/missing-title.jsonl "line 2: \"title\" is missing$")
bad_input(${data}/missing-content.jsonl "line 2: \"content\" is missing$")
bad_input(${data}/title-is-a-number.jsonl "line 2, column 20: \"title\" must be a string$")
bad_input(${data}/content-is-null.jsonl "line 2, column 39: \"content\" must be a string$")
bad_input(${data}/id-twice-in-a-line.jsonl "line 2, column [0-9]+: not valid JSON: a second member of this name$")
bad_input(${data}/duplicate-id.jsonl "line 4: \"id\" 1 was used before, in line 1: ids must be unique$")
foreach(kind zero negative fraction string too-large)
  bad_input(${data}/id-${kind}.jsonl "line 2, column 8: \"id\" must be a whole number from 1 to 2147483647$")
endforeach()
bad_input(${made}/title-too-long.jsonl "line 2, column 20: \"title\" has 1001 bytes, at most 1000 are allowed$")
bad_input(${made}/content-too-long.jsonl
  "line 2, column 45: \"content\" has 65537 bytes, at most 65536 are allowed$")
bad_input(${made}/nul.jsonl "line 2, column 22: a NUL byte")
bad_input(${made}/nul-escaped.jsonl "line 2, column 22: \"title\": .u0000, a NUL, ends a text in C$")
bad_input(${made}/invalid-utf8.jsonl "line 2, column 24: \"title\": invalid UTF-8$")
bad_input(${made}/too-deep.jsonl "line 2, column 100020: not valid JSON: a value must follow: .*, but the line ends$")
lesson(input.endless-line-is-refused --status=2 --err-lines=1 --not-out=.
  "--err=--input=/dev/zero: line 1: longer than [0-9]+ bytes$" -- --input=/dev/zero)
lesson(input.folder-is-refused --status=2 --err-lines=1 --not-out=.
  "--err=--input=.*/tests/input/data: Is a directory$" -- --input=${data})
lesson(input.no-file-name-is-refused --status=2 --err-lines=1 --not-out=.
  "--err=--input=: must be the name of a file$" -- --input=)
claim(input.unreadable-file-is-refused NEEDS jansson COMMAND
  ${tests}/output/result_files unreadable-input ${part_1} ${interrupt})

# What is no fault is taken.
function(good_input count file)
  get_filename_component(name ${file} NAME_WE)
  lesson(input.file-${name}-is-taken "--out=^Processed +${count} of ${count} articles, each"
    --not-err=. -- --speed=10000 --quiet --input=${file} ${ARGN})
endfunction()

good_input(12 ${data}/articles.jsonl)
good_input(2 ${data}/blank-lines.jsonl)
good_input(2 ${made}/title-fits.jsonl)
good_input(2 ${made}/content-fits.jsonl)
good_input(3 ${made}/long-line.jsonl)
good_input(2 ${made}/crlf.jsonl)
good_input(1 ${made}/byte-order-mark.jsonl)
good_input(1 ${made}/no-final-newline.jsonl)
lesson(input.articles-takes-the-first-of-a-file "--out=^Processed +5 of 5 articles, each"
  -- --speed=10000 --quiet --articles=5 --input=${data}/articles.jsonl)

claim(input.advice-converts-the-file COMMAND ${tests}/input/advice_converts ${part_1})

# Text of a file, a path or an option reaches no terminal as it is.
set(hostile [[$(printf 'no\033[2J\302\233\342\200\256\303')]])
set(as_escapes "no[\\\\]u001B.2J[\\\\]u009B[\\\\]u202E[\\\\]xC3")
claim(input.control-characters-of-a-path-are-shown-as-escapes
  COMMAND ${run_and_check} --status=2 --err-lines=1 --not-out=.
    "--err=^part-01-sequential: --input=${as_escapes}: No such file or directory$"
    -- sh -c "exec ${part_1} \"--input=${hostile}\"")
claim(input.control-characters-of-an-option-are-shown-as-escapes
  COMMAND ${run_and_check} --status=2 --err-lines=1 --not-out=.
    "--err=^part-01-sequential: --${as_escapes}: unknown option. the options are --mode"
    -- sh -c "exec ${part_1} \"--${hostile}\"")
no_leak(input.refused-line-leaks-nothing ${part_1} --status=2 --err=line.2
  -- --input=${data}/not-json.jsonl)
no_leak(input.refused-id-leaks-nothing ${part_1} --status=2 --err=line.4
  -- --input=${data}/duplicate-id.jsonl)
