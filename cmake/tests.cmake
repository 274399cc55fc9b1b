# The words that tests/ is written in. A test's name is its claim, and says what it is
# of: part-02.join.tsan.silent has the labels part-02 and tsan, and runs the part's twin.

# By sh: not every way to copy a project keeps the run bit of its scripts.
set(run_and_check sh ${CMAKE_SOURCE_DIR}/tests/tools/run_and_check)
set(skip sh ${CMAKE_SOURCE_DIR}/tests/tools/skip)

# What a test must not inherit of the environment: it would change what tools print or how they read.
set(clean_environment LC_ALL=set:C TERM=set:xterm)
foreach(variable TSAN_OPTIONS ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS POSIXLY_CORRECT GREP_OPTIONS CDPATH
    CLICOLOR_FORCE MALLOC_PERTURB_ MALLOC_CHECK_)
  list(APPEND clean_environment ${variable}=unset:)
endforeach()

# What the tests of a part run, beside its programs.
add_custom_target(test-tools)

# add_test_program(NAME FILE... [NEEDS jansson sqlite]): a program that tests run; ${NAME} is its path. It
# is not built where the build does not have what it needs.
function(add_test_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" NEEDS)
  set(libraries "")
  foreach(library IN LISTS program_NEEDS)
    string(TOUPPER ${library} upper)
    if(NOT LESSON_HAS_${upper})
      return()
    endif()
    list(APPEND libraries use-${library})
  endforeach()
  add_executable(${name} ${program_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests ${CMAKE_SOURCE_DIR}/common)
  target_link_libraries(${name} PRIVATE flavour-plain ${libraries})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY $<1:${CMAKE_CURRENT_BINARY_DIR}>)
  add_dependencies(test-tools ${name})
  set(${name} $<TARGET_FILE:${name}> PARENT_SCOPE)
endfunction()

# claim(NAME COMMAND... [NEEDS jansson sqlite] [ENVIRONMENT NAME=VALUE...] [TIMEOUT S]): a test. What it
# needs and the build does not have makes it a skipped one.
function(claim name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "NEEDS;ENVIRONMENT;COMMAND")
  if(jansson IN_LIST test_NEEDS AND NOT LESSON_HAS_JANSSON)
    set(test_COMMAND ${skip} "built without jansson")
  endif()
  if(sqlite IN_LIST test_NEEDS AND NOT LESSON_HAS_SQLITE)
    set(test_COMMAND ${skip} "built without SQLite")
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 60) # a backstop
  endif()
  set(command "")
  set(before "")
  foreach(word IN LISTS test_COMMAND)
    if(word MATCHES "/tests/[a-z]+/[a-z_]+$" AND EXISTS "${word}" AND NOT before STREQUAL "sh")
      list(APPEND command sh)
    endif()
    list(APPEND command "${word}")
    set(before "${word}")
  endforeach()
  add_test(NAME ${name} COMMAND ${command})

  set(labels "")
  if(name MATCHES "^part-[0-9]+")
    list(APPEND labels ${CMAKE_MATCH_0})
  endif()
  if(name MATCHES "^part-[0-9]+\\.input\\.")
    list(APPEND labels input)
  elseif(name MATCHES "\\.tsan\\.")
    list(APPEND labels tsan)
  elseif(name MATCHES "^part-")
    list(APPEND labels mode)
  else()
    string(REGEX REPLACE "\\..*" "" kind ${name})
    list(APPEND labels ${kind})
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS "${labels}" ENVIRONMENT "${test_ENVIRONMENT}" ENVIRONMENT_MODIFICATION "${clean_environment}"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    SKIP_RETURN_CODE 77 TIMEOUT ${test_TIMEOUT})
endfunction()

# lesson(NAME requirement... [UNDER command...] -- option...): the program, run with these options, is as
# tests/tools/run_and_check requires. The name says which: part-02.join.tsan.silent is part 2's twin with
# --mode=join; a name without a part takes part 1's, which reads input and writes output as any. UNDER a
# command, it is that command which starts the program.
function(lesson name)
  list(FIND ARGN "--" middle)
  list(SUBLIST ARGN 0 ${middle} requirements)
  list(SUBLIST ARGN ${middle} -1 options)
  list(POP_FRONT options)
  set(command "")
  list(FIND requirements UNDER middle)
  if(middle GREATER -1)
    list(SUBLIST requirements ${middle} -1 command)
    list(POP_FRONT command)
    list(SUBLIST requirements 0 ${middle} requirements)
  endif()
  set(number 1)
  if(name MATCHES "^part-0*([0-9]+)")
    set(number ${CMAKE_MATCH_1})
  endif()
  set(program ${part_${number}})
  if(name MATCHES "\\.tsan\\.")
    if(NOT tsan IN_LIST flavours)
      return()
    endif()
    string(REPLACE ">" "-tsan>" program ${program})
    # What the threads note of themselves must hide no race, and make none.
    list(APPEND options --timeline)
  endif()
  if(name MATCHES "^part-[0-9]+\\.([a-z-]+)\\." AND NOT CMAKE_MATCH_1 STREQUAL "input")
    list(PREPEND options --mode=${CMAKE_MATCH_1})
  endif()
  set(needs NEEDS "")
  if(options MATCHES "--output=")
    list(APPEND needs jansson)
  endif()
  if(options MATCHES "--store=")
    list(APPEND needs sqlite)
  endif()
  claim(${name} COMMAND ${run_and_check} ${requirements} -- ${command} ${program} ${options} ${needs})
endfunction()

# refused(NAME OPTION ERE [option...]): the command line, this option behind the others, is refused, before
# anything else is done, by one line that names the option, its value and what is allowed.
function(refused name option allowed)
  lesson(${name} --status=2 --err-lines=1 --not-out=.
    "--err=^part-[0-9]+-[a-z-]+: ${option}: ${allowed}" -- ${ARGN} ${option})
endfunction()

# refused_values(NAME OPTION ALLOWED value...): each of these values of the option is refused, a test for
# each: NAME-value-is-refused.
function(refused_values name option allowed)
  foreach(value IN LISTS ARGN)
    string(REPLACE " " "space-" word "${value}")
    string(REPLACE "+" "plus-" word "${word}")
    if(value STREQUAL "")
      set(word empty)
    endif()
    string(REPLACE "+" "[+]" ere "${value}")
    lesson(${name}-${word}-is-refused --status=2 --err-lines=1 --not-out=.
      "--err=^part-[0-9]+-[a-z-]+: ${option}=${ere}: ${allowed}" -- "${option}=${value}")
  endforeach()
endfunction()

# unknown_before(PART option...): the parts before this one do not know these options.
function(unknown_before part)
  math(EXPR last "${part} - 1")
  foreach(number RANGE 1 ${last})
    foreach(option IN LISTS ARGN)
      string(REGEX REPLACE "=.*" "" name ${option})
      refused(part-0${number}.input.${name}-is-unknown-before-part-${part} --${option}
        "unknown option. the options are ")
    endforeach()
  endforeach()
endfunction()
